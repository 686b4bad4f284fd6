// SPDX-License-Identifier: MPL-2.0

//! Fixes of connections within a process whose name is not bound yet.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[Patch {
    id: "inproc-names",
    why: "A socket that connected to a name which nothing binds keeps its slot and its descriptor after its close, until \
          the end of the context: after two thousand of them no socket can be opened, and the end of the context aborts \
          if all slots are taken. The connection waits as a part of the closed socket, which a bind of the name looks \
          at while another thread frees it (use after free), and a disconnect races with such a bind as well. With the \
          fix the connection leaves the socket at its close or disconnect, under the lock that a bind holds. It is \
          freed or, if messages wait in it, belongs to the context until the name is bound.",
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

    //  Lets go of a connection that waits for its name, whose two ends these are. Returns true if it goes on waiting,
    //  because of the messages in it.
    bool leave_pending (pipe_t *connect_pipe_, pipe_t *bind_pipe_);
",
        },
        Edit {
            file: "socket_base.cpp",
            find: r"void zmq::socket_base_t::process_term (int linger_)
{
",
            replace: r"bool zmq::socket_base_t::leave_pending (pipe_t *connect_pipe_,
                                        pipe_t *bind_pipe_)
{
    //  The bind that this socket would have to wait for.
    send_inproc_connected (this);
    if (options.type == ZMQ_SUB || options.linger.load () == 0
        || !connect_pipe_->has_unread_messages ()) {
        bind_pipe_->forget ();
        return false;
    }
    connect_pipe_->orphan (get_ctx ()->get_reaper ()->get_tid ());
    pipe_terminated (connect_pipe_);
    return true;
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
            replace: r"    void connect_pending (const char *addr_, zmq::socket_base_t *bind_socket_);

    //  Takes a socket's connections from the names that they wait for, or from this one. Returns true if there was one.
    bool leave_pending (socket_base_t *socket_, const char *addr_);
",
        },
        Edit {
            file: "ctx.cpp",
            find: "void zmq::ctx_t::connect_inproc_sockets (\n",
            replace: r"bool zmq::ctx_t::leave_pending (socket_base_t *socket_, const char *addr_)
{
    scoped_lock_t locker (_endpoints_sync);

    bool any = false;
    pending_connections_t::iterator it = _pending_connections.begin ();
    while (it != _pending_connections.end ()) {
        const pending_connections_t::iterator current = it++;
        pending_connection_t &pending = current->second;
        if (pending.endpoint.socket != socket_
            || (addr_ && current->first != addr_))
            continue;
        any = true;
        if (socket_->leave_pending (pending.connect_pipe, pending.bind_pipe))
            pending.endpoint.socket = NULL;
        else
            _pending_connections.erase (current);
    }
    return any;
}

void zmq::ctx_t::connect_inproc_sockets (
",
        },
        // A connection without its socket: nothing waits for the bind, and nothing is to be sent to it.
        Edit {
            file: "ctx.cpp",
            find: r"        bind_socket_->send_inproc_connected (
          pending_connection_.endpoint.socket);
",
            replace: r"        if (pending_connection_.endpoint.socket)
            bind_socket_->send_inproc_connected (
              pending_connection_.endpoint.socket);
        else
            return;
",
        },
        // The connections that wait have no socket any more: each left them when it was closed.
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
}];
