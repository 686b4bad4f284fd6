//! What a handler of a reactor may do.

use std::any::Any;
use std::fmt;
use std::time::{Duration, Instant};

use super::Core;
use super::ids::{MonitorId, SocketId, SourceId};
use super::source::Source;
use crate::error::{Errno, Error, Operation, Result};
use crate::events::Events;
use crate::monitor::Monitor;
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::timers::TimerId;

/// What a handler has of its [`Reactor`](super::Reactor): what happened, and the means to change what happens next.
pub struct Turn<'r, S> {
    pub(super) core: &'r mut Core<S>,
    pub(super) events: Events,
    pub(super) caller: Caller<'r>,
}

/// Whose handler runs.
#[derive(Clone, Copy)]
pub(super) enum Caller<'r> {
    /// None: the program changes the reactor between turns.
    Program,
    Timer(TimerId),
    /// The source with this id, and what it is.
    Source(SourceId, &'r dyn Any),
}

impl<S> Turn<'_, S> {
    /// Returns what the socket, monitor or file descriptor is ready for; nothing, for a timer.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events
    }

    /// Ends the run when this handler returns.
    pub fn stop(&mut self) {
        self.core.stopped = true;
    }

    /// Returns the id of the socket, monitor or file descriptor whose handler runs; `None` in the handler of a timer.
    #[must_use]
    pub fn source_id(&self) -> Option<SourceId> {
        match self.caller {
            Caller::Source(id, _) => Some(id),
            Caller::Timer(_) | Caller::Program => None,
        }
    }

    /// Returns the id of the timer whose handler runs; `None` in any other handler.
    #[must_use]
    pub fn timer_id(&self) -> Option<TimerId> {
        match self.caller {
            Caller::Timer(id) => Some(id),
            Caller::Source(..) | Caller::Program => None,
        }
    }

    /// Returns a socket of the reactor: the handler's own too, which the handler also has as an argument.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound): the socket was removed, nothing was added yet under the reserved id, or
    /// the id is of another reactor.
    pub fn socket<K: Kind>(&self, id: SocketId<K>) -> Result<&Socket<K>> {
        if let Caller::Source(own, object) = self.caller {
            if let Some(socket) = object.downcast_ref().filter(|_| own == id.id) {
                return Ok(socket);
            }
        }
        self.core.places.socket(id)
    }

    /// Reserves the id of a socket that [`add_as`](Self::add_as) adds later: see
    /// [`Reactor::reserve`](super::Reactor::reserve).
    #[must_use = "the id is what a later `add_as` takes"]
    pub fn reserve<K: Kind>(&mut self) -> SocketId<K> {
        SocketId::new(self.core.places.reserve())
    }

    /// Changes what a socket or file descriptor is waited for: the handler's own too, from the next turn on.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): as for [`socket`](Self::socket).
    /// - Those of the operating system.
    pub fn set_interest(&mut self, id: impl Into<SourceId>, interest: Events) -> Result<()> {
        let id = id.into();
        let place = self.core.places.place_mut(id)?;
        place.interest = interest;
        if let Some(source) = &place.source {
            let modified = self.core.engine.modify(id.place, &source.watched(), interest);
            modified.map_err(|errno| Error::new(Operation::AddToPoller, errno))?;
        }
        Ok(())
    }

    /// Removes a socket and returns it.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): as for [`socket`](Self::socket).
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is the handler's own, which the handler borrows.
    ///   [`remove_self`](Self::remove_self) closes it when the handler returns.
    pub fn remove<K: Kind>(&mut self, id: SocketId<K>) -> Result<Socket<K>> {
        self.take_as(id.id)
    }

    /// Removes a monitor and returns it.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the monitor was removed or its events have ended, or the id is of another
    ///   reactor.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the monitor's own handler runs. [`remove_self`](Self::remove_self)
    ///   drops the monitor when the handler returns.
    pub fn remove_monitor(&mut self, id: MonitorId) -> Result<Monitor> {
        self.take_as(id.0)
    }

    /// Removes a socket, monitor or file descriptor and drops it, the handler's own when the handler returns. Returns `false` if it
    /// is not there.
    pub fn drop_source(&mut self, id: impl Into<SourceId>) -> bool {
        let id = id.into();
        if self.source_id() == Some(id) {
            return self.core.places.leave(id);
        }
        self.take(id).is_ok()
    }

    /// Removes the source or timer whose handler runs. A source is dropped when the handler returns.
    ///
    /// # Examples
    /// ```
    /// use zmq::reactor::End;
    /// use zmq::{Context, Events, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("inproc://one-task")?)?;
    /// let mut reactor = Reactor::<Vec<String>>::new()?;
    /// reactor.add(sink, Events::READABLE, |tasks, socket, turn| {
    ///     tasks.push(socket.recv()?.to_str()?.to_owned());
    ///     turn.remove_self();
    ///     Ok(())
    /// })?;
    /// source.send("task")?;
    /// let mut tasks = Vec::new();
    /// assert_eq!(reactor.run(&mut tasks)?, End::Idle);
    /// assert_eq!(tasks, ["task"]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove_self(&mut self) {
        match self.caller {
            Caller::Source(id, _) => drop(self.drop_source(id)),
            Caller::Timer(id) => drop(self.cancel_timer(id)),
            Caller::Program => {}
        }
    }

    fn take_as<T: 'static>(&mut self, id: SourceId) -> Result<T> {
        let object = self.take(id)?.into_object().downcast();
        object.map(|object| *object).map_err(|_| Error::new(Operation::FindInReactor, Errno::ENOTSOCK))
    }

    fn take(&mut self, id: SourceId) -> Result<Box<dyn Source<S>>> {
        let source = self.core.places.take(id)?;
        // The kernel may have forgotten it already; it is out of the set in any case.
        let _ = self.core.engine.remove(id.place, &source.watched());
        Ok(source)
    }

    /// Adds a timer that fires at every `interval`.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an interval of zero.
    pub fn add_timer(
        &mut self,
        interval: Duration,
        handler: impl FnMut(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<TimerId> {
        let id = self.core.timers.add(interval, Instant::now())?;
        self.core.handlers.insert(id, Box::new(handler));
        Ok(id)
    }

    /// Adds a timer that fires once, when `delay` has passed.
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

    /// Gives a timer another interval, which starts now.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an interval of zero, and
    /// [`NotFound`](crate::ErrorKind::NotFound) for a timer that is not there.
    pub fn set_timer_interval(&mut self, id: TimerId, interval: Duration) -> Result<()> {
        self.core.timers.set_interval(id, interval, Instant::now())
    }

    /// Removes a timer; returns whether it was there.
    pub fn cancel_timer(&mut self, id: TimerId) -> bool {
        drop(self.core.handlers.remove(&id));
        self.core.timers.remove(id)
    }
}

impl<S> fmt::Debug for Turn<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("events", &self.events).finish_non_exhaustive()
    }
}
