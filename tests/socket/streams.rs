//! STREAM sockets: raw TCP, as the server and as the client.

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

/// A connection of the system's own, which waits no longer than the test does.
fn connect(address: SocketAddr) -> TcpStream {
    patient(TcpStream::connect(address).expect("somebody listens"))
}

fn patient(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
    stream
}

fn next(socket: &Socket<Stream>) -> Result<StreamEvent> {
    Ok(socket.recv_stream_timeout(PATIENCE)?.expect("an event comes"))
}

fn connected(socket: &Socket<Stream>) -> Result<Message> {
    match next(socket)? {
        StreamEvent::Connected { peer } => Ok(peer),
        other => panic!("a connection comes first, not {other:?}"),
    }
}

/// Receives `len` bytes of one connection, in whatever pieces they come.
fn bytes(socket: &Socket<Stream>, from: &Message, len: usize) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while all.len() < len {
        match next(socket)? {
            StreamEvent::Data { peer, bytes } if peer == *from => all.extend_from_slice(&bytes),
            other => panic!("bytes of {from:?} come, not {other:?}"),
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
    client.write_all(b"hello\0\xff").expect("it is open");
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
        client.read_exact(&mut answer).expect("it was sent");
        assert_eq!(answer, [*number; 3]);
    }
    Ok(())
}

#[test]
fn a_client_talks_to_a_server_that_knows_no_zeromq() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let socket = context()?.socket(Stream)?;
    socket.connect(format!("tcp://{}", listener.local_addr().expect("it is bound")))?;
    let mut server = patient(listener.accept().expect("the client connects").0);
    let peer = connected(&socket)?;
    socket.send_stream(peer.clone(), "GET /\r\n")?;
    let mut request = [0; 7];
    server.read_exact(&mut request).expect("it was sent");
    assert_eq!(&request, b"GET /\r\n");
    server.write_all(b"200 OK").expect("it is open");
    assert_eq!(bytes(&socket, &peer, 6)?, b"200 OK");
    drop(server);
    assert_eq!(next(&socket)?, disconnected(peer.clone()));
    // libzmq connects again, under the same routing id.
    let _server = listener.accept().expect("the client connects again");
    assert_eq!(next(&socket)?, StreamEvent::Connected { peer });
    Ok(())
}

#[test]
fn a_client_may_name_its_connection() -> Result<()> {
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
fn two_stream_sockets_move_a_lot_of_bytes_in_order() -> Result<()> {
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
fn a_server_closes_a_connection() -> Result<()> {
    let (_context, socket, address) = server()?;
    let mut closed = connect(address);
    let peer = connected(&socket)?;
    socket.close_stream(peer.clone())?;
    // libzmq goes on with it when the socket is used.
    eventually("nothing can be sent there", || match socket.try_send_multipart((peer.clone(), "x")) {
        Err(refused) => refused.kind() == ErrorKind::HostUnreachable,
        Ok(()) => panic!("it was sent"),
    });
    assert_eq!(closed.read(&mut [0; 1]).expect("it is closed in order"), 0);
    // Its end is not received, and the next connection is told from it.
    let _next = connect(address);
    assert_ne!(connected(&socket)?, peer);
    Ok(())
}

#[test]
fn a_send_does_not_wait_for_a_connection_that_ended() -> Result<()> {
    let (_context, socket, address) = server()?;
    let client = connect(address);
    let peer = connected(&socket)?;
    drop(client);
    eventually("the end arrives", || socket.events().is_ok_and(|events| events.is_readable()));
    // libzmq tells of the end just before it closes the connection: until then it takes what is sent.
    let mut refused = None;
    eventually("the connection is closed", || {
        refused = socket.send_stream(peer.clone(), "x").err();
        refused.is_some()
    });
    for refused in refused.into_iter().chain(socket.close_stream(peer.clone()).err()) {
        let text = "cannot send on a STREAM socket: something has to be received first, which may be the end of this \
                    connection (EAGAIN)";
        assert_eq!(refused.error.to_string(), text);
        assert_eq!(refused.message[0], peer);
    }
    assert!(socket.close_stream(peer.clone()).is_err());
    assert_eq!(next(&socket)?, disconnected(peer));
    Ok(())
}

#[test]
fn a_send_waits_for_a_peer_that_reads_slowly() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Stream)?;
    let endpoint = socket.set_send_hwm(1)?.set_send_buffer(Some(4096))?.bind("tcp://127.0.0.1:*")?;
    let mut client = connect(address(&endpoint));
    let peer = connected(&socket)?;
    const PIECE: usize = 1_000_000;
    const TIMEOUT: Duration = Duration::from_millis(100);
    socket.set_send_timeout(Some(TIMEOUT))?;
    let mut pieces = 0;
    // The system's buffers take some before nothing moves any more.
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
    assert_eq!(reader.join().expect("it does not panic").expect("all was sent"), b"last");
    Ok(())
}

#[test]
fn the_beginning_that_libzmq_fetched_before_a_close_is_an_end() -> Result<()> {
    let (context, _server, address) = server()?;
    let client = context.socket(Stream)?;
    client.connect_as(format!("tcp://{address}"), "server")?;
    eventually("the beginning arrives", || client.events().is_ok_and(|events| events.is_readable()));
    client.close_stream("server")?;
    assert_eq!(next(&client)?, disconnected("server".into()));
    Ok(())
}

#[test]
fn a_close_that_fails_leaves_the_connection_known() -> Result<()> {
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
    client.read_exact(&mut answer).expect("it was sent");
    assert_eq!(&answer, b"still open");
    Ok(())
}

#[test]
fn bytes_for_nobody_are_handed_back() -> Result<()> {
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
    client.write_all(b"last words").expect("it is open");
    client.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(bytes(&socket, &peer, 10)?, b"last words");
    assert_eq!(next(&socket)?, disconnected(peer));
    Ok(())
}

#[test]
fn without_notices_there_are_bytes_only() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Stream)?;
    let endpoint = socket.set_notify(false)?.bind("tcp://127.0.0.1:*")?;
    let mut client = connect(address(&endpoint));
    client.write_all(b"x").expect("it is open");
    assert!(matches!(next(&socket)?, StreamEvent::Data { bytes, .. } if bytes == "x"));
    Ok(())
}

#[test]
fn garbage_at_a_zeromq_socket_harms_nobody_else() -> Result<()> {
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
fn other_sockets_have_no_streams() -> Result<()> {
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
    assert!(waiting.join().expect("it does not panic"));
    Ok(())
}
