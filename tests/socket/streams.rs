//! STREAM sockets: raw TCP, as a server and as a client.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use zmq::{Context, Endpoint, ErrorKind, Message, Multipart, Push, Result, Socket, SocketType, Stream, StreamEvent};

use crate::common::{PATIENCE, context, eventually};

fn server() -> Result<(Context, Socket<Stream>, SocketAddr)> {
    let context = context()?;
    let socket = context.socket(Stream)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    Ok((context, socket, address(&endpoint)))
}

fn address(endpoint: &Endpoint) -> SocketAddr {
    endpoint.address().parse().expect("libzmq prints addresses")
}

/// Opens a TCP connection without libzmq. Reads time out after `PATIENCE`.
fn connect(address: SocketAddr) -> TcpStream {
    patient(TcpStream::connect(address).expect("the server listens"))
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("the timeout is not zero");
    stream
}

fn next(socket: &Socket<Stream>) -> Result<StreamEvent> {
    Ok(socket.recv_stream_timeout(PATIENCE)?.expect("an event arrives"))
}

fn connected(socket: &Socket<Stream>) -> Result<Message> {
    match next(socket)? {
        StreamEvent::Connected { peer } => Ok(peer),
        other => panic!("a connection must be reported first, not {other:?}"),
    }
}

/// Receives `len` bytes of one connection, in pieces of any size.
fn bytes(socket: &Socket<Stream>, from: &Message, len: usize) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while all.len() < len {
        match next(socket)? {
            StreamEvent::Data { peer, bytes } if peer == *from => all.extend_from_slice(&bytes),
            other => panic!("bytes of {from:?} must arrive, not {other:?}"),
        }
    }
    Ok(all)
}

fn disconnected(peer: Message) -> StreamEvent {
    StreamEvent::Disconnected { peer }
}

#[test]
fn a_server_sees_a_connection_its_bytes_and_its_end() -> Result<()> {
    let (_context, socket, address) = server()?;
    assert_eq!(socket.try_recv_stream()?, None);
    let mut client = connect(address);
    let peer = connected(&socket)?;
    client.write_all(b"hello\0\xff").expect("the connection is open");
    assert_eq!(bytes(&socket, &peer, 7)?, b"hello\0\xff");
    drop(client);
    assert_eq!(next(&socket)?, disconnected(peer));
    Ok(())
}

#[test]
fn a_server_answers_each_client_on_its_own_connection() -> Result<()> {
    let (_context, socket, address) = server()?;
    let mut clients = Vec::new();
    for number in 0..5_u8 {
        let client = connect(address);
        let peer = connected(&socket)?;
        clients.push((number, client, peer));
    }
    for (number, _, peer) in &clients {
        socket.send_stream(peer.clone(), vec![*number; 3])?;
    }
    for (number, client, _) in &mut clients {
        let mut answer = [0; 3];
        client.read_exact(&mut answer).expect("the bytes arrive");
        assert_eq!(answer, [*number; 3]);
    }
    Ok(())
}

#[test]
fn a_client_exchanges_bytes_with_a_plain_tcp_server() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let socket = context()?.socket(Stream)?;
    socket.connect(format!("tcp://{}", listener.local_addr().expect("the listener is bound")))?;
    let mut server = patient(listener.accept().expect("the client connects").0);
    let peer = connected(&socket)?;
    socket.send_stream(peer.clone(), "GET /\r\n")?;
    let mut request = [0; 7];
    server.read_exact(&mut request).expect("the bytes arrive");
    assert_eq!(&request, b"GET /\r\n");
    server.write_all(b"200 OK").expect("the connection is open");
    assert_eq!(bytes(&socket, &peer, 6)?, b"200 OK");
    drop(server);
    assert_eq!(next(&socket)?, disconnected(peer.clone()));
    // libzmq reconnects, with the same routing ID.
    let _server = listener.accept().expect("the client connects again");
    assert_eq!(next(&socket)?, StreamEvent::Connected { peer });
    Ok(())
}

#[test]
fn a_client_can_name_its_connection() -> Result<()> {
    let (context, server, address) = server()?;
    let client = context.socket(Stream)?;
    client.connect_as(format!("tcp://{address}"), "server")?;
    let peer = connected(&server)?;
    assert_eq!(connected(&client)?, "server");
    client.send_stream("server", "hello")?;
    assert_eq!(bytes(&server, &peer, 5)?, b"hello");
    Ok(())
}

#[test]
fn two_stream_sockets_transfer_many_bytes_in_order() -> Result<()> {
    let (context, server, address) = server()?;
    let client = context.socket(Stream)?;
    client.connect(format!("tcp://{address}"))?;
    let (to, from) = (connected(&client)?, connected(&server)?);
    let sent: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
    for piece in sent.chunks(10_007) {
        client.send_stream(to.clone(), piece)?;
    }
    assert!(bytes(&server, &from, sent.len())? == sent, "the bytes arrive as they were sent");
    Ok(())
}

#[test]
fn a_server_can_close_a_connection() -> Result<()> {
    let (_context, socket, address) = server()?;
    let mut closed = connect(address);
    let peer = connected(&socket)?;
    socket.close_stream(peer.clone())?;
    // libzmq continues to close the connection in calls on the socket.
    eventually("the connection accepts no bytes", || match socket.try_send_multipart((peer.clone(), "x")) {
        Err(refused) => refused.kind() == ErrorKind::HostUnreachable,
        Ok(()) => panic!("the bytes were accepted"),
    });
    assert_eq!(closed.read(&mut [0; 1]).expect("the connection is closed in order"), 0);
    // No event reports this end, and the next connection has another ID.
    let _next = connect(address);
    assert_ne!(connected(&socket)?, peer);
    Ok(())
}

#[test]
fn a_send_does_not_wait_for_an_ended_connection() -> Result<()> {
    let (_context, socket, address) = server()?;
    let client = connect(address);
    let peer = connected(&socket)?;
    drop(client);
    eventually("the end arrives", || socket.events().is_ok_and(|events| events.is_readable()));
    // libzmq reports the end just before it closes the connection, and accepts bytes in the meantime.
    let mut refused = None;
    eventually("the connection is closed", || {
        refused = socket.send_stream(peer.clone(), "x").err();
        refused.is_some()
    });
    for refused in refused.into_iter().chain(socket.close_stream(peer.clone()).err()) {
        let text = "cannot send on a STREAM socket: receive first; the next message may be the end of this connection \
                    (EAGAIN)";
        assert_eq!(refused.error.to_string(), text);
        assert_eq!(refused.message[0], peer);
    }
    assert!(socket.close_stream(peer.clone()).is_err());
    assert_eq!(next(&socket)?, disconnected(peer));
    Ok(())
}

#[test]
fn a_send_waits_for_a_slow_peer() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Stream)?;
    let endpoint = socket.set_send_hwm(1)?.set_send_buffer(Some(4096))?.bind("tcp://127.0.0.1:*")?;
    let mut client = connect(address(&endpoint));
    let peer = connected(&socket)?;
    const PIECE: usize = 1_000_000;
    const TIMEOUT: Duration = Duration::from_millis(100);
    socket.set_send_timeout(Some(TIMEOUT))?;
    let mut pieces = 0;
    // The buffers of the system take some pieces until they are full.
    loop {
        let start = Instant::now();
        let Err(refused) = socket.send_stream(peer.clone(), vec![1; PIECE]) else {
            pieces += 1;
            continue;
        };
        assert!(refused.error.is_timed_out() && start.elapsed() >= TIMEOUT, "{refused}");
        assert_eq!(refused.message[1].len(), PIECE);
        break;
    }
    socket.set_send_timeout(None)?;
    let reader = std::thread::spawn(move || {
        let mut all = vec![0; pieces * PIECE + 4];
        client.read_exact(&mut all).map(|()| all.split_off(pieces * PIECE))
    });
    socket.send_stream(peer, "last")?;
    assert_eq!(reader.join().expect("the thread does not panic").expect("all bytes arrive"), b"last");
    Ok(())
}

#[test]
fn a_connection_closed_before_its_report_is_reported_as_ended() -> Result<()> {
    let (context, _server, address) = server()?;
    let client = context.socket(Stream)?;
    client.connect_as(format!("tcp://{address}"), "server")?;
    eventually("the report of the connection arrives", || client.events().is_ok_and(|events| events.is_readable()));
    client.close_stream("server")?;
    assert_eq!(next(&client)?, disconnected("server".into()));
    Ok(())
}

#[test]
fn a_failed_close_does_not_affect_other_connections() -> Result<()> {
    let (_context, socket, address) = server()?;
    let client = connect(address);
    let peer = connected(&socket)?;
    let refused = socket.close_stream("nobody").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    assert_eq!(refused.message, Multipart::from(["nobody", ""]));
    drop(client);
    assert_eq!(next(&socket)?, disconnected(peer));
    Ok(())
}

#[test]
fn empty_bytes_send_nothing_and_close_nothing() -> Result<()> {
    let (_context, socket, address) = server()?;
    let mut client = connect(address);
    let peer = connected(&socket)?;
    socket.send_stream(peer.clone(), "")?;
    socket.send_stream(peer, "still open")?;
    let mut answer = [0; 10];
    client.read_exact(&mut answer).expect("the bytes arrive");
    assert_eq!(&answer, b"still open");
    Ok(())
}

#[test]
fn bytes_for_an_unknown_peer_are_returned() -> Result<()> {
    let (_context, socket, _) = server()?;
    let refused = socket.send_stream("nobody", "bytes").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    assert_eq!(refused.message, Multipart::from(["nobody", "bytes"]));
    Ok(())
}

#[test]
fn a_half_closed_connection_ends() -> Result<()> {
    let (_context, socket, address) = server()?;
    let mut client = connect(address);
    let peer = connected(&socket)?;
    client.write_all(b"last words").expect("the connection is open");
    client.shutdown(Shutdown::Write).expect("the connection is open");
    assert_eq!(bytes(&socket, &peer, 10)?, b"last words");
    assert_eq!(next(&socket)?, disconnected(peer));
    Ok(())
}

#[test]
fn without_notifications_only_bytes_are_received() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Stream)?;
    let endpoint = socket.set_notify(false)?.bind("tcp://127.0.0.1:*")?;
    let mut client = connect(address(&endpoint));
    client.write_all(b"x").expect("the connection is open");
    assert!(matches!(next(&socket)?, StreamEvent::Data { bytes, .. } if bytes == "x"));
    Ok(())
}

#[test]
fn garbage_at_a_zeromq_socket_does_not_affect_other_peers() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(zmq::Pull)?, context.socket(Push)?);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    let stream = context.socket(Stream)?;
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 64], &[0; 64], b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL"] {
        stream.connect(&endpoint)?;
        let peer = connected(&stream)?;
        stream.send_stream(peer.clone(), garbage)?;
        stream.disconnect(&endpoint)?;
    }
    source.connect(&endpoint)?;
    source.send("sense")?;
    assert_eq!(crate::common::take(&sink)?, "sense");
    Ok(())
}

#[test]
fn other_types_of_sockets_have_no_streams() -> Result<()> {
    let context = context()?;
    let socket = context.socket(SocketType::Router)?;
    let errors = [
        socket.recv_stream().unwrap_err(),
        socket.try_recv_stream().unwrap_err(),
        socket.send_stream("x", "y").unwrap_err().error,
        socket.close_stream("x").unwrap_err().error,
    ];
    for (error, operation) in errors.into_iter().zip(["receive", "receive", "send", "send"]) {
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        let text = format!("cannot {operation} on a ROUTER socket: only STREAM sockets have streams (ENOTSUP)");
        assert_eq!(error.to_string(), text);
    }
    Ok(())
}

#[test]
fn a_shutdown_ends_a_receive() -> Result<()> {
    let (context, socket, _) = server()?;
    let waiting = std::thread::spawn(move || socket.recv_stream().unwrap_err().is_terminated());
    context.shutdown();
    assert!(waiting.join().expect("the thread does not panic"));
    Ok(())
}
