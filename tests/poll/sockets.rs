//! Waiting for sockets, through `poll` and through a `Poller`.
#![cfg(unix)]

use std::os::fd::AsFd;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::abilities::Receives;
use zmq::{Dealer, ErrorKind, Events, Operation, Pair, PollItem, Poller, Pull, Push, Rep, Req, Result, Socket, poll};

use crate::common::{PATIENCE, context, free, in_time, pair, take};

const READABLE: Events = Events::READABLE;
const WRITABLE: Events = Events::WRITABLE;
const BOTH: Events = READABLE.union(WRITABLE);

/// Returns the ready tokens of a poller with their events, sorted.
fn ready<T: Clone + Ord>(poller: &mut Poller<'_, T>, timeout: Duration) -> Result<Vec<(T, Events)>> {
    let mut found: Vec<_> = poller.wait(timeout)?.map(|ready| (ready.token.clone(), ready.events)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

#[test]
fn an_empty_set_waits_for_its_timeout() -> Result<()> {
    let timeout = Duration::from_millis(30);
    let start = Instant::now();
    assert_eq!(poll(&mut [], timeout)?, 0);
    assert!(start.elapsed() >= timeout);
    let mut poller = Poller::<()>::new()?;
    let start = Instant::now();
    assert!(poller.wait(timeout)?.is_empty());
    assert!(start.elapsed() >= timeout);
    Ok(())
}

#[test]
fn hazard_poll_empty_infinite_an_empty_set_without_a_timeout_is_an_error() -> Result<()> {
    let mut poller = Poller::<()>::new()?;
    for error in [poll(&mut [], None).unwrap_err(), poller.wait(None).map(drop).unwrap_err()] {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::Wait));
        let text = "cannot wait: there is nothing to wait for and no timeout, so the wait would never end";
        assert_eq!(error.to_string(), text);
    }
    Ok(())
}

#[test]
fn a_wait_ends_at_its_timeout_and_not_before() -> Result<()> {
    expect_waits_of_the_right_length(&context()?.socket(Pull)?)
}

/// Waits for a socket without a message, and expects each wait to end at its timeout and not before.
pub(crate) fn expect_waits_of_the_right_length<K: Receives>(socket: &Socket<K>) -> Result<()> {
    let mut poller = Poller::new()?;
    poller.add(socket, READABLE, ())?;
    for timeout in [Duration::from_micros(1), Duration::from_micros(1500), Duration::from_millis(20)] {
        let start = Instant::now();
        assert_eq!(poll(&mut [PollItem::new(socket, READABLE)], timeout)?, 0);
        assert!(start.elapsed() >= timeout);
        let start = Instant::now();
        assert!(poller.wait(timeout)?.is_empty());
        assert!(start.elapsed() >= timeout);
    }
    Ok(())
}

#[test]
fn ready_sockets_are_found_immediately_for_any_timeout() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    source.send("hello")?;
    let mut poller = Poller::new()?;
    poller.add(&sink, READABLE, "sink")?;
    for timeout in [Some(Duration::ZERO), Some(Duration::from_secs(1)), Some(Duration::MAX), None] {
        let mut items = [PollItem::new(&sink, READABLE)];
        assert_eq!(poll(&mut items, timeout)?, 1);
        assert!(items[0].is_readable() && !items[0].is_writable());
        let found: Vec<_> = poller.wait(timeout)?.map(|ready| (*ready.token, ready.events)).collect();
        assert_eq!(found, [("sink", READABLE)]);
    }
    Ok(())
}

#[test]
fn a_wait_ends_when_another_thread_sends() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (sink, source) = pair(&context()?, transport, (Pull, Push))?;
        let mut poller = Poller::new()?;
        poller.add(&sink, READABLE, ())?;
        let (go, told) = mpsc::channel();
        let sender = thread::spawn(move || {
            for number in told {
                source.send(format!("{number}")).unwrap();
            }
        });
        for number in 0..100 {
            go.send(number).unwrap();
            if number % 2 == 0 {
                assert_eq!(poller.wait(PATIENCE)?.len(), 1);
            } else {
                assert_eq!(poll(&mut [PollItem::new(&sink, READABLE)], PATIENCE)?, 1);
            }
            assert_eq!(sink.try_recv()?, Some(format!("{number}").into()));
        }
        drop(go);
        sender.join().unwrap();
    }
    Ok(())
}

#[test]
fn a_single_socket_can_be_polled() -> Result<()> {
    let context = context()?;
    let (one, other) = pair(&context, "inproc", (Pair, Pair))?;
    assert_eq!(one.poll(READABLE, Duration::ZERO)?, Events::empty());
    assert_eq!(one.poll(BOTH, None)?, WRITABLE);
    let timeout = Duration::from_millis(20);
    let start = Instant::now();
    assert_eq!(one.poll(READABLE, timeout)?, Events::empty());
    assert!(start.elapsed() >= timeout);
    let sending = thread::spawn(move || other.send("hello").map(|()| other));
    assert_eq!(one.poll(READABLE, PATIENCE)?, READABLE);
    assert_eq!(one.try_recv()?, Some("hello".into()));
    drop(sending.join().unwrap()?);
    for nothing in [Events::empty(), Events::ERROR] {
        assert_eq!(one.poll(nothing, None).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(one.poll(nothing, Duration::ZERO)?, Events::empty());
    }
    context.shutdown();
    assert!(one.poll(READABLE, None).unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn the_events_of_an_item_can_be_changed() -> Result<()> {
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    other.send("hello")?;
    let mut items = [PollItem::new(&one, READABLE)];
    assert_eq!(poll(&mut items, PATIENCE)?, 1);
    items[0].set_events(WRITABLE);
    assert!(items[0].is_readable(), "the readiness stays until the next poll");
    assert_eq!(poll(&mut items, PATIENCE)?, 1);
    assert!(items[0].is_writable() && !items[0].is_readable() && !items[0].is_error());
    Ok(())
}

#[test]
fn an_item_recognises_its_socket_or_descriptor() -> Result<()> {
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    let (file, another) = (std::io::stdin(), std::io::stdout());
    let (socket, fd) = (PollItem::new(&one, READABLE), PollItem::fd(file.as_fd(), READABLE));
    assert!(socket.has_socket(&one) && !socket.has_socket(&other) && !socket.has_fd(file.as_fd()));
    assert!(fd.has_fd(file.as_fd()) && !fd.has_fd(another.as_fd()) && !fd.has_socket(&one));
    Ok(())
}

#[test]
fn poll_accepts_a_socket_more_than_once() -> Result<()> {
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    other.send("hello")?;
    let mut items = [
        PollItem::new(&one, READABLE),
        PollItem::new(&one, WRITABLE),
        PollItem::new(&one, Events::empty()),
        PollItem::new(&one, BOTH),
    ];
    assert_eq!(poll(&mut items, PATIENCE)?, 3);
    assert_eq!(items.map(|item| item.ready()), [READABLE, WRITABLE, Events::empty(), BOTH]);
    Ok(())
}

#[test]
fn a_poller_accepts_a_socket_only_once() -> Result<()> {
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    let mut poller = Poller::new()?;
    poller.add(&one, READABLE, "first")?;
    let error = poller.add(&one, WRITABLE, "second").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = "cannot add to the poller: it is already in the set; to change its events, call modify";
    assert_eq!(error.to_string(), text);
    assert_eq!(poller.len(), 1);
    other.send("hello")?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [("first", READABLE)]);
    Ok(())
}

#[test]
fn an_unreceived_message_stays_ready() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut poller = Poller::new()?;
    poller.add(&sink, READABLE, ())?;
    source.send("one")?;
    source.send("two")?;
    for message in ["one", "two"] {
        for _ in 0..3 {
            assert_eq!(ready(&mut poller, PATIENCE)?, [((), READABLE)]);
        }
        assert_eq!(take(&sink)?, message);
    }
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    Ok(())
}

/// libzmq signals a message once, and every call on the socket may consume the signal.
#[test]
fn no_call_between_waits_hides_a_message_from_the_poller() -> Result<()> {
    let context = context()?;
    let (dealer, peer) = pair(&context, "tcp", (Dealer, Dealer))?;
    let mut poller = Poller::new()?;
    poller.add(&dealer, READABLE, ())?;
    // After a round trip, both ends are connected.
    peer.send("first")?;
    assert_eq!(take(&dealer)?, "first");
    let calls: [(&str, &dyn Fn()); 7] = [
        ("events", &|| assert!(dealer.events().is_ok())),
        ("send", &|| dealer.send("x").unwrap()),
        ("failed send", &|| drop(dealer.try_send_multipart(zmq::Multipart::new()).unwrap_err())),
        ("raw option", &|| drop(dealer.raw_option(zmq::sys::ZMQ_EVENTS, 4).unwrap())),
        ("setter", &|| assert!(dealer.set_linger(Some(Duration::ZERO)).is_ok())),
        ("bind", &|| drop(dealer.bind(free("inproc")).unwrap())),
        ("poll", &|| assert!(poll(&mut [PollItem::new(&dealer, WRITABLE)], Duration::ZERO).is_ok())),
    ];
    for (name, call) in calls {
        assert!(poller.wait(Duration::ZERO)?.is_empty());
        peer.send(name)?;
        // The wait lasts until the message arrives. The two calls after it may consume its signal.
        let arrived = dealer.event_fd()?;
        let mut items = [PollItem::fd(arrived, READABLE)];
        assert_eq!(poll(&mut items, PATIENCE)?, 1);
        call();
        call();
        assert_eq!(ready(&mut poller, PATIENCE)?, [((), READABLE)], "after {name}");
        assert_eq!(dealer.try_recv()?, Some(name.into()));
    }
    Ok(())
}

#[test]
fn two_pollers_and_poll_do_not_hide_messages_from_each_other() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let (mut one, mut other) = (Poller::new()?, Poller::new()?);
    one.add(&sink, READABLE, "one")?;
    other.add(&sink, READABLE, "other")?;
    for round in 0..3 {
        assert!(one.wait(Duration::ZERO)?.is_empty() && other.wait(Duration::ZERO)?.is_empty());
        source.send("hello")?;
        for turn in 0..3 {
            match (round + turn) % 3 {
                0 => assert_eq!(ready(&mut one, PATIENCE)?, [("one", READABLE)]),
                1 => assert_eq!(ready(&mut other, PATIENCE)?, [("other", READABLE)]),
                _ => assert_eq!(poll(&mut [PollItem::new(&sink, READABLE)], PATIENCE)?, 1),
            }
        }
        take(&sink)?;
    }
    Ok(())
}

#[test]
fn the_rest_of_a_multipart_message_is_ready() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let mut poller = Poller::new()?;
    poller.add(&sink, READABLE, ())?;
    // Nothing is readable before the last frame is sent.
    source.send_more("one")?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    source.send("two")?;
    for frame in ["one", "two"] {
        assert_eq!(ready(&mut poller, PATIENCE)?, [((), READABLE)]);
        assert_eq!(sink.try_recv()?, Some(frame.into()));
    }
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    Ok(())
}

#[test]
fn writability_follows_the_limit() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    source.set_send_hwm(1)?;
    sink.set_recv_hwm(1)?;
    let mut poller = Poller::new()?;
    poller.add(&source, WRITABLE, ())?;
    assert!(poller.wait(Duration::ZERO)?.is_empty(), "there is no peer");
    sink.connect(source.bind(free("inproc"))?)?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [((), WRITABLE)]);
    let mut sent = 0;
    while source.try_send("x").is_ok() {
        sent += 1;
    }
    assert!(poller.wait(Duration::ZERO)?.is_empty(), "the queue is full");
    for _ in 0..sent {
        take(&sink)?;
    }
    assert_eq!(ready(&mut poller, PATIENCE)?, [((), WRITABLE)]);
    Ok(())
}

#[test]
fn requests_and_replies_are_ready_alternately() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Rep, Req))?;
    let mut poller = Poller::new()?;
    poller.add(&server, BOTH, "server")?;
    poller.add(&client, BOTH, "client")?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [("client", WRITABLE)]);
    client.send("question")?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [("server", READABLE)]);
    take(&server)?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [("server", WRITABLE)]);
    server.send("answer")?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [("client", READABLE)]);
    Ok(())
}

#[test]
fn the_events_of_a_socket_in_a_poller_can_be_changed() -> Result<()> {
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    let mut poller = Poller::new()?;
    poller.add(&one, Events::empty(), 1)?;
    other.send("hello")?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    for interest in [READABLE, WRITABLE, BOTH] {
        poller.modify(&one, interest)?;
        assert_eq!(ready(&mut poller, PATIENCE)?, [(1, interest)]);
    }
    poller.modify(&one, Events::ERROR | Events::PRIORITY)?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert_eq!(poller.remove(&one)?, 1);
    assert!(poller.is_empty() && poller.wait(Duration::ZERO)?.is_empty());
    poller.add(&one, READABLE, 2)?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [(2, READABLE)]);
    Ok(())
}

#[test]
fn a_socket_that_is_not_in_the_set_is_not_found() -> Result<()> {
    let context = context()?;
    let (inside, outside) = (context.socket(Pull)?, context.socket(Pull)?);
    let mut poller = Poller::new()?;
    poller.add(&inside, READABLE, ())?;
    for error in [poller.remove(&outside).unwrap_err(), poller.modify(&outside, READABLE).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), "cannot find in the poller: it is not in the set (ENOENT)");
    }
    assert_eq!(poller.len(), 1);
    Ok(())
}

#[test]
fn a_reused_slot_has_no_state_of_its_previous_socket() -> Result<()> {
    let context = context()?;
    let (noisy, source) = pair(&context, "inproc", (Pull, Push))?;
    let quiet = context.socket(Pull)?;
    let mut poller = Poller::new()?;
    poller.add(&noisy, READABLE, "noisy")?;
    source.send("hello")?;
    poller.wait(Duration::ZERO)?;
    poller.remove(&noisy)?;
    poller.add(&quiet, READABLE, "quiet")?;
    source.send("hello")?;
    take(&noisy)?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    Ok(())
}

#[test]
fn a_shutdown_ends_a_wait() -> Result<()> {
    for by_poller in [false, true] {
        let context = context()?;
        let socket = context.socket(Pull)?;
        let (begin, begun) = mpsc::channel();
        let waiting = thread::spawn(move || {
            let mut poller = Poller::new().unwrap();
            poller.add(&socket, READABLE, ()).unwrap();
            begin.send(()).unwrap();
            if by_poller {
                poller.wait(None).map(drop).unwrap_err()
            } else {
                poll(&mut [PollItem::new(&socket, READABLE)], None).unwrap_err()
            }
        });
        begun.recv().unwrap();
        context.shutdown();
        let error = in_time(|| waiting.join().unwrap());
        assert!(error.is_terminated());
        assert_eq!(error.to_string(), "cannot wait: the context was terminated (ETERM)");
    }
    Ok(())
}

#[test]
fn hazard_poller_ctx_shutdown_every_wait_is_an_error() -> Result<()> {
    let (one, other) = (context()?.socket(Pull)?, context()?.socket(Pull)?);
    let mut poller = Poller::new()?;
    poller.add(&one, READABLE, "one")?;
    poller.add(&other, READABLE, "other")?;
    one.context().shutdown();
    for _ in 0..3 {
        assert!(poller.wait(Duration::ZERO).map(drop).unwrap_err().is_terminated());
        assert!(poll(&mut [PollItem::new(&one, READABLE)], Duration::ZERO).unwrap_err().is_terminated());
        // A receive consumes the shutdown's signal of the socket, but the poller still reports the shutdown.
        assert!(one.recv().unwrap_err().is_terminated());
    }
    // The other context is still open.
    assert_eq!(poller.remove(&one)?, "one");
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert!(poller.add(&one, READABLE, "again").unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn a_socket_can_move_to_another_thread_after_its_poller_is_dropped() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    {
        let mut poller = Poller::new()?;
        poller.add(&sink, READABLE, ())?;
        poller.wait(Duration::ZERO)?;
    }
    let receiver = thread::spawn(move || {
        let mut poller = Poller::new()?;
        poller.add(&sink, READABLE, ())?;
        assert_eq!(ready(&mut poller, PATIENCE)?.len(), 1);
        take(&sink)
    });
    source.send("hello")?;
    assert_eq!(receiver.join().unwrap()?, "hello");
    Ok(())
}

#[test]
fn a_leaked_poller_is_harmless() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    for _ in 0..3 {
        let mut poller = Poller::new()?;
        poller.add(&sink, READABLE, ())?;
        poller.wait(Duration::ZERO)?;
        std::mem::forget(poller);
        source.send("hello")?;
        let mut poller = Poller::new()?;
        poller.add(&sink, READABLE, ())?;
        assert_eq!(ready(&mut poller, PATIENCE)?.len(), 1);
        take(&sink)?;
    }
    thread::spawn(move || drop(sink)).join().unwrap();
    Ok(())
}
