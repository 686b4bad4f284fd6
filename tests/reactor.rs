//! Reactors: handlers, what they may change, and how a run ends.
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use zmq::{
    Context, Dealer, End, ErrorKind, Events, Multipart, Pull, Push, Reactor, Rep, Req, Result, Router, Socket,
    SocketId, SourceId, TimerId, Turn,
};

use common::{PATIENCE, context, pair, take};

/// What handlers note, in order.
type Notes = Vec<String>;

fn note(notes: &mut Notes, socket: &Socket<Pull>, _turn: &mut Turn<'_, Notes>) -> Result<()> {
    notes.push(socket.recv()?.to_str()?.to_owned());
    Ok(())
}

/// A reactor with one PULL socket that notes what it receives, its id, and the other end.
fn noting(context: &Context) -> Result<(Reactor<Notes>, SocketId<Pull>, Socket<Push>)> {
    let (sink, source) = pair(context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    let id = reactor.add(sink, Events::READABLE, note)?;
    Ok((reactor, id, source))
}

/// Runs turns until `done`, or for as long as patience lasts.
fn run_until<S>(reactor: &mut Reactor<S>, state: &mut S, mut done: impl FnMut(&S) -> bool) -> Result<()> {
    let start = std::time::Instant::now();
    while !done(state) {
        assert!(start.elapsed() < PATIENCE, "it did not come");
        reactor.run_once(state, Duration::from_millis(100))?;
    }
    Ok(())
}

#[test]
fn a_broker_is_a_struct_with_methods() -> Result<()> {
    struct Broker {
        front: Option<SocketId<Router>>,
        back: Option<SocketId<Dealer>>,
        replies: u32,
    }
    impl Broker {
        fn on_request(&mut self, front: &Socket<Router>, turn: &mut Turn<'_, Self>) -> Result<()> {
            let request = front.recv_multipart()?;
            let back = self.back.and_then(|id| turn.socket(id)).expect("the other socket is there");
            Ok(back.send_multipart(request)?)
        }
        fn on_reply(&mut self, back: &Socket<Dealer>, turn: &mut Turn<'_, Self>) -> Result<()> {
            let front = self.front.and_then(|id| turn.socket(id)).expect("the other socket is there");
            front.send_multipart(back.recv_multipart()?)?;
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
    let mut broker = Broker { front: Some(front), back: Some(back), replies: 0 };
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
fn what_is_not_received_is_ready_in_the_next_turn() -> Result<()> {
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
fn a_handler_adds_and_removes_others() -> Result<()> {
    let context = context()?;
    let (mut reactor, first, source) = noting(&context)?;
    let (added, late_source) = pair(&context, "inproc", (Pull, Push))?;
    let (trigger, trigger_source) = pair(&context, "inproc", (Pull, Push))?;
    let mut added = Some(added);
    reactor.add(trigger, Events::READABLE, move |notes: &mut Notes, socket, turn| {
        socket.recv()?;
        let removed = turn.remove(first).expect("it was there");
        assert!(turn.remove(first).is_none());
        assert!(turn.socket(first).is_none());
        notes.push(format!("removed with {:?} waiting", removed.recv()?.to_str()?));
        turn.add(added.take().expect("it is called once"), Events::READABLE, note)?;
        Ok(())
    })?;
    let mut notes = Notes::new();
    // The trigger stands behind what it removes and before what it adds: neither may get a handler called wrongly.
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
fn a_handler_removes_itself_and_its_socket_closes() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    reactor
        .add(sink, Events::READABLE, |own: &mut Option<SocketId<Pull>>, socket, turn| {
            assert_eq!(socket.recv()?, "last");
            let id = own.take().expect("it was put there");
            assert!(turn.remove(id).is_none(), "the handler has it in its hands");
            assert!(turn.remove(id).is_none());
            Ok(())
        })
        .map(|id| {
            source.send("last")?;
            assert_eq!(context.open_sockets().len(), 2);
            assert_eq!(reactor.run(&mut Some(id))?, End::Idle);
            assert_eq!(context.open_sockets().len(), 1);
            Ok(())
        })?
}

#[test]
fn the_place_of_a_source_that_removed_itself_serves_another() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let (next, next_source) = pair(&context, "inproc", (Pull, Push))?;
    let mut next = Some(next);
    let mut reactor = Reactor::new()?;
    let id =
        reactor.add(sink, Events::READABLE, move |notes: &mut (Notes, Option<SocketId<Pull>>), socket, turn| {
            notes.0.push(socket.recv()?.to_str()?.to_owned());
            turn.drop_source(notes.1.expect("it was put there"));
            let handler =
                |notes: &mut (Notes, Option<SocketId<Pull>>), socket: &Socket<Pull>, turn: &mut Turn<'_, _>| {
                    notes.0.push(socket.recv()?.to_str()?.to_owned());
                    turn.stop();
                    Ok(())
                };
            turn.add(next.take().expect("it is called once"), Events::READABLE, handler)?;
            Ok(())
        })?;
    source.send("first")?;
    next_source.send("second")?;
    let mut state = (Notes::new(), Some(id));
    assert_eq!(reactor.run(&mut state)?, End::Stopped);
    assert_eq!(state.0, ["first", "second"]);
    // And another one goes where the first was, and is called.
    let (third, third_source) = pair(&context, "inproc", (Pull, Push))?;
    reactor.add(third, Events::READABLE, |notes: &mut (Notes, _), socket, turn| {
        notes.0.push(socket.recv()?.to_str()?.to_owned());
        turn.stop();
        Ok(())
    })?;
    third_source.send("third")?;
    assert_eq!(reactor.run(&mut state)?, End::Stopped);
    assert_eq!(state.0, ["first", "second", "third"]);
    Ok(())
}

#[test]
fn timers_fire_among_messages_and_handlers_cancel_them() -> Result<()> {
    struct Counts {
        ticks: u32,
        once: u32,
        tick: Option<TimerId>,
    }
    let mut reactor = Reactor::<Counts>::new()?;
    let tick = reactor.add_timer(Duration::from_millis(1), |counts, turn| {
        counts.ticks += 1;
        assert_eq!(turn.events(), Events::empty());
        if counts.ticks == 5 {
            let id = counts.tick.take().expect("it was put there");
            assert!(turn.cancel_timer(id));
            assert!(!turn.cancel_timer(id));
            turn.add_once(Duration::ZERO, |counts, _| {
                counts.once += 1;
                Ok(())
            });
        }
        Ok(())
    })?;
    let mut counts = Counts { ticks: 0, once: 0, tick: Some(tick) };
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
fn another_thread_stops_it() -> Result<()> {
    let (mut reactor, _, source) = noting(&context()?)?;
    let stopper = reactor.stopper();
    let running = thread::spawn(move || {
        let mut notes = Notes::new();
        let end = reactor.run(&mut notes);
        (reactor, notes, end)
    });
    source.send("before")?;
    stopper.stop();
    let (mut reactor, mut notes, end) = running.join().expect("it does not panic");
    assert_eq!(end?, End::Stopped);
    // One stop ends one run, also when it comes first; nothing that was sent is lost in between.
    run_until(&mut reactor, &mut notes, |notes| notes == &["before"])?;
    stopper.stop();
    stopper.clone().stop();
    assert_eq!(reactor.run(&mut notes)?, End::Stopped);
    source.send("after")?;
    run_until(&mut reactor, &mut notes, |notes| notes == &["before", "after"])
}

#[test]
fn a_stop_that_comes_first_lets_no_handler_run() -> Result<()> {
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
fn a_stop_ends_one_turn_of_a_loop_of_the_programs_own() -> Result<()> {
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
        Err(zmq::Message::from([0xFF]).to_str().expect_err("it is no text"))
    });
    assert_eq!(reactor.run(&mut ()).unwrap_err().kind(), ErrorKind::InvalidInput);
    reactor.add_once(Duration::ZERO, |(), _| Ok(()));
    assert_eq!(reactor.run(&mut ())?, End::Idle);
    Ok(())
}

#[test]
fn a_handler_gives_a_timer_another_interval() -> Result<()> {
    struct Ticks {
        timer: Option<TimerId>,
        count: u32,
    }
    let mut reactor = Reactor::new()?;
    let timer = reactor.add_timer(Duration::from_secs(3600), |ticks: &mut Ticks, turn| {
        ticks.count += 1;
        if ticks.count == 3 {
            let timer = ticks.timer.expect("it was put there");
            assert!(turn.cancel_timer(timer) && !turn.cancel_timer(timer));
            let gone = turn.set_timer_interval(timer, Duration::from_nanos(1)).unwrap_err();
            assert_eq!(gone.kind(), ErrorKind::NotFound);
        }
        Ok(())
    })?;
    reactor.add_once(Duration::ZERO, |ticks: &mut Ticks, turn| {
        let timer = ticks.timer.expect("it was put there");
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
fn the_shutdown_of_a_context_ends_it() -> Result<()> {
    let context = context()?;
    let (mut reactor, _, _source) = noting(&context)?;
    let running = thread::spawn(move || reactor.run(&mut Notes::new()));
    context.shutdown();
    assert_eq!(running.join().expect("it does not panic")?, End::ContextTerminated);
    Ok(())
}

#[test]
fn an_error_ends_the_run_and_everything_stays() -> Result<()> {
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
fn a_panic_passes_through_and_everything_stays() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    reactor.add(sink, Events::READABLE, |notes: &mut Notes, socket, _| {
        let text = socket.recv()?;
        assert_ne!(text, "panic", "as the test wants it");
        notes.push(text.to_str()?.to_owned());
        Ok(())
    })?;
    reactor.add_once(Duration::ZERO, |_, _| panic!("as the test wants it"));
    let mut notes = Notes::new();
    for _ in 0..2 {
        let run = panic::catch_unwind(AssertUnwindSafe(|| reactor.run(&mut notes)));
        assert!(run.is_err());
        // The timer panicked the first time, the handler does the second.
        source.send("panic")?;
    }
    // One more panic is on its way.
    assert!(panic::catch_unwind(AssertUnwindSafe(|| reactor.run(&mut notes))).is_err());
    source.send("calm")?;
    run_until(&mut reactor, &mut notes, |notes| notes == &["calm"])
}

#[test]
fn descriptors_have_handlers_too() -> Result<()> {
    let (mut near, far) = UnixStream::pair().expect("a pair of streams");
    let mut reactor = Reactor::<(Notes, Option<SourceId>)>::new()?;
    let id = reactor.add_fd(far, Events::READABLE, |state: &mut (Notes, _), mut stream: &UnixStream, turn| {
        assert!(turn.events().is_readable());
        let mut bytes = [0; 16];
        let count = stream.read(&mut bytes).expect("it is readable");
        state.0.push(String::from_utf8_lossy(&bytes[..count]).into_owned());
        if count == 0 {
            turn.drop_source(state.1.expect("it was put there"));
        }
        Ok(())
    })?;
    let mut state = (Notes::new(), Some(id));
    near.write_all(b"one").expect("there is room");
    run_until(&mut reactor, &mut state, |state| state.0 == ["one"])?;
    near.write_all(b"two").expect("there is room");
    run_until(&mut reactor, &mut state, |state| state.0 == ["one", "two"])?;
    drop(near);
    assert_eq!(reactor.run(&mut state)?, End::Idle);
    assert_eq!(state.0, ["one", "two", ""]);
    Ok(())
}

#[test]
fn a_handler_changes_what_its_own_source_is_waited_for() -> Result<()> {
    let (near, far) = UnixStream::pair().expect("a pair of streams");
    let mut reactor = Reactor::<(u32, Option<SourceId>)>::new()?;
    let id = reactor.add_fd(far, Events::WRITABLE, |state: &mut (u32, Option<SourceId>), _, turn| {
        state.0 += 1;
        assert!(turn.set_interest(state.1.expect("it was put there"), Events::empty())?);
        Ok(())
    })?;
    let mut state = (0, Some(id));
    assert_eq!(reactor.run_once(&mut state, PATIENCE)?, 1);
    assert_eq!(reactor.run_once(&mut state, Duration::ZERO)?, 0);
    assert_eq!(state.0, 1);
    drop(near);
    Ok(())
}

#[test]
fn a_reactor_gives_its_sockets_back_and_closes_the_rest() -> Result<()> {
    let context = context()?;
    let (mut reactor, id, source) = noting(&context)?;
    assert_eq!(reactor.socket(id).map(Socket::socket_type), Some(zmq::SocketType::Pull));
    let sink = reactor.remove(id).expect("it was there");
    assert!(reactor.socket(id).is_none());
    source.send_multipart(["still", "works"])?;
    assert_eq!(sink.recv_multipart()?, Multipart::from(["still", "works"]));
    let id = reactor.add(sink, Events::READABLE, note)?;
    assert!(reactor.socket(id).is_some());
    drop(reactor);
    assert_eq!(context.open_sockets().len(), 1);
    Ok(())
}
