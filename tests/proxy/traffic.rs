//! The traffic of a proxy: all messages arrive whole and in order, regardless of the peers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use zmq::abilities::Open;
use zmq::{
    Context, Dealer, ErrorKind, Kind, Multipart, Pair, Proxy, Pub, Pull, Push, Rep, Req, Result, Router, Socket, Sub,
    XPub, XSub, proxy,
};

use crate::common::{PATIENCE, context, free, in_time, pair, take, take_all};

/// Runs a proxy between two sockets on a thread until the context is shut down.
fn run<F: Kind, B: Kind>(front: Socket<F>, back: Socket<B>) -> thread::JoinHandle<Result<()>> {
    thread::spawn(move || proxy(&front, &back))
}

/// Shuts the context down and expects the proxy to end without an error.
fn shut_down(context: &Context, running: thread::JoinHandle<Result<()>>) {
    context.shutdown();
    assert_eq!(in_time(|| running.join()).ok().map(|ended| ended.is_ok()), Some(true));
}

/// Runs a closure at the end of a scope, even in a panic.
struct AtLast<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtLast<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// A source and a sink with a relay in between.
struct Relay {
    source: Socket<Push>,
    front: Socket<Pull>,
    back: Socket<Push>,
    sink: Socket<Pull>,
}

fn relay(context: &Context, transport: &str) -> Result<Relay> {
    let (front, source) = pair(context, transport, (Pull, Push))?;
    let (back, sink) = pair(context, transport, (Push, Pull))?;
    Ok(Relay { source, front, back, sink })
}

/// Returns a multipart message of one to five frames of various sizes, each with its number.
fn numbered(number: u32) -> Multipart {
    let sizes = [4, 40, 0, 400, 4_000];
    let frames = 1 + number as usize % sizes.len();
    let frame =
        |index: usize| [&number.to_be_bytes()[..], &vec![index as u8; sizes[(number as usize + index) % 5]]].concat();
    (0..frames).map(frame).collect()
}

fn with_small_marks<O: Open>(context: &Context, kind: O) -> Result<Socket<O::Kind>> {
    let socket = context.socket(kind)?;
    socket.set_send_hwm(10)?.set_recv_hwm(10)?;
    Ok(socket)
}

#[test]
fn clients_and_workers_share_a_queue_under_load() -> Result<()> {
    const CLIENTS: u32 = 4;
    const REQUESTS: u32 = 300;
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
        let (clients_at, workers_at) = (front.bind(free(transport))?, back.bind(free(transport))?);
        let running = run(front, back);
        let workers: Vec<_> = (0..3)
            .map(|_| {
                let worker = context.socket(Rep)?;
                worker.connect(&workers_at)?;
                Ok(thread::spawn(move || {
                    while let Ok(request) = worker.recv_multipart() {
                        if worker.send_multipart(request.into_iter().rev().collect::<Multipart>()).is_err() {
                            return;
                        }
                    }
                }))
            })
            .collect::<Result<_>>()?;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let socket = context.socket(Req)?;
                socket.connect(&clients_at)?;
                Ok(thread::spawn(move || {
                    for request in 0..REQUESTS {
                        let request = numbered(client * REQUESTS + request);
                        socket.send_multipart(request.clone())?;
                        let reversed = take_all(&socket)?.into_iter().rev().collect::<Multipart>();
                        assert_eq!(reversed, request);
                    }
                    Ok::<(), zmq::Error>(())
                }))
            })
            .collect::<Result<_>>()?;
        for client in clients {
            assert!(in_time(|| client.join()).is_ok_and(|done| done.is_ok()), "{transport}");
        }
        shut_down(&context, running);
        for worker in workers {
            assert!(in_time(|| worker.join()).is_ok());
        }
    }
    Ok(())
}

#[test]
fn subscriptions_pass_one_way_and_publications_the_other() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (front, back) = (context.socket(XSub)?, context.socket(XPub)?);
        let (publishers_at, subscribers_at) = (front.bind(free(transport))?, back.bind(free(transport))?);
        let running = run(front, back);
        let publisher = context.socket(XPub)?;
        publisher.connect(publishers_at)?;
        let subscribers: Vec<_> = ["a", "b"]
            .into_iter()
            .map(|topic| {
                let subscriber = context.socket(Sub)?;
                subscriber.connect(&subscribers_at)?;
                subscriber.subscribe(topic)?;
                assert_eq!(take(&publisher)?, format!("\u{1}{topic}").as_str());
                Ok(subscriber)
            })
            .collect::<Result<_>>()?;
        for number in 0..500_u32 {
            for topic in ["a", "b", "c"] {
                publisher.send_multipart((topic, number.to_be_bytes().to_vec()))?;
            }
        }
        for (subscriber, topic) in subscribers.iter().zip(["a", "b"]) {
            for number in 0..500_u32 {
                assert_eq!(take_all(subscriber)?, Multipart::from((topic, number.to_be_bytes().to_vec())));
            }
        }
        subscribers[0].unsubscribe("a")?;
        assert_eq!(take(&publisher)?, "\0a");
        shut_down(&context, running);
    }
    Ok(())
}

#[test]
fn messages_are_relayed_whole_and_in_order_beyond_the_high_water_marks() -> Result<()> {
    const MESSAGES: u32 = 20_000;
    for transport in ["inproc", "tcp", "ipc"] {
        let context = context()?;
        let (source, front) = (with_small_marks(&context, Push)?, with_small_marks(&context, Pull)?);
        let (back, sink) = (with_small_marks(&context, Push)?, with_small_marks(&context, Pull)?);
        source.connect(front.bind(free(transport))?)?;
        sink.connect(back.bind(free(transport))?)?;
        let running = run(front, back);
        let sending = thread::spawn(move || {
            for number in 0..MESSAGES {
                source.send_multipart(numbered(number))?;
            }
            Ok::<_, zmq::Error>(source)
        });
        for number in 0..MESSAGES {
            assert_eq!(take_all(&sink)?, numbered(number), "{transport}");
        }
        assert!(in_time(|| sending.join()).is_ok_and(|sent| sent.is_ok()));
        assert_eq!(sink.try_recv()?, None);
        shut_down(&context, running);
    }
    Ok(())
}

#[test]
fn messages_stay_whole_while_receivers_connect_and_disconnect() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "tcp", (Pull, Push))?;
    let back = context.socket(Push)?;
    let sinks_at = back.bind("tcp://127.0.0.1:*")?;
    let running = run(front, back);
    // libzmq aborts if a socket is closed and loses its peer in the middle of a multipart message. For this reason,
    // only single frames are sent at the end.
    let phase = &AtomicU32::new(0);
    let send = move || {
        for number in 0.. {
            match phase.load(Ordering::Relaxed) {
                0 => source.send_multipart(numbered(number))?,
                1 => source.send("the end")?,
                _ => break,
            }
        }
        Ok::<(), zmq::Error>(())
    };
    let receive = || {
        for _ in 0..100 {
            let sink = context.socket(Pull)?;
            sink.connect(&sinks_at)?;
            for _ in 0..20 {
                let message = take_all(&sink)?;
                let number = message[0].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
                assert_eq!(message, numbered(number));
            }
        }
        let sink = context.socket(Pull)?;
        sink.connect(&sinks_at)?;
        phase.store(1, Ordering::Relaxed);
        while take_all(&sink)? != Multipart::from("the end") {}
        Ok::<_, zmq::Error>(sink)
    };
    let sink = thread::scope(|threads| {
        let sending = threads.spawn(send);
        let sink = {
            let _end = AtLast(|| phase.store(2, Ordering::Relaxed));
            receive()
        };
        assert!(sending.join().is_ok_and(|sent| sent.is_ok()));
        sink
    })?;
    drop(sink);
    shut_down(&context, running);
    Ok(())
}

#[test]
fn a_blocked_direction_does_not_block_the_other() -> Result<()> {
    let context = context()?;
    let (front, ours) = pair(&context, "inproc", (Pair, Pair))?;
    // The back socket has no peer yet.
    let back = context.socket(Pair)?;
    let theirs_at = back.bind(free("inproc"))?;
    let relay = Proxy::builder(front, back).spawn()?;
    ours.send("waits")?;
    let theirs = context.socket(Pair)?;
    theirs.connect(theirs_at)?;
    assert_eq!(take(&theirs)?, "waits");

    // The peer that does not read lets all queues towards it fill up.
    while ours.send_timeout("unread", Duration::from_millis(100)).is_ok() {}
    for _ in 0..3_000 {
        theirs.send("read")?;
        assert_eq!(take(&ours)?, "read");
    }
    let passed = relay.statistics();
    assert_eq!((passed.back.received.messages, passed.front.sent.messages), (3_000, 3_000));
    assert_eq!(take(&theirs)?, "unread");
    Ok(())
}

#[test]
fn hazard_50_proxy_same_control_one_socket_sends_received_messages_back() -> Result<()> {
    let context = context()?;
    let (server, client) = pair(&context, "tcp", (Rep, Req))?;
    let running = thread::spawn(move || proxy(&server, &server));
    for number in 0..1_000 {
        client.send_multipart(numbered(number))?;
        assert_eq!(take_all(&client)?, numbered(number));
    }
    shut_down(&context, running);

    let context = crate::common::context()?;
    let (server, client) = pair(&context, "tcp", (Router, Dealer))?;
    let running = thread::spawn(move || proxy(&server, &server));
    for window in 0..30 {
        let numbers = window * 100..(window + 1) * 100;
        for number in numbers.clone() {
            client.send_multipart(numbered(number))?;
        }
        for number in numbers {
            assert_eq!(take_all(&client)?, numbered(number));
        }
    }
    shut_down(&context, running);
    Ok(())
}

#[test]
fn alternating_sockets_can_be_proxied() -> Result<()> {
    let context = context()?;
    let (front, client) = pair(&context, "inproc", (Rep, Req))?;
    let (back, server) = pair(&context, "inproc", (Req, Rep))?;
    let running = run(front, back);
    for number in 0..200 {
        client.send_multipart(numbered(number))?;
        let request = take_all(&server)?;
        assert_eq!(request, numbered(number));
        server.send_multipart(request)?;
        assert_eq!(take_all(&client)?, numbered(number));
    }
    shut_down(&context, running);
    Ok(())
}

#[test]
fn the_order_of_the_arguments_does_not_matter_if_one_receives_and_one_sends() -> Result<()> {
    let context = context()?;
    let Relay { source, front, back, sink } = relay(&context, "inproc")?;
    let running = run(back, front);
    source.send("work")?;
    assert_eq!(take(&sink)?, "work");
    shut_down(&context, running);
    Ok(())
}

#[test]
fn the_sockets_may_belong_to_different_contexts() -> Result<()> {
    let (here, there) = (context()?, context()?);
    let (front, source) = pair(&here, "inproc", (Pull, Push))?;
    let (back, sink) = pair(&there, "inproc", (Push, Pull))?;
    let running = run(front, back);
    source.send("across")?;
    assert_eq!(take(&sink)?, "across");
    shut_down(&there, running);
    Ok(())
}

#[test]
fn a_message_to_an_unknown_peer_is_dropped_and_counted() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let (back, sink) = (context.socket(Router)?, context.socket(Dealer)?);
    back.set_mandatory(true)?;
    sink.set_routing_id("known")?;
    sink.connect(back.bind(free("inproc"))?)?;
    let relay = Proxy::builder(front, back).spawn()?;
    source.send_multipart(("unknown", "lost", "lost"))?;
    source.send_multipart(("known", "found"))?;
    assert_eq!(take_all(&sink)?, Multipart::from("found"));
    let passed = relay.statistics();
    assert_eq!((passed.back.dropped.messages, passed.back.dropped.bytes), (1, 15));
    assert_eq!((passed.back.sent.messages, passed.back.sent.bytes), (1, 10));
    assert_eq!((passed.front.received.messages, passed.front.received.bytes), (2, 25));
    Ok(())
}

#[test]
fn a_multipart_message_to_a_conflating_socket_is_dropped_and_counted() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let (back, sink) = (context.socket(Push)?, context.socket(Pull)?);
    back.set_conflate(true)?;
    sink.connect(back.bind("tcp://127.0.0.1:*")?)?;
    let relay = Proxy::builder(front, back).spawn()?;
    source.send_multipart(["two", "frames"])?;
    source.send("one")?;
    assert_eq!(take_all(&sink)?, Multipart::from("one"));
    assert_eq!(relay.statistics().back.dropped.messages, 1);
    Ok(())
}

#[test]
fn a_full_peer_of_a_mandatory_router_does_not_stop_the_proxy() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let back = context.socket(Router)?;
    back.set_mandatory(true)?.set_send_hwm(1)?;
    let sinks_at = back.bind(free("inproc"))?;
    let sinks: HashMap<&str, _> = ["slow", "quick"]
        .into_iter()
        .map(|name| {
            let sink = context.socket(Dealer)?;
            sink.set_routing_id(name)?.set_recv_hwm(1)?.connect(&sinks_at)?;
            Ok((name, sink))
        })
        .collect::<Result<_>>()?;
    let relay = Proxy::builder(front, back).spawn()?;
    for number in 0..10_u8 {
        source.send_multipart(("slow", vec![number]))?;
    }
    source.send_multipart(("quick", "after all"))?;
    relay.pause()?;
    relay.resume()?;
    assert_eq!(relay.statistics().back.dropped.messages, 0);
    for number in 0..10_u8 {
        assert_eq!(take_all(&sinks["slow"])?, Multipart::from(vec![vec![number]]));
    }
    assert_eq!(take_all(&sinks["quick"])?, Multipart::from("after all"));
    Ok(())
}

#[test]
fn a_pair_of_sockets_that_can_transfer_nothing_is_refused() -> Result<()> {
    let context = context()?;
    let (one, other) = (context.socket(Push)?, context.socket(Pub)?);
    let error = proxy(&one, &other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = "cannot start the proxy: no message can pass between a PUSH and a PUB socket: one must receive and the \
                other must send";
    assert_eq!(error.to_string(), text);
    assert_eq!(proxy(&one, &one).unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn a_socket_in_the_middle_of_a_message_is_refused() -> Result<()> {
    let context = context()?;
    let Relay { source, front, back, sink } = relay(&context, "inproc")?;
    source.send_multipart(["one", "two"])?;
    assert_eq!(take(&front)?, "one");
    let error = proxy(&front, &back).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongState);
    let text =
        "cannot start the proxy: the front socket is in use: the rest of a message must be received first (EFSM)";
    assert_eq!(error.to_string(), text);
    assert_eq!(take(&front)?, "two");

    back.send_more("one")?;
    let error = Proxy::builder(front, back).spawn().unwrap_err();
    let text = "cannot start the proxy: the back socket is in use: a multipart message was begun on it; send the last \
                frame first (EFSM)";
    assert_eq!(error.to_string(), text);
    drop(sink);
    Ok(())
}

#[test]
fn a_shutdown_before_the_start_ends_the_proxy() -> Result<()> {
    let context = context()?;
    let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    context.shutdown();
    assert!(Proxy::builder(front, back).spawn().is_err_and(|error| error.is_terminated()));
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}
