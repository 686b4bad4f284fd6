//! The readiness of many sockets, at a cost proportional to the number of ready ones.
//!
//! libzmq's descriptors are edge-triggered: a waiting message is signalled once, and any call on the socket may consume
//! the signal. A socket is therefore checked if its descriptor was signalled, if it was ready the last time, and if a
//! call ran on it since. Other sockets cannot have become ready.
//!
//! Other threads use a shared socket at any time, so these sockets are checked before every wait. Each has a signal of
//! this engine in the place of a descriptor.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use super::{Slots, Watched, ready_bits, ready_events, system_bits};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};
use crate::events::Events;
use crate::raw::{Epoll, RawSocket, SharedSignal, Touched, uninterrupted};

/// The readiness of the sources in a poller's slots.
#[derive(Debug)]
pub(crate) struct Engine {
    epoll: Epoll,
    touched: Arc<Touched>,
    /// The slots of sockets that have to be checked before waiting.
    unsure: Vec<usize>,
    /// The slots being checked; kept for its capacity.
    looking: Vec<usize>,
    /// The slots of descriptors that the kernel does not wait for because they are always ready: files.
    always: Vec<usize>,
    signalled: Vec<(usize, i16)>,
    /// The slots of shared sockets, with the signal of each. SIGNAL FIRST: a slot leaves before its socket closes.
    shared: BTreeMap<usize, SharedSignal>,
}

impl Engine {
    pub(crate) fn new() -> Result<Self, Failure> {
        let epoll = Epoll::new()?;
        Ok(Self {
            epoll,
            touched: Arc::default(),
            unsure: Vec::new(),
            looking: Vec::new(),
            always: Vec::new(),
            signalled: Vec::new(),
            shared: BTreeMap::new(),
        })
    }

    pub(crate) fn add(&mut self, slot: usize, watched: &Watched<'_>, interest: Events) -> Result<(), Failure> {
        match watched {
            Watched::Socket(socket) => {
                if let Some(signal) = SharedSignal::of(socket)? {
                    self.epoll.add(signal.as_fd(), libc::POLLIN, slot)?;
                    self.shared.insert(slot, signal);
                    return Ok(());
                }
                socket.watch(&self.touched, slot)?;
                let added = socket.event_fd().and_then(|fd| self.epoll.add(fd, libc::POLLIN, slot));
                added.inspect_err(|_| socket.unwatch(&self.touched))?;
                self.unsure.push(slot);
            }
            Watched::Fd(fd) => match self.epoll.add(*fd, system_bits(interest), slot) {
                Err(Failure::Errno(Errno::EPERM)) => self.always.push(slot),
                result => result?,
            },
        }
        Ok(())
    }

    pub(crate) fn modify(&mut self, slot: usize, watched: &Watched<'_>, interest: Events) -> Result<(), Failure> {
        match watched {
            Watched::Socket(_) => self.unsure.push(slot),
            Watched::Fd(_) if self.always.contains(&slot) => {}
            Watched::Fd(fd) => self.epoll.modify(*fd, system_bits(interest), slot)?,
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, slot: usize, watched: &Watched<'_>) -> Result<(), Failure> {
        match watched {
            Watched::Socket(socket) => {
                socket.unwatch(&self.touched);
                self.unsure.retain(|unsure| *unsure != slot);
                match self.shared.remove(&slot) {
                    Some(signal) => self.epoll.remove(signal.as_fd()),
                    None => self.epoll.remove(socket.event_fd()?),
                }
            }
            Watched::Fd(_) if self.always.contains(&slot) => {
                self.always.retain(|always| *always != slot);
                Ok(())
            }
            Watched::Fd(fd) => self.epoll.remove(*fd),
        }
    }

    /// Releases a socket whose poller is dropped.
    pub(crate) fn forget(&self, socket: &RawSocket) {
        socket.unwatch(&self.touched);
    }

    /// Returns the descriptor that is readable while a source may be ready that was not ready in the last
    /// [`wait`](Self::wait).
    #[cfg(feature = "draft")]
    pub(crate) fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Returns the deadline of one wait, after which a longer wait checks the sockets again.
    pub(crate) fn look_again(&self, deadline: Deadline) -> Deadline {
        if self.shared.is_empty() { deadline } else { SharedSignal::look_again(deadline) }
    }

    /// Waits until a source is ready, and fills `ready`.
    pub(crate) fn wait(
        &mut self,
        slots: &impl Slots,
        deadline: Deadline,
        ready: &mut Vec<(usize, Events)>,
    ) -> Result<(), Failure> {
        ready.clear();
        loop {
            self.unsure.extend(self.shared.keys());
            self.check_unsure(slots, ready)?;
            let sockets = ready.len();
            for &slot in &self.always {
                let interest = slots.watched(slot).map_or(Events::empty(), |(_, interest)| interest);
                note(slot, interest & (Events::READABLE | Events::WRITABLE), ready);
            }
            let left = if ready.is_empty() { deadline.left() } else { Some(Duration::ZERO) };
            let looks_again = !self.shared.is_empty() && ready.is_empty();
            let time = if looks_again { self.look_again(deadline).left() } else { left };
            self.signalled.clear();
            let signalled = &mut self.signalled;
            self.epoll.wait(time, |slot, bits| signalled.push((slot, bits)))?;
            for index in 0..self.signalled.len() {
                let (slot, bits) = self.signalled[index];
                if let Some(signal) = self.shared.get(&slot) {
                    signal.clear();
                }
                let known = |slot: usize| ready[..sockets].binary_search_by_key(&slot, |(slot, _)| *slot).is_ok();
                match slots.watched(slot) {
                    Some((Watched::Fd(_), _)) => note(slot, ready_bits(bits), ready),
                    Some((Watched::Socket(_), _)) if known(slot) => {}
                    Some((Watched::Socket(socket), interest)) => self.look(slot, socket, interest, ready)?,
                    None => {}
                }
            }
            if !ready.is_empty() || left.is_some_and(|left| left.is_zero()) {
                return Ok(());
            }
        }
    }

    /// Checks the sockets that may be ready without a signal, and fills `ready` in the order of the slots.
    fn check_unsure(&mut self, slots: &impl Slots, ready: &mut Vec<(usize, Events)>) -> Result<(), Failure> {
        self.touched.drain_into(&mut self.unsure);
        self.unsure.sort_unstable();
        self.unsure.dedup();
        std::mem::swap(&mut self.unsure, &mut self.looking);
        self.unsure.clear();
        for index in 0..self.looking.len() {
            let slot = self.looking[index];
            let Some((Watched::Socket(socket), interest)) = slots.watched(slot) else { continue };
            if let Err(failure) = self.look(slot, socket, interest, ready) {
                // No socket is lost for the next wait.
                self.unsure.extend(&self.looking[index..]);
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Returns the readiness of a socket. A ready socket is checked again the next time.
    fn look(
        &mut self,
        slot: usize,
        socket: &RawSocket,
        interest: Events,
        ready: &mut Vec<(usize, Events)>,
    ) -> Result<(), Failure> {
        let events = match uninterrupted(|| socket.look(&self.touched)) {
            Ok(events) => ready_events(socket, events) & interest,
            Err(failure) => {
                self.unsure.push(slot);
                return Err(failure);
            }
        };
        if !events.is_empty() {
            self.unsure.push(slot);
        }
        note(slot, events, ready);
        Ok(())
    }
}

fn note(slot: usize, events: Events, ready: &mut Vec<(usize, Events)>) {
    if !events.is_empty() {
        ready.push((slot, events));
    }
}
