//! A mandatory ROUTER socket whose peer leaves with a full queue. The send fails instead of waiting for the peer.

use std::error::Error;
use std::time::Duration;

use zmq::{Dealer, ErrorKind, Message, Multipart, Result, Router, SendError, Socket, Stream, StreamEvent};

use crate::common::{PATIENCE, context, eventually, free, in_time, take_all};

/// Returns a router whose only peer, "worker", has a full queue.
fn full(transport: &str) -> Result<(Socket<Router>, Socket<Dealer>)> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    router.set_mandatory(true)?.set_send_hwm(2)?.set_send_buffer(Some(4096))?;
    dealer.set_recv_hwm(2)?.set_recv_buffer(Some(4096))?.set_routing_id("worker")?;
    dealer.connect(router.bind(free(transport))?)?;
    dealer.send("hello")?;
    assert_eq!(take_all(&router)?, Multipart::from(["worker", "hello"]));
    // Messages move from one queue to the next. If none moves for this long, all queues are full.
    while router.send_multipart_timeout(message(), Duration::from_millis(200)).is_ok() {}
    Ok((router, dealer))
}

fn message() -> Multipart {
    ("worker", vec![0; 100_000]).into()
}

type Way = fn(&Socket<Router>) -> std::result::Result<(), SendError<Multipart>>;
const WAYS: [(&str, Way); 3] = [
    ("send_multipart", |router| router.send_multipart(message())),
    ("send_multipart_timeout", |router| router.send_multipart_timeout(message(), PATIENCE)),
    ("try_send_multipart", |router| {
        loop {
            match router.try_send_multipart(message()) {
                Err(refused) if refused.error.is_would_block() => std::thread::yield_now(),
                result => return result,
            }
        }
    }),
];

#[test]
fn mandatory_router_peer_gone_every_send_finds_that_a_full_peer_left() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        for (name, send) in WAYS {
            for timeout in [None, Some(PATIENCE)] {
                let (router, dealer) = full(transport)?;
                router.set_send_timeout(timeout)?;
                drop(dealer);
                let refused = in_time(move || send(&router)).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::HostUnreachable, "{name} over {transport}");
                assert_eq!(refused.message, message(), "{name} over {transport}");
            }
        }
    }
    Ok(())
}

#[test]
fn mandatory_router_peer_gone_a_send_of_single_frames_finds_it_too() -> Result<()> {
    type Part = fn(&Socket<Router>) -> std::result::Result<(), SendError<Message>>;
    let (router, dealer) = full("inproc")?;
    drop(dealer);
    let begin: Part = |router| router.send_more("worker");
    let refused = in_time(move || begin(&router)).unwrap_err();
    assert_eq!((refused.kind(), refused.message), (ErrorKind::HostUnreachable, Message::from("worker")));
    Ok(())
}

#[test]
fn mandatory_router_peer_gone_a_waiting_send_hears_of_it() -> std::result::Result<(), Box<dyn Error>> {
    let (router, dealer) = full("inproc")?;
    let sending = std::thread::spawn(move || router.send_multipart(message()));
    drop(dealer);
    let refused = in_time(move || sending.join()).expect("a sender that does not panic").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    Ok(())
}

#[test]
fn mandatory_router_a_full_peer_that_stays_still_makes_a_send_wait() -> Result<()> {
    let (router, dealer) = full("inproc")?;
    let refused = router.send_multipart_timeout(message(), Duration::from_millis(50)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::TimedOut);
    assert_eq!(router.try_send_multipart(message()).unwrap_err().kind(), ErrorKind::WouldBlock);
    let sending = std::thread::spawn(move || router.send_multipart(message()).map(|()| router));
    for _ in 0..4 {
        take_all(&dealer)?;
    }
    let router = in_time(move || sending.join()).expect("a sender that does not panic")?;
    router.set_send_timeout(Some(Duration::ZERO))?;
    eventually("the queue is full again", || {
        router.send_multipart(message()).is_err_and(|refused| refused.error.is_timed_out())
    });
    Ok(())
}

/// If unread messages of the peer are queued, only libzmq itself can notice that the peer has left.
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn mandatory_router_unread_messages_do_not_hide_that_the_peer_left() -> Result<()> {
    // The first send fails soon if libzmq does not notice.
    let soon: (&str, Way) = ("soon", |router| router.send_multipart_timeout(message(), Duration::from_secs(5)));
    for (name, send) in [soon].into_iter().chain(WAYS) {
        let (router, dealer) = full("inproc")?;
        for text in ["one", "two"] {
            dealer.send(text)?;
        }
        drop(dealer);
        let (refused, router) = in_time(move || (send(&router).unwrap_err(), router));
        assert_eq!(refused.kind(), ErrorKind::HostUnreachable, "{name}");
        for text in ["one", "two"] {
            assert_eq!(take_all(&router)?, Multipart::from(["worker", text]), "{name}");
        }
    }
    Ok(())
}

#[test]
fn stream_lone_frame_is_refused_and_the_next_message_arrives() -> std::result::Result<(), Box<dyn Error>> {
    use std::io::Read;

    let socket = context()?.socket(Stream)?;
    let endpoint = socket.bind(free("tcp"))?;
    let mut peer = std::net::TcpStream::connect(endpoint.address())?;
    peer.set_read_timeout(Some(PATIENCE))?;
    let Some(StreamEvent::Connected { peer: id }) = socket.recv_stream_timeout(PATIENCE)? else {
        panic!("expected the event of a connection");
    };
    let socket = socket.erase();
    type Lone = fn(&Socket<zmq::Any>) -> zmq::Error;
    let lone: [(&str, Lone); 5] = [
        ("send", |socket| socket.send("stray").unwrap_err().into()),
        ("try_send", |socket| socket.try_send("stray").unwrap_err().into()),
        ("send_timeout", |socket| socket.send_timeout("stray", PATIENCE).unwrap_err().into()),
        ("send_multipart", |socket| socket.send_multipart("stray").unwrap_err().into()),
        ("three frames", |socket| socket.send_multipart(["stray", "x", "y"]).unwrap_err().into()),
    ];
    for (number, (name, send)) in (b'0'..).zip(lone) {
        let error = send(&socket);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        socket.send_more(id.clone())?;
        // libzmq always takes the bytes as the last frame of the message.
        match number % 2 {
            0 => socket.send_more([number])?,
            _ => socket.send([number])?,
        }
        let mut byte = [0];
        peer.read_exact(&mut byte)?;
        assert_eq!(byte, [number], "{name}");
    }
    Ok(())
}
