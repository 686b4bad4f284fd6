//! Endpoints and options with which libzmq aborts or hangs later, or silently makes no connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use zmq::auth::{Authenticator, Rules};
use zmq::{Capability, Endpoint, ErrorKind, Heartbeat, Pub, Pull, Push, Result, Security, Stream, Sub, TcpKeepalive};

use crate::common::{PATIENCE, context, free, lacks, take};

const WEB: &str = "ws://127.0.0.1:*/path";

fn seconds(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count))
}

#[test]
fn stream_ws_is_refused() -> Result<()> {
    let socket = context()?.socket(Stream)?;
    for refused in [socket.bind(WEB), socket.connect("ws://127.0.0.1:5555/path")] {
        let error = refused.unwrap_err();
        // The error is the same in a libzmq without WebSocket.
        assert_eq!(error.kind(), ErrorKind::IncompatibleProtocol, "{error}");
        assert!(error.to_string().contains("STREAM"), "{error}");
    }
    Ok(())
}

/// Connects as a peer that requests the protocol without a mechanism, and sends a message.
fn intrude(port: u16) {
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        client,
        "GET /path HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ZWS2.0\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    )
    .unwrap();
    let mut answer = [0; 1024];
    let len = client.read(&mut answer).unwrap_or(0);
    // Masked with zeros: an empty routing ID and a message. The server may have closed the connection.
    let _ = client.write_all(b"\x82\x81\0\0\0\0\0\x82\x88\0\0\0\0\0intrude");
    // The server sends nothing after its answer, unless it closes the connection.
    if len > 0 {
        let _ = client.set_read_timeout(Some(Duration::from_millis(500)));
        let _ = client.read(&mut answer);
    }
}

#[test]
fn ws_zap_lets_nobody_in_whom_the_authenticator_did_not_see() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(Rules::new()).spawn()?;
    let server = context.socket(Pull)?;
    server.set_security(&Security::null().domain("unserved"))?;
    match server.bind(WEB) {
        Ok(endpoint) => {
            intrude(endpoint.port().unwrap());
            assert_eq!(server.try_recv()?, None);
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.to_string().contains("the domain \"unserved\""), "{error}");
            let error = server.connect("ws://127.0.0.1:5555/path").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    }
    // The socket remains usable.
    server.bind(free("tcp"))?;
    Ok(())
}

#[test]
fn ws_heartbeat_is_survived_or_refused() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let server = context()?.socket(Pull)?;
    server.set_heartbeat(Heartbeat::every(Duration::from_millis(50)))?;
    match server.bind(WEB) {
        Ok(endpoint) => {
            intrude(endpoint.port().unwrap());
            assert_eq!(take(&server)?, "intrude");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.to_string().contains("the interval is 50 ms"), "{error}");
            let error = server.connect("ws://127.0.0.1:5555/path").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    }
    // Without heartbeats the connect succeeds.
    server.set_heartbeat(Heartbeat::default())?;
    server.bind(WEB)?;
    Ok(())
}

#[test]
fn ws_path_that_fits_no_request_is_refused() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let context = context()?;
    let client = context.socket(Push)?;
    let endpoint = |path: usize| format!("ws://127.0.0.1:5555/{}", "x".repeat(path - 1));
    // The host is 9 bytes long.
    for (path, fits) in [(1, true), (8000, true), (8001, false), (8100, false)] {
        let connected = client.connect(endpoint(path));
        assert_eq!(connected.is_ok(), fits, "{path}");
        if let Err(error) = connected {
            assert_eq!(error.kind(), ErrorKind::NameTooLong);
            assert!(error.to_string().contains(&format!("have {} bytes together, at most 8009", path + 9)), "{error}");
        }
    }
    Ok(())
}

#[test]
fn ws_path_of_the_greatest_length_works() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = sink.bind(format!("ws://127.0.0.1:*/{}", "x".repeat(7999)))?;
    source.connect(&endpoint)?;
    source.send("hello")?;
    assert_eq!(take(&sink)?, "hello");
    Ok(())
}

#[test]
fn keepalive_range_out_of_the_systems_reach_is_refused() -> Result<()> {
    let socket = context()?.socket(Push)?;
    let on = TcpKeepalive { on: Some(true), ..TcpKeepalive::default() };
    let wrong = [
        (TcpKeepalive { idle: Some(Duration::ZERO), ..on }, "idle"),
        (TcpKeepalive { idle: seconds(1 << 40), ..on }, "idle"),
        (TcpKeepalive { interval: Some(Duration::ZERO), ..on }, "interval"),
        (TcpKeepalive { interval: seconds(1 << 40), ..on }, "interval"),
        (TcpKeepalive { count: Some(0), ..on }, "count"),
        (TcpKeepalive { count: Some(u32::MAX), ..on }, "count"),
        #[cfg(target_os = "linux")]
        (TcpKeepalive { idle: seconds(32_768), ..on }, "idle"),
        #[cfg(target_os = "linux")]
        (TcpKeepalive { interval: seconds(32_768), ..on }, "interval"),
        #[cfg(target_os = "linux")]
        (TcpKeepalive { count: Some(128), ..on }, "count"),
    ];
    for (keepalive, name) in wrong {
        let error = socket.set_tcp_keepalive(keepalive).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().starts_with(&format!("cannot set tcp_keepalive.{name} to ")), "{error}");
        assert_eq!(socket.tcp_keepalive()?, TcpKeepalive::default());
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn keepalive_range_is_what_the_system_takes() -> Result<()> {
    let on = TcpKeepalive { on: Some(true), ..TcpKeepalive::default() };
    let least = TcpKeepalive { idle: seconds(1), interval: seconds(1), count: Some(1), ..on };
    let most = TcpKeepalive { idle: seconds(32_767), interval: seconds(32_767), count: Some(127), ..on };
    for keepalive in [least, most] {
        let context = context()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        sink.set_tcp_keepalive(keepalive)?;
        source.set_tcp_keepalive(keepalive)?.connect(sink.bind(free("tcp"))?)?;
        source.send("hello")?;
        assert_eq!(take(&sink)?, "hello");
    }
    Ok(())
}

#[test]
fn norm_pgm_ports_are_numbers_that_stand_there() {
    for transport in ["pgm", "epgm", "norm"] {
        for wrong in
            ["239.192.1.1", "239.192.1.1:0", "239.192.1.1:*", "239.192.1.1:65536", "lo;239.192.1.1:-1", ":5555"]
        {
            let text = format!("{transport}://{wrong}");
            assert_eq!(Endpoint::parse(&text).unwrap_err().kind(), ErrorKind::InvalidEndpoint, "{text}");
        }
        assert!(Endpoint::parse(&format!("{transport}://lo;239.192.1.1:5555")).is_ok());
    }
}

#[test]
fn norm_pgm_rates_and_packets_out_of_the_librarys_reach_are_refused() -> Result<()> {
    if lacks(Capability::Pgm) {
        return Ok(());
    }
    let context = context()?;
    let group = "epgm://127.0.0.1;239.192.1.1:5555";
    let expect_refused = |connected: Result<Endpoint>, text: &str| {
        let error = connected.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    };
    let publisher = || context.socket(Pub);
    expect_refused(publisher()?.set_rate(2_147_484)?.connect(group), "rate is 2147484, but the maximum is 2147483");
    expect_refused(publisher()?.set_rate(11)?.connect(group), "with multicast_max_tpdu 1500, the minimum is 12");
    expect_refused(
        publisher()?.set_multicast_hops(256)?.bind(group),
        "multicast_hops is 256, but must be from 1 to 255",
    );
    expect_refused(publisher()?.set_multicast_max_tpdu(99)?.connect(group), "is 99, but must be from 100 to 65535");
    let subscriber = context.socket(Sub)?;
    subscriber.set_multicast_max_tpdu(65_536)?;
    expect_refused(subscriber.bind(group), "is 65536, but must be from 100 to 65535");
    Ok(())
}

#[test]
fn norm_pgm_values_within_reach_are_taken() -> Result<()> {
    if lacks(Capability::Pgm) {
        return Ok(());
    }
    for (rate, size, hops) in [(12, 1500, 255), (100, 100, 1), (2_147_483, 65_535, 1)] {
        let context = context()?;
        let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
        let group = "epgm://127.0.0.1;239.192.1.1:5555";
        publisher.set_rate(rate)?.set_multicast_max_tpdu(size)?.set_multicast_hops(hops)?.connect(group)?;
        subscriber.set_rate(rate)?.set_multicast_max_tpdu(size)?.set_multicast_hops(hops)?.connect(group)?;
    }
    Ok(())
}

#[test]
fn norm_pgm_addresses_that_are_not_there_are_refused() -> Result<()> {
    if lacks(Capability::Norm) {
        return Ok(());
    }
    let subscriber = context()?.socket(Sub)?;
    for (address, text) in [
        ("nosuch;239.192.1.1:5556", "no network interface \"nosuch\""),
        ("203.0.113.1;239.192.1.1:5556", "no network interface \"203.0.113.1\""),
        ("1,nosuch;239.192.1.1:5556", "no network interface \"nosuch\""),
        ("no such host:5556", "cannot resolve \"no such host:5556\""),
    ] {
        let error = subscriber.bind(format!("norm://{address}")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    Ok(())
}
