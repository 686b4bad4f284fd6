//! The access of a handler to its reactor.

use std::any::Any;
use std::fmt;

use super::Core;
use super::ids::{MonitorId, SocketId, SourceId};
use super::source::Source;
use crate::error::{Errno, Error, Operation, Result};
use crate::events::Events;
use crate::monitor::Monitor;
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::timers::TimerId;

/// The access of a handler to its [`Reactor`](super::Reactor): the events that occurred, and methods that change the
/// reactor.
pub struct Turn<'r, S> {
    pub(super) core: &'r mut Core<S>,
    pub(super) events: Events,
    pub(super) caller: Caller<'r>,
}

/// The source or timer whose handler is running.
#[derive(Clone, Copy)]
pub(super) enum Caller<'r> {
    /// No handler is running: the program changes the reactor between turns.
    Program,
    Timer(TimerId),
    /// The ID of the source, and the socket, monitor or file descriptor.
    Source(SourceId, &'r dyn Any),
}

impl<S> Turn<'_, S> {
    /// Returns the events that the socket, monitor or file descriptor is ready for. In the handler of a timer the set
    /// is empty.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Events, Pull, Push, Reactor};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(sink.bind("inproc://tasks")?)?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add(sink, Events::READABLE, |(), sink, turn| {
    ///     assert!(turn.events().is_readable());
    ///     sink.recv().map(drop)
    /// })?;
    /// source.send("task")?;
    /// assert_eq!(reactor.run_once(&mut (), None)?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn events(&self) -> Events {
        self.events
    }

    /// Stops the reactor when this handler returns.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    /// use zmq::reactor::End;
    ///
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add_timer(Duration::from_millis(1), |(), turn| {
    ///     turn.stop();
    ///     Ok(())
    /// })?;
    /// assert_eq!(reactor.run(&mut ())?, End::Stopped);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn stop(&mut self) {
        self.core.stopped = true;
    }

    /// Returns the ID of the socket, monitor or file descriptor whose handler is running. Returns `None` in the handler
    /// of a timer.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Events, Pull, Push, Reactor};
    /// use zmq::reactor::SourceId;
    ///
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(sink.bind("inproc://tasks")?)?;
    /// let mut reactor = Reactor::<Option<SourceId>>::new()?;
    /// let sink_id = reactor.add(sink, Events::READABLE, |seen, sink, turn| {
    ///     *seen = turn.source_id();
    ///     sink.recv().map(drop)
    /// })?;
    /// source.send("task")?;
    /// let mut seen = None;
    /// reactor.run_once(&mut seen, None)?;
    /// assert_eq!(seen, Some(sink_id.into()));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn source_id(&self) -> Option<SourceId> {
        match self.caller {
            Caller::Source(id, _) => Some(id),
            Caller::Timer(_) | Caller::Program => None,
        }
    }

    /// Returns the ID of the timer whose handler is running. Returns `None` in any other handler.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Reactor;
    /// use zmq::timers::TimerId;
    ///
    /// let mut reactor = Reactor::<Option<TimerId>>::new()?;
    /// let timer = reactor.add_once(Duration::from_millis(1), |seen, turn| {
    ///     *seen = turn.timer_id();
    ///     Ok(())
    /// });
    /// let mut seen = None;
    /// reactor.run(&mut seen)?;
    /// assert_eq!(seen, Some(timer));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn timer_id(&self) -> Option<TimerId> {
        match self.caller {
            Caller::Timer(id) => Some(id),
            Caller::Source(..) | Caller::Program => None,
        }
    }

    /// Returns a reference to a socket of the reactor. The ID may be that of the socket whose handler is running.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket was removed, the ID is reserved but no socket was added,
    ///   or the ID belongs to another reactor.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (tasks, results) = (context.socket(Pull)?, context.socket(Push)?);
    /// let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    /// source.connect(tasks.bind("inproc://tasks")?)?;
    /// results.connect(sink.bind("inproc://results")?)?;
    ///
    /// let mut reactor = Reactor::<()>::new()?;
    /// let results = reactor.add(results, Events::empty(), |(), _, _| Ok(()))?;
    /// reactor.add(tasks, Events::READABLE, move |(), tasks, turn| {
    ///     Ok(turn.socket(results)?.send(tasks.recv()?)?)
    /// })?;
    /// source.send("task")?;
    /// reactor.run_once(&mut (), None)?;
    /// assert_eq!(sink.recv()?, "task");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn socket<K: Kind>(&self, id: SocketId<K>) -> Result<&Socket<K>> {
        if let Caller::Source(own, object) = self.caller {
            if let Some(socket) = object.downcast_ref().filter(|_| own == id.id) {
                return Ok(socket);
            }
        }
        self.core.places.socket(id)
    }

    /// Reserves the ID of a socket that [`add_as`](Self::add_as) adds later. See
    /// [`Reactor::reserve`](super::Reactor::reserve).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add_once(Duration::ZERO, move |(), turn| {
    ///     let id = turn.reserve();
    ///     turn.add_as(id, context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    ///     turn.socket(id)?.bind("inproc://tasks").map(drop)
    /// });
    /// assert_eq!(reactor.run_once(&mut (), None)?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use = "pass the ID to `add_as`"]
    pub fn reserve<K: Kind>(&mut self) -> SocketId<K> {
        SocketId::new(self.core.places.reserve())
    }

    /// Changes the events for which the handler of a socket or file descriptor is called. The change takes effect in
    /// the next turn, and the ID may be that of the source whose handler is running.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the source was removed, the ID is reserved but no socket was added,
    ///   or the ID belongs to another reactor.
    /// - other errors of the system.
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
    /// let id = reactor.reserve();
    /// reactor.add_as(id, source, Events::WRITABLE, move |(), source, turn| {
    ///     source.send("task")?;
    ///     turn.set_interest(id, Events::empty())
    /// })?;
    /// assert_eq!(reactor.run_once(&mut (), None)?, 1);
    /// assert_eq!(reactor.run_once(&mut (), Duration::ZERO)?, 0);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket was removed, the ID is reserved but no socket was added,
    ///   or the ID belongs to another reactor.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket's own handler is running and borrows the socket. To
    ///   close the socket when the handler returns, call [`remove_self`](Self::remove_self).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::reactor::End;
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.add(context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    /// // Close the socket if no message arrives in time.
    /// reactor.add_once(Duration::from_millis(1), move |(), turn| turn.remove(id).map(drop));
    /// assert_eq!(reactor.run(&mut ())?, End::Idle);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove<K: Kind>(&mut self, id: SocketId<K>) -> Result<Socket<K>> {
        self.take_as(id.id)
    }

    /// Removes a monitor and returns it.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the monitor was removed, its events have ended, or the ID belongs to
    ///   another reactor.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the monitor's own handler is running. To drop the monitor when
    ///   the handler returns, call [`remove_self`](Self::remove_self).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::reactor::End;
    /// use zmq::{Context, MonitorEvents, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.add_monitor(sink.monitor(MonitorEvents::all())?, |(), _, _| Ok(()))?;
    /// reactor.add_once(Duration::from_millis(1), move |(), turn| turn.remove_monitor(id).map(drop));
    /// assert_eq!(reactor.run(&mut ())?, End::Idle);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove_monitor(&mut self, id: MonitorId) -> Result<Monitor> {
        self.take_as(id.0)
    }

    /// Removes and drops a socket, monitor or file descriptor. Returns `false` if the reactor has no source with this
    /// ID.
    ///
    /// The source whose handler is running is dropped when the handler returns.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::reactor::End;
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.add(context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    /// reactor.add_once(Duration::from_millis(1), move |(), turn| {
    ///     assert!(turn.drop_source(id));
    ///     assert!(!turn.drop_source(id));
    ///     Ok(())
    /// });
    /// assert_eq!(reactor.run(&mut ())?, End::Idle);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn drop_source(&mut self, id: impl Into<SourceId>) -> bool {
        let id = id.into();
        if self.source_id() == Some(id) {
            return self.core.places.leave(id);
        }
        self.take(id).is_ok()
    }

    /// Removes the source or timer whose handler is running. A source is dropped when the handler returns.
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
        // An error means that the kernel has already removed the descriptor from the set.
        let _ = self.core.engine.remove(id.place, &source.watched());
        Ok(source)
    }
}

impl<S> fmt::Debug for Turn<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("events", &self.events).finish_non_exhaustive()
    }
}
