//! What handlers of timers get and return, and where they may run.

use std::fmt;
use std::time::{Duration, Instant};

use super::{TimerId, Timers};
use crate::error::{Error, Result};

/// What a handler gets: the state, and the set of timers in which it fires.
///
/// A function as a handler takes it as `&mut Firing<State>`.
///
/// # Examples
/// A retry that waits twice as long each time:
/// ```
/// use std::time::Duration;
/// use zmq::Timers;
/// use zmq::timers::Firing;
///
/// struct Client {
///     pause: Duration,
/// }
///
/// fn retry(timer: &mut Firing<Client>) -> zmq::Result<()> {
///     timer.state.pause *= 2;
///     timer.set_interval(timer.state.pause)
/// }
///
/// let mut client = Client { pause: Duration::from_millis(1) };
/// let mut timers = Timers::new();
/// timers.add(client.pause, retry)?;
/// while client.pause < Duration::from_millis(8) {
///     std::thread::sleep(timers.timeout().unwrap_or_default());
///     timers.execute_with(&mut client)?;
/// }
/// # Ok::<(), zmq::Error>(())
/// ```
pub struct Firing<'f, 'a, S: ?Sized = (), M: Mobility = ThisThread> {
    /// What was handed to [`execute_with`](Timers::execute_with).
    pub state: &'f mut S,
    /// The set.
    pub timers: &'f mut Timers<'a, S, M>,
    pub(super) id: TimerId,
    pub(super) deadline: Instant,
}

impl<S: ?Sized, M: Mobility> Firing<'_, '_, S, M> {
    /// Returns the name of the timer that fires.
    #[must_use]
    pub fn id(&self) -> TimerId {
        self.id
    }

    /// Returns when the timer was due; it may be later now.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Cancels the timer that fires: this is its last time.
    pub fn cancel(&mut self) {
        self.timers.cancel(self.id);
    }

    /// Starts the interval of the timer that fires anew, now rather than when the execution began.
    ///
    /// # Errors
    /// As for [`Timers::reset`]: one that fires once is gone already.
    pub fn reset(&mut self) -> Result<()> {
        self.timers.reset(self.id)
    }

    /// Gives the timer that fires another interval, which starts now.
    ///
    /// # Errors
    /// As for [`Timers::set_interval`]: one that fires once is gone already.
    pub fn set_interval(&mut self, interval: Duration) -> Result<()> {
        self.timers.set_interval(self.id, interval)
    }
}

impl<S: ?Sized, M: Mobility> fmt::Debug for Firing<'_, '_, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Firing").field("id", &self.id).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// What a handler returns: nothing, or a `Result`.
pub trait Outcome: sealed::Outcome {
    /// Returns it as a result of this crate.
    ///
    /// # Errors
    /// The handler's.
    fn into_result(self) -> Result<()>;
}

impl Outcome for () {
    fn into_result(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<()> {
        self.map_err(Into::into)
    }
}

/// Whether a set of timers can move to another thread: [`ThisThread`] or [`AnyThread`].
pub trait Mobility: sealed::Mobility + Sized {
    /// The handlers of such a set.
    #[doc(hidden)]
    type Handler<'a, S: ?Sized>: FnMut(&mut Firing<'_, 'a, S, Self>) -> Result<()> + ?Sized;
}

/// A set of timers that stays on its thread. Its handlers may borrow sockets.
#[derive(Clone, Copy, Debug)]
pub struct ThisThread;

impl Mobility for ThisThread {
    type Handler<'a, S: ?Sized> = dyn FnMut(&mut Firing<'_, 'a, S, Self>) -> Result<()> + 'a;
}

/// A set of timers that can move to another thread. So can its handlers, which may own sockets.
#[derive(Clone, Copy, Debug)]
pub struct AnyThread;

impl Mobility for AnyThread {
    type Handler<'a, S: ?Sized> = dyn FnMut(&mut Firing<'_, 'a, S, Self>) -> Result<()> + Send + 'a;
}

mod sealed {
    pub trait Outcome {}
    impl Outcome for () {}
    impl<E: Into<crate::Error>> Outcome for Result<(), E> {}

    pub trait Mobility {}
    impl Mobility for super::ThisThread {}
    impl Mobility for super::AnyThread {}
}
