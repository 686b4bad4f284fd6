// SPDX-License-Identifier: MPL-2.0

//! Fixes for the transport WebSocket.

use super::security::{untuned_connection, untuned_peer};
use super::{Edit, Patch, Proof};

pub(super) const PATCHES: &[Patch] = &[
    Patch {
        id: "ws-heartbeat",
        why: "A peer that chooses the protocol ZWS2.0 has no mechanism, which heartbeats need, so the first heartbeat \
              aborts.",
        upstream: None,
        proof: Proof::Test("ws::ws_heartbeat_a_peer_without_a_mechanism_is_not_pinged"),
        edits: &[Edit {
            file: "ws_engine.cpp",
            find: r"        // No mechanism in place, enabling heartbeat
        if (_options.heartbeat_interval > 0 && !_has_heartbeat_timer) {
            add_timer (_options.heartbeat_interval, heartbeat_ivl_timer_id);
            _has_heartbeat_timer = true;
        }

",
            replace: "",
        }],
    },
    Patch {
        id: "ws-zap",
        why: "Only mechanisms send requests to the authenticator. A server with a ZAP domain accepts any client that \
              chooses the protocol ZWS2.0, which has no mechanism. Old versions of ZMTP have none either, and are \
              refused.",
        upstream: None,
        proof: Proof::Test("ws::ws_zap_a_peer_without_a_mechanism_does_not_pass_the_authenticator"),
        edits: &[
            Edit {
                file: "ws_engine.cpp",
                find: r#"    if (_options.mechanism == ZMQ_NULL && (strcmp ("ZWS2.0", protocol_) == 0)) {
"#,
                replace: r#"    if (_options.mechanism == ZMQ_NULL && !session ()->zap_enabled ()
        && strcmp ("ZWS2.0", protocol_) == 0) {
"#,
            },
            Edit {
                file: "ws_engine.cpp",
                find: r#"            protocol = "ZWS2.0/NULL,ZWS2.0";
"#,
                replace: r#"            protocol = session ()->zap_enabled () ? "ZWS2.0/NULL"
                                                  : "ZWS2.0/NULL,ZWS2.0";
"#,
            },
            Edit {
                file: "ws_engine.cpp",
                find: r"                    _server_handshake_state = handshake_error;
                } else
                    _server_handshake_state = handshake_error;
                break;
            default:
",
                replace: r#"                    _server_handshake_state = handshake_error;
                    if (session ()->zap_enabled () && _options.mechanism == ZMQ_NULL) {
                        //  Says so, and ignores what else comes until the peer closes
                        //  the connection or its time for the handshake is over.
                        static const char refusal[] =
                          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
                        _outsize = sizeof refusal - 1;
                        memcpy (_write_buffer, refusal, _outsize);
                        _outpos = _write_buffer;
                        set_pollout ();
                        socket ()->event_handshake_failed_protocol (
                          _endpoint_uri_pair, ZMQ_PROTOCOL_ERROR_WS_UNSPECIFIED);
                        _server_handshake_state = handshake_complete;
                    }
                } else
                    _server_handshake_state = handshake_error;
                break;
            case handshake_complete:
                break;
            default:
"#,
            },
        ],
    },
    Patch {
        id: "ws-path",
        why: "The request of a client is truncated to the size of its buffer, but sent in its full length. With a long \
              path, libzmq sends memory beyond the buffer. With the fix, such a path is refused.",
        upstream: None,
        proof: Proof::Test("ws::ws_path_a_path_that_fits_no_request_is_refused"),
        edits: &[Edit {
            file: "ws_address.cpp",
            find: "    ip_resolver_options_t resolver_opts;\n",
            replace: r"    //  The request has 8191 bytes, of which its other parts need up to 182.
    if (_host.size () + _path.size () > 8191 - 182) {
        errno = ENAMETOOLONG;
        return -1;
    }

    ip_resolver_options_t resolver_opts;
",
        }],
    },
    Patch {
        id: "ws-path-parts",
        why: "The path is searched from its end. The first part of /one/two is therefore treated as part of the port, \
              and so is any text after a colon in the path.",
        upstream: Some("commit 0e61bce5, for colons"),
        proof: Proof::Test("ws::ws_path_parts_a_path_may_have_slashes_and_colons"),
        edits: &[
            Edit {
                file: "ws_address.cpp",
                find: r"    const char *delim = strrchr (name_, ':');
    if (delim == NULL) {
        errno = EINVAL;
        return -1;
    }
    _host = std::string (name_, delim - name_);
",
                replace: r"    const char *delim = strchr (name_, '/');
    const std::string authority (name_, delim ? delim - name_ : strlen (name_));
    const size_t colon = authority.rfind (':');
    if (colon == std::string::npos) {
        errno = EINVAL;
        return -1;
    }
    _host = authority.substr (0, colon);
",
            },
            Edit {
                file: "ws_address.cpp",
                find: r"    // find the path part, which is optional
    delim = strrchr (name_, '/');
",
                replace: "",
            },
            Edit {
                file: "ws_listener.cpp",
                find: "        const char *delim = strrchr (addr_, '/');\n",
                replace: "        const char *delim = strchr (addr_, '/');\n",
            },
            Edit {
                file: "ws_connecter.cpp",
                find: r"    _s = tcp_open_socket (_addr->address.c_str (), options, false, true,
                          &tcp_addr);
",
                replace: r"    const std::string authority =
      _addr->address.substr (0, _addr->address.find ('/'));
    _s = tcp_open_socket (authority.c_str (), options, false, true, &tcp_addr);
",
            },
        ],
    },
    Patch {
        id: "stream-ws",
        why: "A STREAM socket reads a connection as bytes, and WebSocket reads it as frames. A frame that is followed \
              by others aborts.",
        upstream: None,
        proof: Proof::Test("ws::stream_ws_raw_sockets_are_refused"),
        edits: &[Edit {
            file: "socket_base.cpp",
            find: r"    //  Protocol is available.
    return 0;
",
            replace: r"#ifdef ZMQ_HAVE_WS
    if (options.raw_socket && protocol_ == protocol_name::ws) {
        errno = ENOCOMPATPROTO;
        return -1;
    }
#endif

    //  Protocol is available.
    return 0;
",
        }],
    },
    Patch {
        id: "ws-bad-frame",
        why: "A frame that cannot be decoded does not change errno, which is EAGAIN after every wait. The connection \
              is suspended instead of closed, and its descriptor is lost until the socket closes.",
        upstream: None,
        proof: Proof::Test("ws::ws_bad_frame_a_wrong_frame_ends_its_connection"),
        edits: &[
            Edit {
                file: "ws_decoder.cpp",
                find: r"    if (!final)
        return -1; // non final messages are not supported
",
                replace: r"    if (!final)
        return refused_frame (); // non final messages are not supported
",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: r"        default:
            return -1;
",
                replace: r"        default:
            return refused_frame ();
",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: r"    if (is_masked != _must_mask) // wrong mask value
        return -1;
",
                replace: r"    if (is_masked != _must_mask) // wrong mask value
        return refused_frame ();
",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: r"        else if (_opcode == ws_protocol_t::opcode_binary) {
            if (_size == 0)
                return -1;
",
                replace: r"        else if (_opcode == ws_protocol_t::opcode_binary) {
            if (_size == 0)
                return refused_frame ();
",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "    _size = (_tmpbuf[0] << 8) | _tmpbuf[1];\n",
                replace: r"    _size = (_tmpbuf[0] << 8) | _tmpbuf[1];
    if (_size == 0 && _opcode == ws_protocol_t::opcode_binary)
        return refused_frame ();
",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "    _size = get_uint64 (_tmpbuf);\n",
                replace: r"    _size = get_uint64 (_tmpbuf);
    if (_size == 0 && _opcode == ws_protocol_t::opcode_binary)
        return refused_frame ();
",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: r"    if (_opcode == ws_protocol_t::opcode_binary) {
        if (_size == 0)
            return -1;

",
                replace: r"    if (_opcode == ws_protocol_t::opcode_binary) {
        if (_size == 0)
            return refused_frame ();

",
            },
            Edit {
                file: "ws_decoder.cpp",
                find: "zmq::ws_decoder_t::ws_decoder_t (size_t bufsize_,\n",
                replace: r"static int refused_frame ()
{
    errno = EPROTO;
    return -1;
}

zmq::ws_decoder_t::ws_decoder_t (size_t bufsize_,
",
            },
        ],
    },
    Patch {
        id: "ws-handshake-timer",
        why: "The option for the handshake timeout has no effect. A peer that connects and stays silent keeps its \
              descriptor until the socket closes.",
        upstream: None,
        proof: Proof::Test("ws::ws_handshake_timer_a_silent_peer_is_turned_away"),
        edits: &[Edit {
            file: "ws_engine.cpp",
            find: r"    start_ws_handshake ();
    set_pollin ();
",
            replace: r"    set_handshake_timer ();
    start_ws_handshake ();
    set_pollin ();
",
        }],
    },
    Patch {
        id: "ws-protocol-twice",
        why: "A server that answers with ZWS2.0 and then with ZWS2.0/NULL gives the connection a mechanism that it \
              does not use. No pipe is created for the connection, and the routing id aborts.",
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
        why: "Over WebSocket with CURVE, subscriptions are sent as commands that the receiver does not read, so none \
              arrives.",
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
        why: "If the descriptor of a connection rejects an option, as happens on BSD and macOS after a reset by the \
              peer, the connection is dropped without closing the descriptor.",
        upstream: None,
        proof: Proof::Unproven("Linux accepts every option that is set over WebSocket"),
        edits: &[untuned_connection("ws_connecter.cpp"), untuned_peer("ws_listener.cpp")],
    },
];
