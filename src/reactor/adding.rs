//! The sources of a reactor, each of a type, and how a turn adds them.

use std::any::Any;
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

impl<S> Turn<'_, S> {
    /// Adds a socket: see [`Reactor::add`](super::Reactor::add).
    ///
    /// # Errors
    /// Those of [`Reactor::add`](super::Reactor::add).
    pub fn add<K: Kind>(
        &mut self,
        socket: Socket<K>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SocketId<K>> {
        self.insert(Box::new(SocketSource { socket, handler }), interest).map(SocketId::new)
    }

    /// Adds a socket under an id that was reserved: see [`Reactor::add_as`](super::Reactor::add_as).
    ///
    /// # Errors
    /// Those of [`Reactor::add_as`](super::Reactor::add_as).
    pub fn add_as<K: Kind>(
        &mut self,
        id: SocketId<K>,
        socket: Socket<K>,
        interest: Events,
        handler: impl FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.core.places.expect_reserved(id.id)?;
        self.fill(id.id, Box::new(SocketSource { socket, handler }), interest)
    }

    /// Adds a monitor: see [`Reactor::add_monitor`](super::Reactor::add_monitor).
    ///
    /// # Errors
    /// Those of [`Reactor::add_monitor`](super::Reactor::add_monitor).
    pub fn add_monitor(
        &mut self,
        monitor: Monitor,
        handler: impl FnMut(&mut S, MonitorEvent, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<MonitorId> {
        self.insert(Box::new(MonitorSource { monitor, handler }), Events::READABLE).map(MonitorId)
    }

    /// Adds a file descriptor: see [`Reactor::add_fd`](super::Reactor::add_fd).
    ///
    /// # Errors
    /// Those of [`Reactor::add_fd`](super::Reactor::add_fd).
    pub fn add_fd<F: AsFd + Send + 'static>(
        &mut self,
        fd: F,
        interest: Events,
        handler: impl FnMut(&mut S, &F, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> Result<SourceId> {
        self.insert(Box::new(FdSource { fd, handler }), interest)
    }

    fn insert(&mut self, source: Box<dyn Source<S>>, interest: Events) -> Result<SourceId> {
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
    fn turn(self, object: &'r dyn Any) -> Turn<'r, S> {
        Turn { core: self.core, events: self.events, caller: Caller::Source(self.id, object) }
    }
}

pub(super) struct SocketSource<K: Kind, H> {
    pub(super) socket: Socket<K>,
    pub(super) handler: H,
}

impl<S, K, H> Source<S> for SocketSource<K, H>
where
    K: Kind,
    H: FnMut(&mut S, &Socket<K>, &mut Turn<'_, S>) -> Result<()> + Send,
{
    fn watched(&self) -> Watched<'_> {
        Watched::Socket(self.socket.raw())
    }

    fn object(&self) -> &dyn Any {
        &self.socket
    }

    fn into_object(self: Box<Self>) -> Box<dyn Any> {
        Box::new(self.socket)
    }

    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<bool> {
        (self.handler)(state, &self.socket, &mut call.turn(&self.socket)).map(|()| true)
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
            // Nothing would ever come of it.
            Err(error) if error.kind() == ErrorKind::Ended => {
                turn.remove_self();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
