//! What a reactor waits for, with its handler.

use std::any::Any;
use std::os::fd::AsFd;

use super::places::SourceId;
use super::turn::Caller;
use super::{Core, Turn};
use crate::error::{ErrorKind, Result};
use crate::events::Events;
use crate::monitor::{Monitor, MonitorEvent};
use crate::poll::Watched;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// A socket, a monitor or a file descriptor with its handler, whatever their types.
pub(super) trait Source<S>: Send {
    fn watched(&self) -> Watched<'_>;
    /// The socket, monitor or file descriptor.
    fn object(&self) -> &dyn Any;
    fn into_object(self: Box<Self>) -> Box<dyn Any>;
    /// Calls the handler; returns whether there was something to call it for.
    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<bool>;
}

/// What a handler is called with, but for its source.
pub(super) struct Call<'r, S> {
    pub(super) core: &'r mut Core<S>,
    pub(super) id: SourceId,
    pub(super) events: Events,
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
