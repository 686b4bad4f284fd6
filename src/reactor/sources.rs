//! The creation of a reactor, and its sources.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::sync::Arc;

use super::places::{BELL, Places};
use super::stopper::{Stop, Stopper};
use super::turn::{Caller, Turn};
use super::{Core, MonitorId, Reactor, SocketId, SourceId};
use crate::error::{Error, Failure, Operation, Result};
use crate::events::Events;
use crate::monitor::{Monitor, MonitorEvent};
use crate::poll::{Engine, Watched};
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::timers::Queue;

impl<S> Reactor<S> {
    /// Creates a reactor without sources or timers.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the process has no free file descriptor.
    ///
    /// # Examples
    /// ```
    /// use zmq::Reactor;
    /// use zmq::reactor::End;
    ///
    /// let mut reactor = Reactor::new()?;
    /// assert_eq!(reactor.run(&mut ())?, End::Idle);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Adds a socket with a handler and returns the ID of the socket. The reactor takes ownership of the socket.
    ///
    /// The handler is called each time that the socket is ready for any event of `interest`. The trigger is level: the
    /// handler is called again as long as the socket stays ready.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("inproc://tasks")?)?;
    /// let mut reactor = Reactor::<Vec<String>>::new()?;
    /// reactor.add(sink, Events::READABLE, |tasks, sink, turn| {
    ///     tasks.push(sink.recv()?.to_str()?.to_owned());
    ///     turn.stop();
    ///     Ok(())
    /// })?;
    ///
    /// source.send("task")?;
    /// let mut tasks = Vec::new();
    /// reactor.run(&mut tasks)?;
    /// assert_eq!(tasks, ["task"]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add<K: Kind>(
        &mut self,
        socket: Socket<K>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SocketId<K>> {
        self.turn_for_changes().add(socket, interest, handler)
    }

    /// Reserves the ID of a socket that [`add_as`](Self::add_as) adds later. Handlers created before the socket is
    /// added can capture the ID.
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
    #[must_use = "pass the ID to `add_as`"]
    pub fn reserve<K: Kind>(&mut self) -> SocketId<K> {
        self.turn_for_changes().reserve()
    }

    /// Adds a socket with a handler under an ID that [`reserve`](Self::reserve) returned. The reactor takes ownership
    /// of the socket, as in [`add`](Self::add).
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the ID belongs to another reactor, or its socket was removed.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a socket with this ID was already added.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.reserve();
    /// reactor.add_as(id, context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    /// assert!(reactor.socket(id).is_ok());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_as<K: Kind>(
        &mut self,
        id: SocketId<K>,
        socket: Socket<K>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.turn_for_changes().add_as(id, socket, interest, handler)
    }

    /// Adds a monitor with a handler that is called with each event. The reactor takes ownership of the monitor.
    ///
    /// When the events end, for example because the monitored socket was dropped, the reactor removes the monitor in
    /// the next turn without calling the handler.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
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

    /// Adds a file descriptor with a handler. The reactor takes ownership of the descriptor. Regular files are always
    /// ready.
    ///
    /// # Errors
    /// - any error of the operating system.
    ///
    /// # Examples
    /// ```
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use zmq::{Events, Reactor};
    ///
    /// let (mut near, far) = UnixStream::pair()?;
    /// let mut reactor = Reactor::<[u8; 4]>::new()?;
    /// reactor.add_fd(far, Events::READABLE, |received, mut stream, turn| {
    ///     stream.read_exact(received).expect("the other end sent four bytes");
    ///     turn.stop();
    ///     Ok(())
    /// })?;
    ///
    /// near.write_all(b"ping")?;
    /// let mut received = [0; 4];
    /// reactor.run(&mut received)?;
    /// assert_eq!(&received, b"ping");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_fd<F: AsFd + Send + 'static>(
        &mut self,
        fd: F,
        interest: Events,
        handler: impl FnMut(&mut S, &F, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SourceId> {
        self.turn_for_changes().add_fd(fd, interest, handler)
    }

    /// Removes a socket and returns it.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket was removed, the ID is reserved but no socket was added,
    ///   or the ID belongs to another reactor.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.add(context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    /// let sink = reactor.remove(id)?;
    /// sink.bind("inproc://tasks")?;
    /// assert_eq!(reactor.remove(id).unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove<K: Kind>(&mut self, id: SocketId<K>) -> Result<Socket<K>> {
        self.turn_for_changes().remove(id)
    }

    /// Removes a monitor and returns it.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the monitor was removed, its events have ended, or the ID belongs to
    ///   another reactor.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.add_monitor(sink.monitor(MonitorEvents::LISTENING)?, |(), _, _| Ok(()))?;
    /// let mut monitor = reactor.remove_monitor(id)?;
    /// sink.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(monitor.recv()?.kind(), MonitorEventKind::Listening);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn remove_monitor(&mut self, id: MonitorId) -> Result<Monitor> {
        self.turn_for_changes().remove_monitor(id)
    }

    /// Returns a reference to a socket of the reactor.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket was removed, the ID is reserved but no socket was added,
    ///   or the ID belongs to another reactor.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.add(context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    /// reactor.socket(id)?.bind("inproc://tasks")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn socket<K: Kind>(&self, id: SocketId<K>) -> Result<&Socket<K>> {
        self.core.places.socket(id)
    }

    /// Returns a handle that stops the reactor from any thread.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use zmq::reactor::End;
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add(context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))?;
    /// let stopper = reactor.stopper();
    /// let running = thread::spawn(move || reactor.run(&mut ()));
    /// stopper.stop();
    /// assert_eq!(running.join().unwrap()?, End::Stopped);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper::new(self.core.places.stop())
    }

    pub(super) fn turn_for_changes(&mut self) -> Turn<'_, S> {
        Turn { core: &mut self.core, events: Events::empty(), caller: Caller::Program }
    }
}
