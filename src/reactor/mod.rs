//! An event loop that owns sockets, monitors, file descriptors and timers, each with a handler. Unix only.

mod adding;
mod ids;
mod places;
mod source;
mod stopper;
mod turn;

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::os::fd::AsFd;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::error::{Error, Failure, Operation, Result};
use crate::events::Events;
use crate::monitor::{Monitor, MonitorEvent};
use crate::poll::{Engine, Watched};
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::timers::{Queue, TimerId};
use places::{BELL, Places};
use source::{Call, Source};
use stopper::Stop;
use turn::Caller;

pub use ids::{MonitorId, SocketId, SourceId};
pub use stopper::Stopper;
pub use turn::Turn;

/// A loop that owns sockets, monitors, file descriptors and timers, and calls a handler for what is ready.
///
/// A handler gets the state `S` that is handed to [`run`](Self::run), mutably: so a service is a struct whose methods
/// are its handlers, and it keeps the ids of its sockets, not the sockets. Through the [`Turn`] a handler reaches the
/// other sockets, adds and removes, and stops the loop. Handlers are `Send`, and so the reactor can be built on one
/// thread and run on another. Unix only.
///
/// # Handlers
/// An error that a handler returns ends the run, which returns it; a panic passes through to the caller of the run.
/// Everything stays registered in both cases, and the next run goes on.
///
/// # Examples
/// ```
/// use zmq::reactor::Turn;
/// use zmq::{Context, Events, Reactor, Rep, Req, Result, Socket};
///
/// struct Greeter {
///     greeted: u32,
/// }
///
/// impl Greeter {
///     fn greet(&mut self, socket: &Socket<Rep>, turn: &mut Turn<'_, Self>) -> Result<()> {
///         let name = socket.recv()?;
///         socket.send(format!("hello, {}", name.to_str()?))?;
///         self.greeted += 1;
///         if self.greeted == 2 {
///             turn.stop();
///         }
///         Ok(())
///     }
/// }
///
/// let context = Context::new()?;
/// let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
/// client.connect(server.bind("inproc://greeter")?)?;
/// let mut reactor = Reactor::new()?;
/// reactor.add(server, Events::READABLE, Greeter::greet)?;
/// let service = std::thread::spawn(move || {
///     let mut greeter = Greeter { greeted: 0 };
///     reactor.run(&mut greeter).map(|_| greeter.greeted)
/// });
/// for name in ["world", "moon"] {
///     client.send(name)?;
///     assert_eq!(client.recv()?, format!("hello, {name}"));
/// }
/// assert_eq!(service.join().unwrap()?, 2);
/// # Ok::<(), zmq::Error>(())
/// ```
#[must_use = "the sockets of a reactor close when it is dropped"]
pub struct Reactor<S> {
    core: Core<S>,
}

struct Core<S> {
    engine: Engine,
    places: Places<S>,
    timers: Queue,
    handlers: HashMap<TimerId, TimerHandler<S>>,
    stopped: bool,
    ready: Vec<(usize, Events)>,
}

type TimerHandler<S> = Box<dyn FnMut(&mut S, &mut Turn<'_, S>) -> Result<()> + Send>;

/// The reason why [`Reactor::run`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum End {
    /// A handler or a [`Stopper`] stopped it.
    Stopped,
    /// The context of one of its sockets was shut down.
    ContextTerminated,
    /// Nothing is left that could happen.
    Idle,
}

impl<S> Reactor<S> {
    /// Makes an empty one.
    ///
    /// # Errors
    /// [`LimitReached`](crate::ErrorKind::LimitReached) where no file descriptor is left.
    pub fn new() -> Result<Self> {
        let failed = |failure: Failure| Error::new(Operation::CreatePoller, failure);
        let stop = Arc::new(Stop::new().map_err(|errno| failed(errno.into()))?);
        let mut engine = Engine::new().map_err(failed)?;
        engine.add(BELL, &Watched::Fd(stop.bell().as_fd()), Events::READABLE).map_err(failed)?;
        let core = Core {
            engine,
            places: Places::new(stop),
            timers: Queue::default(),
            handlers: HashMap::new(),
            stopped: false,
            ready: Vec::new(),
        };
        Ok(Self { core })
    }

    /// Adds a socket, which the reactor owns from now on, and a handler that is called when it is ready for any of
    /// `interest`.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    pub fn add<K: Kind>(
        &mut self,
        socket: Socket<K>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SocketId<K>> {
        self.turn_for_changes().add(socket, interest, handler)
    }

    /// Reserves the id of a socket that [`add_as`](Self::add_as) adds later, so that handlers which are made before may
    /// capture it.
    ///
    /// # Examples
    /// Two handlers, each of which sends through the other's socket:
    /// ```
    /// use zmq::{Context, Dealer, Events, Reactor, Rep, Req, Router};
    ///
    /// let context = Context::new()?;
    /// let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    /// let (client, worker) = (context.socket(Req)?, context.socket(Rep)?);
    /// client.connect(front.bind("inproc://front")?)?;
    /// worker.connect(back.bind("inproc://back")?)?;
    ///
    /// let mut reactor = Reactor::new()?;
    /// let back_id = reactor.reserve();
    /// let front_id = reactor.add(front, Events::READABLE, move |(), front, turn| {
    ///     Ok(turn.socket(back_id)?.send_multipart(front.recv_multipart()?)?)
    /// })?;
    /// reactor.add_as(back_id, back, Events::READABLE, move |(), back, turn| {
    ///     Ok(turn.socket(front_id)?.send_multipart(back.recv_multipart()?)?)
    /// })?;
    ///
    /// client.send("question")?;
    /// reactor.run_once(&mut (), None)?;
    /// assert_eq!(worker.recv()?, "question");
    /// worker.send("answer")?;
    /// reactor.run_once(&mut (), None)?;
    /// assert_eq!(client.recv()?, "answer");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use = "the id is what a later `add_as` takes"]
    pub fn reserve<K: Kind>(&mut self) -> SocketId<K> {
        self.turn_for_changes().reserve()
    }

    /// Adds a socket as [`add`](Self::add) does, under an id that [`reserve`](Self::reserve) returned.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the id is of another reactor, or its socket was removed.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a socket was added under the id before.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context is shut down.
    pub fn add_as<K: Kind>(
        &mut self,
        id: SocketId<K>,
        socket: Socket<K>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.turn_for_changes().add_as(id, socket, interest, handler)
    }

    /// Adds a monitor, which the reactor owns from now on, and a handler that is called with each of its events.
    ///
    /// When the events end, the monitor is removed: after the drop of its socket, for one. The turn after the last event does
    /// that, and the first turn for a monitor that had ended before; the handler is not called for it.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context is shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::reactor::End;
    /// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let mut reactor = Reactor::<Vec<MonitorEventKind>>::new()?;
    /// reactor.add_monitor(sink.monitor(MonitorEvents::ACCEPTED)?, |kinds, event, turn| {
    ///     kinds.push(event.kind());
    ///     turn.stop();
    ///     Ok(())
    /// })?;
    /// let source = context.socket(Push)?;
    /// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    /// let mut kinds = Vec::new();
    /// assert_eq!(reactor.run(&mut kinds)?, End::Stopped);
    /// assert_eq!(kinds, [MonitorEventKind::Accepted]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_monitor(
        &mut self,
        monitor: Monitor,
        handler: impl FnMut(&mut S, MonitorEvent, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<MonitorId> {
        self.turn_for_changes().add_monitor(monitor, handler)
    }

    /// Adds a file descriptor, which the reactor owns from now on, and a handler for it.
    ///
    /// # Errors
    /// Those of the operating system, for a descriptor that cannot be waited for.
    pub fn add_fd<F: AsFd + Send + 'static>(
        &mut self,
        fd: F,
        interest: Events,
        handler: impl FnMut(&mut S, &F, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SourceId> {
        self.turn_for_changes().add_fd(fd, interest, handler)
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
        self.turn_for_changes().add_timer(interval, handler)
    }

    /// Adds a timer that fires once, when `delay` has passed.
    pub fn add_once(
        &mut self,
        delay: Duration,
        handler: impl FnOnce(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> TimerId {
        self.turn_for_changes().add_once(delay, handler)
    }

    /// Removes a socket and returns it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound): as for [`socket`](Self::socket).
    pub fn remove<K: Kind>(&mut self, id: SocketId<K>) -> Result<Socket<K>> {
        self.turn_for_changes().remove(id)
    }

    /// Removes a monitor and returns it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound): the monitor was removed or its events have ended, or the id is of another
    /// reactor.
    pub fn remove_monitor(&mut self, id: MonitorId) -> Result<Monitor> {
        self.turn_for_changes().remove_monitor(id)
    }

    /// Returns a socket.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound): the socket was removed, nothing was added yet under the reserved id, or
    /// the id is of another reactor.
    pub fn socket<K: Kind>(&self, id: SocketId<K>) -> Result<&Socket<K>> {
        self.core.places.socket(id)
    }

    /// Returns what stops the run from another thread.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::new(self.core.places.stop())
    }

    /// Waits and calls handlers until the end, and says which it was.
    ///
    /// # Errors
    /// What a handler returned, unless it is that the context was shut down, which is an end.
    pub fn run(&mut self, state: &mut S) -> Result<End> {
        // A handler that stopped an earlier run and failed has ended it with that.
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

    /// Waits once, for `timeout` at the most, calls the handlers of what is ready, and returns how many were called: for
    /// a loop of the program's own. A stop ends it early, as it ends a run.
    ///
    /// # Errors
    /// What a handler returned, and [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
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

    fn turn_for_changes(&mut self) -> Turn<'_, S> {
        Turn { core: &mut self.core, events: Events::empty(), caller: Caller::Program }
    }
}

impl<S> Core<S> {
    fn is_stopped(&self) -> bool {
        self.stopped || self.places.stop().is_requested()
    }

    /// Returns whether the loop was stopped, and forgets it: the next run starts anew.
    fn take_stop(&mut self) -> bool {
        mem::take(&mut self.stopped) | self.places.stop().take()
    }

    /// Calls the handler of a source, if it is still there, and puts it back unless it was removed.
    fn fire(&mut self, id: SourceId, events: Events, state: &mut S) -> Result<bool> {
        let Ok(place) = self.places.place_mut(id) else { return Ok(false) };
        let interest = place.interest;
        let Some(mut source) = place.source.take() else { return Ok(false) };
        let call = Call { core: self, id, events };
        let result = panic::catch_unwind(AssertUnwindSafe(|| source.fire(state, call)));
        self.put_back(id, source, interest);
        result.unwrap_or_else(|panic| panic::resume_unwind(panic))
    }

    /// Returns a source to its place after its handler ran, which may have changed its interest or removed it.
    fn put_back(&mut self, id: SourceId, source: Box<dyn Source<S>>, before: Events) {
        // What the kernel refuses here it has forgotten already: the descriptor was closed.
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

impl<S> fmt::Debug for Reactor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").field("sources", &self.core.places.len()).finish_non_exhaustive()
    }
}
