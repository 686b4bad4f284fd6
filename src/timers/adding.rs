//! Creation of sets of timers, and addition of timers: the signatures differ by whether the set can move.

use std::time::{Duration, Instant};

use super::{AnyThread, Firing, Mobility, Outcome, TimerId, Timers};
use crate::error::Result;

impl<'a, S: ?Sized> Timers<'a, S> {
    /// Creates an empty set that stays on its thread and takes any handlers.
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
    #[must_use]
    pub fn new() -> Self {
        Self::empty()
    }

    /// Adds a timer that fires at every `interval`, for the first time one interval from now.
    ///
    /// An interval that reaches beyond the range of `Instant` is allowed; the timer then never fires.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero, so the timer would always be due.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let heartbeat = timers.add(Duration::from_secs(1), |_| println!("beat"))?;
    /// assert!(timers.contains(heartbeat));
    /// assert!(timers.timeout() <= Some(Duration::from_secs(1)));
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_add`.
    #[doc(alias = "zmq_timers_add")]
    pub fn add<R: Outcome>(
        &mut self,
        interval: Duration,
        mut handler: impl FnMut(&mut Firing<'_, 'a, S>) -> R + 'a,
    ) -> Result<TimerId> {
        let id = self.queue.add(interval, Instant::now())?;
        self.handlers.insert(id, Some(Box::new(move |firing| handler(firing).into_result())));
        Ok(id)
    }

    /// Adds a timer that fires once, after `delay`, and is then removed.
    ///
    /// With a delay of zero, the timer is due at once. If a handler adds it, it runs in the next execution.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new();
    /// let timer = timers.once(Duration::ZERO, |_| println!("fired"));
    /// assert_eq!(timers.execute()?, 1);
    /// assert!(!timers.contains(timer));
    /// # Ok::<(), zmq::Error>(())
    /// ```
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
    /// Creates an empty set that can move to another thread, together with its handlers.
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

    /// Adds a timer that fires at every `interval`, for the first time one interval from now.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero, so the timer would always be due.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new_send();
    /// timers.add(Duration::from_secs(1), |_| println!("beat"))?;
    /// assert_eq!(timers.len(), 1);
    /// # timers.execute()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_timers_add`.
    #[doc(alias = "zmq_timers_add")]
    pub fn add<R: Outcome>(
        &mut self,
        interval: Duration,
        mut handler: impl FnMut(&mut Firing<'_, 'a, S, AnyThread>) -> R + Send + 'a,
    ) -> Result<TimerId> {
        let id = self.queue.add(interval, Instant::now())?;
        self.handlers.insert(id, Some(Box::new(move |firing| handler(firing).into_result())));
        Ok(id)
    }

    /// Adds a timer that fires once, after `delay`, and is then removed.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Timers;
    ///
    /// let mut timers = Timers::new_send();
    /// timers.once(Duration::ZERO, |_| println!("fired"));
    /// assert_eq!(timers.execute()?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

/// Converts the handler of a timer that fires once into one that can be called repeatedly.
fn called_once<'a, S: ?Sized, M: Mobility, R: Outcome>(
    handler: impl FnOnce(&mut Firing<'_, 'a, S, M>) -> R + 'a,
) -> impl FnMut(&mut Firing<'_, 'a, S, M>) -> Result<()> + 'a {
    let mut handler = Some(handler);
    move |firing| match handler.take() {
        Some(handler) => handler(firing).into_result(),
        None => Ok(()),
    }
}
