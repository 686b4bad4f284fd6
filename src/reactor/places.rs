//! The slots in which a reactor stores its sources.

use std::os::fd::AsFd;
use std::sync::Arc;

use super::ids::{SocketId, SourceId};
use super::source::Source;
use super::stopper::Stop;
use crate::error::{Errno, Error, Operation, Result};
use crate::events::Events;
use crate::poll::{Slots, Watched};
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::unique;

/// The slot of the bell, on which other threads wake the loop.
pub(super) const BELL: usize = usize::MAX;

pub(super) struct Places<S> {
    places: Vec<Place<S>>,
    /// The number of sources, including the source whose handler is running.
    used: usize,
    stop: Arc<Stop>,
}

pub(super) struct Place<S> {
    /// The number in the ID of the source. Each use of the place has its own number.
    number: u64,
    pub(super) interest: Events,
    /// `None` if the place has no source, and while the handler is running.
    pub(super) source: Option<Box<dyn Source<S>>>,
    state: PlaceState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlaceState {
    Free,
    /// The place has an ID but no source yet.
    Reserved,
    Used,
    /// The source was removed by its own handler, which is still running.
    Leaving,
}

impl<S> Places<S> {
    pub(super) fn new(stop: Arc<Stop>) -> Self {
        Self { places: Vec::new(), used: 0, stop }
    }

    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Returns the state that stops the loop from other threads.
    pub(super) fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Returns the current ID of a place, or `None` for the slot of the bell.
    pub(super) fn id(&self, place: usize) -> Option<SourceId> {
        self.places.get(place).map(|entry| SourceId { number: entry.number, place })
    }

    /// Assigns an ID to a free place.
    pub(super) fn reserve(&mut self) -> SourceId {
        let number = unique::number();
        let reserved = Place { number, interest: Events::empty(), source: None, state: PlaceState::Reserved };
        let free = self.places.iter_mut().enumerate().find(|(_, place)| place.state == PlaceState::Free);
        let place = match free {
            Some((place, entry)) => {
                *entry = reserved;
                place
            }
            None => {
                self.places.push(reserved);
                self.places.len() - 1
            }
        };
        SourceId { number, place }
    }

    /// Releases an ID that [`reserve`](Self::reserve) returned.
    pub(super) fn release(&mut self, id: SourceId) {
        if self.expect_reserved(id).is_ok() {
            self.places[id.place].state = PlaceState::Free;
        }
    }

    /// Checks that `id` is reserved and has no source.
    pub(super) fn expect_reserved(&self, id: SourceId) -> Result<()> {
        match self.places.get(id.place).filter(|place| place.number == id.number).map(|place| place.state) {
            Some(PlaceState::Reserved) => Ok(()),
            Some(PlaceState::Used) => Err(in_use("the ID already has a source; reserve an ID for each socket")),
            Some(PlaceState::Free | PlaceState::Leaving) | None => Err(missing()),
        }
    }

    /// Stores a source under the reserved `id`.
    pub(super) fn fill(&mut self, id: SourceId, source: Box<dyn Source<S>>, interest: Events) {
        if let Some(place) = self.places.get_mut(id.place) {
            (place.source, place.interest, place.state) = (Some(source), interest, PlaceState::Used);
            self.used += 1;
        }
    }

    /// Removes a source. Its ID becomes invalid.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): see [`place_mut`](Self::place_mut).
    /// - [`WrongState`](crate::ErrorKind::WrongState): the handler of the source is running.
    pub(super) fn take(&mut self, id: SourceId) -> Result<Box<dyn Source<S>>> {
        let place = self.place_mut(id)?;
        let source = place.source.take().ok_or_else(|| {
            in_use("its own handler is running and borrows it; to close it when the handler returns, call remove_self")
        })?;
        place.state = PlaceState::Free;
        self.used -= 1;
        Ok(source)
    }

    /// Marks a source for removal when its running handler returns. Returns `true` if the source existed.
    pub(super) fn leave(&mut self, id: SourceId) -> bool {
        let place = self.place_mut(id);
        place.map(|place| place.state = PlaceState::Leaving).is_ok()
    }

    /// Frees the place of a source that was marked for removal, after its handler has returned.
    pub(super) fn left(&mut self, id: SourceId) {
        if let Some(place) = self.places.get_mut(id.place).filter(|place| place.state == PlaceState::Leaving) {
            place.state = PlaceState::Free;
            self.used -= 1;
        }
    }

    /// Returns a place that has a source.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the source was removed, the ID is reserved but has no source, or the
    ///   ID belongs to another reactor.
    pub(super) fn place_mut(&mut self, id: SourceId) -> Result<&mut Place<S>> {
        let place = self.places.get_mut(id.place).filter(|place| place.number == id.number).ok_or_else(missing)?;
        match place.state {
            PlaceState::Used => Ok(place),
            PlaceState::Reserved => Err(unfilled()),
            PlaceState::Free | PlaceState::Leaving => Err(missing()),
        }
    }

    /// Returns a socket whose handler is not running.
    pub(super) fn socket<K: Kind>(&self, id: SocketId<K>) -> Result<&Socket<K>> {
        let place = self.places.get(id.id.place).filter(|place| place.number == id.id.number).ok_or_else(missing)?;
        if place.state == PlaceState::Reserved {
            return Err(unfilled());
        }
        place.source.as_ref().and_then(|source| source.object().downcast_ref()).ok_or_else(missing)
    }
}

#[cold]
fn missing() -> Error {
    Error::new(Operation::FindInReactor, Errno::ENOENT).because("it was removed, or its ID belongs to another reactor")
}

#[cold]
fn unfilled() -> Error {
    Error::new(Operation::FindInReactor, Errno::ENOENT).because("its ID is reserved, but no socket was added yet")
}

#[cold]
fn in_use(reason: &str) -> Error {
    Error::new(Operation::FindInReactor, Errno::EFSM).because(reason)
}

impl<S> Slots for Places<S> {
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)> {
        if slot == BELL {
            return Some((Watched::Fd(self.stop.bell().as_fd()), Events::READABLE));
        }
        let place = self.places.get(slot)?;
        Some((place.source.as_ref()?.watched(), place.interest))
    }
}
