//! The timers of a reactor.

use std::time::{Duration, Instant};

use super::{Reactor, Turn};
use crate::error::Result;
use crate::timers::TimerId;

/// # Timers
impl<S> Reactor<S> {
    /// Adds a timer that fires every `interval`.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    ///
    /// let mut reactor = Reactor::<u32>::new()?;
    /// reactor.add_timer(Duration::from_millis(1), |count, turn| {
    ///     *count += 1;
    ///     if *count == 2 {
    ///         turn.stop();
    ///     }
    ///     Ok(())
    /// })?;
    /// let mut count = 0;
    /// reactor.run(&mut count)?;
    /// assert_eq!(count, 2);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_timer(
        &mut self,
        interval: Duration,
        handler: impl FnMut(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<TimerId> {
        self.turn_for_changes().add_timer(interval, handler)
    }

    /// Adds a timer that fires once, after `delay`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    /// use zmq::reactor::End;
    ///
    /// let mut reactor = Reactor::<bool>::new()?;
    /// reactor.add_once(Duration::from_millis(1), |fired, _| {
    ///     *fired = true;
    ///     Ok(())
    /// });
    /// let mut fired = false;
    /// assert_eq!(reactor.run(&mut fired)?, End::Idle);
    /// assert!(fired);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_once(
        &mut self,
        delay: Duration,
        handler: impl FnOnce(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> TimerId {
        self.turn_for_changes().add_once(delay, handler)
    }
}

/// # Timers
impl<S> Turn<'_, S> {
    /// Adds a timer that fires every `interval`.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    ///
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add_once(Duration::ZERO, |(), turn| {
    ///     turn.add_timer(Duration::from_millis(1), |(), turn| {
    ///         turn.stop();
    ///         Ok(())
    ///     })?;
    ///     Ok(())
    /// });
    /// reactor.run(&mut ())?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_timer(
        &mut self,
        interval: Duration,
        handler: impl FnMut(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<TimerId> {
        let id = self.core.timers.add(interval, Instant::now())?;
        self.core.handlers.insert(id, Box::new(handler));
        Ok(id)
    }

    /// Adds a timer that fires once, after `delay`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("inproc://tasks")?)?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add(sink, Events::READABLE, |(), sink, turn| {
    ///     sink.recv()?;
    ///     // Stop shortly after the task.
    ///     turn.add_once(Duration::from_millis(1), |(), turn| {
    ///         turn.stop();
    ///         Ok(())
    ///     });
    ///     Ok(())
    /// })?;
    /// source.send("task")?;
    /// reactor.run(&mut ())?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_once(
        &mut self,
        delay: Duration,
        handler: impl FnOnce(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> TimerId {
        let id = self.core.timers.add_once(delay, Instant::now());
        let mut handler = Some(handler);
        let once = move |state: &mut S, turn: &mut Turn<'_, S>| match handler.take() {
            Some(handler) => handler(state, turn),
            None => Ok(()),
        };
        self.core.handlers.insert(id, Box::new(once));
        id
    }

    /// Changes the interval of a timer. The new interval starts now.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the interval is zero.
    /// - [`NotFound`](crate::ErrorKind::NotFound): the reactor has no timer with this ID.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    ///
    /// let mut reactor = Reactor::<()>::new()?;
    /// let timer = reactor.add_timer(Duration::from_secs(60), |(), turn| {
    ///     turn.stop();
    ///     Ok(())
    /// })?;
    /// reactor.add_once(Duration::ZERO, move |(), turn| {
    ///     turn.set_timer_interval(timer, Duration::from_millis(1))
    /// });
    /// reactor.run(&mut ())?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_timer_interval(&mut self, id: TimerId, interval: Duration) -> Result<()> {
        self.core.timers.set_interval(id, interval, Instant::now())
    }

    /// Removes a timer. Returns `false` if the reactor has no timer with this ID.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    /// use zmq::reactor::End;
    ///
    /// let mut reactor = Reactor::<()>::new()?;
    /// let timer = reactor.add_timer(Duration::from_secs(60), |(), _| Ok(()))?;
    /// reactor.add_once(Duration::ZERO, move |(), turn| {
    ///     assert!(turn.cancel_timer(timer));
    ///     Ok(())
    /// });
    /// assert_eq!(reactor.run(&mut ())?, End::Idle);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn cancel_timer(&mut self, id: TimerId) -> bool {
        drop(self.core.handlers.remove(&id));
        self.core.timers.remove(id)
    }
}
