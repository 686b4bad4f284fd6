// SPDX-License-Identifier: MPL-2.0

//! Fixes for the time for which connections within a process outlive their socket. They build on `inproc-names`.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[Patch {
    id: "inproc-linger",
    why: "Messages that wait for a name which is never bound are kept until the context ends, even if their socket \
              had a short linger. A process that sends to such names grows, and a message whose owner holds the \
              context keeps the context open forever. With the fix, the reaper thread frees the messages when the \
              linger period ends.",
    upstream: None,
    proof: Proof::Test("names::inproc_linger_frees_messages_when_it_is_over"),
    edits: &[
        Edit {
            file: "ctx.hpp",
            find: "    bool leave_pending (socket_base_t *socket_, const char *addr_);\n",
            replace: r"    bool leave_pending (socket_base_t *socket_, const char *addr_);

    //  Frees the connections without a socket whose time is over. Returns in
    //  how many milliseconds the time of the next one is, or -1.
    int discard_orphans ();
",
        },
        Edit {
            file: "ctx.hpp",
            find: r"        pipe_t *connect_pipe;
        pipe_t *bind_pipe;
",
            replace: r"        pipe_t *connect_pipe;
        pipe_t *bind_pipe;
        //  When one without a socket ends, in milliseconds; 0 for never.
        uint64_t ends;
",
        },
        Edit {
            file: "ctx.cpp",
            find: "        pending.endpoint.socket = NULL;\n",
            replace: r"        pending.endpoint.socket = NULL;
        if (linger > 0)
            pending.ends = clock_t::now_us () / 1000 + linger;
",
        },
        Edit {
            file: "ctx.cpp",
            find: "    return !left.empty ();\n",
            replace: r"    for (pending_connections_t::iterator it = left.begin (); it != left.end ();
         ++it)
        if (it->second.ends) {
            command_t command;
            command.destination = _reaper;
            command.type = command_t::orphaned;
            send_command (reaper_tid, command);
            break;
        }
    return !left.empty ();
",
        },
        Edit {
            file: "ctx.cpp",
            find: "void zmq::ctx_t::connect_inproc_sockets (\n",
            replace: r"int zmq::ctx_t::discard_orphans ()
{
    std::vector<pipe_t *> over;
    int wait = -1;
    {
        scoped_lock_t locker (_endpoints_sync);
        const uint64_t now = clock_t::now_us () / 1000;
        pending_connections_t::iterator it = _pending_connections.begin ();
        while (it != _pending_connections.end ()) {
            const pending_connections_t::iterator current = it++;
            const uint64_t ends = current->second.ends;
            if (ends == 0)
                continue;
            if (ends <= now) {
                over.push_back (current->second.connect_pipe);
                _pending_connections.erase (current);
            } else if (wait < 0 || ends - now < static_cast<uint64_t> (wait))
                wait = static_cast<int> (ends - now);
        }
    }
    //  What frees a message may come back to the context.
    for (size_t i = 0; i != over.size (); ++i)
        pipe_t::discard (over[i]);
    return wait;
}

void zmq::ctx_t::connect_inproc_sockets (
",
        },
        Edit {
            file: "ctx.cpp",
            find: r"{endpoint_, pipes_[0],
                                                     pipes_[1]};
",
            replace: r"{endpoint_, pipes_[0],
                                                     pipes_[1], 0};
",
        },
        Edit {
            file: "command.hpp",
            find: "        inproc_connected,\n",
            replace: r"        inproc_connected,
        orphaned,
",
        },
        Edit {
            file: "object.hpp",
            find: "    virtual void process_conn_failed ();\n",
            replace: r"    virtual void process_conn_failed ();
    virtual void process_orphaned ();
",
        },
        Edit {
            file: "object.cpp",
            find: "        case command_t::conn_failed:\n",
            replace: r"        case command_t::orphaned:
            process_orphaned ();
            break;

        case command_t::conn_failed:
",
        },
        Edit {
            file: "object.cpp",
            find: "void zmq::object_t::process_conn_failed ()\n",
            replace: r"void zmq::object_t::process_orphaned ()
{
    zmq_assert (false);
}

void zmq::object_t::process_conn_failed ()
",
        },
        Edit {
            file: "reaper.hpp",
            find: "    void process_reaped ();\n",
            replace: r"    void process_reaped ();
    void process_orphaned ();

    //  Frees connections without a socket when their time is over.
    void await_orphans ();
    void forget_orphans ();

    //  Whether a timer runs for the next one.
    bool _orphans_awaited;
",
        },
        Edit {
            file: "reaper.cpp",
            find: r"    object_t (ctx_, tid_),
    _mailbox_handle (static_cast<poller_t::handle_t> (NULL)),
",
            replace: r"    object_t (ctx_, tid_),
    _orphans_awaited (false),
    _mailbox_handle (static_cast<poller_t::handle_t> (NULL)),
",
        },
        Edit {
            file: "reaper.cpp",
            find: r"void zmq::reaper_t::timer_event (int)
{
    zmq_assert (false);
}
",
            replace: r"void zmq::reaper_t::timer_event (int)
{
    _orphans_awaited = false;
    await_orphans ();
}

void zmq::reaper_t::process_orphaned ()
{
    await_orphans ();
}

void zmq::reaper_t::await_orphans ()
{
    forget_orphans ();
    const int wait = get_ctx ()->discard_orphans ();
    if (wait < 0)
        return;
    _poller->add_timer (wait, this, 0);
    _orphans_awaited = true;
}

void zmq::reaper_t::forget_orphans ()
{
    if (_orphans_awaited)
        _poller->cancel_timer (this, 0);
    _orphans_awaited = false;
}
",
        },
        // Without this, the thread would continue until the timer expires.
        Edit {
            file: "reaper.cpp",
            find: r"    if (!_sockets) {
        send_done ();
",
            replace: r"    if (!_sockets) {
        forget_orphans ();
        send_done ();
",
        },
        Edit {
            file: "reaper.cpp",
            find: r"    if (!_sockets && _terminating) {
        send_done ();
",
            replace: r"    if (!_sockets && _terminating) {
        forget_orphans ();
        send_done ();
",
        },
    ],
}];
