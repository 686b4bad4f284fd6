// SPDX-License-Identifier: MPL-2.0

//! Fixes for sockets that several threads use at the same time.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[Patch {
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

    // Wake all threads that wait, after a change without a command. The
    // caller holds the lock.
    void wake ();
",
        },
        Edit {
            file: "mailbox_safe.cpp",
            find: r"void zmq::mailbox_safe_t::send (const command_t &cmd_)
{
    _sync->lock ();
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
            replace: r"void zmq::mailbox_safe_t::wake ()
{
    _cond_var.broadcast ();

    for (std::vector<signaler_t *>::iterator it = _signalers.begin (),
                                             end = _signalers.end ();
         it != end; ++it) {
        (*it)->send ();
    }
}

void zmq::mailbox_safe_t::send (const command_t &cmd_)
{
    _sync->lock ();
    _cpipe.write (cmd_, false);
    const bool ok = _cpipe.flush ();

    if (!ok)
        wake ();
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
}];
