//! Reactors: the possible actions of handlers, and the ways in which a run ends.
#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zmq::reactor::{End, SocketId, Turn};
use zmq::timers::TimerId;
use zmq::{Dealer, ErrorKind, Events, Multipart, Pull, Push, Reactor, Rep, Req, Result, Router, Socket};

use crate::common::noting::{Notes, note, noting};
use crate::common::{PATIENCE, context, in_time, pair, take};

/// Runs turns until `done` returns `true`. Panics after `PATIENCE`.
fn run_until<S>(reactor: &mut Reactor<S>, state: &mut S, mut done: impl FnMut(&S) -> bool) -> Result<()> {
    let start = std::time::Instant::now();
    while !done(state) {
        assert!(start.elapsed() < PATIENCE, "the expected state was not reached");
        reactor.run_once(state, Duration::from_millis(100))?;
    }
    Ok(())
}

#[test]
fn a_broker_is_a_struct_with_methods() -> Result<()> {
    struct Broker {
        front: SocketId<Router>,
        back: SocketId<Dealer>,
        replies: u32,
    }
    impl Broker {
        fn on_request(&mut self, front: &Socket<Router>, turn: &mut Turn<'_, Self>) -> Result<()> {
            let request = front.recv_multipart()?;
            Ok(turn.socket(self.back)?.send_multipart(request)?)
        }
        fn on_reply(&mut self, back: &Socket<Dealer>, turn: &mut Turn<'_, Self>) -> Result<()> {
            turn.socket(self.front)?.send_multipart(back.recv_multipart()?)?;
            self.replies += 1;
            if self.replies == 10 {
                turn.stop();
            }
            Ok(())
        }
    }

    let context = context()?;
    let (front, client) = pair(&context, "inproc", (Router, Req))?;
    let (back, worker) = pair(&context, "inproc", (Dealer, Rep))?;
    let mut reactor = Reactor::new()?;
    let front = reactor.add(front, Events::READABLE, Broker::on_request)?;
    let back = reactor.add(back, Events::READABLE, Broker::on_reply)?;
    let mut broker = Broker { front, back, replies: 0 };
    let working = thread::spawn(move || -> Result<()> {
        for _ in 0..10 {
            let request = take(&worker)?;
            worker.send([b"re: ", request.as_bytes()].concat())?;
        }
        Ok(())
    });
    let asking = thread::spawn(move || -> Result<()> {
        for number in 0..10 {
            client.send(format!("question {number}"))?;
            assert_eq!(take(&client)?, format!("re: question {number}"));
        }
        Ok(())
    });
    assert_eq!(reactor.run(&mut broker)?, End::Stopped);
    assert_eq!(broker.replies, 10);
    working.join().expect("the worker does not panic")?;
    asking.join().expect("the client does not panic")
}

#[test]
fn an_unreceived_message_is_ready_in_the_next_turn() -> Result<()> {
    let (mut reactor, _, source) = noting(&context()?)?;
    let mut notes = Notes::new();
    for text in ["one", "two", "three"] {
        source.send(text)?;
    }
    for count in 1..=3 {
        assert_eq!(reactor.run_once(&mut notes, PATIENCE)?, 1);
        assert_eq!(notes.len(), count);
    }
    assert_eq!(notes, ["one", "two", "three"]);
    assert_eq!(reactor.run_once(&mut notes, Duration::ZERO)?, 0);
    Ok(())
}

#[test]
fn a_handler_can_add_and_remove_other_sources() -> Result<()> {
    let context = context()?;
    let (trigger, trigger_source) = pair(&context, "inproc", (Pull, Push))?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let (added, late_source) = pair(&context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    let (first, second) = (reactor.reserve(), reactor.reserve::<Pull>());
    let mut added = Some(added);
    reactor.add_as(first, trigger, Events::READABLE, move |notes: &mut Notes, socket, turn| {
        socket.recv()?;
        let removed = turn.remove(second)?;
        assert_eq!(turn.remove(second).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(turn.socket(second).unwrap_err().kind(), ErrorKind::NotFound);
        notes.push(format!("removed with {:?} waiting", take(&removed)?.to_str()?));
        turn.add(added.take().expect("the handler is called once"), Events::READABLE, note)?;
        Ok(())
    })?;
    reactor.add_as(second, sink, Events::READABLE, note)?;
    let mut notes = Notes::new();
    // The trigger comes before the source that it removes, which is ready in the same turn, and before the source that
    // it adds in its place. Neither handler may be called for the wrong socket.
    reactor.run_once(&mut notes, Duration::ZERO)?;
    trigger_source.send("now")?;
    source.send("left over")?;
    late_source.send("new")?;
    run_until(&mut reactor, &mut notes, |notes| notes.iter().any(|note| note == "new"))?;
    let left = notes.iter().filter(|note| note.contains("left over")).count();
    assert_eq!(left, 1, "{notes:?}");
    assert_eq!(notes.len(), 2, "{notes:?}");
    Ok(())
}

#[test]
fn a_handler_can_remove_itself_which_closes_its_socket() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    reactor.add(sink, Events::READABLE, |(), socket, turn| {
        assert_eq!(socket.recv()?, "last");
        turn.remove_self();
        let own = turn.source_id().expect("this is the handler of a socket");
        assert!(!turn.drop_source(own), "the source has been removed already");
        Ok(())
    })?;
    source.send("last")?;
    assert_eq!(context.open_sockets().len(), 2);
    assert_eq!(reactor.run(&mut ())?, End::Idle);
    assert_eq!(context.open_sockets().len(), 1);
    Ok(())
}

#[test]
fn the_slot_of_a_source_that_removed_itself_can_be_reused() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let (next, next_source) = pair(&context, "inproc", (Pull, Push))?;
    let mut next = Some(next);
    let mut reactor = Reactor::new()?;
    let note_and_stop = |notes: &mut Notes, socket: &Socket<Pull>, turn: &mut Turn<'_, _>| {
        notes.push(socket.recv()?.to_str()?.to_owned());
        turn.stop();
        Ok(())
    };
    reactor.add(sink, Events::READABLE, move |notes: &mut Notes, socket, turn| {
        notes.push(socket.recv()?.to_str()?.to_owned());
        turn.remove_self();
        turn.add(next.take().expect("the handler is called once"), Events::READABLE, note_and_stop)?;
        Ok(())
    })?;
    source.send("first")?;
    next_source.send("second")?;
    let mut notes = Notes::new();
    assert_eq!(reactor.run(&mut notes)?, End::Stopped);
    assert_eq!(notes, ["first", "second"]);
    // A third source takes the slot of the first one, and its handler is called.
    let (third, third_source) = pair(&context, "inproc", (Pull, Push))?;
    reactor.add(third, Events::READABLE, note_and_stop)?;
    third_source.send("third")?;
    assert_eq!(reactor.run(&mut notes)?, End::Stopped);
    assert_eq!(notes, ["first", "second", "third"]);
    Ok(())
}

#[test]
fn timers_fire_between_messages_and_handlers_can_cancel_them() -> Result<()> {
    struct Counts {
        ticks: u32,
        once: u32,
    }
    let mut reactor = Reactor::<Counts>::new()?;
    reactor.add_timer(Duration::from_millis(1), |counts, turn| {
        counts.ticks += 1;
        assert_eq!(turn.events(), Events::empty());
        if counts.ticks == 5 {
            let id = turn.timer_id().expect("this is the handler of a timer");
            assert!(turn.cancel_timer(id));
            assert!(!turn.cancel_timer(id));
            turn.add_once(Duration::ZERO, |counts, _| {
                counts.once += 1;
                Ok(())
            });
        }
        Ok(())
    })?;
    let mut counts = Counts { ticks: 0, once: 0 };
    assert_eq!(reactor.run(&mut counts)?, End::Idle);
    assert_eq!((counts.ticks, counts.once), (5, 1));
    Ok(())
}

#[test]
fn an_interval_of_zero_is_refused() -> Result<()> {
    let mut reactor = Reactor::<()>::new()?;
    let error = reactor.add_timer(Duration::ZERO, |(), _| Ok(())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(reactor.run(&mut ())?, End::Idle);
    Ok(())
}

#[test]
fn another_thread_can_stop_a_reactor() -> Result<()> {
    let (mut reactor, _, source) = noting(&context()?)?;
    let stopper = reactor.stopper();
    let running = thread::spawn(move || {
        let mut notes = Notes::new();
        let end = reactor.run(&mut notes);
        (reactor, notes, end)
    });
    source.send("before")?;
    stopper.stop();
    let (mut reactor, mut notes, end) = running.join().expect("the thread does not panic");
    assert_eq!(end?, End::Stopped);
    // One stop ends one run, even if it precedes the run. No message is lost in between.
    run_until(&mut reactor, &mut notes, |notes| notes == &["before"])?;
    stopper.stop();
    stopper.clone().stop();
    assert_eq!(reactor.run(&mut notes)?, End::Stopped);
    source.send("after")?;
    run_until(&mut reactor, &mut notes, |notes| notes == &["before", "after"])
}

#[test]
fn a_stop_ends_an_otherwise_endless_wait() -> Result<()> {
    let (mut reactor, _, _source) = noting(&context()?)?;
    for _ in 0..50 {
        let (begin, begun) = mpsc::channel::<()>();
        reactor.add_once(Duration::ZERO, move |_, _| {
            drop(begin);
            Ok(())
        });
        let stopper = reactor.stopper();
        let running = thread::spawn(move || (reactor.run(&mut Notes::new()), reactor));
        assert!(begun.recv().is_err(), "the handler that ran has dropped the other end");
        stopper.stop(); // The reactor waits, or is about to.
        let end;
        (end, reactor) = in_time(|| running.join().expect("the thread does not panic"));
        assert_eq!(end?, End::Stopped);
    }
    Ok(())
}

#[test]
fn a_stop_before_the_run_prevents_all_handlers() -> Result<()> {
    let (mut reactor, _, source) = noting(&context()?)?;
    source.send("waits")?;
    reactor.stopper().stop();
    let mut notes = Notes::new();
    assert_eq!(reactor.run(&mut notes)?, End::Stopped);
    assert!(notes.is_empty());
    let mut empty = Reactor::<()>::new()?;
    empty.stopper().stop();
    assert_eq!(empty.run(&mut ())?, End::Stopped);
    assert_eq!(empty.run(&mut ())?, End::Idle);
    run_until(&mut reactor, &mut notes, |notes| notes == &["waits"])
}

#[test]
fn a_stop_ends_one_turn_of_the_programs_own_loop() -> Result<()> {
    let mut reactor = Reactor::<u32>::new()?;
    for _ in 0..3 {
        reactor.add_once(Duration::ZERO, |fired, turn| {
            *fired += 1;
            if *fired == 1 {
                turn.stop();
            }
            Ok(())
        });
    }
    let mut fired = 0;
    assert_eq!(reactor.run_once(&mut fired, PATIENCE)?, 1);
    assert_eq!(reactor.run_once(&mut fired, PATIENCE)?, 2);
    Ok(())
}

#[test]
fn a_handler_that_stops_and_fails_ends_one_run() -> Result<()> {
    let mut reactor = Reactor::<()>::new()?;
    reactor.add_once(Duration::ZERO, |(), turn| {
        turn.stop();
        Err(zmq::Message::from([0xFF]).to_str().expect_err("the bytes are not UTF-8"))
    });
    assert_eq!(reactor.run(&mut ()).unwrap_err().kind(), ErrorKind::InvalidInput);
    reactor.add_once(Duration::ZERO, |(), _| Ok(()));
    assert_eq!(reactor.run(&mut ())?, End::Idle);
    Ok(())
}

#[test]
fn a_handler_can_change_the_interval_of_a_timer() -> Result<()> {
    struct Ticks {
        timer: Option<TimerId>,
        count: u32,
    }
    let mut reactor = Reactor::new()?;
    let timer = reactor.add_timer(Duration::from_secs(3600), |ticks: &mut Ticks, turn| {
        ticks.count += 1;
        if ticks.count == 3 {
            let timer = ticks.timer.expect("the timer was stored");
            assert!(turn.cancel_timer(timer) && !turn.cancel_timer(timer));
            let gone = turn.set_timer_interval(timer, Duration::from_nanos(1)).unwrap_err();
            assert_eq!(gone.kind(), ErrorKind::NotFound);
        }
        Ok(())
    })?;
    reactor.add_once(Duration::ZERO, |ticks: &mut Ticks, turn| {
        let timer = ticks.timer.expect("the timer was stored");
        let refused = turn.set_timer_interval(timer, Duration::ZERO).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        turn.set_timer_interval(timer, Duration::from_nanos(1))
    });
    let mut ticks = Ticks { timer: Some(timer), count: 0 };
    assert_eq!(reactor.run(&mut ticks)?, End::Idle);
    assert_eq!(ticks.count, 3);
    Ok(())
}

#[test]
fn the_shutdown_of_a_context_ends_the_run() -> Result<()> {
    let context = context()?;
    let (mut reactor, _, _source) = noting(&context)?;
    let running = thread::spawn(move || reactor.run(&mut Notes::new()));
    context.shutdown();
    assert_eq!(running.join().expect("the thread does not panic")?, End::ContextTerminated);
    Ok(())
}

#[test]
fn an_error_ends_the_run_and_keeps_all_sources() -> Result<()> {
    let context = context()?;
    let (mut reactor, _, source) = noting(&context)?;
    source.send([255, 254])?;
    let mut notes = Notes::new();
    let error = reactor.run(&mut notes).unwrap_err();
    assert!(error.to_string().contains("not UTF-8"), "{error}");
    source.send("fine")?;
    run_until(&mut reactor, &mut notes, |notes| notes == &["fine"])
}

#[test]
fn a_panic_is_propagated_and_all_sources_are_kept() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    reactor.add(sink, Events::READABLE, |notes: &mut Notes, socket, _| {
        let text = socket.recv()?;
        assert_ne!(text, "panic", "the test asks for this panic");
        notes.push(text.to_str()?.to_owned());
        Ok(())
    })?;
    reactor.add_once(Duration::ZERO, |_, _| panic!("the test asks for this panic"));
    let mut notes = Notes::new();
    for _ in 0..2 {
        let run = panic::catch_unwind(AssertUnwindSafe(|| reactor.run(&mut notes)));
        assert!(run.is_err());
        // The first run panics in the timer, the second one in the handler.
        source.send("panic")?;
    }
    // One more message that causes a panic is queued.
    assert!(panic::catch_unwind(AssertUnwindSafe(|| reactor.run(&mut notes))).is_err());
    source.send("calm")?;
    run_until(&mut reactor, &mut notes, |notes| notes == &["calm"])
}

#[test]
fn descriptors_can_have_handlers() -> Result<()> {
    let (mut near, far) = UnixStream::pair().expect("a pair of streams");
    let mut reactor = Reactor::<Notes>::new()?;
    reactor.add_fd(far, Events::READABLE, |notes: &mut Notes, mut stream: &UnixStream, turn| {
        assert!(turn.events().is_readable());
        let mut bytes = [0; 16];
        let count = stream.read(&mut bytes).expect("the stream is readable");
        notes.push(String::from_utf8_lossy(&bytes[..count]).into_owned());
        if count == 0 {
            turn.remove_self();
        }
        Ok(())
    })?;
    let mut notes = Notes::new();
    near.write_all(b"one").expect("the stream has room");
    run_until(&mut reactor, &mut notes, |notes| notes == &["one"])?;
    near.write_all(b"two").expect("the stream has room");
    run_until(&mut reactor, &mut notes, |notes| notes == &["one", "two"])?;
    drop(near);
    assert_eq!(reactor.run(&mut notes)?, End::Idle);
    assert_eq!(notes, ["one", "two", ""]);
    Ok(())
}

#[test]
fn a_regular_file_is_always_ready() -> Result<()> {
    let path = std::env::current_exe().expect("the program has a path");
    let file = std::fs::File::open(path).expect("the file exists");
    let mut reactor = Reactor::<Vec<Events>>::new()?;
    reactor.add_fd(file, Events::READABLE, |seen: &mut Vec<Events>, _, turn| {
        seen.push(turn.events());
        Ok(())
    })?;
    let mut seen = Vec::new();
    assert_eq!(reactor.run_once(&mut seen, PATIENCE)?, 1);
    assert_eq!(reactor.run_once(&mut seen, PATIENCE)?, 1);
    assert_eq!(seen, [Events::READABLE; 2]);
    Ok(())
}

#[test]
fn a_handler_can_change_the_interest_of_its_own_source() -> Result<()> {
    let (near, far) = UnixStream::pair().expect("a pair of streams");
    let mut reactor = Reactor::<u32>::new()?;
    reactor.add_fd(far, Events::WRITABLE, |calls: &mut u32, _, turn| {
        *calls += 1;
        let own = turn.source_id().expect("this is the handler of a descriptor");
        turn.set_interest(own, Events::empty())
    })?;
    let mut calls = 0;
    assert_eq!(reactor.run_once(&mut calls, PATIENCE)?, 1);
    assert_eq!(reactor.run_once(&mut calls, Duration::ZERO)?, 0);
    assert_eq!(calls, 1);
    drop(near);
    Ok(())
}

#[test]
fn a_reactor_returns_removed_sockets_and_closes_the_others() -> Result<()> {
    let context = context()?;
    let (mut reactor, id, source) = noting(&context)?;
    assert_eq!(reactor.socket(id)?.socket_type(), zmq::SocketType::Pull);
    let sink = reactor.remove(id)?;
    assert_eq!(reactor.socket(id).unwrap_err().kind(), ErrorKind::NotFound);
    source.send_multipart(["still", "works"])?;
    assert_eq!(sink.recv_multipart()?, Multipart::from(["still", "works"]));
    let id = reactor.add(sink, Events::READABLE, note)?;
    assert!(reactor.socket(id).is_ok());
    drop(reactor);
    assert_eq!(context.open_sockets().len(), 1);
    Ok(())
}
