//! Fixes of the transport WebSocket.

use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "ws-heartbeat",
        why: "A peer that picks the protocol ZWS2.0 gets no mechanism, through which heartbeats are sent: the first one \
              aborts.",
        upstream: None,
        proof: Proof::Test("ws::ws_heartbeat_a_peer_without_a_mechanism_is_not_pinged"),
        edits: &[Edit {
            file: "ws_engine.cpp",
            find: "        // No mechanism in place, enabling heartbeat\n        \
                   if (_options.heartbeat_interval > 0 && !_has_heartbeat_timer) {\n            \
                   add_timer (_options.heartbeat_interval, heartbeat_ivl_timer_id);\n            \
                   _has_heartbeat_timer = true;\n        }\n\n",
            replace: "",
        }],
    },
    Patch {
        id: "ws-zap",
        why: "Only mechanisms ask the authenticator. A server with a ZAP domain lets in whoever picks the protocol ZWS2.0, \
              which has none, as ZMTP's old versions have none and are refused.",
        upstream: None,
        proof: Proof::Test("ws::ws_zap_a_peer_without_a_mechanism_does_not_pass_the_authenticator"),
        edits: &[
            Edit {
                file: "ws_engine.cpp",
                find: "    if (_options.mechanism == ZMQ_NULL && (strcmp (\"ZWS2.0\", protocol_) == 0)) {\n",
                replace: "    if (_options.mechanism == ZMQ_NULL && !session ()->zap_enabled ()\n        \
                          && strcmp (\"ZWS2.0\", protocol_) == 0) {\n",
            },
            Edit {
                file: "ws_engine.cpp",
                find: "            protocol = \"ZWS2.0/NULL,ZWS2.0\";\n",
                replace: "            protocol = session ()->zap_enabled () ? \"ZWS2.0/NULL\"\n                                                  \
                          : \"ZWS2.0/NULL,ZWS2.0\";\n",
            },
            Edit {
                file: "ws_engine.cpp",
                find: "                    _server_handshake_state = handshake_error;\n                } else\n                    \
                       _server_handshake_state = handshake_error;\n                break;\n            default:\n",
                replace: "                    _server_handshake_state = handshake_error;\n                    \
                          if (session ()->zap_enabled () && _options.mechanism == ZMQ_NULL) {\n                        \
                          //  Says so, and ignores what else comes until the peer closes\n                        \
                          //  the connection or its time for the handshake is over.\n                        \
                          static const char refusal[] =\n                          \
                          \"HTTP/1.1 400 Bad Request\\r\\nConnection: close\\r\\n\\r\\n\";\n                        \
                          _outsize = sizeof refusal - 1;\n                        \
                          memcpy (_write_buffer, refusal, _outsize);\n                        \
                          _outpos = _write_buffer;\n                        \
                          set_pollout ();\n                        \
                          socket ()->event_handshake_failed_protocol (\n                          \
                          _endpoint_uri_pair, ZMQ_PROTOCOL_ERROR_WS_UNSPECIFIED);\n                        \
                          _server_handshake_state = handshake_complete;\n                    }\n                \
                          } else\n                    \
                          _server_handshake_state = handshake_error;\n                break;\n            \
                          case handshake_complete:\n                break;\n            default:\n",
            },
        ],
    },
    Patch {
        id: "ws-path",
        why: "The request of a client is cut to the size of its buffer, but sent in its full length: a long path makes \
              libzmq send what lies behind the buffer. Such a path is refused.",
        upstream: None,
        proof: Proof::Test("ws::ws_path_a_path_that_fits_no_request_is_refused"),
        edits: &[Edit {
            file: "ws_address.cpp",
            find: "    ip_resolver_options_t resolver_opts;\n",
            replace: "    //  The request has 8191 bytes, of which its other parts need up to 182.\n    \
                      if (_host.size () + _path.size () > 8191 - 182) {\n        \
                      errno = ENAMETOOLONG;\n        \
                      return -1;\n    }\n\n    \
                      ip_resolver_options_t resolver_opts;\n",
        }],
    },
    Patch {
        id: "ws-path-parts",
        why: "The path is searched for from the end: of /one/two, the first part is taken for a part of the port, and so \
              is what follows a colon in the path.",
        upstream: Some("commit 0e61bce5, for colons"),
        proof: Proof::Test("ws::ws_path_parts_a_path_may_have_slashes_and_colons"),
        edits: &[
            Edit {
                file: "ws_address.cpp",
                find: "    const char *delim = strrchr (name_, ':');\n    if (delim == NULL) {\n        \
                       errno = EINVAL;\n        return -1;\n    }\n    \
                       _host = std::string (name_, delim - name_);\n",
                replace: "    const char *delim = strchr (name_, '/');\n    \
                          const std::string authority (name_, delim ? delim - name_ : strlen (name_));\n    \
                          const size_t colon = authority.rfind (':');\n    \
                          if (colon == std::string::npos) {\n        \
                          errno = EINVAL;\n        return -1;\n    }\n    \
                          _host = authority.substr (0, colon);\n",
            },
            Edit {
                file: "ws_address.cpp",
                find: "    // find the path part, which is optional\n    delim = strrchr (name_, '/');\n",
                replace: "",
            },
            Edit {
                file: "ws_listener.cpp",
                find: "        const char *delim = strrchr (addr_, '/');\n",
                replace: "        const char *delim = strchr (addr_, '/');\n",
            },
            Edit {
                file: "ws_connecter.cpp",
                find: "    _s = tcp_open_socket (_addr->address.c_str (), options, false, true,\n                          \
                       &tcp_addr);\n",
                replace: "    const std::string authority =\n      \
                          _addr->address.substr (0, _addr->address.find ('/'));\n    \
                          _s = tcp_open_socket (authority.c_str (), options, false, true, &tcp_addr);\n",
            },
        ],
    },
    Patch {
        id: "stream-ws",
        why: "A STREAM socket reads a connection as bytes, WebSocket as frames: a frame with others to follow aborts.",
        upstream: None,
        proof: Proof::Test("ws::stream_ws_raw_sockets_are_refused"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: "    //  Protocol is available.\n    return 0;\n",
            replace: "#ifdef ZMQ_HAVE_WS\n    if (options.raw_socket && protocol_ == protocol_name::ws) {\n        \
                      errno = ENOCOMPATPROTO;\n        return -1;\n    }\n#endif\n\n    \
                      //  Protocol is available.\n    return 0;\n",
        }],
    },
    Patch {
        id: "ws-bad-frame",
        why: "A frame that cannot be decoded leaves errno as it was, which is EAGAIN after every wait: instead of being \
              closed, the connection is put to sleep, and its descriptor is lost until the socket is closed.",
        upstream: None,
        proof: Proof::Test("ws::ws_bad_frame_a_wrong_frame_ends_its_connection"),
        edits: &[
            Edit {
                file: "ws_decoder.cpp",
                find: "    if (!final)\n        return -1; // non final messages are not supported\n",
                replace: "    if (!final)\n        return refused_frame (); // non final messages are not supported\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "        default:\n            return -1;\n",
                replace: "        default:\n            return refused_frame ();\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "    if (is_masked != _must_mask) // wrong mask value\n        return -1;\n",
                replace: "    if (is_masked != _must_mask) // wrong mask value\n        return refused_frame ();\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "        else if (_opcode == ws_protocol_t::opcode_binary) {\n            if (_size == 0)\n                \
                       return -1;\n",
                replace: "        else if (_opcode == ws_protocol_t::opcode_binary) {\n            if (_size == 0)\n                \
                          return refused_frame ();\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "    _size = (_tmpbuf[0] << 8) | _tmpbuf[1];\n",
                replace: "    _size = (_tmpbuf[0] << 8) | _tmpbuf[1];\n    \
                          if (_size == 0 && _opcode == ws_protocol_t::opcode_binary)\n        return refused_frame ();\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "    _size = get_uint64 (_tmpbuf);\n",
                replace: "    _size = get_uint64 (_tmpbuf);\n    \
                          if (_size == 0 && _opcode == ws_protocol_t::opcode_binary)\n        return refused_frame ();\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "    if (_opcode == ws_protocol_t::opcode_binary) {\n        if (_size == 0)\n            return -1;\n\n",
                replace: "    if (_opcode == ws_protocol_t::opcode_binary) {\n        if (_size == 0)\n            \
                          return refused_frame ();\n\n",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "zmq::ws_decoder_t::ws_decoder_t (size_t bufsize_,\n",
                replace: "static int refused_frame ()\n{\n    errno = EPROTO;\n    return -1;\n}\n\n\
                          zmq::ws_decoder_t::ws_decoder_t (size_t bufsize_,\n",
            },
        ],
    },
    Patch {
        id: "ws-handshake-timer",
        why: "The option for the longest handshake is not obeyed: a peer that connects and stays silent keeps its \
              descriptor until the socket is closed.",
        upstream: None,
        proof: Proof::Test("ws::ws_handshake_timer_a_silent_peer_is_turned_away"),
        edits: &[Edit {
            file: "ws_engine.cpp",
            find: "    start_ws_handshake ();\n    set_pollin ();\n",
            replace: "    set_handshake_timer ();\n    start_ws_handshake ();\n    set_pollin ();\n",
        }],
    },
    Patch {
        id: "ws-protocol-twice",
        why: "A server that answers with ZWS2.0 and then with ZWS2.0/NULL gives the connection a mechanism that it does not \
              use: no pipe is made for it, and the routing id aborts.",
        upstream: None,
        proof: Proof::Test("ws::ws_protocol_twice_a_server_that_picks_two_protocols_is_left"),
        edits: &[Edit {
            file: "ws_engine.cpp",
            find: "                        if (_mechanism) {\n",
            replace: "                        if (_websocket_protocol[0] != '\\0') {\n",
        }],
    },
    Patch {
        id: "ws-curve-subscribe",
        why: "Over WebSocket with CURVE, subscriptions travel as commands that the receiver does not read: none arrives.",
        upstream: None,
        proof: Proof::Test("ws::ws_curve_subscribe_subscriptions_arrive"),
        edits: &[
            Edit {
                file: "ws_engine.cpp",
                find: "curve_server_t (session (), _peer_address, _options, false)",
                replace: "curve_server_t (session (), _peer_address, _options, true)",
            },
            Edit {
                file: "ws_engine.cpp",
                find: "curve_client_t (session (), _options, false)",
                replace: "curve_client_t (session (), _options, true)",
            },
        ],
    },
    Patch {
        id: "ws-tune-leak",
        why: "A connection whose descriptor does not take an option, as one that the peer has reset on BSD and macOS, is \
              given up without closing the descriptor.",
        upstream: None,
        proof: Proof::Unproven("Linux takes every option that is set over WebSocket"),
        edits: &[
            Edit {
                file: "ws_connecter.cpp",
                find: "    if (fd == retired_fd || !tune_socket (fd)) {\n",
                replace: "    if (fd == retired_fd || !tune_socket (fd)) {\n        \
                          if (fd != retired_fd)\n            _s = fd;\n",
            },
            Edit {
                file: "ws_listener.cpp",
                find: "    rc = rc | tune_tcp_maxrt (fd, options.tcp_maxrt);\n    if (rc != 0) {\n",
                replace: "    rc = rc | tune_tcp_maxrt (fd, options.tcp_maxrt);\n    if (rc != 0) {\n        \
                          const int error = errno;\n\
                          #ifdef ZMQ_HAVE_WINDOWS\n        closesocket (fd);\n\
                          #else\n        ::close (fd);\n#endif\n        \
                          errno = error;\n",
            },
        ],
    },
];
