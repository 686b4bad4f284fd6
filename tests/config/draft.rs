//! The options of the draft API in configurations.

use std::time::Duration;

use zmq::socket::{NormMode, ReconnectStop, RouterNotify};
use zmq::{ErrorKind, Result, SocketConfig};

use crate::common::config::{open, read};

fn wrong(toml: &str) -> String {
    toml::from_str::<SocketConfig>(toml).expect_err(toml).message().to_owned()
}

#[test]
fn the_draft_options_of_a_file_are_set_on_the_socket() -> Result<()> {
    let socket = open(
        r#"
        type = "ROUTER"
        reconnect_stop = ["connection_refused", "handshake_failed"]
        router_notify = "connect"
        in_batch_size = 65536
        out_batch_size = 1
        priority = 6
        hello_message = "hello"
        disconnect_message = [103, 111, 110, 101]
        "#,
    )?;
    assert_eq!(socket.reconnect_stop()?, ReconnectStop::CONNECTION_REFUSED | ReconnectStop::HANDSHAKE_FAILED);
    assert_eq!(socket.router_notify()?, RouterNotify::CONNECT);
    assert_eq!((socket.in_batch_size()?, socket.out_batch_size()?, socket.priority()?), (65_536, 1, 6));
    Ok(())
}

#[test]
fn an_impossible_value_is_named_with_its_key_and_the_remedy() {
    for (file, message) in [
        ("priority = 7", "cannot set priority to 7: from 0 to 6 are possible"),
        ("in_batch_size = 8", "cannot set in_batch_size to 8: from 16 to 16777216 are possible"),
        ("in_batch_size = 1001", "cannot set in_batch_size to 1001: multiples of 8 are possible"),
        (
            "router_notify = [\"connect\", \"hello\"]",
            "invalid value: string \"hello\", expected a list of \"connect\" and \"disconnect\" for router_notify",
        ),
        (
            "reconnect_stop = 1",
            "invalid type: integer `1`, expected a list of \"connection_refused\", \"handshake_failed\" and \
             \"after_disconnect\" for reconnect_stop",
        ),
        (
            "norm_mode = \"fast\"",
            "invalid value: string \"fast\", expected \"fixed\", \"congestion_control\", \"loss_tolerant\", \
             \"marked\" or \"marked_only\" for norm_mode",
        ),
    ] {
        assert_eq!(wrong(file), message);
    }
}

/// The setters of a configuration do not check numbers.
#[test]
fn a_number_out_of_range_is_not_applied() -> Result<()> {
    let socket = open("type = \"PUSH\"")?;
    let refused = SocketConfig::new().set_priority(7).apply(&socket).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert_eq!(refused.to_string(), "cannot set priority to 7: from 0 to 6 are possible");
    assert_eq!(socket.priority()?, 0);
    Ok(())
}

#[test]
fn draft_options_round_trip() {
    let mut config = SocketConfig::new();
    config.set_busy_poll(Duration::from_micros(50)).set_norm_mode(NormMode::Marked).set_norm_block_size(7);
    config.set_reconnect_stop(ReconnectStop::all()).set_router_notify(RouterNotify::DISCONNECT);
    let text = toml::to_string(&config).unwrap();
    assert!(text.contains("router_notify = [\"disconnect\"]"), "{text}");
    assert!(text.contains("norm_mode = \"marked\""), "{text}");
    assert_eq!(read(&text), config);
    let types = (ReconnectStop::HANDSHAKE_FAILED, RouterNotify::all(), NormMode::Other(9));
    let json = serde_json::to_string(&types).unwrap();
    assert_eq!(json, r#"[["handshake_failed"],["connect","disconnect"],9]"#);
    assert_eq!(serde_json::from_str::<(ReconnectStop, RouterNotify, NormMode)>(&json).unwrap(), types);
}
