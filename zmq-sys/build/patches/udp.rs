// SPDX-License-Identifier: MPL-2.0

//! Fixes for draft sockets and for UDP, which only draft sockets use.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "udp-group-length",
        why: "A DISH reads the length of a group as a signed number, so a datagram whose first byte is above 127 \
              aborts. A datagram that is shorter than its stated length leaks the memory of its group.",
        upstream: Some("commits e357cd32 and 3be093c2"),
        proof: Proof::Draft("udp::udp_group_length_is_never_more_than_a_datagram_has"),
        edits: &[
            Edit {
                file: "udp_engine.cpp",
                find: "        const int group_size = _in_buffer[0];\n",
                replace: r"        const int group_size = static_cast<unsigned char> (_in_buffer[0]);
        if (nbytes < 1 + group_size)
            return;
",
            },
            Edit {
                file: "udp_engine.cpp",
                find: r"        //  This doesn't fit, just ignore
        if (nbytes - 1 < group_size)
            return;
",
                replace: "",
            },
        ],
    },
    Patch {
        id: "udp-big-send",
        why: "A RADIO or DGRAM copies a message of any size to a buffer of 8192 bytes.",
        upstream: Some("commit af11df08, for RADIO"),
        proof: Proof::Draft("udp::udp_big_send_is_dropped"),
        edits: &[Edit {
            file: "udp_engine.cpp",
            find: r"        size_t size;

        if (_options.raw_socket) {
",
            replace: r"        size_t size;

        //  Dropped, as the network would drop it.
        if ((_options.raw_socket ? 0 : group_size + 1) + body_size
            > MAX_UDP_MSG) {
            rc = group_msg.close ();
            errno_assert (rc == 0);
            rc = body_msg.close ();
            errno_assert (rc == 0);
            return;
        }

        if (_options.raw_socket) {
",
        }],
    },
    Patch {
        id: "udp-ipv6-hops",
        why: "The hop limit of IPv6 is set with the option of IPv4, whose number has another meaning for IPv6.",
        upstream: None,
        proof: Proof::Unproven("needs a route for IPv6 multicast, which machines for tests lack"),
        edits: &[Edit {
            file: "udp_engine.cpp",
            find: "      setsockopt (s_, level, IP_MULTICAST_TTL,\n",
            replace: "      setsockopt (s_, level, is_ipv6_ ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL,\n",
        }],
    },
    Patch {
        id: "udp-would-block",
        why: "The result of a call is compared with EWOULDBLOCK instead of errno. If there is no datagram to read or \
              no room to write, the engine ends as if the network had failed, and the datagrams of its descriptor are \
              lost.",
        upstream: None,
        proof: Proof::Draft("udp::udp_would_block_the_socket_stays_bound"),
        edits: &[
            Edit {
                file: "udp_engine.cpp",
                find: "            if (rc != EWOULDBLOCK) {\n",
                replace: "            if (errno != EWOULDBLOCK && errno != EAGAIN) {\n",
            },
            Edit {
                file: "udp_engine.cpp",
                find: "        if (nbytes != EWOULDBLOCK) {\n",
                replace: "        if (errno != EWOULDBLOCK && errno != EAGAIN) {\n",
            },
        ],
    },
    Patch {
        id: "udp-send-refused",
        why: "A datagram that the system refuses to send, because there is no route to its address or the address is one to \
              broadcast to, ends the engine as if the network had failed, and the datagrams of its descriptor are lost. With \
              the fix, only the datagram is lost.",
        upstream: None,
        proof: Proof::Draft("udp::udp_send_refused_the_socket_stays_bound"),
        edits: &[Edit {
            file: "udp_engine.cpp",
            find: r"            if (errno != EWOULDBLOCK && errno != EAGAIN) {
                assert_success_or_recoverable (_fd, rc);
                error (connection_error);
            }
#endif
        }
    } else {
",
            replace: r"            //  Dropped, as the network would drop it.
#endif
        }
    } else {
",
        }],
    },
    Patch {
        id: "udp-dgram-ipv6",
        why: "A DGRAM supports only addresses of IPv4, but can be bound to IPv6. The first datagram aborts.",
        upstream: None,
        proof: Proof::Draft("udp::udp_dgram_ipv6_is_not_bound"),
        edits: &[
            Edit {
                file: "socket_base.cpp",
                find: r"        rc = paddr->resolved.udp_addr->resolve (address.c_str (), true,
                                                options.ipv6);
",
                replace: r"        rc = paddr->resolved.udp_addr->resolve (
          address.c_str (), true, options.ipv6 && !options.raw_socket);
",
            },
            Edit {
                file: "udp_engine.cpp",
                find: "        zmq_assert (in_address.ss_family == AF_INET);\n",
                replace: r"        if (in_address.ss_family != AF_INET)
            return;
",
            },
        ],
    },
    Patch {
        id: "udp-unbind",
        why: "A bound endpoint is registered under the empty name, so that no unbind finds it.",
        upstream: None,
        proof: Proof::Draft("udp::udp_unbind_finds_the_endpoint"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"        add_endpoint (endpoint_uri_pair_t (endpoint_uri_, std::string (),
                                           endpoint_type_none),
",
            replace: r"        add_endpoint (endpoint_uri_pair_t (endpoint_uri_, std::string (),
                                           endpoint_type_bind),
",
        }],
    },
    Patch {
        id: "udp-no-descriptor",
        why: "If the process has no descriptor left for a UDP socket, or the system does not support the protocol, \
              connecting aborts.",
        upstream: None,
        proof: Proof::Draft("udp::udp_no_descriptor_ends_the_connection"),
        edits: &[Edit {
            file: "session_base.cpp",
            find: r"        int rc = engine->init (_addr, send, recv);
        errno_assert (rc == 0);

        send_attach (this, engine);
",
            replace: r"        if (engine->init (_addr, send, recv) != 0) {
            //  As after an error of the protocol: the endpoint is given up.
            LIBZMQ_DELETE (engine);
            terminate ();
            return;
        }

        send_attach (this, engine);
",
        }],
    },
    Patch {
        id: "dgram-unbound-send",
        why: "A DGRAM that is not bound closes the message to send and fails with a stale errno. The caller closes the \
              message again, which aborts.",
        upstream: None,
        proof: Proof::Draft("udp::dgram_unbound_send_leaves_the_message"),
        edits: &[Edit {
            file: "dgram.cpp",
            find: r"    // If there's no out pipe, just drop it.
    if (!_pipe) {
        const int rc = msg_->close ();
        errno_assert (rc == 0);
        return -1;
    }
",
            replace: r"    if (!_pipe) {
        errno = ENOTCONN;
        return -1;
    }
",
        }],
    },
    Patch {
        id: "dgram-half-message",
        why: "A DGRAM that is unbound between an address and its body treats the body as part of the next address. The \
              next bound endpoint gets a message without a body, and aborts.",
        upstream: None,
        proof: Proof::Draft("udp::dgram_half_message_is_discarded_with_its_endpoint"),
        edits: &[Edit {
            file: "dgram.cpp",
            find: r"    if (pipe_ == _pipe) {
        _pipe = NULL;
",
            replace: r"    if (pipe_ == _pipe) {
        _pipe = NULL;
        _more_out = false;
",
        }],
    },
    Patch {
        id: "msg-set-group-twice",
        why: "The second group of a message whose first group was long overwrites the pointer to the first one, which \
              is then freed. A second long group leaks the first one.",
        upstream: None,
        proof: Proof::Draft("udp::msg_set_group_twice_replaces_the_first"),
        edits: &[
            Edit {
                file: "msg.cpp",
                find: "        strncpy (_u.base.group.sgroup.group, group_, length_);\n",
                replace: "        memmove (_u.base.group.sgroup.group, group_, length_);\n",
            },
            Edit {
                file: "msg.cpp",
                find: r"    if (length_ > 14) {
        _u.base.group.lgroup.type = group_type_long;
        _u.base.group.lgroup.content =
          (long_group_t *) malloc (sizeof (long_group_t));
        assert (_u.base.group.lgroup.content);
",
                replace: r"    //  The name may be the message's own: its memory is left before it is freed.
    if (_u.base.group.type == group_type_long) {
        char name[ZMQ_GROUP_MAX_LENGTH + 1];
        memcpy (name, group_, length_);
        long_group_t *const old = _u.base.group.lgroup.content;
        _u.base.group.sgroup.type = group_type_short;
        _u.base.group.sgroup.group[0] = '\0';
        if (!old->refcnt.sub (1)) {
            old->refcnt.~atomic_counter_t ();
            free (old);
        }
        return set_group (name, length_);
    }

    if (length_ > 14) {
        _u.base.group.lgroup.type = group_type_long;
        _u.base.group.lgroup.content =
          (long_group_t *) malloc (sizeof (long_group_t));
        alloc_assert (_u.base.group.lgroup.content);
",
            },
        ],
    },
    Patch {
        id: "null-group",
        why: "A null pointer as a group throws an exception through C, or is dereferenced.",
        upstream: None,
        proof: Proof::Draft("udp::null_group_is_refused"),
        edits: &[
            Edit {
                file: "zmq.cpp",
                find: "    return s->join (group_);\n",
                replace: r"    if (!group_) {
        errno = EINVAL;
        return -1;
    }
    return s->join (group_);
",
            },
            Edit {
                file: "zmq.cpp",
                find: "    return s->leave (group_);\n",
                replace: r"    if (!group_) {
        errno = EINVAL;
        return -1;
    }
    return s->leave (group_);
",
            },
            Edit {
                file: "zmq.cpp",
                find: "    return (reinterpret_cast<zmq::msg_t *> (msg_))->set_group (group_);\n",
                replace: r"    if (!group_) {
        errno = EINVAL;
        return -1;
    }
    return (reinterpret_cast<zmq::msg_t *> (msg_))->set_group (group_);
",
            },
        ],
    },
    Patch {
        id: "radio-long-join",
        why: "A peer that joins a group whose name has more than 255 bytes aborts the RADIO. With the fix, its \
              connection is closed.",
        upstream: None,
        proof: Proof::Draft("udp::radio_long_join_ends_its_connection"),
        edits: &[Edit {
            file: "radio.cpp",
            find: r"        rc = join_leave_msg.set_group (group, group_length);
        errno_assert (rc == 0);
",
            replace: r"        rc = join_leave_msg.set_group (group, group_length);
        if (rc != 0) {
            errno = EPROTO;
            return -1;
        }
",
        }],
    },
    Patch {
        id: "radio-pending",
        why: "A reconnection discards a message whose group was sent but whose body was not, and leaks its memory.",
        upstream: None,
        proof: Proof::Unproven("needs a connection that ends between the two frames of a message"),
        edits: &[
            Edit {
                file: "radio.cpp",
                find: r"zmq::radio_session_t::~radio_session_t ()
{
}
",
                replace: r"zmq::radio_session_t::~radio_session_t ()
{
    if (_state == body)
        _pending_msg.close ();
}
",
            },
            Edit {
                file: "radio.cpp",
                find: r"    session_base_t::reset ();
    _state = group;
",
                replace: r"    session_base_t::reset ();
    if (_state == body)
        _pending_msg.close ();
    _state = group;
",
            },
        ],
    },
    Patch {
        id: "dish-group-frame",
        why: "A peer that sends a message for the group without a name to a full DISH aborts it: the group is closed, \
              and used again when the message is pushed again. A group without a body is never freed.",
        upstream: None,
        proof: Proof::Draft("udp::dish_group_frame_without_a_name_waits_for_a_full_socket"),
        edits: &[
            Edit {
                file: "dish.cpp",
                find: r"    _state (group)
{
}
",
                replace: r"    _state (group)
{
    const int rc = _group_msg.init ();
    errno_assert (rc == 0);
}
",
            },
            Edit {
                file: "dish.cpp",
                find: r"zmq::dish_session_t::~dish_session_t ()
{
}
",
                replace: r"zmq::dish_session_t::~dish_session_t ()
{
    _group_msg.close ();
}
",
            },
            Edit {
                file: "dish.cpp",
                find: r"    rc = _group_msg.close ();
    errno_assert (rc == 0);
has_group:
",
                replace: r"    rc = _group_msg.close ();
    errno_assert (rc == 0);
    rc = _group_msg.init ();
    errno_assert (rc == 0);
has_group:
",
            },
            Edit {
                file: "dish.cpp",
                find: r"    session_base_t::reset ();
    _state = group;
",
                replace: r"    session_base_t::reset ();
    _group_msg.close ();
    _group_msg.init ();
    _state = group;
",
            },
        ],
    },
    Patch {
        id: "dish-command",
        why: "A DISH treats commands as groups, so the first heartbeat of its peer ends the connection.",
        upstream: None,
        proof: Proof::Draft("udp::dish_command_is_no_group"),
        edits: &[Edit {
            file: "dish.cpp",
            find: r"int zmq::dish_session_t::push_msg (msg_t *msg_)
{
",
            replace: r"int zmq::dish_session_t::push_msg (msg_t *msg_)
{
    if (msg_->flags () & msg_t::command)
        return session_base_t::push_msg (msg_);

",
        }],
    },
];
