// SPDX-License-Identifier: MPL-2.0

//! Fixes for the start of connections, and for the pace at which sockets close.

use super::{Edit, Patch, Proof};

/// Refuses a connection of a socket to itself, over TCP and over WebSocket.
const OWN_PEER: &str = r"    //  A socket that is its own peer found no listener.
    if (get_socket_name<tcp_address_t> (_s, socket_end_local)
        == get_socket_name<tcp_address_t> (_s, socket_end_remote)) {
        errno = ECONNREFUSED;
        return retired_fd;
    }

    //  Return the newly connected socket.
";

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "self-connect",
        why: "If no listener exists at an ephemeral port, a connecting socket can get that port and connect to itself. \
              It then exchanges messages with itself, or stops connecting, and the server cannot bind.",
        upstream: Some("commit 9d319655 reconnects after a protocol error"),
        proof: Proof::Test("connections::self_connect_a_socket_that_is_its_own_peer_connects_again"),
        edits: &[
            Edit { file: "tcp_connecter.cpp", find: "    //  Return the newly connected socket.\n", replace: OWN_PEER },
            Edit { file: "ws_connecter.cpp", find: "    //  Return the newly connected socket.\n", replace: OWN_PEER },
        ],
    },
    Patch {
        id: "routing-id-full",
        why: "A ROUTER or REP that reconnects at its high-water mark has no room for the routing id. With a peer that \
              uses an old protocol version, it aborts. With a current peer, it closes the connection and stops \
              connecting. The abort also occurs while the socket closes. The fix does not count routing ids against \
              the mark, as the reading side does not either.",
        upstream: None,
        proof: Proof::Test("connections::routing_id_full_a_router_at_its_mark_takes_a_peer_that_comes_back"),
        edits: &[
            Edit {
                file: "pipe.cpp",
                find: r"    if (unlikely (!check_write ()))
        return false;

    const bool more = (msg_->flags () & msg_t::more) != 0;
    const bool is_routing_id = msg_->is_routing_id ();
",
                replace: r"    const bool is_routing_id = msg_->is_routing_id ();
    if (unlikely (!check_write ()) && !(is_routing_id && _state == active))
        return false;

    const bool more = (msg_->flags () & msg_t::more) != 0;
",
            },
            Edit {
                file: "zmtp_engine.cpp",
                find: r"        msg_->set_flags (msg_t::routing_id);
        const int rc = session ()->push_msg (msg_);
        errno_assert (rc == 0);
",
                replace: r"        msg_->set_flags (msg_t::routing_id);
        if (session ()->push_msg (msg_) == -1)
            return -1;
",
            },
            Edit {
                file: "zmtp_engine.cpp",
                find: r"        rc = session ()->push_msg (&subscription);
        errno_assert (rc == 0);
",
                replace: r"        rc = session ()->push_msg (&subscription);
        if (rc == -1)
            return -1;
",
            },
            Edit {
                file: "ws_engine.cpp",
                find: r"        const int rc = session ()->push_msg (msg_);
        errno_assert (rc == 0);
",
                replace: r"        if (session ()->push_msg (msg_) == -1)
            return -1;
",
            },
        ],
    },
    Patch {
        id: "router-notify-full",
        why: "A ROUTER that reports connections, and reconnects at its high-water mark, does not complete the \
              handshake. The first message of the peer is then a protocol error, after which the socket stops \
              connecting.",
        upstream: None,
        proof: Proof::Unproven("an option of the draft API; tests/faults/connections.rs runs it with `draft`"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: r"            // an EAGAIN the pipe must be being shut down,
            // so we can just bail out of the notification.
            return;
        }
        errno_assert (rc == 0);
        flush_session = true;
",
            replace: r"            // an EAGAIN the pipe is full, or being shut down,
            // so there is no notification.
            const int closed = connect_notification.close ();
            errno_assert (closed == 0);
        } else {
            errno_assert (rc == 0);
            flush_session = true;
        }
",
        }],
    },
    Patch {
        id: "router-notify-handshake",
        why: "A ROUTER that reports disconnections, and connects to a peer, queues a notification for each handshake \
              that fails. It takes the empty message for the routing id of the peer, and ignores the true one later.",
        upstream: None,
        proof: Proof::Draft("connections::router_notify_handshake_a_router_knows_a_peer_whose_first_handshake_failed"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: "    if ((_options.router_notify & ZMQ_NOTIFY_DISCONNECT) && !_handshaking) {\n",
            replace: r"    if ((_options.router_notify & ZMQ_NOTIFY_DISCONNECT) && !_handshaking
        && (_mechanism == NULL
            || _mechanism->status () != mechanism_t::handshaking)) {
",
        }],
    },
    Patch {
        id: "hiccup-count",
        why: "The message that reports a lost connection is not counted when it is queued, but when it is read. If \
              the socket reads at least as fast as the peer sends, more messages appear read than written, the \
              queue counts as full, and nothing is received from that peer again.",
        upstream: None,
        proof: Proof::Draft(
            "connections::hiccup_count_a_socket_receives_after_it_has_received_the_report_of_a_lost_connection",
        ),
        edits: &[Edit {
            file: "pipe.cpp",
            find: r"        const int rc = msg.init_buffer (&hiccup_[0], hiccup_.size ());
        errno_assert (rc == 0);
",
            replace: r"        const int rc = msg.init_buffer (&hiccup_[0], hiccup_.size ());
        errno_assert (rc == 0);
        _msgs_written++;
",
        }],
    },
    Patch {
        id: "disconnected-reconnects",
        why: "A connection of an immediate socket ends just after its disconnect, before the socket has processed its \
              commands. The connection is then restored, but the disconnect does not know its new pipe, so the \
              connection stays open as long as the socket. If the program connects to the same endpoint again, all \
              messages arrive twice.",
        upstream: None,
        proof: Proof::Test(
            "connections::disconnected_reconnects_a_connection_that_ends_after_its_disconnect_stays_away",
        ),
        edits: &[Edit {
            file: "session_base.cpp",
            find: r"    reset ();

    //  Reconnect.
",
            replace: r"    //  Nothing is left to be sent: it waits for the end of its pipe.
    if (_pending && !_pipe)
        return;

    reset ();

    //  Reconnect.
",
        }],
    },
    Patch {
        id: "immediate-off",
        why: "A connection that was established with the option immediate is lost after the program turned the option off. The \
              socket asks its kind to send its subscriptions again, and a kind that has none aborts.",
        upstream: None,
        proof: Proof::Test("connections::immediate_off_a_lost_connection_of_that_time_ends_nothing"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"void zmq::socket_base_t::xhiccuped (pipe_t *)
{
    zmq_assert (false);
",
            replace: r"void zmq::socket_base_t::xhiccuped (pipe_t *pipe_)
{
    //  The connection was immediate, and the option is off now.
    pipe_->terminate (false);
",
        }],
    },
    Patch {
        id: "close-pace",
        why: "A close hands the socket over to the reaper thread, and returns. If a program opens and closes sockets \
              faster than that thread works, closed sockets accumulate, each with its slot and its descriptor. After a \
              few thousand closes no socket can be opened, although none is open. With the fix, a close pauses if more \
              than 32 other sockets wait for the thread. The pause takes at most ten milliseconds, because the thread \
              may wait for a resource that the closing thread holds.",
        upstream: None,
        proof: Proof::Test("names::close_pace_keeps_the_sockets_that_wait_for_their_end_few"),
        edits: &[
            Edit {
                file: "ctx.hpp",
                find: r"    zmq::object_t *get_reaper () const;
",
                replace: r"    zmq::object_t *get_reaper () const;

    //  Count the sockets that the reaper thread is given and has not got hold
    //  of, and wait for a while if these are many.
    void socket_closes ();
    void socket_is_reaped ();
    void await_reaper ();
",
            },
            Edit {
                file: "ctx.hpp",
                find: r"    //  Maximum socket ID.
",
                replace: r"    //  The number of sockets that were closed and that the reaper thread has
    //  not got hold of.
    atomic_counter_t _closing;

    //  Maximum socket ID.
",
            },
            Edit {
                file: "ctx.cpp",
                find: r"zmq::object_t *zmq::ctx_t::get_reaper () const
",
                replace: r"void zmq::ctx_t::socket_closes ()
{
    _closing.add (1);
}

void zmq::ctx_t::socket_is_reaped ()
{
    _closing.sub (1);
}

void zmq::ctx_t::await_reaper ()
{
    for (int pause = 0; pause != 10 && _closing.get () > 32; ++pause)
        zmq_poll (NULL, 0, 1);
}

zmq::object_t *zmq::ctx_t::get_reaper () const
",
            },
            Edit {
                file: "reaper.cpp",
                find: r"    //  Add the socket to the poller.
    socket_->start_reaping (_poller);
",
                replace: r"    get_ctx ()->socket_is_reaped ();

    //  Add the socket to the poller.
    socket_->start_reaping (_poller);
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"    //  Transfer the ownership of the socket from this application thread
",
                replace: r"    get_ctx ()->socket_closes ();

    //  Transfer the ownership of the socket from this application thread
",
            },
            // Before the close, because the context may not exist afterwards. The reaper thread closes monitors itself,
            // and must not wait for itself.
            Edit {
                file: "zmq.cpp",
                find: r"    s->close ();
",
                replace: r"    s->await_reaper ();
    s->close ();
",
            },
            Edit {
                file: "socket_base.cpp",
                find: "        zmq_close (_monitor_socket);\n",
                replace: "        static_cast<socket_base_t *> (_monitor_socket)->close ();\n",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"int zmq::socket_base_t::close ()
",
                replace: r"void zmq::socket_base_t::await_reaper ()
{
    get_ctx ()->await_reaper ();
}

int zmq::socket_base_t::close ()
",
            },
            Edit {
                file: "socket_base.hpp",
                find: r"    int close ();
",
                replace: r"    int close ();

    //  Waits for a while if many closed sockets are to be taken apart.
    void await_reaper ();
",
            },
        ],
    },
];
