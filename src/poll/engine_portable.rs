//! The readiness of many sockets on systems that cannot provide this at a cost proportional to the number of ready
//! ones: all sockets are checked.

use std::collections::BTreeMap;

use super::once::poll_all;
use super::{Slots, Watched};
use crate::deadline::Deadline;
use crate::error::Failure;
use crate::events::Events;
use crate::raw::{Life, RawSocket, SharedSignal};
use crate::sys;

/// The readiness of the sources in a poller's slots.
///
/// A forked child has an empty engine, as with an engine of the kernel.
#[derive(Debug)]
pub(crate) struct Engine {
    /// The slots in use. The numbers are arbitrary; a reactor uses the largest one for its own descriptor.
    /// The filled slots, with the signals of shared sockets. SIGNAL FIRST: a slot leaves before its socket closes.
    slots: BTreeMap<usize, Option<SharedSignal>>,
    life: Life,
}

impl Engine {
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self { slots: BTreeMap::new(), life: Life::new() })
    }

    pub(crate) fn add(&mut self, slot: usize, watched: &Watched<'_>, _interest: Events) -> Result<(), Failure> {
        self.life.check()?;
        let mut signal = None;
        if let Watched::Socket(socket) = watched {
            // The descriptor may be known from before a shutdown.
            socket.get_int(sys::ZMQ_TYPE)?;
            signal = SharedSignal::of(socket)?;
            if signal.is_none() {
                socket.event_fd()?;
            }
        }
        self.slots.insert(slot, signal);
        Ok(())
    }

    pub(crate) fn modify(&mut self, _slot: usize, _watched: &Watched<'_>, _interest: Events) -> Result<(), Failure> {
        self.life.check()
    }

    pub(crate) fn remove(&mut self, slot: usize, _watched: &Watched<'_>) -> Result<(), Failure> {
        self.slots.remove(&slot);
        Ok(())
    }

    pub(crate) fn forget(&self, _socket: &RawSocket) {}

    /// Waits until a source is ready, and fills `ready`.
    pub(crate) fn wait(
        &mut self,
        slots: &impl Slots,
        deadline: Deadline,
        ready: &mut Vec<(usize, Events)>,
    ) -> Result<(), Failure> {
        self.life.check()?;
        let used =
            || self.slots.iter().filter_map(|(slot, signal)| Some((*slot, slots.watched(*slot)?, signal.as_ref())));
        let items = used().map(|(_, (watched, interest), signal)| (watched, interest, signal));
        let found = poll_all(items, deadline)?;
        ready.clear();
        ready.extend(used().map(|(slot, ..)| slot).zip(found).filter(|(_, events)| !events.is_empty()));
        Ok(())
    }
}
