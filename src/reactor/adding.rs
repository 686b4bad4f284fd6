//! The types of sources, and the methods of a turn that add sources.

use std::any::Any;
use std::borrow::Borrow;
use std::marker::PhantomData;
use std::os::fd::AsFd;

use super::Turn;
use super::ids::{MonitorId, SocketId, SourceId};
use super::source::{Call, Source};
use super::turn::Caller;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::events::Events;
use crate::monitor::{Monitor, MonitorEvent};
use crate::poll::Watched;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// # Adding sources
impl<S> Turn<'_, S> {
    /// Adds a socket with a handler. See [`Reactor::add`](super::Reactor::add).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pull, Push, Reactor};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("inproc://tasks")?)?;
    /// source.send("task")?;
    ///
    /// let mut reactor = Reactor::<Vec<String>>::new()?;
    /// reactor.add_once(Duration::ZERO, move |_, turn| {
    ///     turn.add(sink, Events::READABLE, |tasks: &mut Vec<String>, sink, turn| {
    ///         tasks.push(sink.recv()?.to_str()?.to_owned());
    ///         turn.stop();
    ///         Ok(())
    ///     })?;
    ///     Ok(())
    /// });
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
        self.insert(Box::new(SocketSource::new(socket, handler)), interest).map(SocketId::new)
    }

    /// Adds a socket with a handler under a reserved ID. See [`Reactor::add_as`](super::Reactor::add_as).
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the ID belongs to another reactor, or its socket was removed.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a socket with this ID was already added.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let mut reactor = Reactor::<()>::new()?;
    /// let id = reactor.reserve();
    /// reactor.add_once(Duration::ZERO, move |(), turn| {
    ///     turn.add_as(id, context.socket(Pull)?, Events::READABLE, |(), _, _| Ok(()))
    /// });
    /// reactor.run_once(&mut (), None)?;
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
        self.core.places.expect_reserved(id.id)?;
        self.fill(id.id, Box::new(SocketSource::new(socket, handler)), interest)
    }

    /// Adds a monitor with a handler. See [`Reactor::add_monitor`](super::Reactor::add_monitor).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull, Reactor};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let mut reactor = Reactor::<Vec<MonitorEventKind>>::new()?;
    /// reactor.add_once(Duration::ZERO, move |_, turn| {
    ///     let monitor = sink.monitor(MonitorEvents::LISTENING)?;
    ///     turn.add_monitor(monitor, |kinds: &mut Vec<_>, event, turn| {
    ///         kinds.push(event.kind());
    ///         turn.stop();
    ///         Ok(())
    ///     })?;
    ///     sink.bind("tcp://127.0.0.1:*")?;
    ///     turn.add(sink, zmq::Events::READABLE, |_, _, _| Ok(()))?;
    ///     Ok(())
    /// });
    /// let mut kinds = Vec::new();
    /// reactor.run(&mut kinds)?;
    /// assert_eq!(kinds, [MonitorEventKind::Listening]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_monitor(
        &mut self,
        monitor: Monitor,
        handler: impl FnMut(&mut S, MonitorEvent, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<MonitorId> {
        self.insert(Box::new(MonitorSource { monitor, handler }), Events::READABLE).map(MonitorId)
    }

    /// Adds a file descriptor with a handler. See [`Reactor::add_fd`](super::Reactor::add_fd).
    ///
    /// # Errors
    /// - any error of the operating system.
    ///
    /// # Examples
    /// ```
    /// use std::os::unix::net::UnixStream;
    /// use std::time::Duration;
    /// use zmq::{Events, Reactor};
    ///
    /// let (near, far) = UnixStream::pair()?;
    /// let mut reactor = Reactor::<bool>::new()?;
    /// reactor.add_once(Duration::ZERO, move |_, turn| {
    ///     turn.add_fd(far, Events::WRITABLE, |writable: &mut bool, _, turn| {
    ///         *writable = turn.events().is_writable();
    ///         turn.stop();
    ///         Ok(())
    ///     })?;
    ///     Ok(())
    /// });
    /// let mut writable = false;
    /// reactor.run(&mut writable)?;
    /// assert!(writable);
    /// # drop(near);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_fd<F: AsFd + Send + 'static>(
        &mut self,
        fd: F,
        interest: Events,
        handler: impl FnMut(&mut S, &F, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SourceId> {
        self.insert(Box::new(FdSource { fd, handler }), interest)
    }

    pub(super) fn insert(&mut self, source: Box<dyn Source<S>>, interest: Events) -> Result<SourceId> {
        let id = self.core.places.reserve();
        let filled = self.fill(id, source, interest);
        filled.inspect_err(|_| self.core.places.release(id)).map(|()| id)
    }

    fn fill(&mut self, id: SourceId, source: Box<dyn Source<S>>, interest: Events) -> Result<()> {
        let added = self.core.engine.add(id.place, &source.watched(), interest);
        added.map_err(|errno| Error::new(Operation::AddToPoller, errno))?;
        self.core.places.fill(id, source, interest);
        Ok(())
    }
}

impl<'r, S> Call<'r, S> {
    pub(super) fn turn(self, object: &'r dyn Any) -> Turn<'r, S> {
        Turn { core: self.core, events: self.events, caller: Caller::Source(self.id, object) }
    }
}

/// A socket that the reactor owns, or a reference to a shared one.
pub(super) struct SocketSource<T, K, H> {
    socket: T,
    handler: H,
    kind: PhantomData<fn() -> K>,
}

impl<T, K, H> SocketSource<T, K, H> {
    pub(super) fn new(socket: T, handler: H) -> Self {
        Self { socket, handler, kind: PhantomData }
    }
}

impl<S, T, K, H> Source<S> for SocketSource<T, K, H>
where
    T: Borrow<Socket<K>> + Send + 'static,
    K: Kind,
    H: FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send,
{
    fn watched(&self) -> Watched<'_> {
        Watched::Socket(self.socket.borrow().raw())
    }

    fn object(&self) -> &dyn Any {
        &self.socket
    }

    fn into_object(self: Box<Self>) -> Box<dyn Any> {
        Box::new(self.socket)
    }

    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<bool> {
        (self.handler)(state, self.socket.borrow(), &mut call.turn(&self.socket)).map(|()| true)
    }
}

pub(super) struct FdSource<F, H> {
    pub(super) fd: F,
    pub(super) handler: H,
}

impl<S, F, H> Source<S> for FdSource<F, H>
where
    F: AsFd + Send + 'static,
    H: FnMut(&mut S, &F, &mut Turn<'_, S>) -> Result<()> + Send,
{
    fn watched(&self) -> Watched<'_> {
        Watched::Fd(self.fd.as_fd())
    }

    fn object(&self) -> &dyn Any {
        &self.fd
    }

    fn into_object(self: Box<Self>) -> Box<dyn Any> {
        Box::new(self.fd)
    }

    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<bool> {
        (self.handler)(state, &self.fd, &mut call.turn(&self.fd)).map(|()| true)
    }
}

pub(super) struct MonitorSource<H> {
    pub(super) monitor: Monitor,
    pub(super) handler: H,
}

impl<S, H> Source<S> for MonitorSource<H>
where
    H: FnMut(&mut S, MonitorEvent, &mut Turn<'_, S>) -> Result<()> + Send,
{
    fn watched(&self) -> Watched<'_> {
        Watched::Socket(self.monitor.raw().socket())
    }

    fn object(&self) -> &dyn Any {
        &self.monitor
    }

    fn into_object(self: Box<Self>) -> Box<dyn Any> {
        Box::new(self.monitor)
    }

    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<bool> {
        let mut turn = call.turn(&self.monitor);
        match self.monitor.try_recv() {
            Ok(Some(event)) => (self.handler)(state, event, &mut turn).map(|()| true),
            Ok(None) => Ok(false),
            // The monitor will never have another event.
            Err(error) if error.kind() == ErrorKind::Ended => {
                turn.remove_self();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
