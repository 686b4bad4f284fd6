// SPDX-License-Identifier: MPL-2.0

//! Upstream fixes since 4.3.5 that belong to no other area.
//!
//! These upstream commits are not applied:
//!
//! - The transport vsock and the disconnection of one peer (7d95ac02, 900a548a) are new features.
//! - A pipe that drops its queue before it is freed (acef50b8) does not remove the cause, which is a command to a freed
//!   pipe. The only known way to cause that is [`hwm-change-inactive-pipe`](PATCHES).
//! - The selection of pollers, headers that newer compilers need, and warnings (05c20254, 2e8a6ccb, a23330db, b268effd)
//!   affect no build of this crate.
//! - The maximum size of copied messages (95caddb9) is not a fault.
//! - Targets older than Windows Vista (095f0e67) are not supported.

use super::{Edit, Patch, Proof};

const NO_KERBEROS: Proof = Proof::Unproven("the vendored libzmq is built without Kerberos");

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "hwm-change-inactive-pipe",
        why: "A change of the high-water mark, or a request for statistics, is sent to the other end of each pipe, \
              even if that end was freed because the peer disconnected.",
        upstream: Some("commit 959a1335, issue 4524"),
        proof: Proof::Test("upstream::hwm_change_inactive_pipe_a_mark_is_set_after_a_peer_left"),
        edits: &[
            Edit {
                file: "pipe.cpp",
                find: "    send_pipe_hwm (_peer, inhwm_, outhwm_);\n",
                replace: r"    if (_state == active)
        send_pipe_hwm (_peer, inhwm_, outhwm_);
",
            },
            Edit {
                file: "pipe.cpp",
                find: r"void zmq::pipe_t::send_stats_to_peer (own_t *socket_base_)
{
",
                replace: r"void zmq::pipe_t::send_stats_to_peer (own_t *socket_base_)
{
    if (_state != active)
        return;
",
            },
        ],
    },
    Patch {
        id: "proxy-pause",
        why: "zmq_proxy_steerable pauses on RESUME, and resumes on PAUSE.",
        upstream: Some("commit f8b3cc81"),
        proof: Proof::Test("upstream::proxy_pause_a_proxy_pauses_and_resumes"),
        edits: &[
            Edit {
                file: "proxy.cpp",
                find: r#"    if (msiz == 5 && memcmp (command, "\x05PAUSE", 6)) {
        state = active;
"#,
                replace: r#"    if (msiz == 5 && memcmp (command, "PAUSE", 5) == 0) {
        state = paused;
"#,
            },
            Edit {
                file: "proxy.cpp",
                find: r#"memcmp (command, "RESUME", 6)) {
        state = paused;
"#,
                replace: r#"memcmp (command, "RESUME", 6)) {
        state = active;
"#,
            },
        ],
    },
    Patch {
        id: "proxy-control-reply",
        why: "zmq_proxy_steerable replies to every command, as a REP must. It ends if the control socket cannot send, \
              and blocks if the replies are not read. A long command is never freed.",
        upstream: Some("commit 058ad60b"),
        proof: Proof::Test("upstream::proxy_control_reply_a_subscriber_controls_a_proxy"),
        edits: &[Edit {
            file: "proxy.cpp",
            find: "    // satisfy REP duty and reply no matter what.\n",
            replace: r"    rc = cmsg.close ();
    int type = 0;
    size_t type_size = sizeof type;
    if (rc != 0 || control_->getsockopt (ZMQ_TYPE, &type, &type_size) != 0
        || type != ZMQ_REP)
        return rc;

    // satisfy REP duty and reply no matter what.
",
        }],
    },
    Patch {
        id: "ipc-wildcard-directory",
        why: "If no environment variable names a directory for temporary files, ipc://* creates its directory in the \
              current one, which may be read-only.",
        upstream: None,
        proof: Proof::Test("upstream::ipc_wildcard_directory_it_does_not_depend_on_the_current_one"),
        edits: &[Edit {
            file: "ip.cpp",
            find: r#"    // Append a directory name
    tmp_path.append ("tmpXXXXXX");
"#,
            replace: r#"    struct stat usual;
    if (tmp_path.empty () && ::stat ("/tmp", &usual) == 0
        && S_ISDIR (usual.st_mode))
        tmp_path = "/tmp/";

    // Append a directory name
    tmp_path.append ("tmpXXXXXX");
"#,
        }],
    },
    Patch {
        id: "reconnect-stop-after-disconnect",
        why: "The flag that records a disconnect is uninitialised until the first disconnect. An ipc socket with the \
              option that stops reconnections after a disconnect may therefore stop immediately.",
        upstream: Some("commit ce17349f"),
        proof: Proof::Test("upstream::reconnect_stop_after_disconnect_a_socket_that_never_disconnected_tries_again"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"    _monitor_sync ()
{
",
            replace: r"    _monitor_sync (),
    _disconnected (false)
{
",
        }],
    },
    Patch {
        id: "topics-count",
        why: "The number of topics of a publisher does not decrease when a subscriber disconnects.",
        upstream: None,
        proof: Proof::Test("subscriptions::topics_count_the_topics_of_a_subscriber_end_with_it"),
        edits: &[Edit {
            file: "generic_mtrie_impl.hpp",
            find: r"                    func_ (buff, it.size, arg_);
                }

                if (it.node->_pipes->empty ()) {
                    LIBZMQ_DELETE (it.node->_pipes);
",
            replace: r"                    func_ (buff, it.size, arg_);
                }

                if (it.node->_pipes->empty ()) {
                    _num_prefixes.sub (1);
                    LIBZMQ_DELETE (it.node->_pipes);
",
        }],
    },
    Patch {
        id: "gssapi-refused",
        why: "A GSSAPI server continues the handshake regardless of the authenticator's reply, so every client is \
              accepted.",
        upstream: Some("commit ba63f037"),
        proof: NO_KERBEROS,
        edits: &[
            Edit {
                file: "gssapi_server.cpp",
                find: r"        state = expecting_zap_reply ? expect_zap_reply : send_ready;
        return 0;
",
                replace: r#"        if (rc == 0 && status_code != "200") {
            errno = EPROTO;
            return -1;
        }
        state = expecting_zap_reply ? expect_zap_reply : send_ready;
        return 0;
"#,
            },
            Edit {
                file: "gssapi_server.cpp",
                find: r"    const int rc = receive_and_process_zap_reply ();
    if (rc == 0)
        state = send_ready;
",
                replace: r#"    const int rc = receive_and_process_zap_reply ();
    if (rc == 0 && status_code != "200") {
        errno = EPROTO;
        return -1;
    }
    if (rc == 0)
        state = send_ready;
"#,
            },
        ],
    },
    Patch {
        id: "gssapi-subscriptions",
        why: "Encryption drops the marks of subscriptions and cancellations, which arrive as meaningless messages.",
        upstream: Some("commit ccfe5082"),
        proof: NO_KERBEROS,
        edits: &[
            Edit {
                file: "gssapi_mechanism_base.cpp",
                find: r"    if (msg_->flags () & msg_t::command)
        flags |= 0x02;
",
                replace: r"    if (msg_->flags () & msg_t::command)
        flags |= 0x02;
    if (msg_->is_subscribe ())
        flags |= 0x04;
    if (msg_->is_cancel ())
        flags |= 0x08;
",
            },
            Edit {
                file: "gssapi_mechanism_base.cpp",
                find: r"    if (flags & 0x02)
        msg_->set_flags (msg_t::command);

    memcpy (msg_->data (), static_cast<char *> (plaintext.value) + 1,
",
                replace: r"    if (flags & 0x02)
        msg_->set_flags (msg_t::command);
    if (flags & 0x04)
        msg_->set_flags (msg_t::subscribe);
    if (flags & 0x08)
        msg_->set_flags (msg_t::cancel);

    memcpy (msg_->data (), static_cast<char *> (plaintext.value) + 1,
",
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
            replace: r"    free (plaintext_buffer);

    // Re-initialize msg_ for wrapped text
",
        }],
    },
];
