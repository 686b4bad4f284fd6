//! The loop of a reactor: it waits, then calls the handlers that are due.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use super::ids::SourceId;
use super::source::{Call, Source};
use super::turn::Caller;
use super::{Core, End, Reactor, Turn};
use crate::deadline::Deadline;
use crate::error::{Error, Operation, Result};
use crate::events::Events;
use crate::timers::TimerId;

/// # Running
impl<S> Reactor<S> {
    /// Waits for events and calls handlers until the reactor stops. Returns the reason why it stopped.
    ///
    /// # Errors
    /// - any error that a handler returned, except [`ContextTerminated`](crate::ErrorKind::ContextTerminated), which ends
    ///   the run with [`End::ContextTerminated`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    /// use zmq::reactor::End;
    ///
    /// let mut reactor = Reactor::<u32>::new()?;
    /// reactor.add_timer(Duration::from_millis(1), |count, turn| {
    ///     *count += 1;
    ///     if *count == 3 {
    ///         turn.stop();
    ///     }
    ///     Ok(())
    /// })?;
    /// let mut count = 0;
    /// assert_eq!(reactor.run(&mut count)?, End::Stopped);
    /// assert_eq!(count, 3);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn run(&mut self, state: &mut S) -> Result<End> {
        // A handler of an earlier run may have called `stop` and then failed, which left the flag set.
        self.core.stopped = false;
        while !self.core.take_stop() {
            if self.core.places.len() == 0 && self.core.handlers.is_empty() {
                return Ok(End::Idle);
            }
            match self.turn(state, None) {
                Ok(_) => {}
                Err(error) if error.is_terminated() => return Ok(End::ContextTerminated),
                Err(error) => return Err(error),
            }
        }
        Ok(End::Stopped)
    }

    /// Waits for events once, for at most `timeout`, calls the handlers that are due, and returns the number of
    /// handlers called. Use this to drive the reactor from your own loop.
    ///
    /// A stop ends the call early, after the handler that is running.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context of a socket was shut down.
    /// - any error that a handler returned.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("inproc://tasks")?)?;
    /// let mut reactor = Reactor::<Vec<String>>::new()?;
    /// reactor.add(sink, Events::READABLE, |tasks, sink, _| {
    ///     tasks.push(sink.recv()?.to_str()?.to_owned());
    ///     Ok(())
    /// })?;
    ///
    /// let mut tasks = Vec::new();
    /// assert_eq!(reactor.run_once(&mut tasks, Duration::ZERO)?, 0);
    /// source.send("task")?;
    /// assert_eq!(reactor.run_once(&mut tasks, None)?, 1);
    /// assert_eq!(tasks, ["task"]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn run_once(&mut self, state: &mut S, timeout: impl Into<Option<Duration>>) -> Result<usize> {
        let called = self.turn(state, timeout.into());
        self.core.take_stop();
        called
    }

    fn turn(&mut self, state: &mut S, timeout: Option<Duration>) -> Result<usize> {
        let core = &mut self.core;
        let timeout = match (timeout, core.timers.timeout(Instant::now())) {
            (Some(timeout), Some(timer)) => Some(timeout.min(timer)),
            (timeout, timer) => timeout.or(timer),
        };
        let mut ready = mem::take(&mut core.ready);
        let waited = core.engine.wait(&core.places, Deadline::after(timeout), &mut ready);
        waited.map_err(|errno| Error::new(Operation::Wait, errno))?;
        let found: Vec<_> = ready.iter().map(|(place, events)| (core.places.id(*place), *events)).collect();
        core.ready = ready;

        let mut called = 0;
        for (id, events) in found {
            match id {
                None => core.places.stop().bell().silence(),
                Some(id) => called += usize::from(core.fire(id, events, state)?),
            }
            if core.is_stopped() {
                return Ok(called);
            }
        }
        let now = Instant::now();
        for id in core.timers.due(now) {
            called += usize::from(core.fire_timer(id, now, state)?);
            if core.is_stopped() {
                return Ok(called);
            }
        }
        Ok(called)
    }
}

impl<S> Core<S> {
    fn is_stopped(&self) -> bool {
        self.stopped || self.places.stop().is_requested()
    }

    /// Returns `true` if the loop was stopped, and clears the request for the next run.
    fn take_stop(&mut self) -> bool {
        mem::take(&mut self.stopped) | self.places.stop().take()
    }

    /// Calls the handler of a source unless the source was removed. Returns `true` if the handler was called.
    fn fire(&mut self, id: SourceId, events: Events, state: &mut S) -> Result<bool> {
        let Ok(place) = self.places.place_mut(id) else { return Ok(false) };
        let interest = place.interest;
        let Some(mut source) = place.source.take() else { return Ok(false) };
        let call = Call { core: self, id, events };
        let result = panic::catch_unwind(AssertUnwindSafe(|| source.fire(state, call)));
        self.put_back(id, source, interest);
        result.unwrap_or_else(|panic| panic::resume_unwind(panic))
    }

    /// Returns a source to its place after its handler ran, which may have changed the interest or removed the source.
    fn put_back(&mut self, id: SourceId, source: Box<dyn Source<S>>, before: Events) {
        // The kernel fails only for a closed descriptor, which has left the set already.
        match self.places.place_mut(id) {
            Ok(place) => {
                if place.interest != before {
                    let _ = self.engine.modify(id.place, &source.watched(), place.interest);
                }
                place.source = Some(source);
            }
            Err(_) => {
                let _ = self.engine.remove(id.place, &source.watched());
                self.places.left(id);
            }
        }
    }

    fn fire_timer(&mut self, id: TimerId, now: Instant, state: &mut S) -> Result<bool> {
        if self.timers.fire(id, now).is_none() {
            return Ok(false);
        }
        let Some(mut handler) = self.handlers.remove(&id) else {
            return Ok(false);
        };
        let mut turn = Turn { core: self, events: Events::empty(), caller: Caller::Timer(id) };
        let result = panic::catch_unwind(AssertUnwindSafe(|| handler(state, &mut turn)));
        if self.timers.contains(id) {
            self.handlers.insert(id, handler);
        }
        result.unwrap_or_else(|panic| panic::resume_unwind(panic)).map(|()| true)
    }
}
