// SPDX-License-Identifier: MPL-2.0

//! Fixes for sockets that several threads use at the same time.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "shared-deadlock",
        why: "A socket that threads share has one lock for its calls and its incoming commands. A call that sends a \
              command to another such socket of the context takes the lock of that socket, too. Two sockets that send to \
              each other over inproc wait for each other forever, and so do a connect and the bind of its name. With the \
              fix, commands have a lock of their own, which is always taken last.",
        upstream: None,
        proof: Proof::Draft(
            "shared::shared_deadlock_sockets_that_send_to_each_other_over_inproc_do_not_wait_for_each_other",
        ),
        edits: &[
            Edit {
                file: "mailbox_safe.hpp",
                find: r"    //  Synchronize access to the mailbox from receivers and senders
    mutex_t *const _sync;
",
                replace: r"    //  Synchronize access to the mailbox from receivers
    mutex_t *const _sync;

    //  Synchronize senders, changes of signalers, and the starts of waits.
    //  While it is held, no other lock is taken.
    mutex_t _senders;
",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: r"    _sync->lock ();
    _sync->unlock ();
}

void zmq::mailbox_safe_t::add_signaler (signaler_t *signaler_)
{
    _signalers.push_back (signaler_);
",
                replace: r"    _senders.lock ();
    _senders.unlock ();
}

void zmq::mailbox_safe_t::add_signaler (signaler_t *signaler_)
{
    scoped_lock_t lock (_senders);
    _signalers.push_back (signaler_);
",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: "    // TODO: make a copy of array and signal outside the lock\n",
                replace: "    scoped_lock_t lock (_senders);\n",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: "    _signalers.clear ();\n",
                replace: "    scoped_lock_t lock (_senders);\n    _signalers.clear ();\n",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: r"    _sync->lock ();
    _cpipe.write (cmd_, false);
",
                replace: r"    _senders.lock ();
    _cpipe.write (cmd_, false);
",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: r"            (*it)->send ();
        }
    }

    _sync->unlock ();
",
                replace: r"            (*it)->send ();
        }
    }

    _senders.unlock ();
",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: r"        const int rc = _cond_var.wait (_sync, timeout_);
        if (rc == -1) {
            errno_assert (errno == EAGAIN || errno == EINTR);
            return -1;
        }
",
                replace: r"        //  A command that is sent from now on waits until the wait has begun.
        _senders.lock ();
        if (_cpipe.check_read ())
            _senders.unlock ();
        else {
            _sync->unlock ();
            const int rc = _cond_var.wait (&_senders, timeout_);
            const int error = errno;
            _senders.unlock ();
            _sync->lock ();
            if (rc == -1) {
                errno = error;
                errno_assert (errno == EAGAIN || errno == EINTR);
                return -1;
            }
        }
",
            },
        ],
    },
    Patch {
        id: "shared-attach",
        why: "A thread waits to send on a socket without peers, and another thread connects that socket. The first thread is \
              not woken, and waits forever. With the fix, a new peer wakes all threads that wait on the socket.",
        upstream: None,
        proof: Proof::Draft("shared::shared_attach_a_connect_wakes_a_send_on_another_thread"),
        edits: &[
            Edit {
                file: "mailbox_safe.hpp",
                find: "    void clear_signalers ();\n",
                replace: r"    void clear_signalers ();

    // Wake all threads that wait, after a change without a command.
    void wake ();
",
            },
            Edit {
                file: "mailbox_safe.hpp",
                find: "    //  The pipe to store actual commands.\n",
                replace: r"    //  Wake all threads that wait. The caller holds the lock of the senders.
    void signal ();

    //  The pipe to store actual commands.
",
            },
            Edit {
                file: "mailbox_safe.cpp",
                find: r"void zmq::mailbox_safe_t::send (const command_t &cmd_)
{
    _senders.lock ();
    _cpipe.write (cmd_, false);
    const bool ok = _cpipe.flush ();

    if (!ok) {
        _cond_var.broadcast ();

        for (std::vector<signaler_t *>::iterator it = _signalers.begin (),
                                                 end = _signalers.end ();
             it != end; ++it) {
            (*it)->send ();
        }
    }
",
                replace: r"void zmq::mailbox_safe_t::signal ()
{
    _cond_var.broadcast ();

    for (std::vector<signaler_t *>::iterator it = _signalers.begin (),
                                             end = _signalers.end ();
         it != end; ++it) {
        (*it)->send ();
    }
}

void zmq::mailbox_safe_t::wake ()
{
    scoped_lock_t lock (_senders);
    signal ();
}

void zmq::mailbox_safe_t::send (const command_t &cmd_)
{
    _senders.lock ();
    _cpipe.write (cmd_, false);
    const bool ok = _cpipe.flush ();

    if (!ok)
        signal ();
",
            },
            Edit {
                file: "socket_base.cpp",
                find: "    xattach_pipe (pipe_, subscribe_to_all_, locally_initiated_);\n",
                replace: r"    xattach_pipe (pipe_, subscribe_to_all_, locally_initiated_);

    if (_thread_safe)
        (static_cast<mailbox_safe_t *> (_mailbox))->wake ();
",
            },
        ],
    },
    Patch {
        id: "server-peer-left",
        why: "A send of a SERVER or PEER to a peer that has disconnected waits until all messages of that peer are read, as if \
              the peer were slow. A thread that answers one of two requests of a client that has left waits forever. With the \
              fix, the send fails.",
        upstream: None,
        proof: Proof::Draft("shared::server_peer_left_before_its_messages_are_read_and_a_reply_fails"),
        edits: &[Edit {
            file: "server.cpp",
            find: "        if (!it->second.pipe->check_write ()) {\n",
            replace: r"        if (!it->second.pipe->check_write ()) {
            //  Only a pipe of a peer that leaves is neither writable nor full.
            if (it->second.pipe->check_hwm ()) {
                errno = EHOSTUNREACH;
                return -1;
            }
",
        }],
    },
    Patch {
        id: "server-number-taken",
        why: "A SERVER or PEER numbers its peers in 32 bits. After four billion connections the number of a peer that is \
              still connected returns, and the process aborts. With the fix, numbers in use are skipped.",
        upstream: None,
        proof: Proof::Unproven("it takes four billion connections"),
        edits: &[Edit {
            file: "server.cpp",
            find: r"    if (!routing_id)
        routing_id = _next_routing_id++; //  Never use Routing ID zero
",
            replace: r"    //  Never use Routing ID zero, or one of a connected peer
    while (!routing_id || _out_pipes.count (routing_id))
        routing_id = _next_routing_id++;
",
        }],
    },
    Patch {
        id: "channel-multipart",
        why: "A CHANNEL drops multipart messages, and leaks the memory of each frame. A peer can send any number of them.",
        upstream: None,
        proof: Proof::Draft("shared::channel_multipart_messages_of_a_peer_are_freed"),
        edits: &[Edit {
            file: "channel.cpp",
            find: r"        read = _pipe->read (msg_);
        while (read && msg_->flags () & msg_t::more)
            read = _pipe->read (msg_);

        // get the new message
        if (read)
            read = _pipe->read (msg_);
",
            replace: r"        do {
            rc = msg_->close ();
            errno_assert (rc == 0);
            read = _pipe->read (msg_);
        } while (read && msg_->flags () & msg_t::more);

        // get the new message
        if (read) {
            rc = msg_->close ();
            errno_assert (rc == 0);
            read = _pipe->read (msg_);
        }
",
        }],
    },
    Patch {
        id: "shared-close-descriptor",
        why: "libzmq opens a descriptor when it closes a socket that threads share. If the process has no descriptor left, for \
              example because peers hold them, the process aborts. With the fix, the socket opens it when it is created.",
        upstream: None,
        proof: Proof::Draft("shared::shared_close_descriptor_is_there_when_all_others_are_in_use"),
        edits: &[
            Edit {
                file: "socket_base.cpp",
                find: r"        _mailbox = new (std::nothrow) mailbox_safe_t (&_sync);
        zmq_assert (_mailbox);
",
                replace: r"        _reaper_signaler = new (std::nothrow) signaler_t ();
        alloc_assert (_reaper_signaler);
        if (_reaper_signaler->valid ()) {
            _mailbox = new (std::nothrow) mailbox_safe_t (&_sync);
            zmq_assert (_mailbox);
        } else
            _mailbox = NULL;
",
            },
            Edit {
                file: "socket_base.cpp",
                find: r"        _reaper_signaler = new (std::nothrow) signaler_t ();
        zmq_assert (_reaper_signaler);

",
                replace: "",
            },
        ],
    },
    Patch {
        id: "shared-monitor",
        why: "The start of a monitor writes to the options of its socket under the lock of the monitor alone, while other \
              threads copy the options under the lock of the socket: a data race, which ThreadSanitizer reports.",
        upstream: None,
        proof: Proof::Unproven("the values that are read are correct on every known processor"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"                                 int type_)
{
    scoped_lock_t lock (_monitor_sync);
",
            replace: r"                                 int type_)
{
    scoped_optional_lock_t sync_lock (_thread_safe ? &_sync : NULL);
    scoped_lock_t lock (_monitor_sync);
",
        }],
    },
    Patch {
        id: "poller-signals",
        why: "Each command for a socket that threads share counts in the descriptor of its pollers, and each wait of a poller \
              takes one. After a thousand commands that other threads processed, the descriptor is readable for a thousand \
              waits without an event.",
        upstream: None,
        proof: Proof::Draft("shared::poller_signals_of_processed_commands_are_taken_at_once"),
        edits: &[
            Edit {
                file: "signaler.hpp",
                find: "    void recv ();\n",
                replace: "    void recv ();\n\n    //  Takes all signals, if there are any.\n    void recv_all ();\n",
            },
            Edit {
                file: "signaler.cpp",
                find: "int zmq::signaler_t::recv_failable ()\n",
                replace: r"void zmq::signaler_t::recv_all ()
{
#if defined ZMQ_HAVE_EVENTFD
    uint64_t count;
    const ssize_t sz = read (_r, &count, sizeof (count));
    errno_assert (sz == sizeof (count) || errno == EAGAIN);
#else
    while (recv_failable () == 0)
        ;
#endif
}

int zmq::signaler_t::recv_failable ()
",
            },
            Edit {
                file: "socket_poller.cpp",
                find: r"        if (_use_signaler && _pollfds[0].revents & POLLIN)
            _signaler->recv ();
",
                replace: r"        if (_use_signaler && _pollfds[0].revents & POLLIN)
            _signaler->recv_all ();
",
            },
            Edit {
                file: "socket_poller.cpp",
                find: r"        if (_use_signaler && FD_ISSET (_signaler->get_fd (), inset.get ()))
            _signaler->recv ();
",
                replace: r"        if (_use_signaler && FD_ISSET (_signaler->get_fd (), inset.get ()))
            _signaler->recv_all ();
",
            },
        ],
    },
];
