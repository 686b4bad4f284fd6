//! What a handler of a reactor may do.

use std::fmt;
use std::marker::PhantomData;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::Core;
use super::source::{FdSource, SocketSource, Source};
use super::table::{Place, PlaceState, SocketId, SourceId};
use crate::error::{Error, Operation, Result};
use crate::events::Events;
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::timers::TimerId;

/// What a handler has of its [`Reactor`](super::Reactor): what happened, and the means to change what happens next.
pub struct Turn<'r, S> {
    pub(super) core: &'r mut Core<S>,
    pub(super) events: Events,
}

impl<S> Turn<'_, S> {
    /// Returns what the socket or file descriptor is ready for; nothing, for a timer.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events
    }

    /// Ends the run when this handler returns.
    pub fn stop(&mut self) {
        self.core.stopped = true;
    }

    /// Returns another socket of the reactor, or `None` where it is not there any more. A handler has its own as an
    /// argument.
    #[must_use]
    pub fn socket<K: Kind>(&self, id: SocketId<K>) -> Option<&Socket<K>> {
        self.core.table.socket(id)
    }

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
        let id = self.insert(Box::new(SocketSource { socket, handler }), interest)?;
        Ok(SocketId { id, kind: PhantomData })
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
        let table = &mut self.core.table;
        let free = table.places.iter().position(|place| place.state == PlaceState::Free);
        let place = free.unwrap_or(table.places.len());
        let added = self.core.engine.add(place, &source.watched(), interest);
        added.map_err(|errno| Error::new(Operation::AddToPoller, errno))?;
        if free.is_none() {
            table.places.push(Place { generation: 0, interest, source: None, state: PlaceState::Free });
        }
        let entry = &mut table.places[place];
        let generation = entry.generation + 1;
        *entry = Place { generation, interest, source: Some(source), state: PlaceState::Used };
        table.used += 1;
        Ok(SourceId { place, generation })
    }

    /// Changes what a socket or file descriptor is waited for; returns whether it is there. A handler's own is changed
    /// with [`set_interest`](Self::set_interest) too: the change counts from the next turn.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn set_interest(&mut self, id: impl Into<SourceId>, interest: Events) -> Result<bool> {
        let id = id.into();
        let Some(place) = self.core.table.place_mut(id) else { return Ok(false) };
        place.interest = interest;
        if let Some(source) = &place.source {
            let modified = self.core.engine.modify(id.place, &source.watched(), interest);
            modified.map_err(|errno| Error::new(Operation::AddToPoller, errno))?;
        }
        Ok(true)
    }

    /// Takes a socket out and returns it. `None` where it is not there any more, and for the handler's own, which is
    /// dropped when the handler returns.
    pub fn remove<K: Kind>(&mut self, id: SocketId<K>) -> Option<Socket<K>> {
        let socket = self.take(id.id)?.into_inner().downcast::<Socket<K>>().ok()?;
        Some(*socket)
    }

    /// Takes a file descriptor, or a socket, out and drops it; the handler's own when the handler returns.
    pub fn drop_source(&mut self, id: impl Into<SourceId>) {
        drop(self.take(id.into()));
    }

    fn take(&mut self, id: SourceId) -> Option<Box<dyn Source<S>>> {
        let place = self.core.table.place_mut(id)?;
        let Some(source) = place.source.take() else {
            place.state = PlaceState::Leaving;
            return None;
        };
        place.state = PlaceState::Free;
        self.core.table.used -= 1;
        // The kernel may have forgotten it already; it is out of the set in any case.
        let _ = self.core.engine.remove(id.place, &source.watched());
        Some(source)
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
        let id = self.core.timers.add(interval, Instant::now())?;
        self.core.handlers.insert(id, Box::new(handler));
        Ok(id)
    }

    /// Adds a timer that fires once, when `delay` has passed.
    pub fn add_once(
        &mut self,
        delay: Duration,
        handler: impl FnOnce(&mut S, &mut Turn<'_, S>) -> Result<()> + Send + 'static,
    ) -> TimerId {
        let id = self.core.timers.add_once(delay, Instant::now());
        let mut handler = Some(handler);
        let once = move |state: &mut S, turn: &mut Turn<'_, S>| match handler.take() {
            Some(handler) => handler(state, turn),
            None => Ok(()),
        };
        self.core.handlers.insert(id, Box::new(once));
        id
    }

    /// Gives a timer another interval, which starts now.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an interval of zero, and
    /// [`NotFound`](crate::ErrorKind::NotFound) for a timer that is not there.
    pub fn set_timer_interval(&mut self, id: TimerId, interval: Duration) -> Result<()> {
        self.core.timers.set_interval(id, interval, Instant::now())
    }

    /// Removes a timer; returns whether it was there.
    pub fn cancel_timer(&mut self, id: TimerId) -> bool {
        drop(self.core.handlers.remove(&id));
        self.core.timers.remove(id)
    }
}

impl<S> fmt::Debug for Turn<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("events", &self.events).finish_non_exhaustive()
    }
}
