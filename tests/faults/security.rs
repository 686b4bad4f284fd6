//! Attacks of a peer, or of a man in the middle, on a server, and the decisions of its authenticator.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use zmq::auth::{Answer, Authenticator, Request, Verdict};
use zmq::curve::KeyPair;
use zmq::{Context, Dealer, Endpoint, MonitorEvents, Pull, Push, Rep, Req, Result, Router, Security, Socket, sys};

use crate::common::wire::{COMMAND, Wire, greeting, message, ready};
use crate::common::{PATIENCE, context, eventually, in_child, process_commands, set_raw, take, take_all, this_test};

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn zap_client_connects_an_answer_of_the_authenticator_counts_for_its_client_alone() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (asked, answers) = mpsc::channel();
        let _authenticator = Authenticator::with(&context, move |_request: Request, answer: Answer| {
            let _ = asked.send(answer);
        })
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = context.socket(Push).unwrap();
        server.set_security(&Security::null().domain("global")).unwrap();
        server.set_reconnect_interval(Some(Duration::from_millis(1))).unwrap();
        server.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        let introduce = || {
            let mut client = Wire::new(listener.accept().unwrap().0);
            client.send(&greeting(0));
            client.receive(64);
            client.send(&ready("PULL", None));
            (client, answers.recv_timeout(PATIENCE).unwrap())
        };

        let (first, about_the_first) = introduce();
        drop(first);
        let (mut second, about_the_second) = introduce();
        about_the_first.give(Verdict::accept("the first"));
        about_the_second.give(Verdict::refuse("no"));

        let (flags, command) = second.receive_frame();
        assert_eq!((flags, &command[..]), (COMMAND, &b"\x05ERROR\x03400"[..]));
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn zap_client_connects_a_closed_server_delivers_what_it_has() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (asked, answers) = mpsc::channel();
        let _authenticator = Authenticator::with(&context, move |_request: Request, answer: Answer| {
            let _ = asked.send(answer);
        })
        .unwrap();
        let client = context.socket(Pull).unwrap();
        let endpoint = client.bind("tcp://127.0.0.1:*").unwrap();
        let server = context.socket(Push).unwrap();
        server.set_linger(Some(PATIENCE)).unwrap();
        server.set_security(&Security::null().domain("global")).unwrap().connect(&endpoint).unwrap();
        server.send("before the end").unwrap();
        drop(server);
        answers.recv_timeout(PATIENCE).unwrap().give(Verdict::accept("it"));
        assert_eq!(take(&client).unwrap(), "before the end");
    });
}

/// Relays the bytes of one connection and applies `change` to those of the client. Returns the endpoint to connect to.
fn relay(target: &Endpoint, mut change: impl FnMut(&mut Vec<u8>) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let mut server = TcpStream::connect(target.address()).unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let (mut back, mut from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from_server, &mut back);
            let _ = back.shutdown(Shutdown::Both);
        });
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = client.read(&mut buffer) {
            let mut bytes = buffer[..count].to_vec();
            change(&mut bytes);
            if server.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    });
    endpoint
}

/// A CURVE server and the keys of its client.
fn curve_server(context: &Context) -> Result<(Socket<Pull>, Security)> {
    let (server, client) = (KeyPair::generate()?, KeyPair::generate()?);
    let sink = context.socket(Pull)?;
    sink.set_security(&Security::curve_server(&server).without_authentication())?;
    Ok((sink, Security::curve_client(&client, server.public_key())))
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn monitor_errno_a_corrupted_message_ends_a_monitored_connection() -> Result<()> {
    let context = context()?;
    let (sink, security) = curve_server(&context)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    let monitor = sink.monitor(MonitorEvents::DISCONNECTED | MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)?;
    let harm = Arc::new(AtomicBool::new(false));
    let harms = Arc::clone(&harm);
    let source = context.socket(Push)?;
    source.set_security(&security)?.connect(relay(&endpoint, move |bytes| {
        if harms.load(Ordering::Acquire)
            && let Some(last) = bytes.last_mut()
        {
            *last ^= 1;
        }
    }))?;
    // An event long after the last one finds no command for its socket, which sets the error number.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(50) {
        source.send("honest")?;
        assert_eq!(take(&sink)?, "honest");
    }
    harm.store(true, Ordering::Release);
    source.send("harmed")?;
    for _ in ["the failure", "the end of the connection"] {
        assert!(monitor.recv_timeout(PATIENCE)?.is_some(), "the connection is frozen");
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn curve_flags_of_the_frame_around_the_encryption_count_for_nothing() -> Result<()> {
    const MORE_AND_COMMAND: u8 = 5;
    let context = context()?;
    let (sink, security) = curve_server(&context)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    let harm = Arc::new(AtomicBool::new(false));
    let harms = Arc::clone(&harm);
    let source = context.socket(Push)?;
    source.set_security(&security)?.connect(relay(&endpoint, move |bytes| {
        if harms.load(Ordering::Acquire) {
            bytes[0] ^= MORE_AND_COMMAND;
        }
    }))?;
    source.send("honest")?;
    assert_eq!(take(&sink)?, "honest");
    harm.store(true, Ordering::Release);
    // Each message is received before the next one is sent, so that the relay sees them one at a time.
    for text in ["one", "two", "three"] {
        source.send(text)?;
        let received = take(&sink)?;
        assert_eq!((&received[..], received.more()), (text.as_bytes(), false));
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn curve_gap_frames_that_are_taken_out_end_the_connection() -> Result<()> {
    let context = context()?;
    let (sink, security) = curve_server(&context)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    let monitor = sink.monitor(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)?;
    let harm = Arc::new(AtomicBool::new(false));
    let harms = Arc::clone(&harm);
    let source = context.socket(Push)?;
    source.set_security(&security)?.connect(relay(&endpoint, move |bytes| {
        if harms.swap(false, Ordering::AcqRel) {
            bytes.clear();
        }
    }))?;
    for text in ["one", "two"] {
        source.send(text)?;
        assert_eq!(take(&sink)?, text);
    }
    harm.store(true, Ordering::Release);
    source.send("taken out")?;
    eventually("the message is taken out", || !harm.load(Ordering::Acquire));
    source.send("next")?;
    eventually("the connection fails", || {
        assert_eq!(sink.try_recv().unwrap(), None);
        monitor.try_recv().unwrap().is_some()
    });
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn router_auto_id_that_a_peer_has_chosen_is_left_out() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let router = context.socket(Router).unwrap();
        let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
        let first = context.socket(Dealer).unwrap();
        first.connect(&endpoint).unwrap();
        first.send("hello").unwrap();
        let id = take_all(&router).unwrap()[0].to_vec();
        let next = u32::from_be_bytes(id[1..].try_into().unwrap()).wrapping_add(1);
        let next = [&[0][..], &next.to_be_bytes()].concat();

        let mut hostile = Wire::shake_hands(&endpoint, 0, "DEALER", Some(&next));
        // A DEALER sends only the message; the routing ID was part of the handshake.
        hostile.send(&message(b"mine", false));
        assert_eq!(take_all(&router).unwrap(), [&next[..], b"mine"]);
        let second = context.socket(Dealer).unwrap();
        second.connect(&endpoint).unwrap();
        second.send("hello").unwrap();
        let received = take_all(&router).unwrap();
        assert_eq!(received[1], "hello");
        assert_ne!(received[0], &next[..]);
        router.send_multipart([&received[0][..], b"for the second"]).unwrap();
        assert_eq!(take(&second).unwrap(), "for the second");
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn connect_routing_id_that_a_peer_has_claimed_goes_to_the_peer_that_is_meant() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let router = context.socket(Router).unwrap();
        let endpoint = router.bind("tcp://127.0.0.1:*").unwrap();
        let mut impostor = Wire::shake_hands(&endpoint, 0, "DEALER", Some(b"worker"));
        impostor.send(&message(b"I am the worker", false));
        assert_eq!(take_all(&router).unwrap(), ["worker", "I am the worker"]);

        let worker = context.socket(Dealer).unwrap();
        let at = worker.bind("tcp://127.0.0.1:*").unwrap();
        // SAFETY: the fixed libzmq allows the call, and the test runs in its own process.
        unsafe { router.connect_as_unchecked(&at, "worker").unwrap() };
        router.send_multipart(["worker", "for the worker"]).unwrap();
        assert_eq!(take(&worker).unwrap(), "for the worker");
        worker.send("from the worker").unwrap();
        assert_eq!(take_all(&router).unwrap(), ["worker", "from the worker"]);
        let ended = thread::spawn(move || impostor.expect_end());
        // The ROUTER closes the connection during one of its calls.
        eventually("the impostor is disconnected", || {
            process_commands(&router);
            ended.is_finished()
        });
        ended.join().expect("the end of the connection");
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn router_duplicate_a_peer_gets_in_when_its_routing_id_is_free() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind("tcp://127.0.0.1:*")?;
    let mut first = Wire::shake_hands(&endpoint, 0, "DEALER", Some(b"same"));
    first.send(&message(b"from the first", false));
    assert_eq!(take_all(&router)?, ["same", "from the first"]);

    let second = context.socket(Dealer)?;
    second.set_routing_id("same")?.set_reconnect_interval(Some(Duration::from_millis(1)))?;
    second.connect(&endpoint)?;
    let mut duplicate = Wire::shake_hands(&endpoint, 0, "DEALER", Some(b"same"));
    let ended = thread::spawn(move || duplicate.expect_end());
    eventually("the duplicate is disconnected", || {
        assert_eq!(router.recv_timeout(Duration::from_millis(1)).unwrap(), None);
        ended.is_finished()
    });
    ended.join().expect("the end of the connection");

    drop(first);
    eventually("the second peer is accepted", || {
        let _ = second.try_send("from the second");
        router.recv_multipart_timeout(Duration::from_millis(1)).unwrap() == Some(["same", "from the second"].into())
    });
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn req_user_id_a_requesting_server_gets_its_reply() -> Result<()> {
    let context = context()?;
    let rules = zmq::auth::Rules::new().plain_user("user", "password");
    let _authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
    let server = context.socket(Req)?;
    server.set_security(&Security::plain_server())?;
    let client = context.socket(Rep)?;
    client.set_security(&Security::plain_client("user", "password"))?;
    client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    for round in ["first", "second"] {
        server.send(round)?;
        assert_eq!(take(&client)?, round);
        client.send("reply")?;
        let reply = take(&server)?;
        assert_eq!(reply, "reply");
        assert_eq!(reply.user_id(), Some("user"));
    }
    Ok(())
}

/// Enables keep-alive with a number of probes that Linux refuses.
fn spoil<K: zmq::Kind>(socket: &Socket<K>) {
    set_raw(socket, sys::ZMQ_TCP_KEEPALIVE, &1_i32.to_ne_bytes());
    set_raw(socket, sys::ZMQ_TCP_KEEPALIVE_CNT, &128_i32.to_ne_bytes());
}

#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn keepalive_range_a_connection_that_cannot_be_tuned_is_closed() -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    spoil(&sink);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    for _ in 0..10 {
        Wire::connect(&endpoint).expect_end();
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = context.socket(Push)?;
    spoil(&source);
    source.set_reconnect_interval(Some(Duration::from_millis(1)))?;
    source.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
    for _ in 0..10 {
        Wire::new(listener.accept().unwrap().0).expect_end();
    }
    Ok(())
}
