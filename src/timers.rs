//! Timers: handlers that run at intervals, on the thread that waits for messages.
//!
//! A program that waits in a loop asks for the [`timeout`](Timers::timeout), waits no longer than that, and then lets
//! the timers [execute](Timers::execute_with):
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
/// The handlers may borrow for `'a`; all of them get the state `S` that is handed to
/// [`execute_with`](Self::execute_with), which nothing has to be borrowed for in between. Without a state it is
/// [`execute`](Self::execute). `M` tells whether the set may move to another thread: [`ThisThread`], which takes any
/// handler, or [`AnyThread`].
///
/// A timer fires at intervals until it is cancelled, or [once](Self::once). Nothing happens at a deadline by itself:
/// handlers run in `execute`, on the thread that calls it. One that runs late runs once, however many of its intervals
/// have passed, and its next one starts then.
///
/// # Handlers
/// A handler gets a [`Firing`], through which it reaches the state and the set: it may add, cancel and change timers,
/// its own among them, and even execute others.
///
/// It returns nothing, or a `Result` with any error that turns into this crate's, such as that of a send. An error ends
/// the execution, which returns it. The timer goes on, and so do the others: those that were due run next time.
///
/// A panic passes through to the caller of `execute`. The timer is gone, since its handler may be half done; the set and
/// the other timers are as after an error.
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
pub struct Timers<'a, S: ?Sized = (), M: Mobility = ThisThread> {
    queue: Queue,
    /// The handlers of the timers in the queue; `None` while it runs.
    handlers: BTreeMap<TimerId, Option<Box<M::Handler<'a, S>>>>,
}

impl<'a, S: ?Sized> Timers<'a, S> {
    /// Makes an empty set that stays on its thread, with any handlers.
    #[must_use]
    pub fn new() -> Self {
        Self::empty()
    }

    /// Adds a timer that fires at every `interval`, the first time one interval from now.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an interval of zero: the timer would be due at all times.
    /// One that ends after the end of time is allowed, and never fires.
    ///
    /// Replaces `zmq_timers_add`.
    pub fn add<R: Outcome>(
        &mut self,
        interval: Duration,
        mut handler: impl FnMut(&mut Firing<'_, 'a, S>) -> R + 'a,
    ) -> Result<TimerId> {
        let id = self.queue.add(interval, Instant::now())?;
        self.handlers.insert(id, Some(Box::new(move |firing| handler(firing).into_result())));
        Ok(id)
    }

    /// Adds a timer that fires once, when `delay` has passed, and is gone then.
    ///
    /// With a delay of zero it is due at once; added by a handler, it runs in the next execution.
    pub fn once<R: Outcome>(
        &mut self,
        delay: Duration,
        handler: impl FnOnce(&mut Firing<'_, 'a, S>) -> R + 'a,
    ) -> TimerId {
        let id = self.queue.add_once(delay, Instant::now());
        self.handlers.insert(id, Some(Box::new(called_once(handler))));
        id
    }
}

impl<'a, S: ?Sized> Timers<'a, S, AnyThread> {
    /// Makes an empty set that can move to another thread, and so can its handlers.
    ///
    /// # Examples
    /// ```
    /// use std::sync::mpsc;
    /// use std::thread;
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let (sender, ticks) = mpsc::channel();
    /// let mut timers = Timers::new_send();
    /// timers.once(Duration::from_millis(1), move |_| drop(sender.send("tick")));
    /// thread::spawn(move || {
    ///     thread::sleep(timers.timeout().unwrap_or_default());
    ///     timers.execute()
    /// });
    /// assert_eq!(ticks.recv(), Ok("tick"));
    /// # Ok::<(), std::sync::mpsc::RecvError>(())
    /// ```
    #[must_use]
    pub fn new_send() -> Self {
        Self::empty()
    }

    /// Adds a timer that fires at every `interval`, the first time one interval from now.
    ///
    /// # Errors
    /// As for [`Timers::add`] of a set that stays on its thread.
    ///
    /// Replaces `zmq_timers_add`.
    pub fn add<R: Outcome>(
        &mut self,
        interval: Duration,
        mut handler: impl FnMut(&mut Firing<'_, 'a, S, AnyThread>) -> R + Send + 'a,
    ) -> Result<TimerId> {
        let id = self.queue.add(interval, Instant::now())?;
        self.handlers.insert(id, Some(Box::new(move |firing| handler(firing).into_result())));
        Ok(id)
    }

    /// Adds a timer that fires once, when `delay` has passed, and is gone then.
    pub fn once<R: Outcome>(
        &mut self,
        delay: Duration,
        handler: impl FnOnce(&mut Firing<'_, 'a, S, AnyThread>) -> R + Send + 'a,
    ) -> TimerId {
        let id = self.queue.add_once(delay, Instant::now());
        self.handlers.insert(id, Some(Box::new(called_once(handler))));
        id
    }
}

impl<'a, S: ?Sized, M: Mobility> Timers<'a, S, M> {
    /// Cancels a timer, and drops its handler; returns whether it was there.
    ///
    /// Replaces `zmq_timers_cancel`.
    pub fn cancel(&mut self, id: TimerId) -> bool {
        self.sweep();
        let known = self.queue.remove(id);
        // It goes last, because its drop may panic.
        self.handlers.remove(&id);
        known
    }

    /// Makes a guard that cancels the timer when it is dropped.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the timer is not in this set, or not any more.
    pub fn guard(&mut self, id: TimerId) -> Result<TimerGuard> {
        self.sweep();
        self.queue.guard(id)
    }

    /// Gives a timer another interval, which starts now.
    ///
    /// For one that fires once it is the time that is left.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the timer is not in this set, or not any more;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) as for [`add`](Timers::add).
    ///
    /// Replaces `zmq_timers_set_interval`.
    pub fn set_interval(&mut self, id: TimerId, interval: Duration) -> Result<()> {
        self.sweep();
        self.queue.set_interval(id, interval, Instant::now())
    }

    /// Starts a timer's interval anew, now: what is to happen after a silence is reset at every sound.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where the timer is not in this set, or not any more.
    ///
    /// Replaces `zmq_timers_reset`.
    pub fn reset(&mut self, id: TimerId) -> Result<()> {
        self.sweep();
        self.queue.reset(id, Instant::now())
    }

    /// Returns how long it is until the next timer is due: zero where one is, `None` where none will ever be.
    ///
    /// It is what a wait may take at most.
    ///
    /// Replaces `zmq_timers_timeout`.
    #[must_use]
    pub fn timeout(&mut self) -> Option<Duration> {
        self.sweep();
        self.queue.timeout(Instant::now())
    }

    /// Runs the handlers of the timers that are due, in the order of their deadlines, and returns how many it ran.
    ///
    /// Each runs once at most; what becomes due while they run is left for the next execution.
    ///
    /// # Errors
    /// Those of the handlers: the first one ends the execution.
    ///
    /// # Panics
    /// Where a handler does.
    ///
    /// Replaces `zmq_timers_execute`.
    pub fn execute_with(&mut self, state: &mut S) -> Result<usize> {
        self.execute_at(Instant::now(), state)
    }

    /// Whether the timer is in this set and will fire, unless it is cancelled.
    #[must_use]
    pub fn contains(&self, id: TimerId) -> bool {
        self.queue.contains(id)
    }

    /// Returns how many timers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether there is no timer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn empty() -> Self {
        Self { queue: Queue::default(), handlers: BTreeMap::new() }
    }

    /// Drops what guards have cancelled.
    fn sweep(&mut self) {
        while let Some(id) = self.queue.sweep() {
            self.handlers.remove(&id);
        }
    }

    fn execute_at(&mut self, now: Instant, state: &mut S) -> Result<usize> {
        self.sweep();
        let mut ran = 0;
        for id in self.queue.due(now) {
            // Each handler may have cancelled, changed and executed the timers after it.
            self.sweep();
            let Some(deadline) = self.queue.fire(id, now) else { continue };
            // A handler that executes the others may itself be due again.
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
    /// Runs the handlers of the timers that are due, as [`execute_with`](Self::execute_with) does.
    ///
    /// # Errors
    /// Those of the handlers: the first one ends the execution.
    ///
    /// # Panics
    /// Where a handler does.
    ///
    /// Replaces `zmq_timers_execute`.
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

/// A handler that runs. If it unwinds the timer goes with it.
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

/// The handler of a timer that fires once, as one that might be called again.
fn called_once<'a, S: ?Sized, M: Mobility, R: Outcome>(
    handler: impl FnOnce(&mut Firing<'_, 'a, S, M>) -> R + 'a,
) -> impl FnMut(&mut Firing<'_, 'a, S, M>) -> Result<()> + 'a {
    let mut handler = Some(handler);
    move |firing| match handler.take() {
        Some(handler) => handler(firing).into_result(),
        None => Ok(()),
    }
}
