//! Connections over inproc to names that are bound late or never.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;
use std::{fs, thread};

use zmq::{Context, Dealer, ErrorKind, Message, Pair, Pull, Push, Rep, Req, Result, Router, Sub, XPub, sys};

use crate::c;
use crate::common::{PATIENCE, context, eventually, free, in_child, take, take_all, this_test};

/// Bytes that are counted until they are freed.
struct Counted(#[expect(dead_code, reason = "only its reference count matters")] Arc<()>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &[7; 4096]
    }
}

/// Bytes that run a closure when they are freed.
struct Acts<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> AsRef<[u8]> for Acts<F> {
    fn as_ref(&self) -> &[u8] {
        &[7; 4096]
    }
}

impl<F: FnOnce()> Drop for Acts<F> {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

fn acting(act: impl FnOnce() + Send + Sync + 'static) -> Message {
    Message::from_owner(Acts(Some(act)))
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

#[test]
fn inproc_names_that_nothing_binds_cost_no_slot_and_no_descriptor() {
    in_child(this_test!(), || {
        // The sockets are closed in the background, so a few of them exist at a time, but not a thousand.
        let context = Context::builder().max_sockets(100).build().unwrap();
        drop(context.socket(Push).unwrap());
        let before = descriptors();
        for _ in 0..20 {
            for _ in 0..25 {
                context.socket(Push).unwrap().connect("inproc://never").unwrap();
                context.socket(Router).unwrap().connect("inproc://never").unwrap();
                let subscriber = context.socket(Sub).unwrap();
                subscriber.subscribe("a topic").unwrap().connect("inproc://never-either").unwrap();
            }
            eventually("the sockets are closed", || descriptors() <= before);
        }
        assert!(context.open_sockets().is_empty());
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn inproc_names_of_the_c_library_that_nothing_binds_cost_no_slot() -> Result<()> {
    let context = Context::builder().max_sockets(10).build()?;
    for socket_type in [sys::ZMQ_PUSH, sys::ZMQ_ROUTER, sys::ZMQ_PAIR, sys::ZMQ_SUB, sys::ZMQ_REQ] {
        for _ in 0..1_000 {
            eventually("a slot is free", || c::connect_and_close(&context, socket_type, "inproc://never").is_ok());
        }
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn close_pace_keeps_the_sockets_that_wait_for_their_end_few() {
    in_child(this_test!(), || {
        let context = Context::builder().max_sockets(20_000).build().unwrap();
        drop(context.socket(Push).unwrap());
        let before = descriptors();
        // A single thread is not always faster than the thread that closes the sockets.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| c::open_and_close(&context, sys::ZMQ_PUSH).unwrap()));
            }
        });
        let after = descriptors();
        assert!(after < before + 100, "{before} descriptors, and {after} after the closes");
    });
}

#[test]
fn inproc_names_keep_the_messages_that_wait_for_a_bind() -> Result<()> {
    let context = Context::new()?;
    let name = free("inproc");
    for number in 0..100_u8 {
        let source = context.socket(Dealer)?;
        source.connect(&name)?;
        source.send_multipart([&[number][..], b"rest"])?;
    }
    let sink = context.socket(Pull)?;
    sink.bind(&name)?;
    let mut received: Vec<u8> = Vec::new();
    for _ in 0..100 {
        let message = take_all(&sink)?;
        assert_eq!((message.len(), &message[1][..]), (2, &b"rest"[..]));
        received.push(message[0][0]);
    }
    received.sort_unstable();
    assert_eq!(received, (0..100).collect::<Vec<u8>>());
    assert_eq!(sink.try_recv()?, None);

    let live = context.socket(Push)?;
    live.connect(&name)?;
    live.send("live")?;
    assert_eq!(take(&sink)?, "live");
    Ok(())
}

#[test]
fn inproc_names_that_are_never_bound_lose_no_memory_at_the_end_of_the_context() -> Result<()> {
    let count = Arc::new(());
    let context = Context::new()?;
    for _ in 0..100 {
        let source = context.socket(Push)?;
        source.connect("inproc://never")?;
        source.send(Message::from_owner(Counted(Arc::clone(&count))))?;
    }
    let left = context.socket(Push)?;
    left.connect("inproc://left")?;
    left.send(Message::from_owner(Counted(Arc::clone(&count))))?;
    left.disconnect("inproc://left")?;
    drop(left);
    drop(context);
    assert_eq!(Arc::strong_count(&count), 1);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn inproc_linger_frees_messages_when_it_is_over() -> Result<()> {
    let count = Arc::new(());
    let context = Context::new()?;
    for linger in [1, 30] {
        for disconnects in [false, true] {
            let source = context.socket(Push)?;
            source.set_linger(Some(Duration::from_millis(linger)))?.connect("inproc://never")?;
            source.send(Message::from_owner(Counted(Arc::clone(&count))))?;
            if disconnects {
                source.disconnect("inproc://never")?;
            }
        }
    }
    eventually("the messages are freed", || Arc::strong_count(&count) == 1);

    // A message without a linger limit is kept until the context ends.
    let source = context.socket(Push)?;
    source.set_linger(None)?.connect("inproc://never")?;
    source.send(Message::from_owner(Counted(Arc::clone(&count))))?;
    drop(source);
    let sink = context.socket(Pull)?;
    sink.bind("inproc://never")?;
    assert_eq!(take(&sink)?.len(), 4096);
    assert_eq!(sink.try_recv()?, None);
    Ok(())
}

#[test]
fn inproc_linger_does_not_hold_up_the_end_of_a_context() -> Result<()> {
    let count = Arc::new(());
    let context = Context::new()?;
    let source = context.socket(Push)?;
    source.set_linger(Some(Duration::from_secs(3600)))?.connect("inproc://never")?;
    source.send(Message::from_owner(Counted(Arc::clone(&count))))?;
    drop(source);
    context.terminate(PATIENCE).unwrap();
    assert_eq!(Arc::strong_count(&count), 1);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn inproc_refused_connections_of_a_pair_do_not_wait_for_a_bind() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let [first, second, binder] = [(); 3].map(|()| context.socket(Pair).unwrap());
        second.bind("inproc://second").unwrap();
        first.connect("inproc://second").unwrap();
        c::connect(&first, "inproc://late").unwrap();
        for _ in 0..10 {
            first.events().unwrap();
        }
        binder.bind("inproc://late").unwrap();
        // The name has no peer, so the next socket connects to it.
        let late = context.socket(Pair).unwrap();
        late.connect("inproc://late").unwrap();
        late.send("late").unwrap();
        assert_eq!(take(&binder).unwrap(), "late");
        first.send("to the second").unwrap();
        assert_eq!(take(&second).unwrap(), "to the second");
    });
}

#[test]
fn inproc_refused_connections_that_would_crash_are_an_error() -> Result<()> {
    let context = context()?;
    let [first, second, late] = [context.socket(Pair)?, context.socket(Pair)?, context.socket(Pair)?];
    second.bind("inproc://second")?;
    first.connect("inproc://second")?;
    let made = first.connect("inproc://late");
    assert_eq!(made.is_ok(), zmq::sys::build::PATCHED, "{made:?}");
    if let Err(error) = made {
        assert_eq!(error.kind(), ErrorKind::WrongState);
        assert!(error.to_string().contains("before the name is bound; bind it first"), "{error}");
    }
    late.bind("inproc://late")?;
    first.connect("inproc://late")?;
    first.send("to the second")?;
    assert_eq!(take(&second)?, "to the second");
    Ok(())
}

/// libzmq held the lock of its names and iterated over them while the freed bytes called back into it.
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn inproc_names_may_be_left_by_what_a_bind_frees() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let other = Mutex::new(Some(context.socket(Push).unwrap()));
        other.lock().unwrap().as_ref().unwrap().connect("inproc://left").unwrap();
        let source = context.socket(Push).unwrap();
        source.connect("inproc://bound").unwrap();
        let leave = move || other.lock().unwrap().take().unwrap().disconnect("inproc://left").unwrap();
        source.send(acting(leave)).unwrap();
        // The publisher reads a message that is not a subscription at once, and frees it.
        context.socket(XPub).unwrap().bind("inproc://bound").unwrap();
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn inproc_names_may_be_bound_by_what_a_close_frees() {
    in_child(this_test!(), || {
        let context = Context::new().unwrap();
        let (bound, binds) = mpsc::channel();
        let sink = Mutex::new(Some(context.socket(Pull).unwrap()));
        let bind = move || {
            let sink = sink.lock().unwrap().take().unwrap();
            sink.bind("inproc://twice").unwrap();
            bound.send(sink).unwrap();
        };
        let source = context.socket(Push).unwrap();
        source.connect("inproc://twice").unwrap();
        source.connect("inproc://twice").unwrap();
        source.send("one").unwrap();
        source.send("two").unwrap();
        source.send_more(acting(bind)).unwrap();
        drop(source);
        let sink = binds.recv_timeout(PATIENCE).unwrap();
        let mut received = [take(&sink).unwrap(), take(&sink).unwrap()];
        received.sort_by_key(|message| message.to_vec());
        assert_eq!(received, ["one", "two"]);
        drop(sink);
        context.terminate(PATIENCE).unwrap();
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn inproc_names_are_free_while_what_a_close_frees_waits_for_another_thread() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (done, is_done) = mpsc::channel();
        let others = context.clone();
        let wait = move || {
            let bound = thread::spawn(move || others.socket(Pull).unwrap().bind("inproc://other").is_ok()).join();
            done.send(bound.unwrap()).unwrap();
        };
        let source = context.socket(Push).unwrap();
        source.set_linger(Duration::from_secs(60)).unwrap().connect("inproc://waits").unwrap();
        source.send("one").unwrap();
        source.send_more(acting(wait)).unwrap();
        drop(source);
        assert_eq!(is_done.recv_timeout(PATIENCE), Ok(true));
    });
}

/// A use after free in libzmq, at the second of a thousand binds.
#[test]
fn inproc_names_of_closed_sockets_are_bound() {
    in_child(this_test!(), || {
        for _ in 0..4 {
            let context = context().unwrap();
            for round in 0..500 {
                let name = format!("inproc://name-{round}");
                if round % 2 == 0 {
                    context.socket(Router).unwrap().connect(&name).unwrap();
                } else {
                    context.socket(Rep).unwrap().connect(&name).unwrap();
                }
                context.socket(XPub).unwrap().bind(&name).unwrap();
            }
        }
    });
}

#[test]
fn inproc_names_are_left_on_one_thread_and_bound_on_another() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let name = free("inproc");
        thread::scope(|scope| {
            let binder = scope.spawn(|| {
                for _ in 0..5_000 {
                    let sink = context.socket(Rep).unwrap();
                    // The previous socket may still be closing, and hold the name.
                    let _ = sink.bind(&name);
                    let _ = sink.try_recv();
                }
            });
            let client = context.socket(Req).unwrap();
            client.set_send_timeout(Some(Duration::ZERO)).unwrap();
            while !binder.is_finished() {
                client.connect(&name).unwrap();
                let _ = client.disconnect(&name);
            }
            binder.join().unwrap();
        });
    });
}
