//! The WebSocket transport. Origin: test_ws_transport.cpp.

use std::time::Duration;

use zmq::abilities::Open;
use zmq::curve::KeyPair;
use zmq::{Capability, Dealer, ErrorKind, Heartbeat, Message, Rep, Req, Result, Security, Sub, Subscription, XPub};

use crate::support::*;

/// Opens two connected sockets, if this libzmq has the transport.
fn ws_pair<A: Open, B: Open>(bound: A, connected: B, path: &str) -> Result<Option<Two<A, B>>> {
    if !zmq::has(Capability::Ws) {
        return Ok(None);
    }
    let context = context()?;
    let (server, client) = (context.socket(bound)?, context.socket(connected)?);
    client.connect(server.bind(format!("ws://{}:*{path}", loopback()))?)?;
    Ok(Some((server, client)))
}

#[test]
fn messages_go_there_and_back() -> Result<()> {
    for path in ["", "/", "/roundtrip"] {
        let Some((server, client)) = ws_pair(Rep, Req, path)? else { return Ok(()) };
        bounce(&server, &client);
    }
    Ok(())
}

#[test]
fn endpoints_are_disconnected_and_unbound() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let bound = server.bind("ws://*:*/roundtrip")?;
    let connected = format!("ws://127.0.0.1:{}/roundtrip", bound.port().unwrap());
    client.connect(&connected)?;
    bounce(&server, &client);
    client.disconnect(&connected)?;
    server.unbind(&bound)
}

#[test]
fn a_client_that_pings_is_answered() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let heartbeat = Heartbeat { timeout: Some(PATIENCE), ..Heartbeat::every(Duration::from_millis(10)) };
    client.set_heartbeat(heartbeat)?.set_reconnect_interval(None)?;
    match client.connect(server.bind(format!("ws://{}:*/heartbeat", loopback()))?) {
        // Without the fix, heartbeats would let a peer abort the process, so the crate refuses them.
        Err(error) if error.kind() == ErrorKind::InvalidInput => return Ok(()),
        connected => drop(connected?),
    }
    for _ in 0..3 {
        bounce(&server, &client);
        // This leaves time for pings.
        expect_nothing(&server);
        assert_eq!(server.recv_timeout(Duration::from_millis(30))?, None);
    }
    Ok(())
}

#[test]
fn messages_of_every_length_arrive_unchanged() -> Result<()> {
    let Some((server, client)) = ws_pair(Rep, Req, "/length")? else { return Ok(()) };
    for len in [0, 1, 125, 126, 255, 65_535, 65_536, 1_000_000] {
        let content: Vec<u8> = (0..=254).cycle().take(len).collect();
        client.send(&content)?;
        expect(&server, content.as_slice());
        server.send(&content)?;
        expect(&client, content.as_slice());
    }
    Ok(())
}

/// A client masks its messages. Other messages that share the bytes must not see the mask.
#[test]
fn shared_or_constant_bytes_are_not_masked_in_place() -> Result<()> {
    static PAGE: [u8; 255] = [7; 255];
    let Some((server, client)) = ws_pair(Dealer, Dealer, "/mask-shared")? else { return Ok(()) };
    let content: Vec<u8> = (0..255).collect();
    let mut message = Message::from(&content);
    client.send(message.share())?;
    expect(&server, content.as_slice());
    assert_eq!(message, content);

    client.send(Message::from_static(&PAGE))?;
    expect(&server, PAGE.as_slice());
    assert_eq!(PAGE, [7; 255]);
    Ok(())
}

#[test]
fn subscriptions_and_publications_arrive() -> Result<()> {
    if lacks(Capability::Ws) {
        return Ok(());
    }
    let context = context()?;
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    subscriber.subscribe("A")?.subscribe("B")?.connect(publisher.bind(format!("ws://{}:*", loopback()))?)?;
    for topic in ["A", "B"] {
        let known = publisher.recv_subscription_timeout(PATIENCE)?;
        assert_eq!(known, Some(Subscription::Subscribe(topic.into())));
    }
    for topic in ["A", "C", "B"] {
        publisher.send(topic)?;
    }
    expect(&subscriber, "A");
    expect(&subscriber, "B");
    Ok(())
}

#[test]
fn messages_can_be_encrypted_by_curve() -> Result<()> {
    if lacks(Capability::Ws) || lacks(Capability::Curve) {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    let keys = KeyPair::generate()?;
    server.set_security(&Security::curve_server(&keys).without_authentication())?;
    client.set_security(&Security::curve_anonymous_client(keys.public_key())?)?;
    client.connect(server.bind(format!("ws://{}:*/roundtrip", loopback()))?)?;
    bounce(&server, &client);
    Ok(())
}
