//! A peer that leaves in the middle of a message. The message is lost, or goes to another peer, as a whole, and the
//! socket is ready for the next message.

use std::sync::Arc;
use std::time::{Duration, Instant};

use zmq::{
    Context, Dealer, Endpoint, ErrorKind, Message, Multipart, Pair, Push, Rep, Req, Result, Router, Socket, SocketType,
    Sub, XPub,
};

use crate::common::{self, PATIENCE, context, eventually, free, process_commands, take, take_all};

/// Waits until libzmq has noticed that no peer is left.
fn alone<K: zmq::abilities::Sends>(socket: &Socket<K>) {
    eventually("the peer is disconnected", || !process_commands(socket).0);
}

#[test]
fn req_peer_lost_the_next_request_is_answered() -> Result<()> {
    for (last, look) in [(true, false), (false, false), (true, true), (false, true)] {
        let context = context()?;
        let client = context.socket(Req)?;
        let first = context.socket(Rep)?;
        client.connect(first.bind(free("inproc"))?)?;
        client.send_more("head")?;
        drop(first);
        if look {
            alone(&client);
        }
        let mut refused = None;
        eventually("the loss is noticed", || {
            refused = if last { client.send("next") } else { client.send_more("next") }.err();
            last || refused.is_some()
        });
        let Some(refused) = refused else {
            // The request was complete before the first peer left.
            continue;
        };
        assert_eq!((refused.kind(), refused.message), (ErrorKind::PeerLost, Message::from("next")));
        assert_eq!(client.try_recv().unwrap_err().kind(), ErrorKind::WrongState);
        let second = context.socket(Rep)?;
        client.connect(second.bind(free("inproc"))?)?;
        for number in ["1", "2"] {
            client.send_timeout(number, PATIENCE)?;
            assert_eq!(take_all(&second)?, Multipart::from(number), "last {last}, look {look}");
            second.send("answer")?;
            assert_eq!(take_all(&client)?, Multipart::from("answer"), "last {last}, look {look}");
        }
        client.send_more("head")?;
        client.send("body")?;
        assert_eq!(take_all(&second)?, Multipart::from(["head", "body"]));
    }
    Ok(())
}

#[test]
fn req_peer_lost_a_request_in_parts_goes_whole_to_the_peer_that_is_left() -> Result<()> {
    let context = context()?;
    let client = context.socket(Req)?;
    let (first, second) = (context.socket(Rep)?, context.socket(Rep)?);
    client.connect(first.bind(free("inproc"))?)?;
    client.send_more("head")?;
    client.connect(second.bind(free("inproc"))?)?;
    drop(first);
    client.send_more("body")?;
    eventually("only one peer is left", || {
        process_commands(&client);
        context.open_sockets().len() == 2
    });
    match client.send("tail") {
        Ok(()) => {
            let whole = second.recv_multipart_timeout(Duration::from_secs(2))?;
            assert!(whole.is_none_or(|whole| whole == ["head", "body", "tail"]));
        }
        Err(refused) => assert_eq!(refused.kind(), ErrorKind::PeerLost),
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn lb_silent_a_send_reports_that_the_peer_left_in_the_middle_of_a_message() -> Result<()> {
    type Send = fn(&Socket<zmq::Any>) -> std::result::Result<(), zmq::SendError<Message>>;
    fn lost(kind: SocketType, peer: SocketType, send: Send) -> Result<()> {
        let context = context()?;
        let source = context.socket(kind)?;
        let endpoint = source.bind(free("inproc"))?;
        let first = context.socket(peer)?;
        first.connect(&endpoint)?;
        let unread: Arc<[u8]> = [7; 10_000].into();
        source.send(unread.clone())?;
        source.send_more("head")?;
        drop(first);
        // When libzmq frees the unread message, it has told the source that the peer has left.
        eventually("the peer is removed", || {
            process_commands(&source);
            Arc::strong_count(&unread) == 1
        });
        process_commands(&source);
        let second = context.socket(peer)?;
        let refused = send(&source).unwrap_err();
        assert_eq!((refused.kind(), refused.message), (ErrorKind::PeerLost, Message::from("body")));
        second.connect(&endpoint)?;
        source.send_multipart_timeout(["next", "whole"], PATIENCE)?;
        assert_eq!(take_all(&second)?, Multipart::from(["next", "whole"]));
        assert_eq!(second.try_recv()?, None);
        Ok(())
    }
    lost(SocketType::Push, SocketType::Pull, |source| source.send("body"))?;
    lost(SocketType::Push, SocketType::Pull, |source| source.send_more("body"))?;
    lost(SocketType::Dealer, SocketType::Dealer, |source| source.send("body"))?;
    lost(SocketType::Dealer, SocketType::Dealer, |source| source.try_send("body"))?;
    lost(SocketType::Dealer, SocketType::Dealer, |source| source.send_more("body"))
}

/// Connects a PAIR to an endpoint. Retries, because libzmq refuses it until the previous peer is disconnected.
fn next_pair(context: &Context, endpoint: &Endpoint, server: &Socket<Pair>) -> Result<Socket<Pair>> {
    loop {
        let peer = context.socket(Pair)?;
        peer.connect(endpoint)?;
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(50) {
            if process_commands(server).0 {
                return Ok(peer);
            }
        }
    }
}

#[test]
fn pair_tail_goes_to_no_other_peer() -> Result<()> {
    for read in [false, true] {
        let context = context()?;
        let socket = context.socket(Pair)?;
        let endpoint = socket.bind(free("inproc"))?;
        let first = context.socket(Pair)?;
        first.connect(&endpoint)?;
        socket.send("hello")?;
        assert_eq!(take(&first)?, "hello");
        socket.send_more("head")?;
        drop(first);
        alone(&socket);
        let second = next_pair(&context, &endpoint, &socket)?;
        if read {
            assert_eq!(socket.try_recv()?, None);
        }
        socket.send("tail")?;
        assert_eq!(take_all(&second)?, Multipart::from(["head", "tail"]));
        socket.send_multipart(["next", "whole"])?;
        assert_eq!(take_all(&second)?, Multipart::from(["next", "whole"]));
    }
    Ok(())
}

#[test]
fn pair_a_waiting_send_lets_go_of_a_peer_that_left() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pair)?;
    let endpoint = socket.bind(free("inproc"))?;
    let first = context.socket(Pair)?;
    first.connect(&endpoint)?;
    socket.send("hello")?;
    drop(first);
    eventually("the send finds no peer", || socket.try_send("nobody").is_err());
    let sending = std::thread::spawn(move || socket.send("to the second").map(|()| socket));
    let mut second = context.socket(Pair)?;
    second.connect(&endpoint)?;
    let mut received = None;
    // A peer that connects before the first is disconnected is refused.
    eventually("the second peer receives the message", || {
        received = second.recv_timeout(Duration::from_millis(100)).expect("a receive without errors");
        if received.is_none() {
            second = context.socket(Pair).expect("a socket");
            second.connect(&endpoint).expect("a connection");
        }
        received.is_some()
    });
    assert_eq!(received.as_deref(), Some(&b"to the second"[..]));
    let sent = sending.join().expect("a sender that does not panic");
    sent.map(drop).map_err(Into::into)
}

/// Begins a message, drops the peer, and ends the message with any result. Asserts that the next message arrives whole
/// at the next peer.
fn next_is_whole<K: zmq::abilities::SendsMultipart>(socket: &Socket<K>, peer_type: SocketType) -> Result<()> {
    let context = socket.context().clone();
    let endpoint = socket.bind(free("inproc"))?;
    let routes = socket.socket_type() == SocketType::Router;
    let peer = |name: &'static str| -> Result<Socket<zmq::Any>> {
        let peer = context.socket(peer_type)?;
        if routes {
            peer.set_routing_id(name)?;
        }
        peer.connect(&endpoint)?;
        // The first message may go to the previous peer, while it is disconnecting.
        eventually("the peer is reached", || {
            let hello = Multipart::from_iter(routes.then_some(name).into_iter().chain(["hello", name]));
            let _ = socket.send_multipart_timeout(hello, PATIENCE);
            let received = peer.recv_multipart_timeout(Duration::from_millis(20)).unwrap_or(None);
            received.inspect(|received| assert_eq!(*received, Multipart::from(["hello", name]))).is_some()
        });
        while let Some(received) = peer.try_recv_multipart()? {
            assert_eq!(received, Multipart::from(["hello", name]));
        }
        Ok(peer)
    };
    for round in 0..20 {
        let first = peer("first")?;
        for frame in routes.then_some("first").into_iter().chain(["begun"]) {
            socket.send_more(frame)?;
        }
        drop(first);
        for _ in 0..if round % 2 == 0 { 1000 } else { 0 } {
            process_commands(socket);
        }
        // The frame is sent, dropped or refused.
        let _ = socket.send("end");
        drop(peer("second")?);
    }
    Ok(())
}

#[test]
fn peer_lost_every_kind_sends_the_next_message_whole() -> Result<()> {
    let context = context()?;
    next_is_whole(&context.socket(Push)?, SocketType::Pull)?;
    next_is_whole(&context.socket(Dealer)?, SocketType::Dealer)?;
    let router = context.socket(Router)?;
    // The next peer may take over the name before libzmq notices that the first has left.
    next_is_whole(router.set_handover(true)?, SocketType::Dealer)
}

#[test]
fn peer_lost_a_reply_that_was_begun_is_not_the_next_peers() -> Result<()> {
    for look in [false, true] {
        let context = context()?;
        let server = context.socket(Rep)?;
        let endpoint = server.bind(free("inproc"))?;
        let client = context.socket(Req)?;
        client.connect(&endpoint)?;
        client.send("question")?;
        assert_eq!(take(&server)?, "question");
        server.send_more("head")?;
        drop(client);
        if look {
            process_commands(&server);
        }
        server.send("tail")?;
        let client = context.socket(Req)?;
        client.connect(&endpoint)?;
        client.send("another")?;
        assert_eq!(take(&server)?, "another");
        server.send_multipart(["an", "answer"])?;
        assert_eq!(take_all(&client)?, Multipart::from(["an", "answer"]));
    }
    Ok(())
}

#[test]
fn peer_lost_a_publisher_sends_the_next_message_whole() -> Result<()> {
    let context = context()?;
    let publisher = context.socket(XPub)?;
    let endpoint = publisher.bind(free("inproc"))?;
    let subscriber = || -> Result<Socket<Sub>> {
        let subscriber = context.socket(Sub)?;
        subscriber.subscribe("")?.connect(&endpoint)?;
        // The end of the previous subscriber may be reported first.
        while take(&publisher)?[0] == 0 {}
        Ok(subscriber)
    };
    publisher.set_verbose(true)?;
    for _ in 0..20 {
        let first = subscriber()?;
        publisher.send_more("begun")?;
        drop(first);
        let second = subscriber()?;
        publisher.send("end")?;
        publisher.send_multipart(["next", "whole"])?;
        assert_eq!(take_all(&second)?, Multipart::from(["next", "whole"]));
    }
    Ok(())
}

/// Sends a frame by the C API.
fn send_raw(socket: &Socket<Req>, frame: &[u8], more: bool) -> bool {
    let flags = zmq::sys::ZMQ_DONTWAIT | if more { zmq::sys::ZMQ_SNDMORE } else { 0 };
    // SAFETY: the socket is open and used by this thread only; the bytes outlive the call, which copies them.
    let code = unsafe { zmq::sys::zmq_send(socket.as_ptr(), frame.as_ptr().cast(), frame.len(), flags) };
    code >= 0
}

/// A request that is incomplete when the peer leaves. A low high-water mark has the same effect as the loss of the
/// peer, and has it at a fixed point.
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn req_peer_lost_in_the_middle_of_a_long_request_is_over() -> Result<()> {
    for last in [false, true] {
        let context = context()?;
        let client = context.socket(Req)?;
        let server = context.socket(Router)?;
        server.set_recv_hwm(1)?;
        client.set_relaxed(true)?.set_send_hwm(5)?;
        client.connect(server.bind(free("inproc"))?)?;
        for text in ["1", "2", "3"] {
            client.send(text)?;
        }
        assert!(send_raw(&client, b"begun", true));
        common::set_raw(&client, zmq::sys::ZMQ_SNDHWM, &1_i32.to_ne_bytes());
        client.set_relaxed(false)?;
        assert!(!send_raw(&client, b"rest", !last), "the queue is too long");
        // The rest of the request is dropped.
        assert!(last || send_raw(&client, b"end", false));
        assert_eq!(client.try_recv().unwrap_err().kind(), ErrorKind::WrongState, "no request was sent");
        for text in ["1", "2", "3"] {
            assert_eq!(take_all(&server)?.iter().skip(1).cloned().collect::<Multipart>(), Multipart::from(["", text]));
        }
        client.send_timeout("next", PATIENCE)?;
        let request = take_all(&server)?;
        assert_eq!(request.iter().skip(1).cloned().collect::<Multipart>(), Multipart::from(["", "next"]));
        server.send_multipart([request[0].as_bytes(), b"", b"answer"])?;
        assert_eq!(take(&client)?, "answer", "last: {last}");
    }
    Ok(())
}
