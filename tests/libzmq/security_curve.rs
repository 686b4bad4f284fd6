//! CURVE with right, wrong and malformed handshakes. Origin: test_security_curve.cpp.

use std::thread;

use zmq::curve::{KeyPair, PublicKey};
use zmq::monitor::ProtocolError;
use zmq::{
    Capability, Context, Dealer, Endpoint, ErrorKind, Mechanism, Monitor, MonitorEventKind, MonitorEvents, Result,
    Security, Socket,
};

use crate::common::wire::{self, Wire};
use crate::support::*;
use crate::zap::Zap;

const HANDSHAKES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH);

/// A server whose authenticator accepts one client.
struct Scene {
    zap: Zap,
    server: Socket<Dealer>,
    monitor: Monitor,
    endpoint: Endpoint,
    server_key: PublicKey,
    client_keys: KeyPair,
    context: Context,
}

impl Scene {
    /// Starts the server, if this libzmq supports CURVE.
    fn new() -> Result<Option<Self>> {
        Self::with_routing_id("IDENT")
    }

    fn with_routing_id(id: &str) -> Result<Option<Self>> {
        if !zmq::has(Capability::Curve) {
            return Ok(None);
        }
        let (server_keys, client_keys) = (KeyPair::generate()?, KeyPair::generate()?);
        let context = context()?;
        let known = client_keys.public_key();
        let zap = Zap::spawn(&context, move |request| {
            assert_eq!(request.mechanism(), "CURVE");
            let is_known = request.credentials() == [known.as_bytes()];
            request.reply(if is_known { "200" } else { "400" }, "anonymous")
        })?;
        let server = context.socket(Dealer)?;
        server.set_routing_id(id)?.set_security(&Security::curve_server(&server_keys).domain("ZAPTEST"))?;
        assert_eq!(server.mechanism()?, Mechanism::Curve);
        let monitor = server.monitor(HANDSHAKES)?;
        let endpoint = server.bind(free("tcp"))?;
        let server_key = server_keys.public_key();
        Ok(Some(Self { zap, server, monitor, endpoint, server_key, client_keys, context }))
    }

    /// Connects a client with this security, and sends a message.
    fn connect(&self, security: &Security) -> Result<(Socket<Dealer>, Monitor)> {
        let client = self.context.socket(Dealer)?;
        let monitor = client.set_security(security)?.monitor(HANDSHAKES)?;
        client.set_reconnect_interval(None)?.connect(&self.endpoint)?;
        knock(&client);
        Ok((client, monitor))
    }

    /// Asserts that the handshake failed on the server with this error before it asked the authenticator.
    fn expect_protocol_error(&self, error: ProtocolError) {
        let event = next_event(&self.monitor).unwrap();
        assert_eq!((event.kind(), event.protocol_error()), (MonitorEventKind::HandshakeFailedProtocol, Some(error)));
        assert!(!self.server.events().unwrap().is_writable(), "the server accepted a peer");
        expect_nothing(&self.server);
        assert!(self.zap.is_idle());
    }
}

#[test]
fn a_client_with_the_right_keys_is_accepted() -> Result<()> {
    let long_id = "0123456789".repeat(26)[..255].to_owned();
    for id in ["IDENT", &long_id] {
        let Some(scene) = Scene::with_routing_id(id)? else { return Ok(()) };
        let (client, monitor) = scene.connect(&Security::curve_client(&scene.client_keys, scene.server_key))?;
        expect(&scene.server, "let me in");
        bounce(&scene.server, &client);
        for monitor in [&monitor, &scene.monitor] {
            expect_events(monitor, [MonitorEventKind::HandshakeSucceeded]);
        }
        let request = scene.zap.answered();
        assert_eq!(request.domain(), "ZAPTEST");
        assert_eq!(request.routing_id(), id);
    }
    Ok(())
}

#[test]
fn a_client_with_an_unknown_key_is_refused() -> Result<()> {
    let Some(scene) = Scene::new()? else { return Ok(()) };
    let (_client, monitor) = scene.connect(&Security::curve_anonymous_client(scene.server_key)?)?;
    for monitor in [&scene.monitor, &monitor] {
        let event = next_event(monitor)?;
        assert_eq!((event.kind(), event.zap_status()), (MonitorEventKind::HandshakeFailedAuth, Some(400)));
    }
    expect_nothing(&scene.server);
    Ok(())
}

#[test]
fn a_client_without_curve_is_refused() -> Result<()> {
    for security in [Security::null(), Security::plain_client("admin", "password")] {
        let Some(scene) = Scene::new()? else { return Ok(()) };
        let _client = scene.connect(&security)?;
        scene.expect_protocol_error(ProtocolError::ZMTP_MECHANISM_MISMATCH);
    }
    Ok(())
}

#[test]
fn a_client_with_a_wrong_server_key_is_refused() -> Result<()> {
    let Some(scene) = Scene::new()? else { return Ok(()) };
    for other in [KeyPair::generate()?.public_key(), PublicKey::from_bytes([0; 32])] {
        let client = scene.context.socket(Dealer)?;
        client.set_security(&Security::curve_client(&scene.client_keys, other))?.set_reconnect_interval(None)?;
        match client.connect(&scene.endpoint) {
            Ok(_) => scene.expect_protocol_error(ProtocolError::ZMTP_CRYPTOGRAPHIC),
            // The crate refuses a key of zeros, which libzmq takes for an unset key.
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}"),
        }
    }
    Ok(())
}

/// Without the check, the server could not decrypt the handshake.
#[test]
fn a_mismatched_pair_of_keys_is_refused_by_connect() -> Result<()> {
    let Some(scene) = Scene::new()? else { return Ok(()) };
    let client = scene.context.socket(Dealer)?;
    client.set_curve_server_key(&scene.server_key)?;
    client.set_curve_public_key(&scene.client_keys.public_key())?;
    client.set_curve_secret_key(KeyPair::generate()?.secret_key())?;
    let refused = client.connect(&scene.endpoint).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("does not belong to curve_secret_key"), "{refused}");
    Ok(())
}

#[test]
fn a_peer_of_zmtp_1_which_has_no_keys_is_refused() -> Result<()> {
    let Some(scene) = Scene::new()? else { return Ok(()) };
    wire::expect_unversioned_to_be_turned_away(&scene.endpoint);
    expect_nothing(&scene.server);
    assert!(scene.zap.is_idle());
    Ok(())
}

/// The offset of the version in the body of a HELLO command, after the length and the bytes of its name.
const VERSION_AT: usize = 6;

/// Returns a HELLO command whose length and version are right, and whose other bytes are zeros.
fn hello() -> Vec<u8> {
    let mut body = [0; 194];
    body[0] = 1;
    wire::command("HELLO", &body)
}

fn expect_hello_to_fail(hello: &[u8], error: ProtocolError) -> Result<()> {
    let Some(scene) = Scene::new()? else { return Ok(()) };
    let mut wire = Wire::connect(&scene.endpoint);
    wire.send(&wire::greeting_of("CURVE", 0));
    wire.send(hello);
    scene.expect_protocol_error(error);
    Ok(())
}

#[test]
fn a_malformed_hello_is_an_error() -> Result<()> {
    expect_hello_to_fail(&wire::command("HELLO", b""), ProtocolError::ZMTP_MALFORMED_COMMAND_HELLO)?;

    let mut misspelt = hello();
    misspelt[2 + 5] = b'X';
    expect_hello_to_fail(&misspelt, ProtocolError::ZMTP_UNEXPECTED_COMMAND)?;

    let mut newer = hello();
    newer[2 + VERSION_AT] = 2;
    expect_hello_to_fail(&newer, ProtocolError::ZMTP_MALFORMED_COMMAND_HELLO)?;

    expect_hello_to_fail(&hello(), ProtocolError::ZMTP_CRYPTOGRAPHIC)
}

/// Relays a handshake between a client and the server up to the INITIATE command of the client, and applies `tamper` to
/// that command.
fn expect_initiate_to_fail(tamper: fn(&mut Vec<u8>), error: ProtocolError) -> Result<()> {
    let Some(scene) = Scene::new()? else { return Ok(()) };
    let listener = listener();
    let middle = format!("tcp://{}", listener.local_addr().unwrap());
    let server = scene.endpoint.clone();
    let man = thread::spawn(move || {
        let (mut client, mut server) = (Wire::new(listener.accept().unwrap().0), Wire::connect(&server));
        // The greeting is sent in pieces, and each end waits for the other end's piece.
        for piece in [10, 1, 53] {
            server.send(&client.receive(piece));
            client.send(&server.receive(piece));
        }
        server.send(&client.receive(hello().len()));
        let (_, welcome) = server.receive_frame();
        assert!(welcome.starts_with(b"\x07WELCOME"), "{welcome:?}");
        client.send(&wire::frame(wire::COMMAND, &welcome));
        let (_, mut initiate) = client.receive_frame();
        assert!(initiate.starts_with(b"\x08INITIATE"), "{initiate:?}");
        tamper(&mut initiate);
        server.send(&wire::frame(wire::COMMAND, &initiate));
        server.expect_end();
    });
    let client = scene.context.socket(Dealer)?;
    client.set_security(&Security::curve_client(&scene.client_keys, scene.server_key))?;
    client.set_reconnect_interval(None)?.connect(middle)?;
    scene.expect_protocol_error(error);
    man.join().unwrap();
    Ok(())
}

#[test]
fn a_malformed_initiate_is_an_error() -> Result<()> {
    expect_initiate_to_fail(|initiate| initiate.truncate(9), ProtocolError::ZMTP_MALFORMED_COMMAND_INITIATE)?;
    expect_initiate_to_fail(|initiate| initiate[5] = b'X', ProtocolError::ZMTP_UNEXPECTED_COMMAND)
}

#[test]
fn a_tampered_initiate_is_an_error() -> Result<()> {
    // The first byte is part of the cookie, the second of the encrypted box.
    expect_initiate_to_fail(|initiate| initiate[30] ^= 1, ProtocolError::ZMTP_CRYPTOGRAPHIC)?;
    expect_initiate_to_fail(|initiate| initiate[150] ^= 1, ProtocolError::ZMTP_CRYPTOGRAPHIC)
}

#[test]
fn a_key_has_32_bytes() {
    for len in [0, 31, 33, 123] {
        let error = PublicKey::try_from(vec![1; len].as_slice()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
