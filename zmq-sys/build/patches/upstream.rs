//! Fixes that upstream has made since 4.3.5, where they belong to no area of their own.
//!
//! Not here: the transport vsock and the disconnection of one peer (commits 7d95ac02 and 900a548a) are new features. A
//! pipe that forgets its queue before it is freed (acef50b8) mends nothing: what comes to a freed pipe is the fault, and
//! [`hwm-change-inactive-pipe`](PATCHES) is the one such way that is known. The selection of pollers, headers that newer
//! compilers miss, and warnings (05c20254, 2e8a6ccb, a23330db, b268effd) concern no build of this crate. The size up to
//! which a message is copied (95caddb9) is no fault. Targets older than Windows Vista (095f0e67) are not built.

use super::{Edit, Patch, Proof};

const NO_KERBEROS: Proof = Proof::Unproven("the vendored libzmq is built without Kerberos");

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "hwm-change-inactive-pipe",
        why: "A high-water mark that is set, or statistics that are asked for, go to the other end of each pipe, also \
              where that end was freed because the peer left.",
        upstream: Some("commit 959a1335, issue 4524"),
        proof: Proof::Test("upstream::hwm_change_inactive_pipe_a_mark_is_set_after_a_peer_left"),
        edits: &[
            Edit {
                file: "pipe.cpp",
                find: "    send_pipe_hwm (_peer, inhwm_, outhwm_);\n",
                replace: "    if (_state == active)\n        send_pipe_hwm (_peer, inhwm_, outhwm_);\n",
            },
            Edit {
                file: "pipe.cpp",
                find: "void zmq::pipe_t::send_stats_to_peer (own_t *socket_base_)\n{\n",
                replace: "void zmq::pipe_t::send_stats_to_peer (own_t *socket_base_)\n{\n    \
                          if (_state != active)\n        return;\n",
            },
        ],
    },
    Patch {
        id: "proxy-pause",
        why: "zmq_proxy_steerable goes on at RESUME as it should pause, and goes on at PAUSE.",
        upstream: Some("commit f8b3cc81"),
        proof: Proof::Test("upstream::proxy_pause_a_proxy_pauses_and_resumes"),
        edits: &[
            Edit {
                file: "proxy.cpp",
                find: "    if (msiz == 5 && memcmp (command, \"\\x05PAUSE\", 6)) {\n        state = active;\n",
                replace: "    if (msiz == 5 && memcmp (command, \"PAUSE\", 5) == 0) {\n        state = paused;\n",
            },
            Edit {
                file: "proxy.cpp",
                find: "memcmp (command, \"RESUME\", 6)) {\n        state = paused;\n",
                replace: "memcmp (command, \"RESUME\", 6)) {\n        state = active;\n",
            },
        ],
    },
    Patch {
        id: "proxy-control-reply",
        why: "zmq_proxy_steerable answers every command, as a REP has to: it ends where the control socket cannot send, and \
              stops where the replies are not read. A long command is never freed.",
        upstream: Some("commit 058ad60b"),
        proof: Proof::Test("upstream::proxy_control_reply_a_subscriber_controls_a_proxy"),
        edits: &[Edit {
            file: "proxy.cpp",
            find: "    // satisfy REP duty and reply no matter what.\n",
            replace: "    rc = cmsg.close ();\n    \
                      int type = 0;\n    size_t type_size = sizeof type;\n    \
                      if (rc != 0 || control_->getsockopt (ZMQ_TYPE, &type, &type_size) != 0\n        \
                      || type != ZMQ_REP)\n        return rc;\n\n    \
                      // satisfy REP duty and reply no matter what.\n",
        }],
    },
    Patch {
        id: "ipc-wildcard-directory",
        why: "Without an environment variable that names a directory for temporary files, ipc://* makes its directory in \
              the current one, which may be read-only.",
        upstream: None,
        proof: Proof::Test("upstream::ipc_wildcard_directory_it_does_not_depend_on_the_current_one"),
        edits: &[Edit {
            file: "ip.cpp",
            find: "    // Append a directory name\n    tmp_path.append (\"tmpXXXXXX\");\n",
            replace: "    struct stat usual;\n    \
                      if (tmp_path.empty () && ::stat (\"/tmp\", &usual) == 0\n        \
                      && S_ISDIR (usual.st_mode))\n        tmp_path = \"/tmp/\";\n\n    \
                      // Append a directory name\n    tmp_path.append (\"tmpXXXXXX\");\n",
        }],
    },
    Patch {
        id: "reconnect-stop-after-disconnect",
        why: "Whether a program has disconnected is unknown until it does: a socket of ipc with the option that stops \
              reconnections after that may stop at once.",
        upstream: Some("commit ce17349f"),
        proof: Proof::Test("upstream::reconnect_stop_after_disconnect_a_socket_that_never_disconnected_tries_again"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: "    _monitor_sync ()\n{\n",
            replace: "    _monitor_sync (),\n    _disconnected (false)\n{\n",
        }],
    },
    Patch {
        id: "gssapi-refused",
        why: "A server of GSSAPI goes on with the handshake whatever the authenticator answers: everybody is let in.",
        upstream: Some("commit ba63f037"),
        proof: NO_KERBEROS,
        edits: &[
            Edit {
                file: "gssapi_server.cpp",
                find: "        state = expecting_zap_reply ? expect_zap_reply : send_ready;\n        return 0;\n",
                replace: "        if (rc == 0 && status_code != \"200\") {\n            \
                          errno = EPROTO;\n            return -1;\n        }\n        \
                          state = expecting_zap_reply ? expect_zap_reply : send_ready;\n        return 0;\n",
            },
            Edit {
                file: "gssapi_server.cpp",
                find: "    const int rc = receive_and_process_zap_reply ();\n    if (rc == 0)\n        state = send_ready;\n",
                replace: "    const int rc = receive_and_process_zap_reply ();\n    \
                          if (rc == 0 && status_code != \"200\") {\n        \
                          errno = EPROTO;\n        return -1;\n    }\n    \
                          if (rc == 0)\n        state = send_ready;\n",
            },
        ],
    },
    Patch {
        id: "gssapi-subscriptions",
        why: "Encryption drops the marks of subscriptions and cancellations, which arrive as messages of no meaning.",
        upstream: Some("commit ccfe5082"),
        proof: NO_KERBEROS,
        edits: &[
            Edit {
                file: "gssapi_mechanism_base.cpp",
                find: "    if (msg_->flags () & msg_t::command)\n        flags |= 0x02;\n",
                replace: "    if (msg_->flags () & msg_t::command)\n        flags |= 0x02;\n    \
                          if (msg_->is_subscribe ())\n        flags |= 0x04;\n    \
                          if (msg_->is_cancel ())\n        flags |= 0x08;\n",
            },
            Edit {
                file: "gssapi_mechanism_base.cpp",
                find: "    if (flags & 0x02)\n        msg_->set_flags (msg_t::command);\n\n    \
                       memcpy (msg_->data (), static_cast<char *> (plaintext.value) + 1,\n",
                replace: "    if (flags & 0x02)\n        msg_->set_flags (msg_t::command);\n    \
                          if (flags & 0x04)\n        msg_->set_flags (msg_t::subscribe);\n    \
                          if (flags & 0x08)\n        msg_->set_flags (msg_t::cancel);\n\n    \
                          memcpy (msg_->data (), static_cast<char *> (plaintext.value) + 1,\n",
            },
        ],
    },
    Patch {
        id: "gssapi-leak",
        why: "The buffer from which a message is encrypted is never freed.",
        upstream: Some("commit 80a4ac4c"),
        proof: NO_KERBEROS,
        edits: &[Edit {
            file: "gssapi_mechanism_base.cpp",
            find: "    // Re-initialize msg_ for wrapped text\n",
            replace: "    free (plaintext_buffer);\n\n    // Re-initialize msg_ for wrapped text\n",
        }],
    },
];
