//! Where a reactor keeps what it waits for.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use super::source::Source;
use crate::events::Events;
use crate::poll::{Slots, Watched};
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// The slot of the descriptor through which other threads wake the loop.
pub(super) const WAKE: usize = usize::MAX;

/// The name of a socket of kind `K` in a [`Reactor`](super::Reactor).
pub struct SocketId<K: Kind> {
    pub(super) id: SourceId,
    pub(super) kind: PhantomData<fn() -> K>,
}

/// The name of a file descriptor, or of a socket whose kind does not matter, in a [`Reactor`](super::Reactor).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SourceId {
    pub(super) place: usize,
    pub(super) generation: u64,
}

pub(super) struct Table<S> {
    pub(super) places: Vec<Place<S>>,
    /// How many sources there are, the one whose handler runs included.
    pub(super) used: usize,
    pub(super) woken: UnixStream,
}

pub(super) struct Place<S> {
    /// Tells apart what stood in the place one after the other.
    pub(super) generation: u64,
    pub(super) interest: Events,
    /// `None` in a free place, and while the handler runs.
    pub(super) source: Option<Box<dyn Source<S>>>,
    pub(super) state: PlaceState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceState {
    Free,
    Used,
    /// Removed by its own handler, which still runs.
    Leaving,
}

impl<S> Table<S> {
    /// Returns the present name of a place, or `None` for the one through which the loop is woken.
    pub(super) fn name(&self, place: usize) -> Option<SourceId> {
        self.places.get(place).map(|entry| SourceId { place, generation: entry.generation })
    }

    pub(super) fn place_mut(&mut self, id: SourceId) -> Option<&mut Place<S>> {
        self.places
            .get_mut(id.place)
            .filter(|place| place.generation == id.generation && place.state == PlaceState::Used)
    }

    pub(super) fn socket<K: Kind>(&self, id: SocketId<K>) -> Option<&Socket<K>> {
        let place = self.places.get(id.id.place).filter(|place| place.generation == id.id.generation)?;
        let inner: &dyn Any = place.source.as_ref()?.inner();
        inner.downcast_ref()
    }
}

impl<S> Slots for Table<S> {
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)> {
        if slot == WAKE {
            return Some((Watched::Fd(self.woken.as_fd()), Events::READABLE));
        }
        let place = self.places.get(slot)?;
        Some((place.source.as_ref()?.watched(), place.interest))
    }
}

impl<K: Kind> Clone for SocketId<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Kind> Copy for SocketId<K> {}

impl<K: Kind> From<SocketId<K>> for SourceId {
    fn from(id: SocketId<K>) -> Self {
        id.id
    }
}

impl<K: Kind> fmt::Debug for SocketId<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}
