//! The arguments and results of timer handlers, and the threads they may run on.

use std::fmt;
use std::time::{Duration, Instant};

use super::{TimerId, Timers};
use crate::error::{Error, Result};

/// The argument of a handler: the state, and the set of timers.
///
/// If the handler is a function, its parameter is `&mut Firing<State>`.
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
    /// The state that was passed to [`execute_with`](Timers::execute_with).
    pub state: &'f mut S,
    /// The set of timers.
    pub timers: &'f mut Timers<'a, S, M>,
    pub(super) id: TimerId,
    pub(super) deadline: Instant,
}

impl<S: ?Sized, M: Mobility> Firing<'_, '_, S, M> {
    /// Returns the ID of the timer that fires.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    /// use zmq::timers::TimerId;
    ///
    /// let mut fired: Option<TimerId> = None;
    /// let mut timers = Timers::<Option<TimerId>>::new();
    /// let timer = timers.once(Duration::ZERO, |timer| *timer.state = Some(timer.id()));
    /// timers.execute_with(&mut fired)?;
    /// assert_eq!(fired, Some(timer));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn id(&self) -> TimerId {
        self.id
    }

    /// Returns the instant at which the timer was due, which may be earlier than now.
    ///
    /// # Examples
    /// ```
    /// use std::time::{Duration, Instant};
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// timers.once(Duration::ZERO, |timer| assert!(timer.deadline() <= Instant::now()));
    /// timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Cancels the timer that fires, so that it does not fire again.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// timers.add(Duration::from_nanos(1), |timer| timer.cancel())?;
    /// std::thread::sleep(timers.timeout().unwrap_or_default());
    /// timers.execute()?;
    /// assert!(timers.is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn cancel(&mut self) {
        self.timers.cancel(self.id);
    }

    /// Restarts the interval of the timer that fires, from now rather than from the start of the execution.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the timer fires once and has already been removed, or the handler
    ///   cancelled it.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// timers.add(Duration::from_nanos(1), |timer| timer.reset())?;
    /// std::thread::sleep(timers.timeout().unwrap_or_default());
    /// assert_eq!(timers.execute()?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn reset(&mut self) -> Result<()> {
        self.timers.reset(self.id)
    }

    /// Changes the interval of the timer that fires. The new interval starts now.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the timer fires once and has already been removed, or the handler
    ///   cancelled it.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// timers.add(Duration::from_millis(1), |timer| timer.set_interval(Duration::from_secs(60)))?;
    /// std::thread::sleep(timers.timeout().unwrap_or_default());
    /// timers.execute()?;
    /// assert!(timers.timeout() > Some(Duration::from_secs(50)));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_interval(&mut self, interval: Duration) -> Result<()> {
        self.timers.set_interval(self.id, interval)
    }
}

impl<S: ?Sized, M: Mobility> fmt::Debug for Firing<'_, '_, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Firing").field("id", &self.id).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// The return type of a handler: `()` or a `Result`.
pub trait Outcome: sealed::Outcome {
    /// Converts the outcome into a result of this crate.
    ///
    /// # Errors
    /// - any error that the handler returned.
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

/// The mobility of a set of timers: [`ThisThread`], or [`AnyThread`] if it can move to another thread.
pub trait Mobility: sealed::Mobility + Sized {
    /// The type of the set's handlers.
    #[doc(hidden)]
    type Handler<'a, S: ?Sized>: FnMut(&mut Firing<'_, 'a, S, Self>) -> Result<()> + ?Sized;
}

/// A set of timers that stays on its thread. Its handlers may borrow sockets.
#[derive(Clone, Copy, Debug)]
pub struct ThisThread;

impl Mobility for ThisThread {
    type Handler<'a, S: ?Sized> = dyn FnMut(&mut Firing<'_, 'a, S, Self>) -> Result<()> + 'a;
}

/// A set of timers that can move to another thread, together with its handlers, which may own sockets.
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
