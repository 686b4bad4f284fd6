//! Proxies with a control socket, proxies of one socket, and captures with the direction of each message.

use std::env;
use std::process::Command;
use std::thread;
use std::time::Duration;

use zmq::abilities::Open;
use zmq::abilities::{Receives, SendsMultipart};
use zmq::proxy::{ProxyDirection, ProxyStatistics, SameSocket};
use zmq::{
    Context, Dealer, ErrorKind, Message, Multipart, Pair, Proxy, ProxyHandle, Pub, Pull, Push, Rep, Req, Result,
    Router, Socket, Sub, XPub,
};

use crate::common::{context, eventually, free, in_prepared_child, in_time, pair, take, take_all, this_test};

/// The time for which a test waits for a message that must not arrive.
const A_WHILE: Duration = Duration::from_millis(20);

/// A relay with a source and a sink, and the other end of its control socket.
struct WithControl<K: zmq::Kind> {
    source: Socket<Push>,
    relay: ProxyHandle<Pull, Push>,
    sink: Socket<Pull>,
    remote: Socket<K>,
}

fn with_control<C: Open, R: Open>(context: &Context, (control, remote): (C, R)) -> Result<WithControl<R::Kind>> {
    let (front, source) = pair(context, "inproc", (Pull, Push))?;
    let (back, sink) = pair(context, "inproc", (Push, Pull))?;
    let (control, remote) = pair(context, "tcp", (control, remote))?;
    Ok(WithControl { source, relay: Proxy::builder(front, back).control(control).spawn()?, sink, remote })
}

/// Sends a command and returns the last frame of its reply.
fn command<K: SendsMultipart + Receives>(remote: &Socket<K>, command: impl Into<Multipart>) -> Result<Message> {
    remote.send_multipart(command)?;
    Ok(take_all(remote)?.pop_back().unwrap_or_default())
}

fn executes_and_replies<C: Open, R: Open>(kinds: (C, R)) -> Result<()>
where
    R::Kind: SendsMultipart + Receives,
{
    let context = context()?;
    let WithControl { source, relay, sink, remote } = with_control(&context, kinds)?;
    for round in 0..3_u8 {
        assert_eq!(command(&remote, "PAUSE")?, "");
        assert_eq!(command(&remote, "PAUSE")?, "");
        source.send([round])?;
        assert_eq!(sink.recv_timeout(A_WHILE)?, None);
        assert_eq!(command(&remote, "RESUME")?, "");
        assert_eq!(take(&sink)?, [round]);
    }
    source.send_multipart(["two", "frames"])?;
    assert_eq!(take_all(&sink)?, Multipart::from(["two", "frames"]));
    remote.send("STATISTICS")?;
    let statistics = ProxyStatistics::from_reply(&take_all(&remote)?).expect("statistics");
    assert_eq!(statistics, relay.statistics());
    assert_eq!((statistics.front.received.messages, statistics.back.sent.bytes), (4, 12));
    assert_eq!((statistics.front.sent.messages, statistics.back.received.messages), (0, 0));
    for unknown in ["", "pause", "STOP", "PAUSE "] {
        let reason = format!("unknown command \"{unknown}\"; send PAUSE, RESUME, STATISTICS or TERMINATE");
        assert_eq!(command(&remote, unknown)?, reason.as_str());
    }
    assert_eq!(command(&remote, "TERMINATE")?, "");
    let stopped = in_time(|| relay.join())?.expect("the proxy was not ended by a shutdown");
    source.send("to the returned socket")?;
    assert_eq!(take(&stopped.front)?, "to the returned socket");
    assert!(stopped.control.is_some());
    Ok(())
}

#[test]
fn every_kind_of_control_socket_that_can_send_replies_to_commands() -> Result<()> {
    executes_and_replies((Rep, Req))?;
    executes_and_replies((Router, Dealer))?;
    executes_and_replies((Router, Req))?;
    executes_and_replies((Dealer, Dealer))?;
    executes_and_replies((Pair, Pair))
}

#[test]
fn the_reply_to_a_long_unknown_command_quotes_only_its_beginning() -> Result<()> {
    let context = context()?;
    let WithControl { relay, remote, .. } = with_control(&context, (Rep, Req))?;
    for (word, quoted) in [
        (vec![b'x'; 32], format!("\"{}\"", "x".repeat(32))),
        (vec![b'x'; 33], format!("\"{}\"... of 33 bytes", "x".repeat(32))),
        (vec![0; 1_000_000], format!("\"{}\"... of 1000000 bytes", "\\x00".repeat(32))),
    ] {
        let reason = format!("unknown command {quoted}; send PAUSE, RESUME, STATISTICS or TERMINATE");
        assert_eq!(command(&remote, Message::from(word))?, reason.as_str());
    }
    assert_eq!(command(&remote, "TERMINATE")?, "");
    in_time(|| relay.join()).map(drop)
}

#[test]
fn a_control_socket_that_cannot_reply_executes_commands() -> Result<()> {
    let context = context()?;
    let WithControl { source, relay, sink, remote } = with_control(&context, (Pull, Push))?;
    remote.send("STATISTICS")?;
    remote.send("nonsense")?;
    remote.send("TERMINATE")?;
    assert!(in_time(|| relay.join())?.is_some());
    drop((source, sink));

    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let (back, sink) = pair(&context, "inproc", (Push, Pull))?;
    let (control, remote) = (context.socket(Sub)?, context.socket(XPub)?);
    control.subscribe("")?.connect(remote.bind(free("tcp"))?)?;
    let relay = Proxy::builder(front, back).control(control).spawn()?;
    remote.recv_subscription()?;
    source.send("passes")?;
    assert_eq!(take(&sink)?, "passes");
    remote.send("TERMINATE")?;
    assert!(in_time(|| relay.join())?.is_some());
    Ok(())
}

#[test]
fn a_proxy_can_be_controlled_from_another_process() -> Result<()> {
    const ENDPOINT: &str = "ZMQ_TEST_CONTROL";
    let context = context()?;
    // The child process has the endpoint and no proxy.
    let (control, running) = match env::var(ENDPOINT) {
        Ok(endpoint) => (endpoint, None),
        Err(_) => {
            let (front, source) = pair(&context, "inproc", (Pull, Push))?;
            let (back, sink) = pair(&context, "inproc", (Push, Pull))?;
            let control = context.socket(Rep)?;
            let endpoint = control.bind("tcp://127.0.0.1:*")?;
            let relay = Proxy::builder(front, back).control(control).spawn()?;
            source.send("work")?;
            assert_eq!(take(&sink)?, "work");
            (endpoint.to_string(), Some((relay, source, sink)))
        }
    };
    let steer = || {
        let remote = context.socket(Req)?;
        remote.connect(&control)?;
        assert_eq!(command(&remote, "PAUSE")?, "");
        remote.send("STATISTICS")?;
        let statistics = ProxyStatistics::from_reply(&take_all(&remote)?).expect("statistics");
        assert_eq!((statistics.back.sent.messages, statistics.back.sent.bytes), (1, 4));
        Ok::<(), zmq::Error>(())
    };
    let prepare = |child: &mut Command| {
        child.env(ENDPOINT, &control);
    };
    in_prepared_child(this_test!(), prepare, || steer().unwrap_or_else(|error| panic!("{error}")));
    if let Some((relay, source, sink)) = running {
        source.send("more work")?;
        assert_eq!(sink.recv_timeout(A_WHILE)?, None);
        relay.resume()?;
        assert_eq!(take(&sink)?, "more work");
    }
    Ok(())
}

#[test]
fn a_pause_by_a_command_takes_effect_in_the_middle_of_heavy_traffic() -> Result<()> {
    const MESSAGES: u32 = 50_000;
    let context = context()?;
    let WithControl { source, relay, sink, remote } = with_control(&context, (Rep, Req))?;
    let sending = thread::spawn(move || {
        (0..MESSAGES).try_for_each(|number| source.send(number.to_be_bytes()))?;
        Ok::<_, zmq::Error>(source)
    });
    let mut next = 0_u32;
    while next < MESSAGES {
        assert_eq!(command(&remote, "PAUSE")?, "");
        remote.send("STATISTICS")?;
        let passed = ProxyStatistics::from_reply(&take_all(&remote)?).expect("statistics").back.sent.messages;
        // The messages transferred before the pause have arrived, and no other message arrives.
        while u64::from(next) < passed {
            assert_eq!(*take(&sink)?, next.to_be_bytes());
            next += 1;
        }
        assert_eq!(sink.try_recv()?, None);
        assert_eq!(command(&remote, "RESUME")?, "");
        for _ in 0..5_000.min(MESSAGES - next) {
            assert_eq!(*take(&sink)?, next.to_be_bytes());
            next += 1;
        }
    }
    assert!(in_time(|| sending.join()).is_ok_and(|sent| sent.is_ok()));
    drop(relay);
    Ok(())
}

#[test]
fn the_latest_command_of_the_handle_or_the_control_socket_counts() -> Result<()> {
    let context = context()?;
    let WithControl { source, relay, sink, remote } = with_control(&context, (Rep, Req))?;
    relay.pause()?;
    assert_eq!(command(&remote, "RESUME")?, "");
    source.send("by command")?;
    assert_eq!(take(&sink)?, "by command");
    assert_eq!(command(&remote, "PAUSE")?, "");
    source.send("by handle")?;
    assert_eq!(sink.recv_timeout(A_WHILE)?, None);
    relay.resume()?;
    assert_eq!(take(&sink)?, "by handle");
    Ok(())
}

#[test]
fn a_terminated_proxy_reports_the_termination_and_returns_its_sockets_at_a_stop() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let back = context.socket(Push)?;
    let (control, remote) = pair(&context, "inproc", (Rep, Req))?;
    let relay = Proxy::builder(front, back).control(control).spawn()?;
    // The back socket has no peer, so the proxy is blocked.
    source.send_multipart(["held", "up"])?;
    assert_eq!(command(&remote, "TERMINATE")?, "");
    eventually("the proxy has ended", || relay.has_ended());
    for refused in [relay.pause(), relay.resume()] {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ended);
        assert!(error.to_string().contains("terminated through its control socket"), "{error}");
    }
    let stopped = relay.stop()?;
    let left: Vec<_> = stopped.unsent.into_iter().chain(stopped.front.try_recv_multipart()?).collect();
    assert!(left.contains(&Multipart::from(["held", "up"])), "{left:?}");
    Ok(())
}

#[test]
fn a_peer_that_reads_no_replies_blocks_nothing() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let (back, sink) = pair(&context, "inproc", (Push, Pull))?;
    let (control, remote) = (context.socket(Dealer)?, context.socket(Dealer)?);
    control.set_send_hwm(1)?;
    remote.set_recv_hwm(1)?.connect(control.bind(free("inproc"))?)?;
    let relay = Proxy::builder(front, back).control(control).spawn()?;
    for number in 0..200_u8 {
        remote.send("STATISTICS")?;
        source.send([number])?;
        assert_eq!(take(&sink)?, [number]);
    }
    remote.send("TERMINATE")?;
    assert!(in_time(|| relay.join())?.is_some());
    Ok(())
}

#[test]
fn a_shutdown_ends_a_proxy_paused_by_a_command() -> Result<()> {
    let context = context()?;
    let WithControl { relay, remote, .. } = with_control(&context, (Rep, Req))?;
    assert_eq!(command(&remote, "PAUSE")?, "");
    context.shutdown();
    assert!(in_time(|| relay.join())?.is_none());
    Ok(())
}

#[test]
fn a_proxy_of_one_socket_can_be_controlled_and_returns_the_socket() -> Result<()> {
    let context = context()?;
    let (server, client) = pair(&context, "tcp", (Rep, Req))?;
    let (control, remote) = pair(&context, "inproc", (Pair, Pair))?;
    let echo: ProxyHandle<Rep, SameSocket> = Proxy::single(server).control(control).spawn()?;
    for number in 0..100_u8 {
        client.send_multipart(["two".into(), vec![number]])?;
        assert_eq!(take_all(&client)?, Multipart::from(["two".into(), vec![number]]));
    }
    echo.pause()?;
    client.send("waits")?;
    assert_eq!(client.recv_timeout(A_WHILE)?, None);
    assert_eq!(command(&remote, "RESUME")?, "");
    assert_eq!(take(&client)?, "waits");
    let passed = echo.statistics();
    assert_eq!((passed.front.received.messages, passed.back.sent.messages), (101, 101));
    let stopped = echo.stop()?;
    client.send("to the socket itself")?;
    assert_eq!(take(&stopped.front)?, "to the socket itself");
    let () = stopped.back;

    let (router, dealer) = pair(&context, "inproc", (Router, Dealer))?;
    let _echo = Proxy::single(router).spawn()?;
    dealer.send_multipart(["a", "b"])?;
    assert_eq!(take_all(&dealer)?, Multipart::from(["a", "b"]));
    let error = Proxy::single(context.socket(Push)?).spawn().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn a_capture_reports_the_direction_of_each_message() -> Result<()> {
    for kinds in ["PAIR", "PUSH"] {
        let context = context()?;
        let (front, client) = pair(&context, "inproc", (Router, Dealer))?;
        let (back, worker) = pair(&context, "inproc", (Dealer, Rep))?;
        let (capture, tap) = match kinds {
            "PAIR" => pair(&context, "inproc", (Pair, Pair)).map(|(one, other)| (one.erase(), other.erase()))?,
            _ => pair(&context, "inproc", (Push, Pull)).map(|(one, other)| (one.erase(), other.erase()))?,
        };
        client.set_routing_id("me")?;
        let queue = Proxy::builder(front, back).capture_with_direction(capture).spawn()?;
        for number in 0..100_u8 {
            client.send_multipart(["".into(), vec![number]])?;
            let request = take_all(&worker)?;
            worker.send_multipart(request.clone())?;
            assert_eq!(take_all(&client)?, Multipart::from(["".into(), vec![number]]));
            for direction in [ProxyDirection::FrontToBack, ProxyDirection::BackToFront] {
                let mut captured = take_all(&tap)?;
                assert_eq!(ProxyDirection::take_from(&mut captured), Some(direction));
                assert_eq!(captured.pop_back().map(Message::into_vec), Some(vec![number]));
                // The client's ID and an empty frame are left.
                assert_eq!((captured.len(), ProxyDirection::take_from(&mut captured)), (2, None));
            }
        }
        let passed = queue.statistics();
        assert_eq!((passed.captured.messages, passed.uncaptured.messages), (200, 0));
        // The frame with the direction does not count as captured bytes.
        assert_eq!(passed.captured.bytes, passed.front.received.bytes + passed.back.received.bytes);
    }
    Ok(())
}

#[test]
fn a_subscription_to_a_direction_receives_only_that_direction() -> Result<()> {
    let context = context()?;
    let (front, client) = pair(&context, "inproc", (Pair, Pair))?;
    let (back, server) = pair(&context, "inproc", (Pair, Pair))?;
    let (capture, tap) = (context.socket(XPub)?, context.socket(Sub)?);
    tap.subscribe(ProxyDirection::BackToFront.as_str())?.connect(capture.bind(free("inproc"))?)?;
    capture.recv_subscription()?;
    let _relay = Proxy::builder(front, back).capture_with_direction(capture).spawn()?;
    client.send("question")?;
    assert_eq!(take(&server)?, "question");
    server.send("answer")?;
    assert_eq!(take(&client)?, "answer");
    assert_eq!(take_all(&tap)?, Multipart::from(["back", "answer"]));
    assert_eq!(tap.try_recv()?, None);
    Ok(())
}

#[test]
fn an_unread_capture_with_direction_gets_whole_messages_and_blocks_nothing() -> Result<()> {
    const MESSAGES: u32 = 3000;
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Pull, Push))?;
    let (back, sink) = pair(&context, "inproc", (Push, Pull))?;
    let (capture, tap) = (context.socket(Push)?, context.socket(Pull)?);
    capture.set_send_hwm(5)?;
    tap.set_recv_hwm(5)?.connect(capture.bind(free("inproc"))?)?;
    let relay = Proxy::builder(front, back).capture_with_direction(capture).spawn()?;
    let message = |number: u32| Multipart::from(vec![number.to_be_bytes(); 1 + number as usize % 3]);
    let sending = thread::spawn(move || {
        (0..MESSAGES).try_for_each(|number| source.send_multipart(message(number)))?;
        Ok::<_, zmq::SendError<Multipart>>(source)
    });
    for number in 0..MESSAGES {
        assert_eq!(take_all(&sink)?, message(number));
    }
    assert!(in_time(|| sending.join()).is_ok_and(|sent| sent.is_ok()));
    let passed = relay.statistics();
    assert_eq!(passed.captured.messages + passed.uncaptured.messages, u64::from(MESSAGES));
    assert!(passed.captured.messages > 0 && passed.uncaptured.messages > 0, "{passed}");
    for _ in 0..passed.captured.messages {
        let mut captured = take_all(&tap)?;
        assert_eq!(ProxyDirection::take_from(&mut captured), Some(ProxyDirection::FrontToBack));
        let number = captured[0].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        assert_eq!(captured, message(number));
    }
    assert_eq!(tap.try_recv()?, None);
    Ok(())
}

#[test]
fn sockets_that_can_neither_control_nor_capture_with_direction_are_refused() -> Result<()> {
    let context = context()?;
    let proxy = || {
        let (front, _) = pair(&context, "inproc", (Pull, Push))?;
        Ok::<_, zmq::Error>(Proxy::builder(front, context.socket(Push)?))
    };
    let error = proxy()?.control(context.socket(Pub)?).spawn().unwrap_err();
    let text = "a PUB socket cannot receive commands; use a REP, ROUTER, DEALER, PAIR, PULL or SUB socket";
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains(text), "{error}");

    let (control, remote) = pair(&context, "inproc", (Pair, Pair))?;
    remote.send_multipart(["one", "two"])?;
    take(&control)?;
    let error = proxy()?.control(control).spawn().unwrap_err();
    assert!(error.kind() == ErrorKind::WrongState && error.to_string().contains("the control socket"), "{error}");

    let capture = context.socket(Push)?;
    capture.set_conflate(true)?;
    let error = proxy()?.capture_with_direction(capture).spawn().unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("conflating"), "{error}");
    Ok(())
}
