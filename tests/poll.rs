//! Waiting for sockets, through `poll` and through a `Poller`.
#![cfg(unix)]

mod common;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::{
    Any, Context, Dealer, ErrorKind, Events, Operation, Pair, PollItem, Poller, Pub, Pull, Push, Rep, Req, Result,
    Router, Socket, SocketType, poll,
};

use common::{PATIENCE, context, eventually, free, in_child, in_time, pair, take, take_all};

const READABLE: Events = Events::READABLE;
const WRITABLE: Events = Events::WRITABLE;
const BOTH: Events = READABLE.union(WRITABLE);

/// What a poller finds ready, by token.
fn ready<T: Clone + Ord>(poller: &mut Poller<'_, T>, timeout: Duration) -> Result<Vec<(T, Events)>> {
    let mut found: Vec<_> = poller.wait(timeout)?.map(|ready| (ready.token.clone(), ready.events)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// What one socket is ready for now, of `interest`.
fn asked(socket: &Socket<Any>, interest: Events) -> Result<Events> {
    let mut items = [PollItem::new(socket, interest)];
    let count = poll(&mut items, Duration::ZERO)?;
    assert_eq!(count, usize::from(!items[0].ready().is_empty()));
    Ok(items[0].ready())
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
fn an_empty_set_without_a_timeout_is_an_error() -> Result<()> {
    let mut poller = Poller::<()>::new()?;
    for error in [poll(&mut [], None).unwrap_err(), poller.wait(None).map(drop).unwrap_err()] {
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::Wait));
        let text = "cannot wait: there is nothing to wait for, and no timeout: it would be for ever";
        assert_eq!(error.to_string(), text);
    }
    Ok(())
}

#[test]
fn a_wait_ends_with_its_time_and_not_before() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let mut poller = Poller::new()?;
    poller.add(&socket, READABLE, ())?;
    for timeout in [Duration::from_micros(1), Duration::from_micros(1500), Duration::from_millis(20)] {
        let start = Instant::now();
        assert_eq!(poll(&mut [PollItem::new(&socket, READABLE)], timeout)?, 0);
        assert!(start.elapsed() >= timeout);
        let start = Instant::now();
        assert!(poller.wait(timeout)?.is_empty());
        assert!(start.elapsed() >= timeout);
    }
    Ok(())
}

#[test]
fn what_is_ready_is_found_at_once_however_long_the_timeout() -> Result<()> {
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
fn poll_takes_a_socket_more_than_once() -> Result<()> {
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
fn a_poller_takes_a_socket_once() -> Result<()> {
    let (one, other) = pair(&context()?, "inproc", (Pair, Pair))?;
    let mut poller = Poller::new()?;
    poller.add(&one, READABLE, "first")?;
    let error = poller.add(&one, WRITABLE, "second").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = "cannot add to the poller: it is in the set already: modify changes its interest";
    assert_eq!(error.to_string(), text);
    assert_eq!(poller.len(), 1);
    other.send("hello")?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [("first", READABLE)]);
    Ok(())
}

#[test]
fn a_message_that_stays_is_ready_again() -> Result<()> {
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

/// libzmq signals a message once, and every call on the socket may take the signal.
#[test]
fn no_call_between_waits_takes_a_message_from_the_poller() -> Result<()> {
    let context = context()?;
    let (dealer, peer) = pair(&context, "tcp", (Dealer, Dealer))?;
    let mut poller = Poller::new()?;
    poller.add(&dealer, READABLE, ())?;
    // A round trip, after which both ends know each other.
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
        // So long that the message arrives, and then with as many calls that may take its signal.
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
fn two_pollers_and_poll_take_nothing_from_each_other() -> Result<()> {
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
    // Nothing is there before the last frame is sent.
    source.send_part("one", true)?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    source.send_part("two", false)?;
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
    assert!(poller.wait(Duration::ZERO)?.is_empty(), "nobody is there to send to");
    sink.connect(source.bind(free("inproc"))?)?;
    assert_eq!(ready(&mut poller, PATIENCE)?, [((), WRITABLE)]);
    let mut sent = 0;
    while source.try_send("x").is_ok() {
        sent += 1;
    }
    assert!(poller.wait(Duration::ZERO)?.is_empty(), "it is full");
    for _ in 0..sent {
        take(&sink)?;
    }
    assert_eq!(ready(&mut poller, PATIENCE)?, [((), WRITABLE)]);
    Ok(())
}

#[test]
fn requests_and_replies_are_ready_in_turn() -> Result<()> {
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
fn what_is_waited_for_can_change() -> Result<()> {
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
fn a_slot_that_is_free_again_knows_nothing_of_its_last_socket() -> Result<()> {
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
fn after_a_shutdown_every_wait_is_an_error() -> Result<()> {
    let (one, other) = (context()?.socket(Pull)?, context()?.socket(Pull)?);
    let mut poller = Poller::new()?;
    poller.add(&one, READABLE, "one")?;
    poller.add(&other, READABLE, "other")?;
    one.context().shutdown();
    for _ in 0..3 {
        assert!(poller.wait(Duration::ZERO).map(drop).unwrap_err().is_terminated());
        assert!(poll(&mut [PollItem::new(&one, READABLE)], Duration::ZERO).unwrap_err().is_terminated());
        // What takes the news from the socket takes it not from the poller.
        assert!(one.recv().unwrap_err().is_terminated());
    }
    // The other context goes on.
    assert_eq!(poller.remove(&one)?, "one");
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert!(poller.add(&one, READABLE, "again").unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn a_socket_goes_to_another_thread_after_its_poller() -> Result<()> {
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
fn a_poller_that_leaks_harms_nothing() -> Result<()> {
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

#[test]
fn every_kind_of_socket_can_be_waited_for() -> Result<()> {
    let context = context()?;
    let sockets: Vec<_> = SocketType::ALL
        .iter()
        .filter(|socket_type| !socket_type.is_draft())
        .map(|socket_type| context.socket(*socket_type))
        .collect::<Result<_>>()?;
    let mut poller = Poller::new()?;
    for socket in &sockets {
        poller.add(socket, BOTH, socket.socket_type().as_str())?;
    }
    let found = ready(&mut poller, Duration::ZERO)?;
    for socket in &sockets {
        let expected = asked(socket, BOTH)?;
        let by_poller = found.iter().find(|(name, _)| *name == socket.socket_type().as_str());
        assert_eq!(by_poller.map_or(Events::empty(), |(_, events)| *events), expected, "{socket:?}");
    }
    Ok(())
}

#[test]
fn thousands_of_sockets_are_ready_in_one_wait() {
    in_child("thousands_of_sockets_are_ready_in_one_wait", || {
        const SOCKETS: usize = 2000;
        let context = Context::builder().max_sockets(SOCKETS + 1).build().unwrap();
        let publisher = context.socket(Pub).unwrap();
        let endpoint = publisher.bind(free("inproc")).unwrap();
        let subscribers: Vec<_> = (0..SOCKETS)
            .map(|_| {
                let subscriber = context.socket(zmq::Sub)?;
                subscriber.subscribe("")?.connect(&endpoint)?;
                Ok(subscriber)
            })
            .collect::<Result<_>>()
            .expect("the limit of file descriptors is above 2100");
        let mut poller = Poller::new().unwrap();
        for (number, subscriber) in subscribers.iter().enumerate() {
            poller.add(subscriber, READABLE, number).unwrap();
        }
        publisher.send("to all").unwrap();
        // Once by their signals, once because they were ready before.
        for _ in 0..2 {
            let numbers: Vec<_> = ready(&mut poller, PATIENCE).unwrap().into_iter().map(|(number, _)| number).collect();
            assert!(numbers.into_iter().eq(0..SOCKETS));
        }
        for subscriber in &subscribers {
            take(subscriber).unwrap();
        }
        assert!(poller.wait(Duration::ZERO).unwrap().is_empty());
    });
}

#[test]
fn a_router_of_many_dealers_serves_them_all() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind(free("tcp"))?;
    let dealers: Vec<_> = (0..20)
        .map(|_| {
            let dealer = context.socket(Dealer)?;
            dealer.connect(&endpoint)?;
            Ok(dealer)
        })
        .collect::<Result<_>>()?;
    let mut poller = Poller::new()?;
    poller.add(&router, READABLE, usize::MAX)?;
    for (number, dealer) in dealers.iter().enumerate() {
        poller.add(dealer, READABLE, number)?;
        dealer.send(format!("{number}"))?;
    }
    let mut answered = vec![0; dealers.len()];
    eventually("every dealer has its answer", || {
        let found = ready(&mut poller, PATIENCE).unwrap();
        for (number, _) in found {
            if number == usize::MAX {
                let request = take_all(&router).unwrap();
                router.send_multipart(request).unwrap();
            } else {
                assert_eq!(take(&dealers[number]).unwrap(), format!("{number}"));
                answered[number] += 1;
            }
        }
        answered.iter().sum::<usize>() == dealers.len()
    });
    assert!(answered.iter().all(|count| *count == 1));
    Ok(())
}
