//! Fixes of the draft sockets and of UDP, over which they alone send.

use super::{Edit, Patch, Proof};

const DRAFT: Proof = Proof::Unproven("the safe API has no draft sockets; zmq-sys/tests/drafts.rs runs it with `draft`");

const UNTESTED: Proof = Proof::Unproven("the safe API has no draft sockets, and no test of zmq-sys runs it");

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "udp-group-length",
        why: "A DISH takes the length of a group for a signed number: a datagram whose first byte is above 127 aborts. One \
              that is shorter than it says loses the memory for its group.",
        upstream: Some("commits e357cd32 and 3be093c2"),
        proof: DRAFT,
        edits: &[
            Edit {
                file: "udp_engine.cpp",
                find: "        const int group_size = _in_buffer[0];\n",
                replace: "        const int group_size = static_cast<unsigned char> (_in_buffer[0]);\n        \
                          if (nbytes < 1 + group_size)\n            return;\n",
            },
            Edit {
                file: "udp_engine.cpp",
                find: "        //  This doesn't fit, just ignore\n        if (nbytes - 1 < group_size)\n            return;\n",
                replace: "",
            },
        ],
    },
    Patch {
        id: "udp-big-send",
        why: "A RADIO or DGRAM copies a message of any size to a buffer of 8192 bytes.",
        upstream: Some("commit af11df08, for RADIO"),
        proof: DRAFT,
        edits: &[Edit {
            file: "udp_engine.cpp",
            find: "        size_t size;\n\n        if (_options.raw_socket) {\n",
            replace: "        size_t size;\n\n        \
                      //  Dropped, as the network would drop it.\n        \
                      if ((_options.raw_socket ? 0 : group_size + 1) + body_size\n            > MAX_UDP_MSG) {\n            \
                      rc = group_msg.close ();\n            errno_assert (rc == 0);\n            \
                      rc = body_msg.close ();\n            errno_assert (rc == 0);\n            return;\n        }\n\n        \
                      if (_options.raw_socket) {\n",
        }],
    },
    Patch {
        id: "udp-ipv6-hops",
        why: "The hops of IPv6 are set by the option of IPv4, whose number means something else there.",
        upstream: None,
        proof: UNTESTED,
        edits: &[Edit {
            file: "udp_engine.cpp",
            find: "      setsockopt (s_, level, IP_MULTICAST_TTL,\n",
            replace: "      setsockopt (s_, level, is_ipv6_ ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL,\n",
        }],
    },
    Patch {
        id: "udp-would-block",
        why: "A call's result is compared with EWOULDBLOCK instead of errno: where there is nothing to read or no room to \
              write, the engine ends as if the network had failed, and what its descriptor holds is lost.",
        upstream: None,
        proof: UNTESTED,
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
        id: "udp-dgram-ipv6",
        why: "A DGRAM knows addresses of IPv4 alone, but may be bound to IPv6: the first datagram aborts.",
        upstream: None,
        proof: DRAFT,
        edits: &[
            Edit {
                file: "socket_base.cpp",
                find: "        rc = paddr->resolved.udp_addr->resolve (address.c_str (), true,\n                                                \
                       options.ipv6);\n",
                replace: "        rc = paddr->resolved.udp_addr->resolve (\n          \
                          address.c_str (), true, options.ipv6 && !options.raw_socket);\n",
            },
            Edit {
                file: "udp_engine.cpp",
                find: "        zmq_assert (in_address.ss_family == AF_INET);\n",
                replace: "        if (in_address.ss_family != AF_INET)\n            return;\n",
            },
        ],
    },
    Patch {
        id: "udp-unbind",
        why: "A bound endpoint is filed under the empty name, so that no unbind finds it.",
        upstream: None,
        proof: DRAFT,
        edits: &[Edit {
            file: "socket_base.cpp",
            find: "        add_endpoint (endpoint_uri_pair_t (endpoint_uri_, std::string (),\n                                           \
                   endpoint_type_none),\n",
            replace: "        add_endpoint (endpoint_uri_pair_t (endpoint_uri_, std::string (),\n                                           \
                      endpoint_type_bind),\n",
        }],
    },
    Patch {
        id: "udp-no-descriptor",
        why: "Where the process has no descriptor left for a UDP socket, or the system no such protocol, connecting aborts.",
        upstream: None,
        proof: UNTESTED,
        edits: &[Edit {
            file: "session_base.cpp",
            find: "        int rc = engine->init (_addr, send, recv);\n        errno_assert (rc == 0);\n\n        \
                   send_attach (this, engine);\n",
            replace: "        if (engine->init (_addr, send, recv) != 0) {\n            \
                      //  As after an error of the protocol: the endpoint is given up.\n            \
                      LIBZMQ_DELETE (engine);\n            terminate ();\n            return;\n        }\n\n        \
                      send_attach (this, engine);\n",
        }],
    },
    Patch {
        id: "dgram-unbound-send",
        why: "A DGRAM that is not bound closes what it is to send and fails with a stale errno: the caller closes it again, \
              which aborts.",
        upstream: None,
        proof: DRAFT,
        edits: &[Edit {
            file: "dgram.cpp",
            find: "    // If there's no out pipe, just drop it.\n    if (!_pipe) {\n        \
                   const int rc = msg_->close ();\n        errno_assert (rc == 0);\n        return -1;\n    }\n",
            replace: "    if (!_pipe) {\n        errno = EAGAIN;\n        return -1;\n    }\n",
        }],
    },
    Patch {
        id: "dgram-half-message",
        why: "A DGRAM that is unbound between an address and its body takes the body for the rest of the next address: \
              what is bound next gets a message without a body, and aborts.",
        upstream: None,
        proof: DRAFT,
        edits: &[Edit {
            file: "dgram.cpp",
            find: "    if (pipe_ == _pipe) {\n        _pipe = NULL;\n",
            replace: "    if (pipe_ == _pipe) {\n        _pipe = NULL;\n        _more_out = false;\n",
        }],
    },
    Patch {
        id: "msg-set-group-twice",
        why: "The second group of a message that had a long one is written over the pointer to the first, which is then \
              freed; the second long one leaks the first.",
        upstream: None,
        proof: DRAFT,
        edits: &[Edit {
            file: "msg.cpp",
            find: "    if (length_ > 14) {\n        _u.base.group.lgroup.type = group_type_long;\n        \
                   _u.base.group.lgroup.content =\n          (long_group_t *) malloc (sizeof (long_group_t));\n        \
                   assert (_u.base.group.lgroup.content);\n",
            replace: "    //  The name may be the message's own: its memory is left before it is freed.\n    \
                      if (_u.base.group.type == group_type_long) {\n        \
                      char name[ZMQ_GROUP_MAX_LENGTH + 1];\n        \
                      memcpy (name, group_, length_);\n        \
                      long_group_t *const old = _u.base.group.lgroup.content;\n        \
                      _u.base.group.sgroup.type = group_type_short;\n        \
                      _u.base.group.sgroup.group[0] = '\\0';\n        \
                      if (!old->refcnt.sub (1)) {\n            \
                      old->refcnt.~atomic_counter_t ();\n            free (old);\n        }\n        \
                      return set_group (name, length_);\n    }\n\n    \
                      if (length_ > 14) {\n        _u.base.group.lgroup.type = group_type_long;\n        \
                      _u.base.group.lgroup.content =\n          (long_group_t *) malloc (sizeof (long_group_t));\n        \
                      alloc_assert (_u.base.group.lgroup.content);\n",
        }],
    },
    Patch {
        id: "null-group",
        why: "A group that is no string, but a null pointer, throws an exception through C, or is read.",
        upstream: None,
        proof: DRAFT,
        edits: &[
            Edit {
                file: "zmq.cpp",
                find: "    return s->join (group_);\n",
                replace: "    if (!group_) {\n        errno = EINVAL;\n        return -1;\n    }\n    return s->join (group_);\n",
            },
            Edit {
                file: "zmq.cpp",
                find: "    return s->leave (group_);\n",
                replace: "    if (!group_) {\n        errno = EINVAL;\n        return -1;\n    }\n    return s->leave (group_);\n",
            },
            Edit {
                file: "zmq.cpp",
                find: "    return (reinterpret_cast<zmq::msg_t *> (msg_))->set_group (group_);\n",
                replace: "    if (!group_) {\n        errno = EINVAL;\n        return -1;\n    }\n    \
                          return (reinterpret_cast<zmq::msg_t *> (msg_))->set_group (group_);\n",
            },
        ],
    },
    Patch {
        id: "radio-long-join",
        why: "A peer that joins a group whose name has more than 255 bytes aborts the RADIO. Its connection is closed.",
        upstream: None,
        proof: DRAFT,
        edits: &[Edit {
            file: "radio.cpp",
            find: "        rc = join_leave_msg.set_group (group, group_length);\n        errno_assert (rc == 0);\n",
            replace: "        rc = join_leave_msg.set_group (group, group_length);\n        \
                      if (rc != 0) {\n            errno = EPROTO;\n            return -1;\n        }\n",
        }],
    },
    Patch {
        id: "radio-pending",
        why: "The message whose group was sent, but not its body, is forgotten at a reconnection, and its memory is lost.",
        upstream: None,
        proof: UNTESTED,
        edits: &[
            Edit {
                file: "radio.cpp",
                find: "zmq::radio_session_t::~radio_session_t ()\n{\n}\n",
                replace: "zmq::radio_session_t::~radio_session_t ()\n{\n    \
                          if (_state == body)\n        _pending_msg.close ();\n}\n",
            },
            Edit {
                file: "radio.cpp",
                find: "    session_base_t::reset ();\n    _state = group;\n",
                replace: "    session_base_t::reset ();\n    \
                          if (_state == body)\n        _pending_msg.close ();\n    _state = group;\n",
            },
        ],
    },
    Patch {
        id: "dish-group-frame",
        why: "A peer that sends a message of the group without a name to a DISH that is full aborts it: the group is closed, \
              and asked for once more when the message is pushed again. A group without a body is never freed.",
        upstream: None,
        proof: DRAFT,
        edits: &[
            Edit {
                file: "dish.cpp",
                find: "    _state (group)\n{\n}\n",
                replace: "    _state (group)\n{\n    const int rc = _group_msg.init ();\n    errno_assert (rc == 0);\n}\n",
            },
            Edit {
                file: "dish.cpp",
                find: "zmq::dish_session_t::~dish_session_t ()\n{\n}\n",
                replace: "zmq::dish_session_t::~dish_session_t ()\n{\n    _group_msg.close ();\n}\n",
            },
            Edit {
                file: "dish.cpp",
                find: "    rc = _group_msg.close ();\n    errno_assert (rc == 0);\nhas_group:\n",
                replace: "    rc = _group_msg.close ();\n    errno_assert (rc == 0);\n    \
                          rc = _group_msg.init ();\n    errno_assert (rc == 0);\nhas_group:\n",
            },
            Edit {
                file: "dish.cpp",
                find: "    session_base_t::reset ();\n    _state = group;\n",
                replace: "    session_base_t::reset ();\n    \
                          _group_msg.close ();\n    _group_msg.init ();\n    _state = group;\n",
            },
        ],
    },
    Patch {
        id: "dish-command",
        why: "A DISH takes commands for groups: the first heartbeat of its peer ends the connection.",
        upstream: None,
        proof: DRAFT,
        edits: &[Edit {
            file: "dish.cpp",
            find: "int zmq::dish_session_t::push_msg (msg_t *msg_)\n{\n",
            replace: "int zmq::dish_session_t::push_msg (msg_t *msg_)\n{\n    \
                      if (msg_->flags () & msg_t::command)\n        return session_base_t::push_msg (msg_);\n\n",
        }],
    },
];
