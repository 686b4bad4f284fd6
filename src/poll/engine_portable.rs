//! The readiness of many sockets where the system has no way to have it at the cost of those that are ready: all of them
//! are asked.

use std::time::Instant;

use super::once::poll_all;
use super::{Slots, Watched};
use crate::error::Errno;
use crate::events::Events;
use crate::raw::RawSocket;
use crate::sys;

/// The readiness of what is in a poller's slots.
#[derive(Debug)]
pub(crate) struct Engine {
    slots: usize,
}

impl Engine {
    pub(crate) fn new() -> Result<Self, Errno> {
        Ok(Self { slots: 0 })
    }

    pub(crate) fn add(&mut self, slot: usize, watched: &Watched<'_>, _interest: Events) -> Result<(), Errno> {
        if let Watched::Socket(socket) = watched {
            // The descriptor may be known from before a shutdown.
            socket.get_int(sys::ZMQ_TYPE)?;
            socket.event_fd()?;
        }
        self.slots = self.slots.max(slot + 1);
        Ok(())
    }

    pub(crate) fn modify(&mut self, _slot: usize, _watched: &Watched<'_>, _interest: Events) -> Result<(), Errno> {
        Ok(())
    }

    pub(crate) fn remove(&mut self, _slot: usize, _watched: &Watched<'_>) -> Result<(), Errno> {
        Ok(())
    }

    pub(crate) fn forget(&self, _socket: &RawSocket) {}

    /// Waits until something is ready, and fills `ready` with it.
    pub(crate) fn wait(
        &mut self,
        slots: &impl Slots,
        deadline: Option<Instant>,
        ready: &mut Vec<(usize, Events)>,
    ) -> Result<(), Errno> {
        let used: Vec<usize> = (0..self.slots).filter(|slot| slots.watched(*slot).is_some()).collect();
        let watched = used.iter().filter_map(|slot| slots.watched(*slot));
        let found = poll_all(watched, deadline)?;
        ready.clear();
        ready.extend(used.into_iter().zip(found).filter(|(_, events)| !events.is_empty()));
        Ok(())
    }
}
