//! WebSocket peers that break the protocol, and long endpoints.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use zmq::auth::{Authenticator, Rules};
use zmq::{Endpoint, Heartbeat, Pull, Push, Result, Router, Security, Stream, sys};

use crate::c;
use crate::common::{context, in_child, take, this_test};

const WEB: &str = "ws://127.0.0.1:*/path";
/// The time limit for a connection that must be closed at once.
const SOON: Duration = Duration::from_secs(5);

/// An end of a connection that the test plays.
struct Peer(TcpStream);

impl Peer {
    fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    /// Connects and requests this protocol.
    fn connect(endpoint: &Endpoint, protocol: &str) -> Self {
        let mut peer = Self::new(TcpStream::connect(("127.0.0.1", endpoint.port().unwrap())).unwrap());
        let request = format!(
            "GET /path HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocol}\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n"
        );
        peer.send(request.as_bytes());
        peer
    }

    /// Connects as a peer without a mechanism.
    fn plain(endpoint: &Endpoint) -> Self {
        let mut peer = Self::connect(endpoint, "ZWS2.0");
        let answer = peer.head();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        // An empty routing ID.
        peer.frame(b"\0");
        peer
    }

    /// Accepts a client and answers its request with these protocols.
    fn accept(listener: &TcpListener, protocols: &[&str]) -> Self {
        let mut peer = Self::new(listener.accept().unwrap().0);
        peer.head();
        let protocols: String =
            protocols.iter().map(|protocol| format!("Sec-WebSocket-Protocol: {protocol}\r\n")).collect();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: x\r\n{protocols}\r\n"
        );
        peer.send(answer.as_bytes());
        peer
    }

    /// Reads a request or an answer. If the connection ends early, returns the bytes until then.
    fn head(&mut self) -> String {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read(&mut byte) {
                Ok(0) => break,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                read => assert_eq!(read.unwrap(), 1),
            }
            head.extend(byte);
        }
        String::from_utf8(head).unwrap()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// Sends a short frame of a client, masked with zeros.
    fn frame(&mut self, payload: &[u8]) {
        assert!(payload.len() < 126);
        self.send(&[&[0x82, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat());
    }

    /// Waits until libzmq closes the connection, and ignores its bytes before that.
    fn expect_end(&mut self) {
        if let Err(error) = self.0.read_to_end(&mut Vec::new()) {
            // The system reports a reset if libzmq left bytes unread.
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the connection stays open");
        }
    }
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_heartbeat_a_peer_without_a_mechanism_is_not_pinged() {
    in_child(this_test!(), || {
        let server = context().unwrap().socket(Pull).unwrap();
        server.set_heartbeat(Heartbeat::every(Duration::from_millis(5))).unwrap();
        let mut peer = Peer::plain(&server.bind(WEB).unwrap());
        for _ in 0..10 {
            peer.frame(b"\0hello");
            assert_eq!(take(&server).unwrap(), "hello");
            // Enough time for heartbeats.
            assert!(server.recv_timeout(Duration::from_millis(20)).unwrap().is_none());
        }
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_zap_a_peer_without_a_mechanism_does_not_pass_the_authenticator() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(Rules::new()).spawn()?;
    let server = context.socket(Pull)?;
    server.set_security(&Security::null().domain("guarded"))?;
    let endpoint = server.bind(WEB)?;
    let mut peer = Peer::connect(&endpoint, "ZWS2.0");
    let answer = peer.head();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // A routing ID and a message.
    peer.frame(b"\0");
    peer.frame(b"\0intrude");
    assert!(server.recv_timeout(Duration::from_millis(100))?.is_none());
    // A client with a mechanism is passed to the authenticator.
    let answer = Peer::connect(&endpoint, "ZWS2.0,ZWS2.0/NULL").head();
    assert!(answer.contains("\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n"), "{answer}");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_zap_a_client_with_a_domain_insists_on_a_mechanism() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(Rules::new()).spawn()?;
    let client = context.socket(Push)?;
    client.set_security(&Security::null().domain("guarded"))?;
    client.connect(format!("ws://{}/path", listener.local_addr().unwrap()))?;
    let mut peer = Peer::accept(&listener, &["ZWS2.0"]);
    peer.expect_end();
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_path_a_path_that_fits_no_request_is_refused() -> Result<()> {
    let context = context()?;
    // The host is 9 bytes long.
    for (path, fits) in [(8000, true), (8001, false), (8191, false)] {
        let connected = c::connect(&context.socket(Push)?, &format!("ws://127.0.0.1:1/{}", "x".repeat(path - 1)));
        assert_eq!(connected, if fits { Ok(()) } else { Err(libc::ENAMETOOLONG) }, "{path}");
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_path_parts_a_path_may_have_slashes_and_colons() -> Result<()> {
    for path in ["/one/two", "/one:2", "/one:2/three:4"] {
        let context = context()?;
        let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
        let endpoint = sink.bind(format!("ws://127.0.0.1:*{path}"))?;
        assert!(endpoint.as_str().ends_with(path), "{endpoint}");
        source.connect(&endpoint)?;
        source.send("hello")?;
        assert_eq!(take(&sink)?, "hello");
        sink.unbind(&endpoint)?;
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn stream_ws_raw_sockets_are_refused() -> Result<()> {
    let socket = context()?.socket(Stream)?;
    assert_eq!(c::bind(&socket, WEB), Err(sys::ENOCOMPATPROTO));
    assert_eq!(c::connect(&socket, "ws://127.0.0.1:1/path"), Err(sys::ENOCOMPATPROTO));
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_bad_frame_a_wrong_frame_ends_its_connection() -> Result<()> {
    const WRONG: [(&str, &[u8]); 6] = [
        ("to be continued", b"\x02\x81\0\0\0\0\0"),
        ("of a reserved kind", b"\x83\x81\0\0\0\0\0"),
        ("not masked", b"\x82\x01\0"),
        ("empty", b"\x82\x80\0\0\0\0"),
        ("empty, by two bytes", b"\x82\xFE\0\0\0\0\0\0"),
        ("empty, by eight bytes", b"\x82\xFF\0\0\0\0\0\0\0\0\0\0\0\0"),
    ];
    let server = context()?.socket(Pull)?;
    let endpoint = server.bind(WEB)?;
    for (what, frame) in WRONG {
        let mut peer = Peer::plain(&endpoint);
        peer.frame(b"\0hello");
        assert_eq!(take(&server)?, "hello");
        println!("{what}");
        peer.send(frame);
        peer.expect_end();
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_handshake_timer_a_silent_peer_is_turned_away() -> Result<()> {
    let server = context()?.socket(Pull)?;
    server.set_handshake_interval(Duration::from_millis(50))?;
    let endpoint = server.bind(WEB)?;
    Peer::new(TcpStream::connect(("127.0.0.1", endpoint.port().unwrap())).unwrap()).expect_end();
    // A peer that is silent after the upgrade is disconnected too.
    let mut peer = Peer::connect(&endpoint, "ZWS2.0/NULL");
    assert!(peer.head().starts_with("HTTP/1.1 101 "));
    peer.expect_end();
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_protocol_twice_a_server_that_picks_two_protocols_is_left() {
    in_child(this_test!(), || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = context().unwrap().socket(Router).unwrap();
        client.set_immediate(true).unwrap();
        client.connect(format!("ws://{}/path", listener.local_addr().unwrap())).unwrap();
        let mut peer = Peer::accept(&listener, &["ZWS2.0", "ZWS2.0/NULL"]);
        // An empty routing ID. The client may have closed the connection.
        let _ = peer.0.write_all(b"\x82\x01\0");
        peer.expect_end();
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ws_curve_subscribe_subscriptions_arrive() -> Result<()> {
    let context = context()?;
    let keys = zmq::curve::KeyPair::generate()?;
    let publisher = context.socket(zmq::XPub)?;
    publisher.set_security(&zmq::Security::curve_server(&keys).without_authentication())?;
    let endpoint = publisher.bind("ws://127.0.0.1:*")?;
    let subscriber = context.socket(zmq::Sub)?;
    subscriber.set_security(&zmq::Security::curve_anonymous_client(keys.public_key())?)?;
    subscriber.subscribe("topic")?.connect(&endpoint)?;
    assert_eq!(take(&publisher)?, "\x01topic");
    publisher.send("topic and content")?;
    assert_eq!(take(&subscriber)?, "topic and content");
    Ok(())
}
