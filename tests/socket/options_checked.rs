//! Options that are more than a value: groups of options, options that the crate checks, and raw options.

use std::time::Duration;

use zmq::socket::Affinity;
use zmq::{
    Any, Capability, Dealer, ErrorKind, Heartbeat, Mechanism, Operation, Pub, Pull, Push, Rep, Req, Result, Router,
    Socket, SocketType, Stream, Sub, TcpKeepalive, Version, XPub, sys,
};

use crate::common::{context, eventually, free, in_child, take, take_all, this_test};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

fn push() -> Result<Socket<Push>> {
    context()?.socket(Push)
}

#[test]
fn keepalive_is_the_systems_by_default_and_can_be_read() -> Result<()> {
    let socket = push()?;
    assert_eq!(socket.tcp_keepalive()?, TcpKeepalive::default());
    let all = TcpKeepalive { on: Some(true), idle: Some(60 * SECOND), interval: Some(5 * SECOND), count: Some(3) };
    for keepalive in [all, TcpKeepalive { on: Some(false), ..all }, TcpKeepalive::default()] {
        socket.set_tcp_keepalive(keepalive)?;
        assert_eq!(socket.tcp_keepalive()?, keepalive);
    }
    Ok(())
}

#[test]
fn keepalive_rounds_up_to_seconds() -> Result<()> {
    let socket = push()?;
    let brief = TcpKeepalive { idle: Some(MS), interval: Some(SECOND + MS), ..TcpKeepalive::default() };
    let kept = socket.set_tcp_keepalive(brief)?.tcp_keepalive()?;
    assert_eq!((kept.idle, kept.interval), (Some(SECOND), Some(2 * SECOND)));
    Ok(())
}

#[test]
fn keepalive_is_set_as_a_whole_or_not_at_all() -> Result<()> {
    let socket = push()?;
    let fine = TcpKeepalive { on: Some(true), idle: Some(SECOND), interval: Some(SECOND), count: Some(1) };
    let (times, counts) = match cfg!(target_os = "linux") {
        true => ("1 s to 32767 s are possible", "1 to 127 are possible"),
        false if cfg!(windows) => ("1 s to 2147483 s are possible", "1 to 2147483647 are possible"),
        false => ("1 s to 4294967 s are possible", "1 to 2147483647 are possible"),
    };
    for (bad, text) in [
        (TcpKeepalive { idle: Some(Duration::MAX), ..fine }, format!("idle to {:?}: {times}", Duration::MAX)),
        (TcpKeepalive { interval: Some(SECOND * (1 << 31)), ..fine }, format!("interval to 2147483648s: {times}")),
        (TcpKeepalive { count: Some(u32::MAX), ..fine }, format!("count to Some(4294967295): {counts}")),
    ] {
        let error = socket.set_tcp_keepalive(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), format!("cannot set tcp_keepalive.{text}"));
        assert_eq!(socket.tcp_keepalive()?, TcpKeepalive::default());
    }
    Ok(())
}

#[test]
fn heartbeats_are_off_by_default_and_can_be_read() -> Result<()> {
    let socket = push()?;
    assert_eq!(socket.heartbeat()?, Heartbeat::default());
    let all = Heartbeat { interval: SECOND, timeout: Some(3 * SECOND), time_to_live: Some(6_553 * SECOND + 500 * MS) };
    for heartbeat in [all, Heartbeat::every(5 * MS), Heartbeat { timeout: Some(Duration::ZERO), ..all }] {
        socket.set_heartbeat(heartbeat)?;
        assert_eq!(socket.heartbeat()?, heartbeat);
    }
    Ok(())
}

#[test]
fn heartbeats_round_up_to_their_units() -> Result<()> {
    let socket = push()?;
    let nanosecond = Duration::from_nanos(1);
    let brief = Heartbeat { interval: nanosecond, timeout: Some(MS + nanosecond), time_to_live: Some(nanosecond) };
    let kept = Heartbeat { interval: MS, timeout: Some(2 * MS), time_to_live: Some(100 * MS) };
    assert_eq!(socket.set_heartbeat(brief)?.heartbeat()?, kept);
    Ok(())
}

#[test]
fn heartbeats_are_set_as_a_whole_or_not_at_all() -> Result<()> {
    let socket = push()?;
    let fine = Heartbeat { interval: SECOND, timeout: Some(SECOND), time_to_live: Some(SECOND) };
    let limit = "at most 2147483647 ms (24 days) are possible";
    for (bad, text) in [
        (Heartbeat { interval: 3_000_000 * SECOND, ..fine }, format!("interval to 3000000s: {limit}")),
        (Heartbeat { timeout: Some(3_000_000 * SECOND), ..fine }, format!("timeout to 3000000s: {limit}")),
        (
            Heartbeat { time_to_live: Some(Duration::from_millis(6_553_501)), ..fine },
            "time_to_live to 6553.501s: at most 6553.5 s are possible".to_owned(),
        ),
    ] {
        let error = socket.set_heartbeat(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), format!("cannot set heartbeat.{text}"));
        assert_eq!(socket.heartbeat()?, Heartbeat::default());
    }
    Ok(())
}

#[test]
fn an_affinity_to_a_missing_io_thread_is_an_error_of_the_bind() -> Result<()> {
    assert_eq!(Affinity::threads([0, 2, 64, u32::MAX]), Affinity::from_bits(0b101));
    let socket = push()?;
    socket.set_affinity(Affinity::threads([1]))?;
    let error = socket.bind("tcp://127.0.0.1:*").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoIoThread);
    socket.set_affinity(Affinity::threads([0]))?.bind("tcp://127.0.0.1:*")?;
    Ok(())
}

#[test]
fn hazard_hwm_change_inactive_pipe_limits_are_set_before_the_first_bind_or_connect() -> Result<()> {
    assert!(zmq::version() <= Version { major: 4, minor: 3, patch: 5 }, "a newer libzmq may allow it");
    let advice = "set it before the first bind or connect; libzmq up to 4.3.5 may crash otherwise";
    let (bound, connected, failed) = (push()?, push()?, push()?);
    bound.bind(free("inproc"))?;
    connected.connect(free("inproc"))?;
    failed.bind("tcp://192.0.2.1:5555").unwrap_err();
    for socket in [bound, connected, failed] {
        let errors =
            [("send_hwm", socket.set_send_hwm(5).unwrap_err()), ("recv_hwm", socket.set_recv_hwm(5).unwrap_err())];
        for (name, error) in errors {
            assert_eq!(error.kind(), ErrorKind::WrongState);
            assert_eq!(error.to_string(), format!("cannot set {name}: {advice} (EFSM)"));
        }
        assert_eq!((socket.send_hwm()?, socket.recv_hwm()?), (1000, 1000));
    }
    Ok(())
}

fn expect_only_the_newest(source: &Socket<Push>, sink: &Socket<Pull>) -> Result<()> {
    for number in 0..5 {
        source.send(format!("message {number}"))?;
    }
    assert_eq!(take(sink)?, "message 4");
    assert_eq!(sink.try_recv()?, None);
    Ok(())
}

#[test]
fn a_conflating_socket_keeps_only_the_newest_message() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    sink.bind("inproc://conflate")?;
    source.set_conflate(true)?.connect("inproc://conflate")?;
    assert!(source.conflate()?);
    expect_only_the_newest(&source, &sink)
}

#[test]
fn a_conflating_receiver_keeps_only_the_newest_message() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    // SAFETY: the only peer of the socket sends single frames.
    unsafe { sink.set_conflate_received(true)? };
    assert!(sink.conflate()?);
    sink.connect(source.bind(free("inproc"))?)?;
    expect_only_the_newest(&source, &sink)
}

#[test]
fn hazard_conflate_multipart_a_multipart_message_is_refused_and_returned() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (source, sink) = (context.socket(Push).unwrap(), context.socket(Pull).unwrap());
        let endpoint = sink.bind(free("inproc")).unwrap();
        source.set_conflate(true).unwrap().connect(endpoint).unwrap();
        // A later change does not apply to the existing connection.
        for on in [true, false] {
            source.set_conflate(on).unwrap();
            let refused = source.send_multipart(["one", "two"]).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            let text =
                "cannot send on a PUSH socket: a socket that keeps only the newest message sends single frames only";
            assert_eq!(refused.error.to_string(), text);
            assert_eq!(refused.message.len(), 2);
            let refused = source.send_more("one").unwrap_err();
            assert_eq!(refused.message, "one");
        }
        source.send("whole").unwrap();
        assert_eq!(take(&sink).unwrap(), "whole");
    });
}

#[test]
fn conflation_can_be_switched_off_before_the_first_connection() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Pub)?, context.socket(Sub)?);
    source.set_conflate(true)?.set_conflate(false)?;
    sink.subscribe("")?.connect(source.bind(free("inproc"))?)?;
    eventually("the subscription arrives", || {
        source.send_multipart(["one", "two"]).unwrap();
        sink.try_recv_multipart().unwrap().is_some_and(|message| message.len() == 2)
    });
    Ok(())
}

#[test]
fn hazard_conflate_multipart_an_untyped_receiver_cannot_conflate() -> Result<()> {
    for socket_type in [SocketType::Pull, SocketType::Sub, SocketType::Dealer, SocketType::Pair] {
        let error = context()?.socket(socket_type)?.set_conflate(true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        let text = "cannot set conflate: only PUSH and PUB sockets support it safely (ENOTSUP)";
        assert_eq!(error.to_string(), text);
    }
    Ok(())
}

#[test]
fn mechanism_and_role_follow_the_latest_option() -> Result<()> {
    let socket = push()?;
    assert_eq!(socket.set_plain_server(true)?.mechanism()?, Mechanism::Plain);
    assert!(socket.plain_server()?);
    socket.set_plain_username(Some("admin"))?.set_plain_password(Some("secret"))?;
    assert!(!socket.plain_server()?);
    assert_eq!(socket.mechanism()?, Mechanism::Plain);
    assert_eq!(socket.set_plain_password(None)?.mechanism()?, Mechanism::Null);
    Ok(())
}

#[test]
fn no_error_shows_a_secret() -> Result<()> {
    let socket = push()?;
    let shut_down = push()?;
    shut_down.context().shutdown();
    let errors = [
        socket.set_plain_password(Some("hunter2\0")).unwrap_err(),
        socket.set_plain_password(Some(&"hunter2".repeat(100))).unwrap_err(),
        shut_down.set_plain_password(Some("hunter2")).unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().starts_with("cannot set plain_password to a secret: "), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    Ok(())
}

#[test]
fn raw_options_access_the_stored_values_of_libzmq() -> Result<()> {
    let socket = push()?;
    assert_eq!(socket.raw_option(sys::ZMQ_BACKLOG, 4)?, 100_i32.to_ne_bytes());
    assert_eq!(socket.raw_option(sys::ZMQ_MAXMSGSIZE, 8)?, (-1_i64).to_ne_bytes());
    // SAFETY: libzmq stores the number.
    unsafe { socket.set_raw_option(sys::ZMQ_BACKLOG, &7_i32.to_ne_bytes())? };
    assert_eq!(socket.backlog()?, 7);
    // SAFETY: libzmq stores the text and returns it.
    unsafe { socket.set_raw_option(sys::ZMQ_SOCKS_PROXY, b"host:1")? };
    assert_eq!(socket.raw_option(sys::ZMQ_SOCKS_PROXY, usize::MAX)?, b"host:1\0");
    // SAFETY: as above.
    unsafe { socket.set_raw_option(sys::ZMQ_SOCKS_PROXY, b"")? };
    assert_eq!(socket.socks_proxy()?, None);
    Ok(())
}

#[test]
fn a_raw_option_that_is_unknown_or_of_another_size_is_an_error() -> Result<()> {
    let socket = push()?;
    for (option, len) in [(12_345, 4), (sys::ZMQ_BACKLOG, 0), (sys::ZMQ_BACKLOG, 3), (sys::ZMQ_LAST_ENDPOINT, 0)] {
        let error = socket.raw_option(option, len).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::GetOption));
        assert_eq!(error.to_string(), format!("cannot read option {option}: an argument is invalid (EINVAL)"));
    }
    // SAFETY: libzmq knows no such option.
    let error = unsafe { socket.set_raw_option(12_345, &[1]) }.unwrap_err();
    assert_eq!(error.to_string(), "cannot set option 12345: an argument is invalid (EINVAL)");
    Ok(())
}

#[test]
fn a_raw_timeout_takes_effect_immediately() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    // SAFETY: libzmq stores the number.
    unsafe { socket.set_raw_option(sys::ZMQ_RCVTIMEO, &1_i32.to_ne_bytes())? };
    assert!(socket.recv().unwrap_err().is_timed_out());
    Ok(())
}

#[test]
fn after_a_shutdown_no_option_can_be_read_or_set() -> Result<()> {
    let socket = context()?.socket(XPub)?;
    socket.context().shutdown();
    let errors = [
        socket.linger().unwrap_err(),
        socket.set_linger(None).map(drop).unwrap_err(),
        socket.heartbeat().unwrap_err(),
        socket.set_verbose(true).map(drop).unwrap_err(),
        socket.raw_option(sys::ZMQ_LINGER, 4).unwrap_err(),
    ];
    assert!(errors.iter().all(zmq::Error::is_terminated), "{errors:?}");
    assert_eq!(errors[1].to_string(), "cannot set linger to None: the context was terminated (ETERM)");
    assert!(!socket.is_supported(sys::ZMQ_LINGER) && !socket.is_supported(sys::ZMQ_XPUB_VERBOSE));
    Ok(())
}

#[test]
fn an_option_is_supported_if_the_loaded_libzmq_and_the_type_have_it() -> Result<()> {
    let context = context()?;
    let sockets: [Socket<Any>; 5] = [
        context.socket(Push)?.erase(),
        context.socket(Router)?.erase(),
        context.socket(XPub)?.erase(),
        context.socket(Req)?.erase(),
        context.socket(Stream)?.erase(),
    ];
    let [push, router, xpub, req, stream] = &sockets;
    for (option, answers) in [
        (sys::ZMQ_SNDHWM, [true; 5]),
        (sys::ZMQ_AFFINITY, [true; 5]),
        (sys::ZMQ_LAST_ENDPOINT, [true; 5]),
        (sys::ZMQ_TCP_ACCEPT_FILTER, [true; 5]),
        (sys::ZMQ_CURVE_SECRETKEY, [zmq::has(Capability::Curve); 5]),
        (sys::ZMQ_GSSAPI_SERVER, [zmq::has(Capability::Gssapi); 5]),
        (sys::ZMQ_VMCI_BUFFER_SIZE, [zmq::has(Capability::Vmci); 5]),
        (sys::ZMQ_IN_BATCH_SIZE, [zmq::has(Capability::Draft); 5]),
        (sys::ZMQ_HELLO_MSG, [false, zmq::has(Capability::Draft), false, false, false]),
        (sys::ZMQ_ROUTER_MANDATORY, [false, true, false, false, false]),
        (sys::ZMQ_XPUB_VERBOSE, [false, false, true, false, false]),
        (sys::ZMQ_REQ_RELAXED, [false, false, false, true, false]),
        (sys::ZMQ_STREAM_NOTIFY, [false, false, false, false, true]),
        // libzmq 4.3.5 added the count of topics.
        (sys::ZMQ_TOPICS_COUNT, [false, false, zmq::version().patch >= 5, false, false]),
        (12_345, [false; 5]),
        (-1, [false; 5]),
    ] {
        let found = [push, router, xpub, req, stream].map(|socket| socket.is_supported(option));
        assert_eq!(found, answers, "option {option}");
    }
    Ok(())
}

#[test]
fn an_option_that_the_type_of_an_untyped_socket_lacks_is_refused_and_named() -> Result<()> {
    let socket = context()?.socket(SocketType::Pull)?;
    let errors = [
        ("mandatory", socket.set_mandatory(true).map(drop)),
        ("routing_id", socket.set_routing_id("x").map(drop)),
        ("rate", socket.set_rate(5).map(drop)),
        ("verbose", socket.set_verbose(true).map(drop)),
        ("relaxed", socket.set_relaxed(true).map(drop)),
        ("notify", socket.set_notify(false).map(drop)),
        ("subscribe", socket.subscribe("x").map(drop)),
        ("unsubscribe_peer", socket.unsubscribe_peer("x").map(drop)),
    ];
    for (name, result) in errors {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
        assert_eq!(error.to_string(), format!("cannot set {name}: PULL sockets do not have it (ENOTSUP)"));
    }
    context()?.socket(SocketType::Router)?.set_mandatory(true)?;
    Ok(())
}

/// libzmq implements REP by ROUTER, and aborts if a mandatory route is lost before its request is received.

#[test]
fn a_rep_socket_cannot_be_mandatory() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let replier = context.socket(SocketType::Rep).unwrap();
        assert_eq!(replier.set_mandatory(true).unwrap_err().kind(), ErrorKind::NotSupported);
        let replier: Socket<Rep> = replier.downcast().unwrap();
        let dealer = context.socket(Dealer).unwrap();
        dealer.connect(replier.bind(free("inproc")).unwrap()).unwrap();
        dealer.send_multipart(["", "request"]).unwrap();
        drop(dealer);
        assert_eq!(take_all(&replier).unwrap()[0], "request");
        replier.send("never delivered").unwrap();
    });
}
