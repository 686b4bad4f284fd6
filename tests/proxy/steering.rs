//! A proxy on its own thread can be paused, resumed, queried and stopped, regardless of its peers.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::abilities::Open;
use zmq::proxy::{ProxyStatistics, Stopped};
use zmq::{
    Context, Dealer, ErrorKind, Kind, Multipart, Pair, Proxy, ProxyHandle, Pub, Pull, Push, Req, Result, Router,
    Socket, Sub,
};

use crate::common::{PATIENCE, context, eventually, free, in_time, pair, take, take_all};

/// The time for which a test waits for a message that must not arrive.
const A_WHILE: Duration = Duration::from_millis(30);

/// A relay with a source and a sink.
struct Relay {
    source: Socket<Push>,
    relay: ProxyHandle<Pull, Push>,
    sink: Socket<Pull>,
}

fn relay(context: &Context) -> Result<Relay> {
    let (front, source) = pair(context, "inproc", (Pull, Push))?;
    let (back, sink) = pair(context, "inproc", (Push, Pull))?;
    Ok(Relay { source, relay: Proxy::builder(front, back).spawn()?, sink })
}

/// Opens a socket with a high-water mark of one message in each direction.
fn narrow<O: Open>(context: &Context, kind: O) -> Result<Socket<O::Kind>> {
    let socket = context.socket(kind)?;
    socket.set_send_hwm(1)?.set_recv_hwm(1)?;
    Ok(socket)
}

#[test]
fn a_paused_proxy_transfers_nothing_and_loses_nothing() -> Result<()> {
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    for round in 0..20_u8 {
        relay.pause()?;
        relay.pause()?;
        for number in 0..10_u8 {
            source.send_multipart((vec![round], vec![number]))?;
        }
        assert_eq!(sink.recv_timeout(A_WHILE / 10)?, None);
        assert_eq!(relay.statistics().front.received.messages, u64::from(round) * 10);
        relay.resume()?;
        relay.resume()?;
        for number in 0..10_u8 {
            assert_eq!(take_all(&sink)?, Multipart::from((vec![round], vec![number])));
        }
    }
    Ok(())
}

#[test]
fn a_pause_takes_effect_in_the_middle_of_heavy_traffic() -> Result<()> {
    const MESSAGES: u32 = 100_000;
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    let sending = thread::spawn(move || {
        (0..MESSAGES).try_for_each(|number| source.send(number.to_be_bytes()))?;
        Ok::<_, zmq::Error>(source)
    });
    let mut next = 0_u32;
    while next < MESSAGES {
        relay.pause()?;
        let passed = relay.statistics().back.sent.messages;
        // The messages transferred before the pause have arrived, and no other message arrives.
        while u64::from(next) < passed {
            assert_eq!(*take(&sink)?, next.to_be_bytes());
            next += 1;
        }
        assert_eq!(sink.try_recv()?, None);
        assert_eq!(relay.statistics().back.sent.messages, passed);
        relay.resume()?;
        for _ in 0..5_000.min(MESSAGES - next) {
            assert_eq!(*take(&sink)?, next.to_be_bytes());
            next += 1;
        }
    }
    assert!(in_time(|| sending.join()).is_ok_and(|sent| sent.is_ok()));
    Ok(())
}

#[test]
fn statistics_count_messages_and_bytes_of_each_side() -> Result<()> {
    let context = context()?;
    let (front, client) = pair(&context, "tcp", (Dealer, Dealer))?;
    let (back, server) = pair(&context, "tcp", (Dealer, Dealer))?;
    let proxy = Proxy::builder(front, back).spawn()?;
    assert_eq!(proxy.statistics(), ProxyStatistics::default());
    for _ in 0..7 {
        client.send_multipart(["four", "more"])?;
        take_all(&server)?;
    }
    for _ in 0..3 {
        server.send("five!")?;
        take(&client)?;
    }
    let passed = proxy.statistics();
    for (traffic, messages, bytes) in [
        (passed.front.received, 7, 56),
        (passed.back.sent, 7, 56),
        (passed.back.received, 3, 15),
        (passed.front.sent, 3, 15),
        (passed.front.dropped, 0, 0),
        (passed.captured, 0, 0),
    ] {
        assert_eq!((traffic.messages, traffic.bytes), (messages, bytes));
    }
    let text = "front: received 7 (56 bytes), sent 3 (15 bytes); back: received 3 (15 bytes), sent 7 (56 bytes)";
    assert_eq!(passed.to_string(), text);
    assert_eq!(proxy.stop()?.statistics, passed);
    Ok(())
}

#[test]
fn a_stop_returns_the_sockets_in_working_order() -> Result<()> {
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    source.send("passes")?;
    assert_eq!(take(&sink)?, "passes");
    let Stopped { front, back, capture, unsent, .. } = relay.stop()?;
    assert!(capture.is_none() && unsent.is_empty());
    source.send("stays")?;
    assert_eq!(take(&front)?, "stays");
    back.send("by hand")?;
    assert_eq!(take(&sink)?, "by hand");
    // The returned sockets can be used in another proxy.
    let relay = Proxy::builder(front, back).spawn()?;
    source.send("passes again")?;
    assert_eq!(take(&sink)?, "passes again");
    drop(relay);
    Ok(())
}

#[test]
fn a_stop_loses_nothing_under_load() -> Result<()> {
    const MESSAGES: u32 = 3_000;
    let context = context()?;
    for _ in 0..4 {
        let (source, front) = (narrow(&context, Push)?, narrow(&context, Pull)?);
        let (back, sink) = (narrow(&context, Push)?, narrow(&context, Pull)?);
        source.connect(front.bind(free("inproc"))?)?;
        sink.connect(back.bind(free("inproc"))?)?;
        let relay = Proxy::builder(front, back).spawn()?;
        let (to_main, first) = mpsc::channel();
        let sending = thread::spawn(move || {
            for number in 0..MESSAGES {
                source.send_multipart((number.to_be_bytes().to_vec(), "rest"))?;
                if number == 100 {
                    let _ = to_main.send(());
                }
            }
            Ok::<_, zmq::Error>(source)
        });
        let (passed, left) = thread::scope(|threads| {
            let receiving = threads.spawn(move || {
                let mut received = Vec::new();
                while received.len() < 500 {
                    received.push(take_all(&sink)?);
                }
                Ok::<_, zmq::Error>((received, sink))
            });
            assert_eq!(first.recv_timeout(PATIENCE), Ok(()));
            let (mut received, sink) = receiving.join().unwrap_or_else(|_| panic!("the receiver panicked"))?;
            let Stopped { front, back, unsent, .. } = relay.stop()?;
            while let Some(message) = sink.try_recv_multipart()? {
                received.push(message);
            }
            received.extend(unsent);
            let mut left = Vec::new();
            while received.len() + left.len() < MESSAGES as usize {
                left.push(take_all(&front)?);
            }
            assert_eq!(front.try_recv()?, None);
            drop(back);
            Ok::<_, zmq::Error>((received, left))
        })?;
        for (number, message) in (0..MESSAGES).zip(passed.into_iter().chain(left)) {
            assert_eq!(message, Multipart::from((number.to_be_bytes().to_vec(), "rest")));
        }
        assert!(in_time(|| sending.join()).is_ok_and(|sent| sent.is_ok()));
    }
    Ok(())
}

#[test]
fn a_stop_of_a_blocked_proxy_returns_the_unsent_messages() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let (back, sink) = (narrow(&context, Push)?, narrow(&context, Pull)?);
    sink.connect(back.bind(free("inproc"))?)?;
    let relay = Proxy::builder(front, back).spawn()?;
    for number in 0..10_u8 {
        source.send_multipart((vec![number], "rest"))?;
    }
    eventually("the proxy has reached the high-water mark", || relay.statistics().back.sent.messages == 2);
    let start = Instant::now();
    let Stopped { front, unsent, .. } = in_time(|| relay.stop())?;
    assert!(start.elapsed() < PATIENCE / 3, "{:?}", start.elapsed());
    let mut all: Vec<Multipart> = Vec::new();
    while let Some(message) = sink.try_recv_multipart()? {
        all.push(message);
    }
    all.extend(unsent);
    while let Some(message) = front.try_recv_multipart()? {
        all.push(message);
    }
    assert_eq!(all, (0..10_u8).map(|number| Multipart::from((vec![number], "rest"))).collect::<Vec<_>>());
    Ok(())
}

/// Runs a relay whose capture socket takes at most two messages, and stops it.
fn stop_with_a_full_capture<C: Kind>(context: &Context, capture: Socket<C>, room: u64) -> Result<Socket<C>> {
    const MESSAGES: u64 = 3_000;
    let (front, source) = pair(context, "inproc", (Pull, Push))?;
    let (back, sink) = pair(context, "inproc", (Push, Pull))?;
    let relay = Proxy::builder(front, back).capture(capture).spawn()?;
    for number in 0..MESSAGES {
        source.send_multipart((number.to_be_bytes().to_vec(), "rest"))?;
        assert_eq!(take_all(&sink)?, Multipart::from((number.to_be_bytes().to_vec(), "rest")));
    }
    let passed = relay.statistics();
    assert_eq!((passed.captured.messages, passed.uncaptured.messages), (room, MESSAGES - room));
    assert_eq!(passed.uncaptured.bytes, (MESSAGES - room) * 12);
    let capture = in_time(|| relay.stop())?.capture.unwrap_or_else(|| panic!("no capture socket"));
    Ok(capture.downcast().unwrap_or_else(|socket| panic!("another kind: {socket:?}")))
}

#[test]
fn a_stop_returns_although_captured_messages_are_not_read() -> Result<()> {
    let context = context()?;
    // The capture socket has no peer.
    drop(stop_with_a_full_capture(&context, context.socket(Push)?, 0)?);
    drop(stop_with_a_full_capture(&context, context.socket(Pair)?, 0)?);
    // The peer of the capture socket does not read.
    let (capture, tap) = (narrow(&context, Pair)?, narrow(&context, Pair)?);
    tap.connect(capture.bind(free("inproc"))?)?;
    let capture = stop_with_a_full_capture(&context, capture, 2)?;
    for number in 0..2_u64 {
        assert_eq!(take_all(&tap)?, Multipart::from((number.to_be_bytes().to_vec(), "rest")));
    }
    capture.send("in working order")?;
    assert_eq!(take_all(&tap)?, Multipart::from("in working order"));
    Ok(())
}

#[test]
fn a_capture_gets_the_messages_of_both_directions() -> Result<()> {
    let context = context()?;
    let (front, client) = pair(&context, "inproc", (Pair, Pair))?;
    let (back, server) = pair(&context, "inproc", (Pair, Pair))?;
    let (capture, tap) = (context.socket(Pub)?, context.socket(Sub)?);
    tap.subscribe("")?;
    tap.connect(capture.bind(free("inproc"))?)?;
    let proxy = Proxy::builder(front, back).capture(capture).spawn()?;
    client.send_multipart(["to", "the server"])?;
    assert_eq!(take_all(&server)?, Multipart::from(["to", "the server"]));
    server.send("to the client")?;
    assert_eq!(take(&client)?, "to the client");
    assert_eq!(take_all(&tap)?, Multipart::from(["to", "the server"]));
    assert_eq!(take_all(&tap)?, Multipart::from("to the client"));
    let captured = proxy.statistics().captured;
    assert_eq!((captured.messages, captured.bytes), (2, 25));
    Ok(())
}

#[test]
fn a_socket_that_cannot_capture_is_refused() -> Result<()> {
    let context = context()?;
    let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    let error = Proxy::builder(front, back).capture(context.socket(Req)?).spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = "cannot start the proxy: a REQ socket cannot capture; use a PUB, XPUB, PUSH, DEALER or PAIR socket";
    assert_eq!(error.to_string(), text);
    assert_eq!(context.open_sockets(), []);
    Ok(())
}

#[test]
fn a_drop_stops_the_proxy_and_closes_its_sockets() -> Result<()> {
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    relay.pause()?;
    assert_eq!(context.open_sockets().len(), 4);
    in_time(|| drop(relay));
    assert_eq!(context.open_sockets().len(), 2);
    drop((source, sink));
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn a_shutdown_ends_the_proxy_and_closes_its_sockets() -> Result<()> {
    for paused in [false, true] {
        let context = context()?;
        let Relay { source, relay, sink } = relay(&context)?;
        if paused {
            relay.pause()?;
        }
        source.send("before")?;
        drop((source, sink));
        assert!(!relay.has_ended());
        // The handle still exists.
        assert_eq!(context.terminate(PATIENCE), Ok(()));
        assert!(relay.has_ended());
        assert!(relay.pause().unwrap_err().is_terminated());
        assert!(relay.resume().unwrap_err().is_terminated());
        let _ = relay.statistics();
        assert!(in_time(|| relay.stop()).unwrap_err().is_terminated());
    }
    Ok(())
}

#[test]
fn a_join_waits_for_the_shutdown() -> Result<()> {
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    let joining = thread::spawn(move || relay.join());
    source.send("passes")?;
    assert_eq!(take(&sink)?, "passes");
    assert!(!joining.is_finished());
    context.shutdown();
    assert!(in_time(|| joining.join()).is_ok_and(|ended| ended.is_ok()));
    Ok(())
}

#[test]
fn a_proxy_counts_only_its_own_sockets_towards_the_limit() -> Result<()> {
    let context = Context::builder().max_sockets(2).build()?;
    let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    let queue = Proxy::builder(front, back).spawn()?;
    queue.pause()?;
    assert_eq!(queue.stop()?.front.context().open_sockets().len(), 2);
    Ok(())
}

#[test]
fn several_threads_can_control_the_same_proxy() -> Result<()> {
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..200 {
                    assert!(relay.pause().is_ok());
                    let _ = relay.statistics();
                    assert!(relay.resume().is_ok());
                }
            });
        }
        for number in 0..2_000_u32 {
            source.send(number.to_be_bytes())?;
            assert_eq!(*take(&sink)?, number.to_be_bytes());
        }
        Ok::<(), zmq::Error>(())
    })?;
    assert_eq!(relay.statistics().back.sent.messages, 2_000);
    Ok(())
}

#[test]
fn a_handle_is_send_and_sync() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    assert_send_and_sync::<ProxyHandle<Router, Dealer>>();
}

#[test]
fn hazard_51_proxy_steer_435_pause_pauses_on_every_version() -> Result<()> {
    let context = context()?;
    let Relay { source, relay, sink } = relay(&context)?;
    relay.pause()?;
    source.send("waits")?;
    assert_eq!(sink.recv_timeout(A_WHILE)?, None, "with libzmq {}", zmq::version());
    relay.resume()?;
    assert_eq!(take(&sink)?, "waits", "with libzmq {}", zmq::version());
    Ok(())
}
