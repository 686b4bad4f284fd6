//! Where a reactor keeps what it waits for.

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
    /// How many sources there are, the one whose handler runs included.
    used: usize,
    stop: Arc<Stop>,
}

pub(super) struct Place<S> {
    /// The number in the id of what stands here: another one each time.
    number: u64,
    pub(super) interest: Events,
    /// `None` in a place without a source, and while the handler runs.
    pub(super) source: Option<Box<dyn Source<S>>>,
    state: PlaceState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlaceState {
    Free,
    /// Has an id, and no source yet.
    Reserved,
    Used,
    /// Removed by its own handler, which still runs.
    Leaving,
}

impl<S> Places<S> {
    pub(super) fn new(stop: Arc<Stop>) -> Self {
        Self { places: Vec::new(), used: 0, stop }
    }

    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Returns the way to stop the loop from other threads.
    pub(super) fn stop(&self) -> &Arc<Stop> {
        &self.stop
    }

    /// Returns the present id of a place, or `None` for that of the bell.
    pub(super) fn id(&self, place: usize) -> Option<SourceId> {
        self.places.get(place).map(|entry| SourceId { number: entry.number, place })
    }

    /// Gives a free place an id.
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

    /// Gives up an id that [`reserve`](Self::reserve) returned.
    pub(super) fn release(&mut self, id: SourceId) {
        if self.expect_reserved(id).is_ok() {
            self.places[id.place].state = PlaceState::Free;
        }
    }

    /// Checks that a source may be put where `id` was reserved.
    pub(super) fn expect_reserved(&self, id: SourceId) -> Result<()> {
        match self.places.get(id.place).filter(|place| place.number == id.number).map(|place| place.state) {
            Some(PlaceState::Reserved) => Ok(()),
            Some(PlaceState::Used) => Err(in_use("it has a source already: reserve an id for each")),
            Some(PlaceState::Free | PlaceState::Leaving) | None => Err(missing()),
        }
    }

    /// Puts a source where `id` was reserved.
    pub(super) fn fill(&mut self, id: SourceId, source: Box<dyn Source<S>>, interest: Events) {
        if let Some(place) = self.places.get_mut(id.place) {
            (place.source, place.interest, place.state) = (Some(source), interest, PlaceState::Used);
            self.used += 1;
        }
    }

    /// Takes a source out; its id is over.
    ///
    /// # Errors
    /// As for [`place_mut`](Self::place_mut), and while its handler runs.
    pub(super) fn take(&mut self, id: SourceId) -> Result<Box<dyn Source<S>>> {
        let place = self.place_mut(id)?;
        let source = place.source.take().ok_or_else(|| {
            in_use("its own handler runs and borrows it: remove_self closes it when the handler returns")
        })?;
        place.state = PlaceState::Free;
        self.used -= 1;
        Ok(source)
    }

    /// Has a source whose handler runs dropped at the handler's return; returns whether it was there.
    pub(super) fn leave(&mut self, id: SourceId) -> bool {
        let place = self.place_mut(id);
        place.map(|place| place.state = PlaceState::Leaving).is_ok()
    }

    /// Frees the place of a source that has left: its handler returned.
    pub(super) fn left(&mut self, id: SourceId) {
        if let Some(place) = self.places.get_mut(id.place).filter(|place| place.state == PlaceState::Leaving) {
            place.state = PlaceState::Free;
            self.used -= 1;
        }
    }

    /// Returns a place that has a source.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an id that is over, another reactor's, or without a source yet.
    pub(super) fn place_mut(&mut self, id: SourceId) -> Result<&mut Place<S>> {
        let place = self.places.get_mut(id.place).filter(|place| place.number == id.number).ok_or_else(missing)?;
        match place.state {
            PlaceState::Used => Ok(place),
            PlaceState::Reserved => Err(unfilled()),
            PlaceState::Free | PlaceState::Leaving => Err(missing()),
        }
    }

    /// Returns a socket whose handler does not run.
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
    Error::new(Operation::FindInReactor, Errno::ENOENT).because("it was removed, or its id is of another reactor")
}

#[cold]
fn unfilled() -> Error {
    Error::new(Operation::FindInReactor, Errno::ENOENT).because("its id was reserved, and nothing was added yet")
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
