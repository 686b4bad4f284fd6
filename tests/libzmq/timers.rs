//! Timers. Origin: test_timers.cpp.

use std::cell::Cell;
use std::time::{Duration, Instant};

use zmq::{ErrorKind, Result, Timers};

const INTERVAL: Duration = Duration::from_millis(50);

/// Waits until the next timer is due.
fn wait(timers: &mut Timers<'_>) -> Result<()> {
    while let Some(left) = timers.timeout().filter(|left| !left.is_zero()) {
        zmq::poll(&mut [], left)?;
    }
    Ok(())
}

#[test]
fn an_unknown_timer_is_an_error() -> Result<()> {
    let mut timers = Timers::new();
    let id = timers.add(Duration::MAX, |_| ())?;
    assert_eq!(timers.timeout(), None, "a timer without an end is never due");
    assert!(timers.cancel(id));
    assert!(!timers.cancel(id));
    assert_eq!(timers.set_interval(id, INTERVAL).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(timers.reset(id).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(timers.timeout(), None);
    assert_eq!(timers.execute()?, 0);
    Ok(())
}

#[test]
fn a_timer_fires_when_its_interval_has_passed_and_not_before() -> Result<()> {
    let fired = Cell::new(0);
    let mut timers = Timers::new();
    let start = Instant::now();
    let id = timers.add(INTERVAL, |_| fired.set(fired.get() + 1))?;
    let early = timers.execute()?;
    // A busy machine may delay the thread between two lines.
    assert!(early == 0 || start.elapsed() >= INTERVAL);
    wait(&mut timers)?;
    timers.execute()?;
    assert_eq!(fired.get(), 1);
    assert!(start.elapsed() >= INTERVAL);

    let again = Instant::now();
    timers.reset(id)?;
    wait(&mut timers)?;
    assert!(again.elapsed() >= INTERVAL);
    assert_eq!(timers.execute()?, 1);

    let again = Instant::now();
    timers.set_interval(id, INTERVAL / 2)?;
    assert!(timers.timeout().is_some_and(|left| left <= INTERVAL / 2));
    wait(&mut timers)?;
    assert!(again.elapsed() >= INTERVAL / 2);
    assert_eq!(timers.execute()?, 1);

    assert!(timers.cancel(id));
    assert_eq!(timers.timeout(), None);
    assert_eq!(timers.execute()?, 0);
    assert_eq!(fired.get(), 3);
    Ok(())
}
