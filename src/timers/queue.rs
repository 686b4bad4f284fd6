//! The deadlines of a set of timers.
//!
//! The queue does not know handlers, so that other kinds of timers can use it, and takes the time as an argument, so
//! that its tests need no clock.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::lock::Mutex;
use crate::unique;

/// The ID of a timer, unique in the process across all sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerId(u64);

impl TimerId {
    fn next() -> Self {
        Self(unique::number())
    }
}

impl fmt::Display for TimerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Cancels a timer when it is dropped.
///
/// The guard does not borrow the set. It can be dropped on another thread, in a handler, or after the set. The handler
/// is not called after the drop of the guard, and is itself dropped when the set is used next.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::Timers;
///
/// let mut timers = Timers::new();
/// let beat = timers.add(Duration::from_secs(1), |_| ())?;
/// let guard = timers.guard(beat)?;
/// assert!(timers.contains(beat));
/// drop(guard);
/// assert!(!timers.contains(beat));
/// assert_eq!(timers.timeout(), None);
/// # timers.execute()?;
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "dropped at once, it cancels the timer at once"]
pub struct TimerGuard {
    id: TimerId,
    cancelled: Weak<Cancelled>,
}

impl TimerGuard {
    /// Returns the timer's ID.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.add(Duration::from_secs(1), |_| ())?;
    /// assert_eq!(timers.guard(timer)?.id(), timer);
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> TimerId {
        self.id
    }

    /// Drops the guard without cancelling the timer.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.add(Duration::from_secs(1), |_| ())?;
    /// timers.guard(timer)?.detach();
    /// assert!(timers.contains(timer));
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn detach(mut self) {
        self.cancelled = Weak::new();
    }
}

impl Drop for TimerGuard {
    fn drop(&mut self) {
        if let Some(cancelled) = self.cancelled.upgrade() {
            cancelled.lock().insert(self.id);
        }
    }
}

/// The timers whose guards were dropped, until the queue removes them.
type Cancelled = Mutex<BTreeSet<TimerId>>;

/// The deadlines of a set of timers.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    timers: BTreeMap<TimerId, Timer>,
    /// The timers that have a deadline, ordered by it.
    order: BTreeSet<(Instant, TimerId)>,
    /// Created with the first guard.
    cancelled: Option<Arc<Cancelled>>,
}

#[derive(Debug)]
struct Timer {
    interval: Duration,
    once: bool,
    /// `None` if the deadline is beyond the range of `Instant`, so that it never comes.
    deadline: Option<Instant>,
}

impl Queue {
    /// Adds a timer that fires at every interval, for the first time one interval after `now`.
    pub(crate) fn add(&mut self, interval: Duration, now: Instant) -> Result<TimerId> {
        if interval.is_zero() {
            return Err(Error::invalid(Operation::AddTimer, format!("with the interval {interval:?}"), ALWAYS_DUE));
        }
        Ok(self.insert(interval, false, now))
    }

    /// Adds a timer that fires once, `delay` after `now`.
    pub(crate) fn add_once(&mut self, delay: Duration, now: Instant) -> TimerId {
        self.insert(delay, true, now)
    }

    fn insert(&mut self, interval: Duration, once: bool, now: Instant) -> TimerId {
        let id = TimerId::next();
        self.timers.insert(id, Timer { interval, once, deadline: None });
        self.arm(id, now);
        id
    }

    /// Removes a timer. Returns `true` if it was in the queue.
    pub(crate) fn remove(&mut self, id: TimerId) -> bool {
        let Some(timer) = self.timers.remove(&id) else { return false };
        if let Some(deadline) = timer.deadline {
            self.order.remove(&(deadline, id));
        }
        true
    }

    /// Changes the interval of a timer. The new interval starts `now`.
    pub(crate) fn set_interval(&mut self, id: TimerId, interval: Duration, now: Instant) -> Result<()> {
        let operation = Operation::SetTimerInterval;
        let timer = self.timers.get_mut(&id).ok_or_else(|| unknown(operation, id))?;
        if interval.is_zero() && !timer.once {
            return Err(Error::invalid(operation, id.to_string(), ALWAYS_DUE).with_value(format!("{interval:?}")));
        }
        timer.interval = interval;
        self.arm(id, now);
        Ok(())
    }

    /// Restarts a timer's interval from `now`.
    pub(crate) fn reset(&mut self, id: TimerId, now: Instant) -> Result<()> {
        match self.arm(id, now) {
            true => Ok(()),
            false => Err(unknown(Operation::ResetTimer, id)),
        }
    }

    /// Creates a guard that cancels the timer when the guard is dropped.
    pub(crate) fn guard(&mut self, id: TimerId) -> Result<TimerGuard> {
        if !self.contains(id) {
            return Err(unknown(Operation::GuardTimer, id));
        }
        let cancelled = self.cancelled.get_or_insert_default();
        Ok(TimerGuard { id, cancelled: Arc::downgrade(cancelled) })
    }

    /// Returns `true` if the timer is in the queue and no guard has cancelled it.
    pub(crate) fn contains(&self, id: TimerId) -> bool {
        self.timers.contains_key(&id) && !self.cancelled.as_ref().is_some_and(|ids| ids.lock().contains(&id))
    }

    /// Removes and returns a timer that a guard has cancelled. Call this until it returns `None`.
    pub(crate) fn sweep(&mut self) -> Option<TimerId> {
        let cancelled = Arc::clone(self.cancelled.as_ref()?);
        loop {
            let id = cancelled.lock().pop_first()?;
            if self.remove(id) {
                return Some(id);
            }
        }
    }

    /// Returns the time until the next timer is due: zero if a timer is due, `None` if no timer will ever be.
    pub(crate) fn timeout(&self, now: Instant) -> Option<Duration> {
        self.order.first().map(|(deadline, _)| deadline.saturating_duration_since(now))
    }

    /// Returns the due timers in the order of their deadlines. The caller then [fires](Self::fire) each.
    pub(crate) fn due(&self, now: Instant) -> Vec<TimerId> {
        self.order.iter().take_while(|(deadline, _)| *deadline <= now).map(|&(_, id)| id).collect()
    }

    /// Fires a timer that is still due. A repeating timer is armed again from `now`; others are removed.
    ///
    /// Returns the deadline, or `None` if the timer was removed or postponed in the meantime.
    pub(crate) fn fire(&mut self, id: TimerId, now: Instant) -> Option<Instant> {
        let timer = self.timers.get(&id)?;
        let deadline = timer.deadline.filter(|deadline| *deadline <= now)?;
        if timer.once {
            self.remove(id);
        } else {
            self.arm(id, now);
        }
        Some(deadline)
    }

    /// Sets the deadline one interval after `now`. Returns `true` if the timer is in the queue.
    fn arm(&mut self, id: TimerId, now: Instant) -> bool {
        let Some(timer) = self.timers.get_mut(&id) else { return false };
        if let Some(deadline) = timer.deadline {
            self.order.remove(&(deadline, id));
        }
        timer.deadline = now.checked_add(timer.interval);
        self.order.extend(timer.deadline.map(|deadline| (deadline, id)));
        true
    }

    /// Returns the number of timers, without those that guards have cancelled.
    pub(crate) fn len(&self) -> usize {
        let Some(cancelled) = &self.cancelled else { return self.timers.len() };
        let cancelled = cancelled.lock();
        self.timers.keys().filter(|id| !cancelled.contains(id)).count()
    }
}

const ALWAYS_DUE: &str = "it would always be due; use a positive interval, or a timer that fires once";

fn unknown(operation: Operation, id: TimerId) -> Error {
    let reason =
        "it is not in this set, because it was cancelled, has already fired its only time, or belongs to another set";
    Error::invalid(operation, id.to_string(), reason).of_kind(ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Fires the due timers and returns them.
    fn fired(queue: &mut Queue, now: Instant) -> Vec<TimerId> {
        queue.due(now).into_iter().filter(|&id| queue.fire(id, now).is_some()).collect()
    }

    #[test]
    fn a_timer_is_due_one_interval_after_it_was_added_and_not_before() -> Result<()> {
        let start = Instant::now();
        let mut queue = Queue::default();
        let id = queue.add(ms(10), start)?;
        assert_eq!(queue.timeout(start), Some(ms(10)));
        assert_eq!(queue.timeout(start + ms(3)), Some(ms(7)));
        assert!(fired(&mut queue, start + ms(10) - Duration::from_nanos(1)).is_empty());
        assert_eq!(queue.timeout(start + ms(10)), Some(Duration::ZERO));
        assert_eq!(fired(&mut queue, start + ms(10)), [id]);
        assert_eq!(queue.timeout(start + ms(10)), Some(ms(10)));
        Ok(())
    }

    #[test]
    fn what_runs_late_runs_once_and_counts_from_there() -> Result<()> {
        let start = Instant::now();
        let mut queue = Queue::default();
        let id = queue.add(ms(10), start)?;
        assert_eq!(queue.timeout(start + ms(57)), Some(Duration::ZERO));
        assert_eq!(fired(&mut queue, start + ms(57)), [id]);
        assert!(fired(&mut queue, start + ms(57)).is_empty());
        assert_eq!(queue.timeout(start + ms(57)), Some(ms(10)));
        Ok(())
    }

    #[test]
    fn the_deadline_that_is_fired_is_the_one_that_was_set() -> Result<()> {
        let start = Instant::now();
        let mut queue = Queue::default();
        let id = queue.add(ms(10), start)?;
        assert_eq!(queue.fire(id, start + ms(25)), Some(start + ms(10)));
        assert_eq!(queue.fire(id, start + ms(35)), Some(start + ms(35)));
        Ok(())
    }

    #[test]
    fn a_deadline_beyond_the_end_of_time_never_comes_until_it_is_changed() -> Result<()> {
        let start = Instant::now();
        let mut queue = Queue::default();
        let never = queue.add(Duration::MAX, start)?;
        queue.add_once(Duration::MAX, start);
        assert_eq!(queue.timeout(start), None);
        assert!(queue.contains(never));
        queue.set_interval(never, ms(5), start)?;
        assert_eq!(queue.timeout(start), Some(ms(5)));
        queue.set_interval(never, Duration::MAX, start)?;
        assert_eq!((queue.timeout(start), queue.len()), (None, 2));
        Ok(())
    }

    /// Operations on a queue, in a set of a few timers and a time of a few milliseconds.
    #[derive(Clone, Debug)]
    enum Told {
        Add(u64),
        AddOnce(u64),
        Remove(usize),
        SetInterval(usize, u64),
        Reset(usize),
        DropGuard(usize),
        Pass(u64),
    }

    fn told() -> impl Strategy<Value = Told> {
        prop_oneof![
            (0_u64..20).prop_map(Told::Add),
            (0_u64..20).prop_map(Told::AddOnce),
            (0_usize..12).prop_map(Told::Remove),
            (0_usize..12, 0_u64..20).prop_map(|(timer, interval)| Told::SetInterval(timer, interval)),
            (0_usize..12).prop_map(Told::Reset),
            (0_usize..12).prop_map(Told::DropGuard),
            (0_u64..30).prop_map(Told::Pass),
        ]
    }

    /// A timer as a list has it: no order, no names that are looked up.
    struct Modelled {
        id: TimerId,
        interval: u64,
        once: bool,
        deadline: u64,
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(1),
            ..ProptestConfig::default()
        })]

        #[test]
        fn it_does_what_a_plain_list_would(script in proptest::collection::vec(told(), 0..60)) {
            let start = Instant::now();
            let mut now = 0;
            let mut queue = Queue::default();
            let mut model: Vec<Modelled> = Vec::new();
            let mut ids = Vec::new();
            for told in script {
                let at = start + ms(now);
                let id = |timer: usize| ids.get(timer).copied();
                match told {
                    Told::Add(interval) => {
                        let added = queue.add(ms(interval), at);
                        prop_assert_eq!(added.is_ok(), interval > 0);
                        if let Ok(id) = added {
                            ids.push(id);
                            model.push(Modelled { id, interval, once: false, deadline: now + interval });
                        }
                    }
                    Told::AddOnce(interval) => {
                        let id = queue.add_once(ms(interval), at);
                        ids.push(id);
                        model.push(Modelled { id, interval, once: true, deadline: now + interval });
                    }
                    Told::Remove(timer) => if let Some(id) = id(timer) {
                        let len = model.len();
                        model.retain(|timer| timer.id != id);
                        prop_assert_eq!(queue.remove(id), model.len() < len);
                    },
                    Told::SetInterval(timer, interval) => if let Some(id) = id(timer) {
                        let done = queue.set_interval(id, ms(interval), at).map_err(|error| error.kind());
                        match model.iter_mut().find(|timer| timer.id == id) {
                            None => prop_assert_eq!(done, Err(ErrorKind::NotFound)),
                            Some(timer) if interval == 0 && !timer.once => {
                                prop_assert_eq!(done, Err(ErrorKind::InvalidInput));
                            }
                            Some(timer) => {
                                prop_assert_eq!(done, Ok(()));
                                (timer.interval, timer.deadline) = (interval, now + interval);
                            }
                        }
                    },
                    Told::Reset(timer) => if let Some(id) = id(timer) {
                        let timer = model.iter_mut().find(|timer| timer.id == id);
                        prop_assert_eq!(queue.reset(id, at).is_ok(), timer.is_some());
                        if let Some(timer) = timer {
                            timer.deadline = now + timer.interval;
                        }
                    },
                    Told::DropGuard(timer) => if let Some(id) = id(timer) {
                        let guard = queue.guard(id).ok();
                        prop_assert_eq!(guard.is_some(), model.iter().any(|timer| timer.id == id));
                        drop(guard);
                        prop_assert!(!queue.contains(id));
                        model.retain(|timer| timer.id != id);
                        prop_assert_eq!(queue.len(), model.len());
                        while queue.sweep().is_some() {}
                    },
                    Told::Pass(time) => {
                        now += time;
                        let mut due: Vec<_> = model.iter_mut().filter(|timer| timer.deadline <= now).collect();
                        due.sort_by_key(|timer| (timer.deadline, timer.id));
                        let expected: Vec<_> = due.iter().map(|timer| timer.id).collect();
                        due.into_iter().for_each(|timer| timer.deadline = now + timer.interval);
                        model.retain(|timer| !(timer.once && expected.contains(&timer.id)));
                        prop_assert_eq!(fired(&mut queue, start + ms(now)), expected);
                    }
                }
                prop_assert_eq!(queue.len(), model.len());
                let next = model.iter().map(|timer| timer.deadline).min();
                prop_assert_eq!(queue.timeout(start + ms(now)), next.map(|deadline| ms(deadline.saturating_sub(now))));
            }
        }
    }
}
