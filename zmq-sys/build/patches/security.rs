// SPDX-License-Identifier: MPL-2.0

//! Fixes for handshakes, for authentication, and for claims of a peer.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "zap-client-connects",
        why: "A secured server that connects uses one connection to the authenticator for all attempts. The reply \
              about a client that has disconnected reaches the handshake of the next client. The server then aborts, \
              or applies the reply to the wrong client. A server that closes during a handshake aborts on its request. \
              With the fix, each attempt has its own connection to the authenticator, and a closed server that still \
              has messages to deliver can send requests.",
        upstream: Some("issue 3059"),
        proof: Proof::Test("security::zap_client_connects_an_answer_of_the_authenticator_counts_for_its_client_alone"),
        edits: &[
            Edit {
                file: "session_base.cpp",
                find: r"    //  Engine is dead. Let's forget about it.
    _engine = NULL;
",
                replace: r"    //  Engine is dead. Let's forget about it.
    _engine = NULL;

    //  What the authenticator answers now is about a peer that has gone.
    if (_zap_pipe) {
        _zap_pipe->terminate (false);
        _terminating_pipes.insert (_zap_pipe);
        _zap_pipe = NULL;
    }
",
            },
            Edit {
                file: "session_base.cpp",
                find: r"    if (_zap_pipe != NULL)
        return 0;
",
                replace: r"    if (is_terminating () || (_pending && !_pipe)) {
        errno = ECONNREFUSED;
        return -1;
    }
    if (_zap_pipe != NULL) {
        if (_zap_pipe->check_write ())
            return 0;
        //  The authenticator has gone; another one may have come.
        _terminating_pipes.insert (_zap_pipe);
        _zap_pipe = NULL;
    }
",
            },
            Edit {
                file: "session_base.cpp",
                find: r"    if (_zap_pipe != NULL)
        _zap_pipe->terminate (false);
",
                replace: r"    if (_zap_pipe != NULL && _pipe == NULL)
        _zap_pipe->terminate (false);
",
            },
            Edit {
                file: "session_base.cpp",
                find: r"            cancel_timer (linger_timer_id);
            _has_linger_timer = false;
        }
    } else if (pipe_ == _zap_pipe)
",
                replace: r"            cancel_timer (linger_timer_id);
            _has_linger_timer = false;
        }
        if (_pending && _zap_pipe)
            _zap_pipe->terminate (false);
    } else if (pipe_ == _zap_pipe)
",
            },
            // An authenticator that replies twice.
            Edit {
                file: "zap_client.cpp",
                find: r"    zmq_assert (state == waiting_for_zap_reply);
    return receive_and_process_zap_reply () == -1 ? -1 : 0;
",
                replace: r"    if (state != waiting_for_zap_reply) {
        errno = EPROTO;
        return -1;
    }
    return receive_and_process_zap_reply () == -1 ? -1 : 0;
",
            },
        ],
    },
    Patch {
        id: "monitor-errno",
        why: "The send of a monitor event, between the failure of a call and the check of errno, overwrites errno. A \
              corrupted message then looks like one that has to wait, so the connection blocks forever and keeps its \
              descriptor.",
        upstream: None,
        proof: Proof::Test("security::monitor_errno_a_corrupted_message_ends_a_monitored_connection"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"    scoped_lock_t lock (_monitor_sync);
    if (_monitor_events & type_) {
        monitor_event (type_, values_, values_count_, endpoint_uri_pair_);
    }
",
            replace: r"    const int error = errno;
    scoped_lock_t lock (_monitor_sync);
    if (_monitor_events & type_) {
        monitor_event (type_, values_, values_count_, endpoint_uri_pair_);
    }
    errno = error;
",
        }],
    },
    Patch {
        id: "curve-flags",
        why: "The flags of an encrypted frame are taken from the encrypted content and from the frame around it, which \
              is not authenticated. An attacker on the way can join messages or turn them into commands.",
        upstream: None,
        proof: Proof::Test("security::curve_flags_of_the_frame_around_the_encryption_count_for_nothing"),
        edits: &[Edit {
            file: "curve_mechanism_base.cpp",
            find: "        msg_->set_flags (flags & flag_mask);\n",
            replace: r"        msg_->reset_flags (flag_mask);
        msg_->set_flags (flags & flag_mask);
",
        }],
    },
    Patch {
        id: "curve-gap",
        why: "The number of an encrypted frame only has to be greater than that of the previous frame. An attacker on \
              the way can therefore remove frames, and join two multipart messages into one that was never sent. CURVE \
              senders increment the number by one. With the fix, any other number ends the connection.",
        upstream: None,
        proof: Proof::Test("security::curve_gap_frames_that_are_taken_out_end_the_connection"),
        edits: &[Edit {
            file: "curve_mechanism_base.cpp",
            find: "        if (nonce <= _cn_peer_nonce) {\n",
            replace: "        if (nonce <= _cn_peer_nonce || nonce - _cn_peer_nonce != 1) {\n",
        }],
    },
    Patch {
        id: "ping-stale",
        why: "A PING that is shorter than its fields is read past its end. Up to 16 bytes of the connection's own \
              buffer, which may belong to other messages, are sent back. A command whose name is longer than the \
              command is not refused.",
        upstream: None,
        proof: Proof::Test("engine::ping_stale_a_short_heartbeat_ends_the_connection"),
        edits: &[
            Edit {
                file: "zmtp_engine.cpp",
                find: "        uint16_t remote_heartbeat_ttl;\n",
                replace: r"        uint16_t remote_heartbeat_ttl;
        if (msg_->size () < ping_ttl_len) {
            errno = EPROTO;
            return -1;
        }
",
            },
            Edit {
                file: "zmtp_engine.cpp",
                find: r"    if (unlikely (msg_->size () < cmd_name_size + sizeof (cmd_name_size)))
        return -1;
",
                replace: r"    if (unlikely (msg_->size () < cmd_name_size + sizeof (cmd_name_size))) {
        errno = EPROTO;
        return -1;
    }
",
            },
            Edit {
                file: "stream_engine_base.cpp",
                find: "        process_command_message (msg_);\n",
                replace: r"        if (process_command_message (msg_) == -1)
            return -1;
",
            },
        ],
    },
    Patch {
        id: "ping-ttl",
        why: "The timeout for silent peers arrives in tenths of a second, and is converted to milliseconds in 16 bits. \
              A connection to a peer that allows 66 seconds ends after half a second.",
        upstream: None,
        proof: Proof::Test("engine::ping_ttl_of_more_than_a_minute_is_kept"),
        edits: &[Edit {
            file: "zmtp_engine.cpp",
            find: r"        remote_heartbeat_ttl *= 100;

        if (!_has_ttl_timer && remote_heartbeat_ttl > 0) {
            add_timer (remote_heartbeat_ttl, heartbeat_ttl_timer_id);
",
            replace: r"
        if (!_has_ttl_timer && remote_heartbeat_ttl > 0) {
            add_timer (100 * static_cast<int> (remote_heartbeat_ttl),
                       heartbeat_ttl_timer_id);
",
        }],
    },
    Patch {
        id: "router-auto-id",
        why: "A peer chooses the routing id that a ROUTER will generate for the next peer without one. The ROUTER does \
              not check whether the id is taken, and aborts.",
        upstream: None,
        proof: Proof::Test("security::router_auto_id_that_a_peer_has_chosen_is_left_out"),
        edits: &[
            Edit {
                file: "router.cpp",
                find: r"            unsigned char buf[5];
            buf[0] = 0;
            put_uint32 (buf + 1, _next_integral_routing_id++);
            routing_id.set (buf, sizeof buf);
            msg.close ();
",
                replace: r"            unsigned char buf[5];
            buf[0] = 0;
            do {
                put_uint32 (buf + 1, _next_integral_routing_id++);
                routing_id.set (buf, sizeof buf);
            } while (has_out_pipe (routing_id));
            msg.close ();
",
            },
            Edit {
                file: "router.cpp",
                find: r"                unsigned char buf[5];
                buf[0] = 0;
                put_uint32 (buf + 1, _next_integral_routing_id++);
                blob_t new_routing_id (buf, sizeof buf);
",
                replace: r"                unsigned char buf[5];
                buf[0] = 0;
                blob_t new_routing_id;
                do {
                    put_uint32 (buf + 1, _next_integral_routing_id++);
                    new_routing_id.set (buf, sizeof buf);
                } while (has_out_pipe (new_routing_id));
",
            },
        ],
    },
    Patch {
        id: "router-duplicate",
        why: "A peer whose routing id is taken is ignored, but its connection stays open. It is never accepted, even \
              if the id becomes free, and it costs a descriptor if it sends more than the queue holds and disconnects. \
              With the fix, the peer is disconnected, and accepted once the id is free.",
        upstream: Some("issues 2892 and 4603"),
        proof: Proof::Test("security::router_duplicate_a_peer_gets_in_when_its_routing_id_is_free"),
        edits: &[Edit {
            file: "router.cpp",
            find: r"                if (!_handover)
                    //  Ignore peers with duplicate ID
                    return false;
",
            replace: r"                if (!_handover) {
                    pipe_->terminate (false);
                    return false;
                }
",
        }],
    },
    Patch {
        id: "req-user-id",
        why: "A REQ that is the server of PLAIN or CURVE refuses the user id that precedes the first reply, so every \
              reply ends its connection.",
        upstream: None,
        proof: Proof::Test("security::req_user_id_a_requesting_server_gets_its_reply"),
        edits: &[Edit {
            file: "req.cpp",
            find: r"    if (unlikely (msg_->flags () & msg_t::command))
        return 0;

    switch (_state) {
",
            replace: r"    if (unlikely (msg_->flags () & msg_t::command))
        return 0;
    if (msg_->is_credential ())
        return session_base_t::push_msg (msg_);

    switch (_state) {
",
        }],
    },
    Patch {
        id: "connect-routing-id",
        why: "A peer chooses the routing id under which the program connects to another peer, and the ROUTER aborts. \
              With the fix, the program's choice takes precedence, and the peer that claimed the id is disconnected.",
        upstream: None,
        proof: Proof::Test("security::connect_routing_id_that_a_peer_has_claimed_goes_to_the_peer_that_is_meant"),
        edits: &[Edit {
            file: "router.cpp",
            find: r"        //  Not allowed to duplicate an existing rid
        zmq_assert (!has_out_pipe (routing_id));
",
            replace: r"        const out_pipe_t *const claimed = lookup_out_pipe (routing_id);
        if (claimed) {
            pipe_t *const impostor = claimed->pipe;
            unsigned char buf[5];
            buf[0] = 0;
            blob_t other_id;
            do {
                put_uint32 (buf + 1, _next_integral_routing_id++);
                other_id.set (buf, sizeof buf);
            } while (has_out_pipe (other_id));
            erase_out_pipe (impostor);
            impostor->set_router_socket_routing_id (other_id);
            add_out_pipe (ZMQ_MOVE (other_id), impostor);
            if (impostor == _current_in)
                _terminate_current_in = true;
            else
                impostor->terminate (true);
        }
",
        }],
    },
    Patch {
        id: "keepalive-range",
        why: "If the descriptor of a connection rejects an option, such as a keep-alive value that the kernel refuses, \
              the connection is dropped without closing the descriptor. Every attempt leaks one, on either end.",
        upstream: None,
        proof: Proof::Test("security::keepalive_range_a_connection_that_cannot_be_tuned_is_closed"),
        edits: &[untuned_connection("tcp_connecter.cpp"), untuned_peer("tcp_listener.cpp")],
    },
];

/// Closes a connection that rejects an option. It is still open if the socket was connected.
pub(super) const fn untuned_connection(file: &'static str) -> Edit {
    Edit {
        file,
        find: "    if (fd == retired_fd || !tune_socket (fd)) {\n",
        replace: r"    if (fd == retired_fd || !tune_socket (fd)) {
        if (fd != retired_fd)
            _s = fd;
",
    }
}

/// Closes an accepted connection that rejects an option.
pub(super) const fn untuned_peer(file: &'static str) -> Edit {
    Edit {
        file,
        find: r"    rc = rc | tune_tcp_maxrt (fd, options.tcp_maxrt);
    if (rc != 0) {
",
        replace: r"    rc = rc | tune_tcp_maxrt (fd, options.tcp_maxrt);
    if (rc != 0) {
        const int error = errno;
#ifdef ZMQ_HAVE_WINDOWS
        closesocket (fd);
#else
        ::close (fd);
#endif
        errno = error;
",
    }
}
