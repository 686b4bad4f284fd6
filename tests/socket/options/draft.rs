//! The options of the draft API, one line each. `tests/socket/draft.rs` tests their effects.

use zmq::socket::{NormMode, ReconnectStop, RouterNotify};

use super::*;

mod an_option_keeps_its_value {
    use super::*;

    options! {
        Push {
            reconnect_stop = ReconnectStop::empty(),
                set_reconnect_stop(ReconnectStop::CONNECTION_REFUSED)(ReconnectStop::HANDSHAKE_FAILED)
                (ReconnectStop::all())(ReconnectStop::empty());
            in_batch_size = 8192, set_in_batch_size(16)(16_777_216)(8192);
            out_batch_size = 8192, set_out_batch_size(1)(16_777_216)(8192);
            priority = 0, set_priority(6)(1)(0);
            loopback_fastpath = false, set_loopback_fastpath(true)(false);
            socks_username = None, set_socks_username(Some("user"))(Some("é"))(None);
            socks_password = None, set_socks_password(Some("secret"))(Some("four"))(None);
        }
        Push if Wss {
            set_wss_key_pem("a key");
            set_wss_cert_pem("a certificate");
            set_wss_trust_pem("a certificate");
            set_wss_hostname("localhost");
            set_wss_trust_system(true)(false);
        }
        Push if Norm {
            norm_mode = NormMode::CongestionControl,
                set_norm_mode(NormMode::Fixed)(NormMode::LossTolerant)(NormMode::Marked)(NormMode::MarkedOnly);
            norm_unicast_nack = false, set_norm_unicast_nack(true)(false);
            norm_buffer_size = 2048, set_norm_buffer_size(1)(MOST);
            norm_segment_size = 1400, set_norm_segment_size(1)(MOST);
            norm_block_size = 16, set_norm_block_size(1)(255);
            norm_num_parity = 4, set_norm_num_parity(0)(254);
            norm_num_autoparity = 0, set_norm_num_autoparity(254)(0);
            norm_push = false, set_norm_push(true)(false);
        }
        Radio {
            multicast_loop = true, set_multicast_loop(false)(true);
        }
        Router {
            router_notify = RouterNotify::empty(),
                set_router_notify(RouterNotify::CONNECT)(RouterNotify::DISCONNECT)(RouterNotify::all())
                (RouterNotify::empty());
            set_hello_message("hello")("");
            set_disconnect_message("gone")("");
        }
    }
}

/// The options that libzmq before 4.3.5 lacks.
mod a_newer_option_keeps_its_value {
    use super::*;

    const V4_3_5: zmq::Version = zmq::Version { major: 4, minor: 3, patch: 5 };

    fn check(set: Result<()>, name: &str) {
        match set {
            Err(error) if zmq::version() < V4_3_5 => {
                assert_eq!(error.kind(), ErrorKind::NotSupported);
                assert!(
                    error.to_string().contains(&format!("{name}: this libzmq {} lacks", zmq::version())),
                    "{error}"
                );
            }
            set => set.unwrap(),
        }
    }

    #[test]
    fn set_busy_poll() -> Result<()> {
        let socket = zmq::Context::new()?.socket(zmq::Push)?;
        for time in [Duration::ZERO, Duration::from_micros(50), NANOSECOND] {
            check(socket.set_busy_poll(time).map(drop), "busy_poll");
        }
        Ok(())
    }

    #[test]
    fn set_hiccup_message() -> Result<()> {
        let socket = zmq::Context::new()?.socket(zmq::Dealer)?;
        check(
            socket.set_hiccup_message("lost").and_then(|socket| socket.set_hiccup_message("")).map(drop),
            "hiccup_message",
        );
        Ok(())
    }

    #[test]
    fn set_verbose_unsubscribe() -> Result<()> {
        let socket = zmq::Context::new()?.socket(zmq::XSub)?;
        check(socket.set_verbose_unsubscribe(true).map(drop), "verbose_unsubscribe");
        Ok(())
    }

    #[test]
    fn topics_count() -> Result<()> {
        let context = zmq::Context::new()?;
        check(context.socket(zmq::Pub)?.topics_count().map(|count| assert_eq!(count, 0)), "topics_count");
        check(context.socket(zmq::Sub)?.topics_count().map(|count| assert_eq!(count, 0)), "topics_count");
        check(context.socket(zmq::XPub)?.topics_count().map(|count| assert_eq!(count, 0)), "topics_count");
        check(context.socket(zmq::XSub)?.topics_count().map(|count| assert_eq!(count, 0)), "topics_count");
        Ok(())
    }
}

mod an_option_refuses {
    use super::*;

    refusals! {
        Push {
            set_reconnect_stop(ReconnectStop::from_bits_retain(8))
                "cannot set reconnect_stop to ReconnectStop(0x8): the condition 0x8 is unknown";
            set_in_batch_size(15) "cannot set in_batch_size to 15: from 16 to 16777216 are possible"
                (16_777_217) "cannot set in_batch_size to 16777217: from 16 to 16777216 are possible"
                (1001) "cannot set in_batch_size to 1001: multiples of 8 are possible"
                (u32::MAX) "cannot set in_batch_size to 4294967295: at most 2147483647 is possible";
            set_out_batch_size(0) "cannot set out_batch_size to 0: from 1 to 16777216 are possible";
            set_priority(7) "cannot set priority to 7: from 0 to 6 are possible";
            set_busy_poll(Duration::from_secs(2148))
                "cannot set busy_poll to 2148s: at most 2147483647 µs (35 minutes) are possible";
            set_socks_username(Some("")) "cannot set socks_username to Some(\"\"): an empty text is not possible";
            set_socks_password(Some("a\0")) "cannot set socks_password to a secret: it contains a NUL byte";
            set_wss_hostname("") "cannot set wss_hostname to \"\": an empty text is not possible";
            set_norm_block_size(0) "cannot set norm_block_size to 0: from 1 to 255 are possible";
            set_norm_num_parity(255) "cannot set norm_num_parity to 255: from 0 to 254 are possible";
        }
        Router {
            set_router_notify(RouterNotify::from_bits_retain(4))
                "cannot set router_notify to RouterNotify(0x4): the event 0x4 is unknown";
        }
    }

    #[test]
    fn metadata_that_peers_would_not_see_as_it_is() -> Result<()> {
        let socket = zmq::Context::new()?.socket(zmq::Push)?;
        let long = format!("X-{}", "k".repeat(254));
        for (key, value, reason) in [
            ("station", "7", "a key begins with \"X-\" and continues"),
            ("", "7", "a key begins with \"X-\" and continues"),
            ("x-station", "7", "a key begins with \"X-\" and continues"),
            // Four bytes in all, which libzmq would take for a number.
            ("X-", "7", "a key begins with \"X-\" and continues"),
            (&long, "7", "a key has at most 255 bytes"),
            ("X-a:b", "7", "a key contains no colon"),
            ("X-station", "", "a value has at least one byte"),
            ("X-sta\0tion", "7", "it contains a NUL byte"),
            ("X-station", "7\0", "it contains a NUL byte"),
        ] {
            let error = socket.add_metadata(key, value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            let property = format!("{key}:{value}");
            assert_eq!(error.to_string(), format!("cannot set metadata to {property:?}: {reason}"));
        }
        socket.add_metadata("X-station", "7")?.add_metadata(&long[..255], "7")?.add_metadata("X-a", "b")?;
        assert_eq!(
            socket.add_metadata("X-station", "8").unwrap_err().to_string(),
            "cannot set metadata to \"X-station:8\": the key \"X-station\" was added before, and libzmq keeps its first value"
        );
        Ok(())
    }

    #[test]
    fn options_that_the_type_of_an_untyped_socket_lacks() -> Result<()> {
        let socket = zmq::Context::new()?.socket(zmq::SocketType::Push)?;
        let refused = [
            socket.set_hello_message("").map(drop),
            socket.set_disconnect_message("").map(drop),
            socket.set_hiccup_message("").map(drop),
            socket.set_router_notify(RouterNotify::all()).map(drop),
            socket.set_verbose_unsubscribe(true).map(drop),
            socket.set_multicast_loop(true).map(drop),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported);
            assert!(error.to_string().ends_with("PUSH sockets do not have it (ENOTSUP)"), "{error}");
        }
        Ok(())
    }

    #[test]
    fn the_private_key_is_not_in_the_error() -> Result<()> {
        let socket = zmq::Context::new()?.socket(zmq::Push)?;
        if let Err(error) = socket.set_wss_key_pem("hunter2") {
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
        Ok(())
    }
}

#[test]
fn every_method_of_the_draft_table_has_a_line_here() {
    let methods = methods(include_str!("../../../src/socket/draft/options.rs"));
    assert!(methods.len() > 40, "{methods:?}");
    for name in methods {
        let line = Regex::new(&format!(r"\b{name}(?: = |, set_|\(|\b.*fn)|fn {name}\(")).expect("a pattern");
        assert!(line.is_match(include_str!("draft.rs")), "{name} has no line");
    }
}
