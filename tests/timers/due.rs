//! Timers: the deadlines and the order of their handlers, and the state of a set after errors.
//!
//! An interval of a nanosecond is due as soon as the clock has advanced, and an interval of an hour is not. For this
//! reason, the tests need not sleep.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::timers::TimerId;
use zmq::timers::{AnyThread, ThisThread};
use zmq::{Context, Errno, ErrorKind, Operation, Pull, Push, Result, Timers};

const AT_ONCE: Duration = Duration::from_nanos(1);
const HOUR: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until the clock has advanced, so that every interval of [`AT_ONCE`] has passed.
fn tick() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(1) {}
}

#[test]
fn a_timer_fires_at_every_interval_until_it_is_cancelled() -> Result<()> {
    let count = Cell::new(0);
    let mut timers = Timers::new();
    let id = timers.add(AT_ONCE, |_| count.set(count.get() + 1))?;
    for ran in 1..=5 {
        tick();
        assert_eq!(timers.timeout(), Some(Duration::ZERO));
        assert_eq!(timers.execute()?, 1);
        assert_eq!(count.get(), ran);
    }
    assert!(timers.cancel(id));
    tick();
    assert_eq!(timers.execute()?, 0);
    assert_eq!((timers.timeout(), timers.len(), count.get()), (None, 0, 5));
    Ok(())
}

#[test]
fn a_one_shot_timer_is_removed_after_it_fired() -> Result<()> {
    let mut text = String::from("moved into the handler");
    let got = RefCell::new(String::new());
    let mut timers = Timers::new();
    let id = timers.once(AT_ONCE, |_| *got.borrow_mut() = std::mem::take(&mut text));
    tick();
    assert!(timers.contains(id));
    assert_eq!(timers.execute()?, 1);
    assert!(!timers.contains(id) && timers.is_empty());
    assert!(!timers.cancel(id));
    assert_eq!((timers.execute()?, timers.timeout()), (0, None));
    assert_eq!(*got.borrow(), "moved into the handler");
    Ok(())
}

#[test]
fn a_delay_of_zero_is_due_immediately() -> Result<()> {
    let mut timers = Timers::new();
    timers.once(Duration::ZERO, |_| ());
    assert_eq!(timers.timeout(), Some(Duration::ZERO));
    assert_eq!(timers.execute()?, 1);
    Ok(())
}

#[test]
fn nothing_fires_before_its_deadline() -> Result<()> {
    let mut timers = Timers::new();
    timers.add(HOUR, |_| unreachable())?;
    timers.once(HOUR, |_| unreachable());
    assert_eq!(timers.execute()?, 0);
    assert!(timers.timeout().is_some_and(|timeout| timeout <= HOUR && timeout > HOUR - PATIENCE));
    assert_eq!(timers.len(), 2);
    Ok(())
}

fn unreachable() {
    panic!("the handler ran");
}

#[test]
fn a_wait_for_the_timeout_is_long_enough() -> Result<()> {
    let mut timers = Timers::new();
    let start = Instant::now();
    let interval = Duration::from_micros(1500);
    timers.add(interval, |_| ())?;
    thread::sleep(timers.timeout().unwrap_or_default());
    assert_eq!(timers.execute()?, 1);
    assert!(start.elapsed() >= interval);
    Ok(())
}

#[test]
fn a_message_or_a_timer_ends_the_same_wait() -> Result<()> {
    let context = Context::new()?;
    let (inbox, outbox) = (context.socket(Pull)?, context.socket(Push)?);
    outbox.connect(inbox.bind("inproc://timers-and-messages")?)?;
    let mut timers = Timers::new();
    timers.add(Duration::from_millis(1), |_| outbox.send("from a timer"))?;
    let deadline = Instant::now() + PATIENCE;
    let mut received = 0;
    while received < 5 && Instant::now() < deadline {
        if let Some(message) = inbox.recv_timeout(timers.timeout().unwrap_or(PATIENCE))? {
            assert_eq!(message, "from a timer");
            received += 1;
        }
        timers.execute()?;
    }
    assert_eq!(received, 5);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_poll_accepts_the_timeout_directly() -> Result<()> {
    let inbox = Context::new()?.socket(Pull)?;
    let mut items = [zmq::PollItem::new(&inbox, zmq::Events::READABLE)];
    let mut timers = Timers::<u32>::new();
    timers.add(Duration::from_micros(300), |timer| *timer.state += 1)?;
    let mut ran = 0;
    while ran < 3 {
        assert_eq!(zmq::poll(&mut items, timers.timeout())?, 0);
        // The poll must not end before the timer is due.
        assert_eq!(timers.execute_with(&mut ran)?, 1);
    }
    Ok(())
}

#[test]
fn due_timers_run_in_the_order_of_their_deadlines() -> Result<()> {
    let mut timers = Timers::<Vec<u32>>::new();
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(timers.once(AT_ONCE, move |timer| timer.state.push(number)));
        tick();
    }
    timers.reset(ids[1])?;
    tick();
    let mut ran = Vec::new();
    assert_eq!(timers.execute_with(&mut ran)?, 4);
    assert_eq!(ran, [0, 2, 3, 1]);
    Ok(())
}

#[test]
fn a_late_execution_fires_a_timer_only_once() -> Result<()> {
    let mut timers = Timers::<u32>::new();
    timers.add(AT_ONCE, |timer| *timer.state += 1)?;
    tick();
    let mut ran = 0;
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    assert_eq!(ran, 1);
    Ok(())
}

#[test]
fn a_handler_receives_its_deadline() -> Result<()> {
    let before = Instant::now();
    let mut timers = Timers::<Option<(Instant, TimerId)>>::new();
    let id = timers.once(AT_ONCE, |timer| *timer.state = Some((timer.deadline(), timer.id())));
    let after = Instant::now();
    tick();
    let mut told = None;
    timers.execute_with(&mut told)?;
    assert!(told.is_some_and(|(deadline, _)| (before + AT_ONCE..=after + AT_ONCE).contains(&deadline)));
    assert_eq!(told.map(|(_, id)| id), Some(id));
    Ok(())
}

/// libzmq's execution would never return.
#[test]
fn hazard_timers_zero_an_interval_of_zero_is_refused_with_the_remedy() -> Result<()> {
    let mut timers = Timers::<()>::new();
    let error = timers.add(Duration::ZERO, |_| ()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Operation::AddTimer));
    let expected = "cannot add a timer with the interval 0ns: it would always be due; use a positive interval, or a timer that \
                    fires once";
    assert_eq!(error.to_string(), expected);
    let id = timers.add(HOUR, |_| ())?;
    let error = timers.set_interval(id, Duration::ZERO).unwrap_err();
    let expected = format!(
        "cannot set the interval of timer {id} to 0ns: it would always be due; use a positive interval, or a timer that \
         fires once"
    );
    assert_eq!(error.to_string(), expected);
    assert!(timers.timeout().is_some_and(|timeout| timeout > HOUR - PATIENCE));
    Ok(())
}

/// libzmq's clock wraps around, and its execution would never return.
#[test]
fn hazard_timers_zero_the_longest_interval_never_ends() -> Result<()> {
    let mut timers = Timers::new();
    let id = timers.add(Duration::MAX, |_| unreachable())?;
    timers.once(Duration::from_secs(u64::MAX), |_| unreachable());
    timers.add(Duration::from_millis(u64::MAX - 1), |_| unreachable())?;
    timers.reset(id)?;
    assert_eq!(timers.execute()?, 0);
    assert_eq!(timers.len(), 3);
    Ok(())
}

#[test]
fn a_changed_interval_starts_at_the_change() -> Result<()> {
    let mut timers = Timers::<u32>::new();
    let id = timers.add(HOUR, |timer| *timer.state += 1)?;
    timers.set_interval(id, AT_ONCE)?;
    let mut ran = 0;
    for expected in 1..=3 {
        tick();
        assert_eq!(timers.execute_with(&mut ran)?, 1);
        assert_eq!(ran, expected);
    }
    timers.set_interval(id, 2 * HOUR)?;
    assert!(timers.timeout().is_some_and(|timeout| timeout > HOUR));
    tick();
    assert_eq!(timers.execute_with(&mut ran)?, 0);
    Ok(())
}

#[test]
fn a_reset_restarts_the_interval() -> Result<()> {
    let mut timers = Timers::<()>::new();
    let id = timers.add(HOUR, |_| ())?;
    tick();
    let earliest = Instant::now() + HOUR;
    timers.reset(id)?;
    let due = timers.timeout().map(|timeout| Instant::now() + timeout);
    assert!(due >= Some(earliest));
    Ok(())
}

#[test]
fn a_timer_postponed_in_time_does_not_fire() -> Result<()> {
    let mut timers = Timers::<()>::new();
    let silence = timers.once(Duration::ZERO, |_| unreachable());
    timers.set_interval(silence, HOUR)?;
    assert_eq!(timers.execute()?, 0);
    timers.set_interval(silence, Duration::ZERO)?;
    assert_eq!(timers.timeout(), Some(Duration::ZERO));
    Ok(())
}

#[test]
fn the_error_for_a_missing_timer_names_the_timer() -> Result<()> {
    let mut other = Timers::<()>::new();
    let foreign = other.add(HOUR, |_| ())?;
    let mut timers = Timers::<()>::new();
    let gone = timers.add(HOUR, |_| ())?;
    assert!(timers.cancel(gone) && !timers.cancel(gone) && !timers.cancel(foreign));
    for id in [foreign, gone] {
        let reason = "it is not in this set, because it was cancelled, has already fired its only time, or belongs to another set";
        for (error, start) in [
            (timers.reset(id).unwrap_err(), format!("cannot reset timer {id}: {reason}")),
            (timers.guard(id).unwrap_err(), format!("cannot guard timer {id}: {reason}")),
            (timers.set_interval(id, HOUR).unwrap_err(), format!("cannot set the interval of timer {id}: {reason}")),
        ] {
            assert_eq!(error.to_string(), start);
            assert_eq!((error.kind(), error.errno()), (ErrorKind::NotFound, Errno::EINVAL));
            assert_eq!(error.subject(), Some(id.to_string().as_str()));
        }
    }
    assert!(other.contains(foreign));
    Ok(())
}

#[test]
fn only_a_set_for_any_thread_is_send() -> Result<()> {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    trait NotSent<A> {
        const HOLDS: bool = true;
    }
    impl<T> NotSent<()> for T {}
    impl<T: Send> NotSent<u8> for T {}
    // The constant would be ambiguous if the type were `Send`.
    const { assert!(<Timers<'static, (), ThisThread> as NotSent<_>>::HOLDS) };

    // The state is borrowed only during an execution, so it need not be `Send`.
    let mut timers = Timers::<Rc<Cell<u32>>, AnyThread>::new_send();
    let socket = Context::new()?.socket(Push)?;
    timers.add(AT_ONCE, move |timer| {
        timer.state.set(timer.state.get() + 1);
        drop(socket.try_send("undelivered"));
    })?;
    timers.once(HOUR, |_| ());
    let mut timers = sent(timers);
    let ran = thread::spawn(move || {
        tick();
        let mut state = Rc::new(Cell::new(0));
        timers.execute_with(&mut state).map(|ran| (ran, state.get()))
    });
    assert!(matches!(ran.join(), Ok(Ok((1, 1)))));
    Ok(())
}

#[test]
fn ten_thousand_timers_fire_once_each() -> Result<()> {
    let mut timers = Timers::<Vec<u64>>::new();
    for number in 0..10_000 {
        timers.once(Duration::from_micros(number * 7919 % 5000), move |timer| timer.state.push(number));
    }
    let mut ran = Vec::new();
    while let Some(timeout) = timers.timeout() {
        thread::sleep(timeout);
        timers.execute_with(&mut ran)?;
    }
    ran.sort_unstable();
    assert!(ran.into_iter().eq(0..10_000));
    Ok(())
}

#[test]
fn a_set_prints_the_number_of_timers_and_the_next_timeout() {
    let mut timers = Timers::<()>::new();
    assert_eq!(format!("{timers:?}"), "Timers { len: 0, timeout: None, .. }");
    timers.once(Duration::ZERO, |_| ());
    assert_eq!(format!("{timers:?}"), "Timers { len: 1, timeout: Some(0ns), .. }");
}
