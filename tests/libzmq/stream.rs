//! Raw TCP connections of a STREAM socket. Origin: test_stream.cpp.

use zmq::{Dealer, Message, Result, Socket, Stream, StreamEvent};

use crate::common::wire;
use crate::support::*;

/// Receives `len` bytes of a connection, and returns them with the connection's routing ID.
fn receive(stream: &Socket<Stream>, len: usize) -> Result<(Message, Vec<u8>)> {
    let mut received = Vec::new();
    loop {
        match stream.recv_stream_timeout(PATIENCE)? {
            Some(StreamEvent::Data { peer, bytes }) => {
                received.extend_from_slice(&bytes);
                assert!(received.len() <= len, "{received:?}");
                if received.len() == len {
                    return Ok((peer, received));
                }
            }
            other => panic!("expected bytes, got: {other:?}"),
        }
    }
}

fn expect_connection(stream: &Socket<Stream>) -> Result<Message> {
    match stream.recv_stream_timeout(PATIENCE)? {
        Some(StreamEvent::Connected { peer }) => Ok(peer),
        other => panic!("expected a connection, got: {other:?}"),
    }
}

/// Waits until `other` receives the end of the connection with the ID `peer`. This also makes calls on `closing`,
/// because libzmq closes the connection during calls on the socket.
pub(crate) fn expect_end(closing: &Socket<Stream>, other: &Socket<Stream>, peer: Message) {
    let mut heard = None;
    eventually("the other end receives the disconnect", || {
        closing.events().unwrap();
        heard = other.try_recv_stream().unwrap();
        heard.is_some()
    });
    assert_eq!(heard, Some(StreamEvent::Disconnected { peer }));
}

#[test]
fn a_stream_speaks_zmtp_with_a_dealer() -> Result<()> {
    let context = context()?;
    let (stream, dealer) = pair(&context, "tcp", (Stream, Dealer))?;
    dealer.send("Hello")?;
    let peer = expect_connection(&stream)?;
    assert_eq!(peer.peer_address(), Some("127.0.0.1"));

    // The signature arrives first, because the rest depends on the version of the peer.
    let greeting = wire::greeting(1);
    let (peer, signature) = receive(&stream, 10)?;
    assert_eq!(peer.peer_address(), Some("127.0.0.1"));
    assert_eq!((signature[0], signature[9]), (greeting[0], greeting[9]));
    stream.send_stream(&peer, &greeting)?;
    let ready = wire::ready("DEALER", Some(b""));
    let (_, rest) = receive(&stream, 64 - 10 + ready.len())?;
    assert_eq!(rest[..2], [3, 1], "the version of the protocol");
    assert_eq!(rest[2..54], greeting[12..]);
    assert_eq!(rest[54..], ready);
    stream.send_stream(&peer, wire::ready("ROUTER", Some(b"")))?;

    let hello = wire::message(b"Hello", false);
    assert_eq!(receive(&stream, hello.len())?.1, hello);
    stream.send_stream(&peer, wire::message(b"World", false))?;
    expect(&dealer, "World");

    let large = vec![0xAB; 64_000];
    dealer.send(&large)?;
    let framed = wire::message(&large, false);
    assert_eq!(framed.len(), 9 + large.len());
    assert_eq!(receive(&stream, framed.len())?.1, framed);
    Ok(())
}

#[test]
fn two_streams_exchange_http() -> Result<()> {
    let (server, client) = pair(&context()?, "tcp", (Stream, Stream))?;
    expect_connection(&server)?;
    let id = expect_connection(&client)?;
    client.send_stream(&id, "GET /\n\n")?;
    let (peer, request) = receive(&server, 7)?;
    assert_eq!(request, b"GET /\n\n");

    let response = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, World!";
    server.send_stream(&peer, response)?;
    server.close_stream(peer)?;
    assert_eq!(receive(&client, response.len())?.1, response.as_bytes());
    expect_end(&server, &client, id);
    Ok(())
}
