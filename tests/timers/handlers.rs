//! Handlers of timers: their possible actions, the state of a set after errors, and guards.
//!
//! An interval of a nanosecond is due as soon as the clock has advanced, and an interval of an hour is not.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::timers::Firing;
use zmq::timers::{TimerGuard, TimerId};
use zmq::{Context, ErrorKind, Operation, Push, Result, Timers};

const AT_ONCE: Duration = Duration::from_nanos(1);
const HOUR: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until the clock has advanced, so that every interval of [`AT_ONCE`] has passed.
fn tick() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(1) {}
}

fn unreachable() {
    panic!("the handler ran");
}

/// In libzmq this is a use of freed memory.
#[test]
fn hazard_timers_reset_in_handler_a_handler_resets_and_changes_its_own_timer() -> Result<()> {
    let mut timers = Timers::<u32>::new();
    let id = timers.add(AT_ONCE, |timer| {
        *timer.state += 1;
        timer.reset()?;
        timer.set_interval(if *timer.state < 3 { AT_ONCE } else { HOUR })
    })?;
    let mut ran = 0;
    for _ in 0..5 {
        tick();
        timers.execute_with(&mut ran)?;
    }
    assert_eq!(ran, 3);
    assert!(timers.contains(id));
    assert!(timers.timeout().is_some_and(|timeout| timeout > HOUR - PATIENCE));
    Ok(())
}

/// In libzmq this is a use of freed memory.
#[test]
fn hazard_timers_reentrancy_a_handler_executes_the_others() -> Result<()> {
    let mut timers = Timers::<Vec<&str>>::new();
    timers.add(AT_ONCE, |timer| {
        timer.state.push("outer starts");
        tick();
        let ran = timer.timers.execute_with(timer.state)?;
        assert_eq!(ran, 1);
        timer.state.push("outer ends");
        Ok::<_, zmq::Error>(())
    })?;
    timers.once(AT_ONCE, |timer| timer.state.push("inner"));
    tick();
    let mut story = Vec::new();
    assert_eq!(timers.execute_with(&mut story)?, 1);
    assert_eq!(story, ["outer starts", "inner", "outer ends"]);
    assert_eq!(timers.len(), 1);
    Ok(())
}

#[test]
fn a_handler_may_replace_the_set() -> Result<()> {
    let mut timers = Timers::<u32>::new();
    for _ in 0..3 {
        timers.add(AT_ONCE, |timer| {
            *timer.state += 1;
            *timer.timers = Timers::new();
            timer.timers.once(HOUR, |_| ());
        })?;
    }
    tick();
    let mut ran = 0;
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    assert_eq!((ran, timers.len()), (1, 1));
    Ok(())
}

#[test]
fn a_handler_cancels_its_own_timer() -> Result<()> {
    let mut timers = Timers::<u32>::new();
    let id = timers.add(AT_ONCE, |timer| {
        *timer.state += 1;
        timer.cancel();
    })?;
    let mut ran = 0;
    tick();
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    assert_eq!((timers.contains(id), timers.timeout(), ran), (false, None, 1));
    Ok(())
}

#[test]
fn the_handler_of_a_one_shot_timer_cannot_rearm_it() -> Result<()> {
    let mut timers = Timers::new();
    timers.once(AT_ONCE, |timer| {
        let id = timer.id();
        assert!(!timer.timers.contains(id) && !timer.timers.cancel(id));
        assert_eq!(timer.set_interval(AT_ONCE).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(timer.reset().unwrap_err().kind(), ErrorKind::NotFound);
    });
    tick();
    assert_eq!(timers.execute()?, 1);
    assert!(timers.is_empty());
    Ok(())
}

#[test]
fn a_handler_prevents_timers_that_it_cancels_or_postpones() -> Result<()> {
    let mut timers = Timers::<Vec<TimerId>>::new();
    timers.once(Duration::ZERO, |timer| {
        assert!(timer.timers.cancel(timer.state[0]));
        timer.timers.set_interval(timer.state[1], HOUR)
    });
    tick();
    let mut later = vec![timers.add(AT_ONCE, |_| unreachable())?, timers.add(AT_ONCE, |_| unreachable())?];
    tick();
    assert_eq!(timers.execute_with(&mut later)?, 1);
    assert_eq!((timers.len(), timers.contains(later[1])), (1, true));
    Ok(())
}

#[test]
fn a_timer_added_by_a_handler_runs_in_a_later_execution() -> Result<()> {
    fn again(timer: &mut Firing<u32>) {
        *timer.state += 1;
        timer.timers.once(Duration::ZERO, again);
    }
    let mut timers = Timers::new();
    timers.once(Duration::ZERO, again);
    let mut ran = 0;
    for expected in 1..=4 {
        assert_eq!(timers.execute_with(&mut ran)?, 1);
        assert_eq!((ran, timers.len()), (expected, 1));
    }
    Ok(())
}

#[test]
fn an_error_ends_the_execution_and_the_other_timers_run_in_the_next() -> Result<()> {
    let socket = Context::new()?.socket(Push)?;
    let mut timers = Timers::<u32>::new();
    let failing = timers.add(AT_ONCE, |_| socket.try_send("undelivered"))?;
    tick();
    timers.add(AT_ONCE, |timer| *timer.state += 1)?;
    tick();
    let mut ran = 0;
    let error = timers.execute_with(&mut ran).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::WouldBlock, Operation::Send));
    assert_eq!(ran, 0);
    // The failed timer is still armed, and is due after the timer that waited.
    assert!(timers.contains(failing));
    timers.set_interval(failing, HOUR)?;
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    assert_eq!((ran, timers.len()), (1, 2));
    Ok(())
}

/// In libzmq a panic would unwind through C.
#[test]
fn hazard_timers_unwind_a_panic_is_propagated_and_removes_its_timer() -> Result<()> {
    let captured = Rc::new(());
    let mut timers = Timers::<u32>::new();
    let held = Rc::clone(&captured);
    let panics = timers.add(AT_ONCE, move |_| {
        let _held = &held;
        unreachable();
    })?;
    tick();
    timers.add(AT_ONCE, |timer| *timer.state += 1)?;
    tick();
    let mut ran = 0;
    let panic = catch_unwind(AssertUnwindSafe(|| timers.execute_with(&mut ran))).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"the handler ran"));
    assert_eq!((timers.contains(panics), timers.len(), ran), (false, 1, 0));
    assert_eq!(Rc::strong_count(&captured), 1);
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    tick();
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    assert_eq!(ran, 2);
    Ok(())
}

#[test]
fn a_panic_in_the_drop_of_a_handler_leaves_the_set_intact() -> Result<()> {
    struct Loud;
    impl Drop for Loud {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let mut timers = Timers::<()>::new();
    let [one, other] = [Loud, Loud].map(|loud| {
        timers.add(HOUR, move |_| {
            let _held = &loud;
        })
    });
    let (one, other) = (one?, other?);
    let quiet = timers.add(HOUR, |_| ())?;
    assert!(catch_unwind(AssertUnwindSafe(|| timers.cancel(one))).is_err());
    assert_eq!(timers.len(), 2);
    drop([timers.guard(other)?, timers.guard(quiet)?]);
    assert!(catch_unwind(AssertUnwindSafe(|| timers.timeout())).is_err());
    assert_eq!((timers.timeout(), timers.len()), (None, 0));
    Ok(())
}

#[test]
fn a_guard_cancels_its_timer_when_it_is_dropped() -> Result<()> {
    let captured = Rc::new(());
    let held = Rc::clone(&captured);
    let mut timers = Timers::<()>::new();
    let id = timers.once(Duration::ZERO, move |_| drop(held));
    let guard = timers.guard(id)?;
    assert_eq!(guard.id(), id);
    assert_eq!((timers.timeout(), timers.len()), (Some(Duration::ZERO), 1));
    drop(guard);
    assert!(!timers.contains(id) && timers.is_empty());
    assert_eq!(timers.timeout(), None);
    assert_eq!(Rc::strong_count(&captured), 1);
    assert_eq!(timers.execute()?, 0);
    assert!(!timers.cancel(id));
    assert_eq!(timers.reset(id).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn a_guard_may_be_dropped_on_another_thread_and_after_the_set() -> Result<()> {
    let mut timers = Timers::<()>::new();
    let (one, other) = (timers.add(HOUR, |_| ())?, timers.add(HOUR, |_| ())?);
    let (first, last) = (timers.guard(one)?, timers.guard(other)?);
    assert!(thread::spawn(move || drop(first)).join().is_ok());
    assert!(!timers.contains(one) && timers.contains(other));
    drop(timers);
    drop(last);
    Ok(())
}

#[test]
fn either_of_two_guards_cancels_and_a_detached_one_does_not() -> Result<()> {
    let mut timers = Timers::<()>::new();
    let id = timers.add(HOUR, |_| ())?;
    timers.guard(id)?.detach();
    assert!(timers.contains(id));
    let (one, other) = (timers.guard(id)?, timers.guard(id)?);
    drop(one);
    assert!(!timers.contains(id));
    drop(other);
    assert_eq!((timers.len(), timers.timeout()), (0, None));
    Ok(())
}

#[test]
fn a_guard_dropped_by_a_handler_takes_effect_immediately() -> Result<()> {
    let mut timers = Timers::<Vec<TimerGuard>>::new();
    timers.add(AT_ONCE, |timer| timer.state.clear())?;
    tick();
    let guarded = timers.add(AT_ONCE, |_| unreachable())?;
    let mut guards = vec![timers.guard(guarded)?];
    tick();
    assert_eq!(timers.execute_with(&mut guards)?, 1);
    assert_eq!((guards.len(), timers.len()), (0, 1));
    Ok(())
}

#[test]
fn a_handler_may_keep_the_guard_of_its_own_timer() -> Result<()> {
    let own = Rc::new(RefCell::new(None::<TimerGuard>));
    let mut timers = Timers::<u32>::new();
    let kept = Rc::clone(&own);
    let id = timers.add(AT_ONCE, move |timer| {
        *timer.state += 1;
        kept.take();
    })?;
    own.replace(Some(timers.guard(id)?));
    tick();
    let mut ran = 0;
    assert_eq!(timers.execute_with(&mut ran)?, 1);
    tick();
    assert_eq!(timers.execute_with(&mut ran)?, 0);
    assert_eq!((ran, timers.len(), Rc::strong_count(&own)), (1, 0, 1));
    Ok(())
}

#[test]
fn a_cancelled_handler_is_dropped_with_its_captures() -> Result<()> {
    let captured = Rc::new(());
    let held = Rc::clone(&captured);
    let mut timers = Timers::<()>::new();
    let id = timers.add(HOUR, move |_| {
        let _held = &held;
    })?;
    assert_eq!(Rc::strong_count(&captured), 2);
    timers.cancel(id);
    assert_eq!(Rc::strong_count(&captured), 1);
    Ok(())
}
