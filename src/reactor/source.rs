//! What a reactor waits for, with its handler.

use std::any::Any;
use std::os::fd::AsFd;

use super::table::SourceId;
use super::turn::Caller;
use super::{Core, Turn};
use crate::error::Result;
use crate::events::Events;
use crate::poll::Watched;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// A socket or a file descriptor with its handler, whatever their types.
pub(super) trait Source<S>: Send {
    fn watched(&self) -> Watched<'_>;
    /// The socket or file descriptor.
    fn object(&self) -> &dyn Any;
    fn into_object(self: Box<Self>) -> Box<dyn Any>;
    /// Calls the handler.
    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<()>;
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

    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<()> {
        (self.handler)(state, &self.socket, &mut call.turn(&self.socket))
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

    fn fire(&mut self, state: &mut S, call: Call<'_, S>) -> Result<()> {
        (self.handler)(state, &self.fd, &mut call.turn(&self.fd))
    }
}
