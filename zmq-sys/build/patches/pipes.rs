// SPDX-License-Identifier: MPL-2.0

//! Fixes for pipes and sessions when one end of a connection closes.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "clean-pipes",
        why: "A connection fails during a multipart send while the socket closes its pipe. The session tries to read \
              the rest of the message, asserts that it exists, and aborts, because a closed pipe yields no messages.",
        upstream: Some("issue 3442"),
        proof: Proof::Test("pipes::clean_pipes_a_close_meets_the_end_of_a_connection_in_mid_message"),
        edits: &[Edit {
            file: "session_base.cpp",
            find: r"        rc = pull_msg (&msg);
        errno_assert (rc == 0);
",
            replace: r"        if (pull_msg (&msg) != 0)
            _incomplete_in = false;
",
        }],
    },
    Patch {
        id: "fq-more",
        why: "If a connection is not restored, because the socket does not reconnect or is immediate, its unread \
              messages are lost. In the middle of a multipart message, the next receive aborts. With the fix, the \
              socket reads the pipe to its end, as it does for an accepted connection.",
        upstream: None,
        proof: Proof::Test("pipes::fq_more_what_arrived_outlives_a_connection_that_is_not_made_again"),
        edits: &[
            // A PAIR can have only one pipe, so the old one must end before the next connection.
            Edit {
                file: "session_base.cpp",
                find: r"        _pipe->hiccup ();
        _pipe->terminate (false);
",
                replace: r"        if (options.type == ZMQ_PAIR || options.type == ZMQ_CHANNEL)
            _pipe->hiccup ();
        _pipe->terminate (false);
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"    term_endpoint (endpoint_->c_str ());
    delete endpoint_;
",
                replace: r#"    //  The session ends by itself, and its pipe when it was read to its end.
    if (options.type != ZMQ_PAIR && options.type != ZMQ_CHANNEL) {
        std::string key = *endpoint_;
        const std::string tcp = std::string (protocol_name::tcp) + "://";
        if (key.compare (0, tcp.size (), tcp) == 0)
            key = resolve_tcp_addr (key, key.c_str () + tcp.size ());
        const std::pair<endpoints_t::iterator, endpoints_t::iterator> ended =
          _endpoints.equal_range (key);
        for (endpoints_t::iterator it = ended.first; it != ended.second; ++it)
            it->second.second = NULL;
    }
    term_endpoint (endpoint_->c_str ());
    delete endpoint_;
"#,
            },
        ],
    },
    Patch {
        id: "fq-rest",
        why: "A pipe that ends in the middle of a multipart message leaves the receiving socket waiting for the rest, \
              and the next receive aborts. With the fix, the socket discards the incomplete message.",
        upstream: None,
        proof: Proof::Unproven("with the other fixes, the fault occurred once in two million connections"),
        edits: &[
            Edit {
                file: "fq.cpp",
                find: "    //  Remove the pipe from the list; adjust number of active pipes\n",
                replace: r"    if (index == _current)
        _more = false;

    //  Remove the pipe from the list; adjust number of active pipes
",
            },
            Edit {
                file: "fq.cpp",
                find: "        zmq_assert (!_more);\n",
                replace: r"        const bool torn = _more;
        _more = false;
",
            },
            Edit {
                file: "fq.cpp",
                find: r"        if (_current == _active)
            _current = 0;
    }

    //  No message is available.",
                replace: r"        if (_current == _active)
            _current = 0;
        if (torn)
            break;
    }

    //  No message is available.",
            },
        ],
    },
    Patch {
        id: "lb-active",
        why: "A send that finds its pipe full in the middle of a message leaves the pipe among the active ones. When \
              the pipe is activated again, the last pipe is swapped past the end of the array.",
        upstream: None,
        proof: Proof::Unproven("only AddressSanitizer detects it, in tests/message/multipart.rs"),
        edits: &[Edit {
            file: "lb.cpp",
            find: r"            _more = false;
            errno = EAGAIN;
",
            replace: r"            _more = false;
            _active--;
            if (_current < _active)
                _pipes.swap (_current, _active);
            else
                _current = 0;
            errno = EAGAIN;
",
        }],
    },
    Patch {
        id: "lb-silent",
        why: "If libzmq notices the loss of a peer before the next frame of a multipart message is sent, it drops the rest \
              of the message, and every send of it succeeds. With the fix, the next send reports the loss.",
        upstream: None,
        proof: Proof::Test("parts::lb_silent_a_send_reports_that_the_peer_left_in_the_middle_of_a_message"),
        edits: &[Edit {
            file: "lb.cpp",
            find: r"    if (_dropping) {
        _more = (msg_->flags () & msg_t::more) != 0;
        _dropping = _more;
",
            replace: r"    if (_dropping) {
        const bool reported = !_more;
        _more = false;
        _dropping = (msg_->flags () & msg_t::more) != 0;
        if (!reported) {
            errno = EAGAIN;
            return -2;
        }
",
        }],
    },
    Patch {
        id: "push-unread",
        why: "A PUSH never reads, so messages that a peer sends to it fill its queue. When such a peer disconnects, \
              the descriptor of its connection and the memory of its messages are lost.",
        upstream: None,
        proof: Proof::Test("pipes::push_unread_messages_keep_no_connection"),
        edits: &[Edit {
            file: "session_base.cpp",
            find: r"        && !msg_->is_cancel ())
        return 0;
",
            replace: r"        && !msg_->is_cancel ())
        return 0;
    if (options.type == ZMQ_PUSH) {
        int rc = msg_->close ();
        errno_assert (rc == 0);
        rc = msg_->init ();
        errno_assert (rc == 0);
        return 0;
    }
",
        }],
    },
    Patch {
        id: "pipe-nothing-unread",
        why: "A pipe whose peer has disconnected is kept until its end is read, even if no messages are left. A socket \
              that only sends therefore keeps the pipes and the routing ids of all its former peers. Frames of a \
              message that was never completed are not freed at all.",
        upstream: None,
        proof: Proof::Test("pipes::pipe_nothing_unread_frames_of_a_message_that_is_never_completed_are_freed"),
        edits: &[
            Edit {
                file: "pipe.cpp",
                find: r"        if (_delay)
            _state = waiting_for_delimiter;
        else {
",
                replace: r"        //  Until a session asks for more, its connection may have a part of the
        //  last message to send.
        if (_delay
            && (!_read_by_socket
                || (_in_pipe->check_read ()
                    && !_in_pipe->probe (is_delimiter))))
            _state = waiting_for_delimiter;
        else {
            rollback ();
",
            },
            Edit {
                file: "pipe.hpp",
                find: "    void set_event_sink (i_pipe_events *sink_);\n",
                replace: r"    void set_event_sink (i_pipe_events *sink_);

    void set_read_by_socket () { _read_by_socket = true; }
",
            },
            Edit {
                file: "pipe.hpp",
                find: "    bool _delay;\n",
                replace: r"    bool _delay;

    //  False for the end of a session.
    bool _read_by_socket;
",
            },
            Edit {
                file: "pipe.cpp",
                find: "    _delay (true),\n",
                replace: r"    _delay (true),
    _read_by_socket (false),
",
            },
            Edit {
                file: "socket_base.cpp",
                find: "    pipe_->set_event_sink (this);\n",
                replace: r"    pipe_->set_event_sink (this);
    pipe_->set_read_by_socket ();
",
            },
            // The pipe may now end while a message that was prefetched from it waits.
            Edit {
                file: "router.cpp",
                find: r"        if (pipe_ == _current_out)
            _current_out = NULL;
    }
",
                replace: r"        if (pipe_ == _current_out)
            _current_out = NULL;
        if (pipe_ == _current_in)
            _terminate_current_in = false;
    }
",
            },
        ],
    },
    Patch {
        id: "pair-surplus",
        why: "A PAIR socket refuses a second peer by closing only its pipe. The connection stays open with a session \
              that is never read, and its descriptor is lost when the peer sends a message and disconnects.",
        upstream: None,
        proof: Proof::Test("pipes::pair_surplus_peers_that_are_refused_are_disconnected"),
        edits: &[
            Edit {
                file: "session_base.cpp",
                find: r"    if (pipe_ == _pipe) {
        // If this is our current pipe, remove it
        _pipe = NULL;
",
                replace: r"    const bool refused = pipe_ == _pipe && _engine && !_pending;
    if (pipe_ == _pipe) {
        // If this is our current pipe, remove it
        _pipe = NULL;
",
            },
            // A failed connection with more messages than the queue could hold ends when the queue ends.
            Edit {
                file: "session_base.hpp",
                find: "    void rollback ();\n",
                replace: r"    void rollback ();

    //  Whether the socket has let go of this connection.
    bool is_let_go () const;
",
            },
            Edit {
                file: "session_base.cpp",
                find: "void zmq::session_base_t::rollback ()\n",
                replace: r"bool zmq::session_base_t::is_let_go () const
{
    return _pipe && !_pipe->is_active ();
}

void zmq::session_base_t::rollback ()
",
            },
            Edit {
                file: "pipe.hpp",
                find: "    //  Returns true if HWM is not reached\n",
                replace: r"    bool is_active () const { return _state == active; }

    //  Returns true if HWM is not reached
",
            },
            Edit {
                file: "pipe.cpp",
                find: r"    else if (_state == term_req_sent1) {
        _state = term_req_sent2;
",
                replace: r"    if (_state == waiting_for_delimiter && !_read_by_socket && _sink)
        _sink->write_activated (this);

    else if (_state == term_req_sent1) {
        _state = term_req_sent2;
",
            },
            Edit {
                file: "stream_engine_base.cpp",
                find: r"    if (rc == -1) {
        if (errno == EAGAIN)
            _session->flush ();
        else {
",
                replace: r"    if (rc == -1) {
        if (errno == EAGAIN && _io_error && _session->is_let_go ()) {
            error (connection_error);
            return false;
        }
        if (errno == EAGAIN)
            _session->flush ();
        else {
",
            },
            Edit {
                file: "stream_engine_base.cpp",
                find: r"    if (_input_stopped) {
        rm_fd (_handle);
",
                replace: r"    if (_input_stopped) {
        if (_session->is_let_go ()) {
            error (connection_error);
            return false;
        }
        rm_fd (_handle);
",
            },
            Edit {
                file: "session_base.cpp",
                find: "    if (!is_terminating () && options.raw_socket) {\n",
                replace: "    if (!is_terminating () && (options.raw_socket || refused)) {\n",
            },
        ],
    },
    Patch {
        id: "pipes-stats-lock",
        why: "A request for statistics reads the list of connections without the lock of a socket that threads share. \
              Another thread may change the list in the meantime.",
        upstream: None,
        proof: Proof::Unproven("no test meets the moment in which another thread changes the list"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"int zmq::socket_base_t::query_pipes_stats ()
{
",
            replace: r"int zmq::socket_base_t::query_pipes_stats ()
{
    scoped_optional_lock_t sync_lock (_thread_safe ? &_sync : NULL);

    if (unlikely (_ctx_terminated)) {
        errno = ETERM;
        return -1;
    }
",
        }],
    },
];
