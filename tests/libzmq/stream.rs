//! Raw TCP in the hands of a STREAM socket. Origin: test_stream.cpp.

use zmq::{Dealer, Message, Result, Socket, Stream, StreamEvent};

use crate::common::wire;
use crate::support::*;

/// Receives bytes of a connection until there are `len`, and returns them with the connection's routing id.
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
            other => panic!("no bytes came: {other:?}"),
        }
    }
}

fn expect_connection(stream: &Socket<Stream>) -> Result<Message> {
    match stream.recv_stream_timeout(PATIENCE)? {
        Some(StreamEvent::Connected { peer }) => Ok(peer),
        other => panic!("no connection came: {other:?}"),
    }
}

/// Waits until `other` hears that the connection, whose id is `peer`, ended. The end that closed it has to be used
/// meanwhile: libzmq lets go of a connection when something is asked of its socket.
pub(crate) fn expect_end(closing: &Socket<Stream>, other: &Socket<Stream>, peer: Message) {
    let mut heard = None;
    eventually("the other end hears of it", || {
        closing.events().unwrap();
        heard = other.try_recv_stream().unwrap();
        heard.is_some()
    });
    assert_eq!(heard, Some(StreamEvent::Disconnected { peer }));
}

#[test]
fn a_dealer_is_answered_by_hand() -> Result<()> {
    let context = context()?;
    let (stream, dealer) = pair(&context, "tcp", (Stream, Dealer))?;
    dealer.send("Hello")?;
    let peer = expect_connection(&stream)?;
    assert_eq!(peer.peer_address(), Some("127.0.0.1"));

    // The signature comes alone, so that peers of older versions can be told apart.
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
fn two_streams_talk_http() -> Result<()> {
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
