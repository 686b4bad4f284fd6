//! Timers: handlers that run at intervals, on the thread that waits for messages.
//!
//! A program that waits in a loop calls [`timeout`](Timers::timeout), waits for at most that long, and then lets the
//! timers [execute](Timers::execute_with):
//!
//! ```
//! use std::time::Duration;
//! use zmq::{Context, Pull, Push, Timers};
//!
//! struct Service {
//!     heartbeats: zmq::Socket<Push>,
//!     sent: u32,
//! }
//!
//! let context = Context::new()?;
//! let inbox = context.socket(Pull)?;
//! let heartbeats = context.socket(Push)?;
//! heartbeats.connect(inbox.bind("inproc://service")?)?;
//! let mut service = Service { heartbeats, sent: 0 };
//!
//! let mut timers = Timers::<Service>::new();
//! timers.add(Duration::from_millis(2), |timer| {
//!     timer.state.sent += 1;
//!     timer.state.heartbeats.send("beat")
//! })?;
//! let mut received = 0;
//! while received < 3 {
//!     let timeout = timers.timeout().unwrap_or(Duration::MAX);
//!     if let Some(message) = inbox.recv_timeout(timeout)? {
//!         assert_eq!(message, "beat");
//!         received += 1;
//!     }
//!     timers.execute_with(&mut service)?;
//! }
//! assert!(service.sent >= 3);
//! # Ok::<(), zmq::Error>(())
//! ```

mod adding;
mod handler;
mod queue;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use crate::error::Result;

pub use handler::{AnyThread, Firing, Mobility, Outcome, ThisThread};
pub(crate) use queue::Queue;
pub use queue::{TimerGuard, TimerId};

/// A set of timers, each with a handler.
///
/// Handlers may borrow for `'a`. They all get the state `S` that is passed to [`execute_with`](Self::execute_with), so
/// they need not borrow it in between. Without a state, call [`execute`](Self::execute). `M` determines whether the set
/// can move to another thread: [`ThisThread`] takes any handler, [`AnyThread`] only handlers that are `Send`.
///
/// A timer fires at intervals until it is cancelled, or [once](Self::once). Nothing happens at a deadline by itself:
/// handlers run in `execute`, on the thread that calls it. A late timer fires once, regardless of how many of its
/// intervals have passed, and its next interval starts then.
///
/// # Handlers
/// A handler gets a [`Firing`], through which it accesses the state and the set. It can add, cancel and change timers,
/// including its own, and even execute others.
///
/// A handler returns `()`, or a `Result` with any error that converts into this crate's, such as the error of a send.
/// An error ends the execution, which returns it. The failed timer and all others continue; the remaining due timers
/// run in the next execution.
///
/// A panic propagates to the caller of `execute`. The timer is removed, because its handler may be in an inconsistent
/// state; the set and the other timers are as after an error.
///
/// # Examples
/// ```
/// use std::cell::Cell;
/// use std::thread;
/// use std::time::Duration;
/// use zmq::Timers;
///
/// let ticks = Cell::new(0);
/// let mut timers = Timers::new();
/// let tick = timers.add(Duration::from_millis(1), |_| ticks.set(ticks.get() + 1))?;
/// timers.once(Duration::from_millis(20), move |timer| {
///     timer.timers.cancel(tick);
/// });
/// while let Some(timeout) = timers.timeout() {
///     thread::sleep(timeout);
///     timers.execute()?;
/// }
/// assert!(ticks.get() >= 1);
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Replaces `zmq_timers_new` and `zmq_timers_destroy`.
#[doc(alias("zmq_timers_new", "zmq_timers_destroy"))]
pub struct Timers<'a, S: ?Sized = (), M: Mobility = ThisThread> {
    queue: Queue,
    /// The handlers of the timers in the queue; `None` while a handler runs.
    handlers: BTreeMap<TimerId, Option<Box<M::Handler<'a, S>>>>,
}

impl<'a, S: ?Sized, M: Mobility> Timers<'a, S, M> {
    /// Cancels a timer and drops its handler. Returns `true` if the timer was in the set.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.add(Duration::from_secs(1), |_| ())?;
    /// assert!(timers.cancel(timer));
    /// assert!(!timers.cancel(timer));
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_cancel`.
    #[doc(alias = "zmq_timers_cancel")]
    pub fn cancel(&mut self, id: TimerId) -> bool {
        self.sweep();
        let known = self.queue.remove(id);
        // The handler is dropped last, because its drop may panic.
        self.handlers.remove(&id);
        known
    }

    /// Creates a guard that cancels the timer when the guard is dropped.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the set has no timer with this ID.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.add(Duration::from_secs(1), |_| ())?;
    /// let guard = timers.guard(timer)?;
    /// drop(guard);
    /// assert_eq!(timers.timeout(), None);
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn guard(&mut self, id: TimerId) -> Result<TimerGuard> {
        self.sweep();
        self.queue.guard(id)
    }

    /// Changes the interval of a timer. The new interval starts now.
    ///
    /// For a timer that fires once, this sets the remaining time.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the timer is not in this set, or no longer.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero, and the timer fires repeatedly.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.add(Duration::from_secs(60), |_| ())?;
    /// timers.set_interval(timer, Duration::from_secs(1))?;
    /// assert!(timers.timeout() <= Some(Duration::from_secs(1)));
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_set_interval`.
    #[doc(alias = "zmq_timers_set_interval")]
    pub fn set_interval(&mut self, id: TimerId, interval: Duration) -> Result<()> {
        self.sweep();
        self.queue.set_interval(id, interval, Instant::now())
    }

    /// Restarts the timer's interval from now. Call this on every message to implement an inactivity timeout.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the timer is not in this set, or no longer.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let inactivity = timers.once(Duration::from_secs(60), |_| println!("no message for a minute"));
    /// timers.reset(inactivity)?;
    /// assert!(timers.timeout() > Some(Duration::from_secs(59)));
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_reset`.
    #[doc(alias = "zmq_timers_reset")]
    pub fn reset(&mut self, id: TimerId) -> Result<()> {
        self.sweep();
        self.queue.reset(id, Instant::now())
    }

    /// Returns the time until the next timer is due: zero if a timer is due, `None` if no timer will ever be.
    ///
    /// Wait for at most this long before you execute the timers.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// assert_eq!(timers.timeout(), None);
    /// timers.once(Duration::ZERO, |_| ());
    /// assert_eq!(timers.timeout(), Some(Duration::ZERO));
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_timeout`.
    #[doc(alias = "zmq_timers_timeout")]
    #[must_use]
    pub fn timeout(&mut self) -> Option<Duration> {
        self.sweep();
        self.queue.timeout(Instant::now())
    }

    /// Runs the handlers of all due timers, in the order of their deadlines, and returns their number.
    ///
    /// Each handler runs at most once. Timers that become due during the execution are left for the next one.
    ///
    /// # Errors
    /// The first error of a handler ends the execution and is returned.
    ///
    /// # Panics
    /// Panics if a handler does.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut ticks = 0;
    /// let mut timers = Timers::<u32>::new();
    /// timers.once(Duration::ZERO, |timer| *timer.state += 1);
    /// timers.execute_with(&mut ticks)?;
    /// assert_eq!(ticks, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_execute`.
    #[doc(alias = "zmq_timers_execute")]
    pub fn execute_with(&mut self, state: &mut S) -> Result<usize> {
        self.execute_at(Instant::now(), state)
    }

    /// Returns `true` if the timer is in this set and not cancelled.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.once(Duration::ZERO, |_| ());
    /// assert!(timers.contains(timer));
    /// timers.execute()?;
    /// assert!(!timers.contains(timer));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn contains(&self, id: TimerId) -> bool {
        self.queue.contains(id)
    }

    /// Returns the number of timers in the set.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// timers.once(Duration::ZERO, |_| ());
    /// assert_eq!(timers.len(), 1);
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Returns `true` if the set has no timers.
    ///
    /// # Examples
    /// ```
    /// assert!(zmq::Timers::<'_, ()>::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn empty() -> Self {
        Self { queue: Queue::default(), handlers: BTreeMap::new() }
    }

    /// Drops the timers that guards have cancelled.
    fn sweep(&mut self) {
        while let Some(id) = self.queue.sweep() {
            self.handlers.remove(&id);
        }
    }

    fn execute_at(&mut self, now: Instant, state: &mut S) -> Result<usize> {
        self.sweep();
        let mut ran = 0;
        for id in self.queue.due(now) {
            // A handler may have cancelled, changed or executed the timers after it.
            self.sweep();
            let Some(deadline) = self.queue.fire(id, now) else { continue };
            // A handler that executes other timers may itself be due again.
            let Some(mut handler) = self.handlers.get_mut(&id).and_then(Option::take) else { continue };
            ran += 1;
            let mut running = Running { timers: self, id, returned: false };
            let outcome = handler(&mut Firing { state, timers: running.timers, id, deadline });
            running.returned = true;
            drop(running);
            match self.handlers.get_mut(&id) {
                Some(place) if self.queue.contains(id) => *place = Some(handler),
                _ => drop(self.handlers.remove(&id)),
            }
            outcome?;
        }
        Ok(ran)
    }
}

impl<M: Mobility> Timers<'_, (), M> {
    /// Runs the handlers of all due timers, as [`execute_with`](Self::execute_with) does, and returns their number.
    ///
    /// # Errors
    /// The first error of a handler ends the execution and is returned.
    ///
    /// # Panics
    /// Panics if a handler does.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// timers.once(Duration::ZERO, |_| println!("fired"));
    /// assert_eq!(timers.execute()?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_execute`.
    #[doc(alias = "zmq_timers_execute")]
    pub fn execute(&mut self) -> Result<usize> {
        self.execute_with(&mut ())
    }
}

impl<S: ?Sized> Default for Timers<'_, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: ?Sized, M: Mobility> fmt::Debug for Timers<'_, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timeout = self.queue.timeout(Instant::now());
        f.debug_struct("Timers").field("len", &self.queue.len()).field("timeout", &timeout).finish_non_exhaustive()
    }
}

/// A running handler. If it unwinds, the timer is removed.
struct Running<'r, 'a, S: ?Sized, M: Mobility> {
    timers: &'r mut Timers<'a, S, M>,
    id: TimerId,
    returned: bool,
}

impl<S: ?Sized, M: Mobility> Drop for Running<'_, '_, S, M> {
    fn drop(&mut self) {
        if !self.returned {
            self.timers.queue.remove(self.id);
            self.timers.handlers.remove(&self.id);
        }
    }
}
