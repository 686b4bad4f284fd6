//! Fixes of how connections begin.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "self-connect",
        why: "Where nobody listens at a port that the system hands out, a connecting socket may get that very port and be \
              connected to itself: it talks to itself, or stops connecting, and the server cannot bind.",
        upstream: Some("commit 9d319655 connects once more after an error of the protocol"),
        proof: Proof::Test("connections::self_connect_a_socket_that_is_its_own_peer_connects_again"),
        edits: &[
            Edit {
                file: "tcp_connecter.cpp",
                find: "    //  Return the newly connected socket.\n",
                replace: "    //  A socket that is its own peer found nobody listening.\n    \
                          if (get_socket_name<tcp_address_t> (_s, socket_end_local)\n        \
                          == get_socket_name<tcp_address_t> (_s, socket_end_remote)) {\n        \
                          errno = ECONNREFUSED;\n        return retired_fd;\n    }\n\n    \
                          //  Return the newly connected socket.\n",
            },
            Edit {
                file: "ws_connecter.cpp",
                find: "    //  Return the newly connected socket.\n",
                replace: "    //  A socket that is its own peer found nobody listening.\n    \
                          if (get_socket_name<tcp_address_t> (_s, socket_end_local)\n        \
                          == get_socket_name<tcp_address_t> (_s, socket_end_remote)) {\n        \
                          errno = ECONNREFUSED;\n        return retired_fd;\n    }\n\n    \
                          //  Return the newly connected socket.\n",
            },
        ],
    },
    Patch {
        id: "routing-id-full",
        why: "A ROUTER or REP that connects again while it is at its high-water mark has no room for the routing id: \
              with a peer of an old protocol it aborts, with one of today's it closes the connection and stops connecting. \
              The same aborts while the socket is closed. Routing ids are not counted against the mark, as they are not \
              when they are read.",
        upstream: None,
        proof: Proof::Test("connections::routing_id_full_a_router_at_its_mark_takes_a_peer_that_comes_back"),
        edits: &[
            Edit {
                file: "pipe.cpp",
                find: "    if (unlikely (!check_write ()))\n        return false;\n\n    \
                       const bool more = (msg_->flags () & msg_t::more) != 0;\n    \
                       const bool is_routing_id = msg_->is_routing_id ();\n",
                replace: "    const bool is_routing_id = msg_->is_routing_id ();\n    \
                          if (unlikely (!check_write ()) && !(is_routing_id && _state == active))\n        \
                          return false;\n\n    \
                          const bool more = (msg_->flags () & msg_t::more) != 0;\n",
            },
            Edit {
                file: "zmtp_engine.cpp",
                find: "        msg_->set_flags (msg_t::routing_id);\n        \
                       const int rc = session ()->push_msg (msg_);\n        errno_assert (rc == 0);\n",
                replace: "        msg_->set_flags (msg_t::routing_id);\n        \
                          if (session ()->push_msg (msg_) == -1)\n            return -1;\n",
            },
            Edit {
                file: "zmtp_engine.cpp",
                find: "        rc = session ()->push_msg (&subscription);\n        errno_assert (rc == 0);\n",
                replace: "        rc = session ()->push_msg (&subscription);\n        \
                          if (rc == -1)\n            return -1;\n",
            },
            Edit {
                file: "ws_engine.cpp",
                find: "        const int rc = session ()->push_msg (msg_);\n        errno_assert (rc == 0);\n",
                replace: "        if (session ()->push_msg (msg_) == -1)\n            return -1;\n",
            },
        ],
    },
    Patch {
        id: "router-notify-full",
        why: "A ROUTER that tells of connections, and connects again at its high-water mark, leaves the handshake half done: \
              the first message of the peer is an error of the protocol, after which it stops connecting.",
        upstream: None,
        proof: Proof::Unproven("an option of the draft API; tests/faults/connections.rs runs it with `draft`"),
        edits: &[Edit {
            file: "stream_engine_base.cpp",
            find: "            // an EAGAIN the pipe must be being shut down,\n            \
                   // so we can just bail out of the notification.\n            return;\n        }\n        \
                   errno_assert (rc == 0);\n        flush_session = true;\n",
            replace: "            // an EAGAIN the pipe is full, or being shut down,\n            \
                      // so nobody is told.\n            \
                      const int closed = connect_notification.close ();\n            errno_assert (closed == 0);\n        \
                      } else {\n            errno_assert (rc == 0);\n            flush_session = true;\n        }\n",
        }],
    },
];
