// SPDX-License-Identifier: MPL-2.0

//! Fixes for connections within a process whose name is not bound yet.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "inproc-names",
        why: "A socket that connected to a name which is never bound keeps its slot and its descriptor after its \
              close, until the context ends. After two thousand of them no socket can be opened, and the termination \
              of the context aborts if all slots are taken. The waiting connection is a part of the closed socket. A \
              bind of the name uses it while another thread frees it (use after free), and a disconnect races with \
              such a bind too. With the fix, the connection leaves the socket at its close or disconnect, under the \
              lock that a bind holds. It is then freed or, if messages wait in it, belongs to the context until the \
              name is bound.",
        upstream: Some("issue 4778"),
        proof: Proof::Test("names::inproc_names_of_the_c_library_that_nothing_binds_cost_no_slot"),
        edits: &[
            Edit {
                file: "pipe.hpp",
                find: "    void send_hiccup_msg (const std::vector<unsigned char> &hiccup_);\n",
                replace: r"    void send_hiccup_msg (const std::vector<unsigned char> &hiccup_);

    //  Whether messages of this end wait that the other one, which nothing has attached, has not read.
    bool has_unread_messages () const;

    //  Lets this end, which nothing has attached, go as soon as the other one does.
    void forget ();

    //  Ends the writing of this pipe and lets another thread look after both its ends, until something attaches the
    //  other end and reads what was written.
    void orphan (uint32_t tid_);

    //  Frees both ends of an orphaned pipe that nothing has attached.
    static void discard (pipe_t *pipe_);
",
            },
            Edit {
                file: "pipe.cpp",
                find: "void zmq::pipe_t::set_peer (pipe_t *peer_)\n",
                replace: r"namespace
{
//  Takes the events of pipes that have no socket and no session.
struct nobody_t ZMQ_FINAL : zmq::i_pipe_events
{
    void read_activated (zmq::pipe_t *) ZMQ_OVERRIDE {}
    void write_activated (zmq::pipe_t *) ZMQ_OVERRIDE {}
    void hiccuped (zmq::pipe_t *) ZMQ_OVERRIDE {}
    void pipe_terminated (zmq::pipe_t *) ZMQ_OVERRIDE {}
};
nobody_t nobody;
}

bool zmq::pipe_t::has_unread_messages () const
{
    return _state == active && _msgs_written > _peers_msgs_read;
}

void zmq::pipe_t::forget ()
{
    set_event_sink (&nobody);
    set_nodelay ();
    //  The other end may have gone before.
    if (_state == waiting_for_delimiter)
        terminate (false);
}

void zmq::pipe_t::orphan (uint32_t tid_)
{
    rollback ();
    msg_t msg;
    msg.init_delimiter ();
    _out_pipe->write (msg, false);
    _out_pipe->flush ();
    _out_active = false;
    _state = term_req_sent1;
    _sink = &nobody;
    _peer->_state = waiting_for_delimiter;
    set_tid (tid_);
    _peer->set_tid (tid_);
}

void zmq::pipe_t::discard (pipe_t *pipe_)
{
    pipe_t *const ends[2] = {pipe_, pipe_->_peer};
    for (int i = 0; i != 2; ++i) {
        msg_t msg;
        while (!ends[i]->_conflate && ends[i]->_in_pipe->read (&msg)) {
            const int rc = msg.close ();
            errno_assert (rc == 0);
        }
        LIBZMQ_DELETE (ends[i]->_in_pipe);
    }
    delete ends[0];
    delete ends[1];
}

void zmq::pipe_t::set_peer (pipe_t *peer_)
",
            },
            Edit {
                file: "socket_base.hpp",
                find: "    void start_reaping (poller_t *poller_);\n",
                replace: r"    void start_reaping (poller_t *poller_);

    //  Lets go of a connection that waits for its name, whose two ends these
    //  are. Returns for how many milliseconds it goes on waiting because of the
    //  messages in it: 0 if it does not, -1 if nothing limits the time.
    int leave_pending (pipe_t *connect_pipe_, pipe_t *bind_pipe_);
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"void zmq::socket_base_t::process_term (int linger_)
{
",
                replace: r"int zmq::socket_base_t::leave_pending (pipe_t *connect_pipe_,
                                       pipe_t *bind_pipe_)
{
    //  The bind that this socket would have to wait for.
    send_inproc_connected (this);
    const int linger = options.linger.load ();
    if (options.type == ZMQ_SUB || linger == 0
        || !connect_pipe_->has_unread_messages ()) {
        bind_pipe_->forget ();
        return 0;
    }
    connect_pipe_->orphan (get_ctx ()->get_reaper ()->get_tid ());
    pipe_terminated (connect_pipe_);
    return linger;
}

void zmq::socket_base_t::process_term (int linger_)
{
    get_ctx ()->leave_pending (this, NULL);

",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"        return unregister_endpoint (endpoint_uri_str, this) == 0
                 ? 0
                 : _inprocs.erase_pipes (endpoint_uri_str);
",
                replace: r"        if (unregister_endpoint (endpoint_uri_str, this) == 0)
            return 0;
        const bool left = get_ctx ()->leave_pending (this, endpoint_uri_);
        return _inprocs.erase_pipes (endpoint_uri_str) == 0 || left ? 0 : -1;
",
            },
            Edit {
                file: "ctx.hpp",
                find: "    void connect_pending (const char *addr_, zmq::socket_base_t *bind_socket_);\n",
                replace: r"    bool connect_pending (const char *addr_, zmq::socket_base_t *bind_socket_);

    //  Takes a socket's connections from the names that they wait for, or from
    //  this one. Returns true if there was one.
    bool leave_pending (socket_base_t *socket_, const char *addr_);
",
            },
            Edit {
                file: "ctx.cpp",
                find: "void zmq::ctx_t::connect_inproc_sockets (\n",
                replace: r"bool zmq::ctx_t::leave_pending (socket_base_t *socket_, const char *addr_)
{
    //  Without the lock: what frees a message may bind, connect or close.
    pending_connections_t left;
    {
        scoped_lock_t locker (_endpoints_sync);
        pending_connections_t::iterator it = _pending_connections.begin ();
        while (it != _pending_connections.end ()) {
            const pending_connections_t::iterator current = it++;
            if (current->second.endpoint.socket != socket_
                || (addr_ && current->first != addr_))
                continue;
            left.insert (*current);
            _pending_connections.erase (current);
        }
    }
    for (pending_connections_t::iterator it = left.begin (); it != left.end ();
         ++it) {
        pending_connection_t &pending = it->second;
        const int linger =
          socket_->leave_pending (pending.connect_pipe, pending.bind_pipe);
        if (linger == 0)
            continue;
        pending.endpoint.socket = NULL;
        scoped_lock_t locker (_endpoints_sync);
        const endpoints_t::iterator bound = _endpoints.find (it->first);
        if (bound == _endpoints.end ())
            _pending_connections.insert (*it);
        else
            connect_inproc_sockets (bound->second.socket,
                                    bound->second.options, pending,
                                    connect_side);
    }
    return !left.empty ();
}

void zmq::ctx_t::connect_inproc_sockets (
",
            },
            // A connection without its socket. No socket waits for the bind, and none expects a message.
            Edit {
                file: "ctx.cpp",
                find: r"        command_t cmd;
        cmd.type = command_t::bind;
        cmd.args.bind.pipe = pending_connection_.bind_pipe;
        bind_socket_->process_command (cmd);
        bind_socket_->send_inproc_connected (
          pending_connection_.endpoint.socket);
    } else
        pending_connection_.connect_pipe->send_bind (
          bind_socket_, pending_connection_.bind_pipe, false);
",
                replace: r"        pending_connection_.connect_pipe->send_bind (
          bind_socket_, pending_connection_.bind_pipe, false);
        if (pending_connection_.endpoint.socket)
            bind_socket_->send_inproc_connected (
              pending_connection_.endpoint.socket);
    } else
        pending_connection_.connect_pipe->send_bind (
          bind_socket_, pending_connection_.bind_pipe, false);
    if (!pending_connection_.endpoint.socket)
        return;
",
            },
            // The connections are attached without the lock, because their messages may be read and freed immediately.
            Edit {
                file: "socket_base.cpp",
                find: "            connect_pending (endpoint_uri_, this);\n",
                replace: r"            if (connect_pending (endpoint_uri_, this))
                process_commands (0, false);
",
            },
            Edit {
                file: "ctx.cpp",
                find: "void zmq::ctx_t::connect_pending (",
                replace: "bool zmq::ctx_t::connect_pending (",
            },
            Edit {
                file: "ctx.cpp",
                find: r"    _pending_connections.erase (pending.first, pending.second);
",
                replace: r"    const bool any = pending.first != pending.second;
    _pending_connections.erase (pending.first, pending.second);
    return any;
",
            },
            Edit {
                file: "object.cpp",
                find: "void zmq::object_t::connect_pending (",
                replace: "bool zmq::object_t::connect_pending (",
            },
            Edit { file: "object.hpp", find: "    void connect_pending (", replace: "    bool connect_pending (" },
            // The waiting connections have no sockets, because each socket released its connections when it closed.
            Edit {
                file: "ctx.cpp",
                find: "    pending_connections_t copy = _pending_connections;\n",
                replace: "    pending_connections_t copy;\n",
            },
            Edit {
                file: "ctx.cpp",
                find: r"    //  Check that there are no remaining _sockets.
    zmq_assert (_sockets.empty ());
",
                replace: r"    //  Check that there are no remaining _sockets.
    zmq_assert (_sockets.empty ());

    for (pending_connections_t::iterator it = _pending_connections.begin (),
                                         end = _pending_connections.end ();
         it != end; ++it)
        pipe_t::discard (it->second.connect_pipe);
",
            },
        ],
    },
    Patch {
        id: "inproc-refused",
        why: "A PAIR socket that has a peer refuses a connection to a name that is not bound yet only after the \
              connection was added to the waiting ones. The bind of that name then uses a freed connection. With the \
              fix, the socket is asked first, and a refused connection never waits.",
        upstream: None,
        proof: Proof::Test("names::inproc_refused_connections_of_a_pair_do_not_wait_for_a_bind"),
        edits: &[
            Edit {
                file: "socket_base.cpp",
                find: r"            const endpoint_t endpoint = {this, options};
            pend_connection (std::string (endpoint_uri_), endpoint, new_pipes);
",
                replace: r"            attach_pipe (new_pipes[0], false, true);
            const endpoint_t endpoint = {this, options};
            if (new_pipes[0]->is_active ())
                pend_connection (std::string (endpoint_uri_), endpoint,
                                 new_pipes);
            else
                new_pipes[1]->forget ();
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"            send_bind (peer.socket, new_pipes[1], false);
        }

        //  Attach local end of the pipe to this socket object.
        attach_pipe (new_pipes[0], false, true);
",
                replace: r"            send_bind (peer.socket, new_pipes[1], false);

            //  Attach local end of the pipe to this socket object.
            attach_pipe (new_pipes[0], false, true);
        }
",
            },
        ],
    },
];
