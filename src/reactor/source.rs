//! What a reactor waits for, with its handler.

use std::any::Any;
use std::os::fd::AsFd;

use super::Turn;
use crate::error::Result;
use crate::poll::Watched;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// A socket or a file descriptor with its handler, whatever their types.
pub(super) trait Source<S>: Send {
    fn watched(&self) -> Watched<'_>;
    fn fire(&mut self, state: &mut S, turn: &mut Turn<'_, S>) -> Result<()>;
    /// The socket or file descriptor.
    fn inner(&self) -> &dyn Any;
    fn into_inner(self: Box<Self>) -> Box<dyn Any>;
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

    fn fire(&mut self, state: &mut S, turn: &mut Turn<'_, S>) -> Result<()> {
        (self.handler)(state, &self.socket, turn)
    }

    fn inner(&self) -> &dyn Any {
        &self.socket
    }

    fn into_inner(self: Box<Self>) -> Box<dyn Any> {
        Box::new(self.socket)
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

    fn fire(&mut self, state: &mut S, turn: &mut Turn<'_, S>) -> Result<()> {
        (self.handler)(state, &self.fd, turn)
    }

    fn inner(&self) -> &dyn Any {
        &self.fd
    }

    fn into_inner(self: Box<Self>) -> Box<dyn Any> {
        Box::new(self.fd)
    }
}
