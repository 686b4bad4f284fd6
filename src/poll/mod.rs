//! Waiting for several sockets, monitors and file descriptors at once. Unix only.
//!
//! [`poll`] is for a handful on the stack, [`Poller`] for a set that stays.

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
mod engine;
#[cfg(any(not(target_os = "linux"), zmq_portable_engine))]
#[path = "engine_portable.rs"]
mod engine;
mod once;
#[cfg(all(test, target_os = "linux", not(zmq_portable_engine)))]
#[path = "engine_portable.rs"]
mod portable;
#[cfg(all(test, target_os = "linux", not(zmq_portable_engine)))]
mod tests;

use std::collections::HashMap;
use std::ffi::c_int;
use std::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::events::Events;
use crate::monitor::Monitor;
use crate::raw::RawSocket;
use crate::socket::Socket;
use crate::socket::kinds::Kind;
pub(crate) use engine::Engine;

pub use once::{PollItem, poll};

/// A set of sockets, monitors and file descriptors that are waited for together, each with a token of type `T`.
///
/// It is level-triggered: what is ready and not dealt with is ready again in the next [`wait`](Self::wait), and it may
/// be used in any way between waits. On Linux the cost of a wait grows with what is ready, not with what is registered.
/// What is registered is borrowed, and so cannot be dropped; a reactor owns its sockets instead.
///
/// ```compile_fail,E0505
/// use zmq::{Context, Events, Poller, Pull};
///
/// let socket = Context::new()?.socket(Pull)?;
/// let mut poller = Poller::new()?;
/// poller.add(&socket, Events::READABLE, ())?;
/// drop(socket);
/// poller.wait(None)?;
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::{Context, Events, Poller, Pull, Push};
///
/// let context = Context::new()?;
/// let (work, control) = (context.socket(Pull)?, context.socket(Pull)?);
/// let source = context.socket(Push)?;
/// source.connect(work.bind("inproc://work")?)?;
///
/// let mut poller = Poller::new()?;
/// poller.add(&work, Events::READABLE, "work")?;
/// poller.add(&control, Events::READABLE, "control")?;
/// source.send("task")?;
/// for ready in poller.wait(Duration::from_secs(10))? {
///     assert_eq!(*ready.token, "work");
///     assert_eq!(work.recv()?, "task");
/// }
/// assert!(poller.wait(Duration::ZERO)?.is_empty());
/// # Ok::<(), zmq::Error>(())
/// ```
pub struct Poller<'s, T> {
    engine: Engine,
    set: Set<'s, T>,
    ready: Vec<(usize, Events)>,
}

/// What can be waited for.
#[derive(Clone, Copy)]
pub(crate) enum Watched<'a> {
    Socket(&'a RawSocket),
    Fd(BorrowedFd<'a>),
}

/// What a poller has in its slots.
pub(crate) trait Slots {
    /// Returns what is watched in a slot, and for what.
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)>;
}

/// What tells one watched thing from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Identity {
    Socket(usize),
    Fd(RawFd),
}

impl Watched<'_> {
    fn identity(&self) -> Identity {
        match self {
            Watched::Socket(socket) => Identity::Socket(socket.as_ptr().addr()),
            Watched::Fd(fd) => Identity::Fd(fd.as_raw_fd()),
        }
    }
}

struct Set<'s, T> {
    slots: Vec<Option<Slot<'s, T>>>,
    free: Vec<usize>,
    places: HashMap<Identity, usize>,
}

struct Slot<'s, T> {
    watched: Watched<'s>,
    interest: Events,
    token: T,
}

/// Something that is ready: see [`Poller::wait`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ready<'p, T> {
    /// The token with which it was added.
    pub token: &'p T,
    /// What it is ready for.
    pub events: Events,
}

/// What [`Poller::wait`] found ready: an iterator of [`Ready`].
pub struct ReadySet<'p, T> {
    slots: &'p [Option<Slot<'p, T>>],
    ready: std::slice::Iter<'p, (usize, Events)>,
}

impl<'s, T> Poller<'s, T> {
    /// Makes an empty one.
    ///
    /// # Errors
    /// [`LimitReached`](crate::ErrorKind::LimitReached) where no file descriptor is left.
    pub fn new() -> Result<Self> {
        let engine = Engine::new().map_err(|errno| Error::new(Operation::CreatePoller, errno))?;
        let set = Set { slots: Vec::new(), free: Vec::new(), places: HashMap::new() };
        Ok(Self { engine, set, ready: Vec::new() })
    }

    /// Adds a socket, which is waited for until it is ready for any of `interest`.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for one that is in the set already,
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    pub fn add<K: Kind>(&mut self, socket: &'s Socket<K>, interest: Events, token: T) -> Result<()> {
        self.insert(Watched::Socket(socket.raw()), interest, token)
    }

    /// Adds a monitor, which is waited for until an event can be received from it, or its events have ended.
    ///
    /// One whose events have ended is ready in every wait, as a closed connection is, until it is removed.
    ///
    /// # Errors
    /// Those of [`add`](Self::add).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, MonitorEventKind, MonitorEvents, Poller, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let monitor = sink.monitor(MonitorEvents::ACCEPTED)?;
    /// let source = context.socket(Push)?;
    /// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    ///
    /// let mut poller = Poller::new()?;
    /// poller.add(&sink, Events::READABLE, "messages")?;
    /// poller.add_monitor(&monitor, "connections")?;
    /// let mut ready = poller.wait(Duration::from_secs(10))?;
    /// assert_eq!(ready.next().map(|ready| *ready.token), Some("connections"));
    /// assert_eq!(monitor.recv()?.kind(), MonitorEventKind::Accepted);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn add_monitor(&mut self, monitor: &'s Monitor, token: T) -> Result<()> {
        self.insert(Watched::Socket(monitor.raw().socket()), Events::READABLE, token)
    }

    /// Adds a file descriptor, which stays borrowed, so that its number is nobody else's meanwhile. Unix only.
    ///
    /// ```compile_fail,E0505
    /// use std::net::TcpListener;
    /// use std::os::fd::AsFd;
    /// use zmq::{Events, Poller};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    /// let mut poller = Poller::new()?;
    /// poller.add_fd(listener.as_fd(), Events::READABLE, ())?;
    /// drop(listener);
    /// poller.wait(None)?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for one that is in the set already.
    pub fn add_fd(&mut self, fd: BorrowedFd<'s>, interest: Events, token: T) -> Result<()> {
        self.insert(Watched::Fd(fd), interest, token)
    }

    fn insert(&mut self, watched: Watched<'s>, interest: Events, token: T) -> Result<()> {
        let failed = |failure: Failure| Error::new(Operation::AddToPoller, failure);
        let identity = watched.identity();
        if self.set.places.contains_key(&identity) {
            return Err(failed(Errno::EINVAL.into()).because("it is in the set already: modify changes its interest"));
        }
        let slot = self.set.free.last().copied().unwrap_or(self.set.slots.len());
        self.engine.add(slot, &watched, interest).map_err(failed)?;
        self.set.places.insert(identity, slot);
        let filled = Some(Slot { watched, interest, token });
        match self.set.free.pop() {
            Some(slot) => self.set.slots[slot] = filled,
            None => self.set.slots.push(filled),
        }
        Ok(())
    }

    /// Changes what a socket is waited for.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for one that is not in the set.
    pub fn modify<K: Kind>(&mut self, socket: &Socket<K>, interest: Events) -> Result<()> {
        self.change(Watched::Socket(socket.raw()).identity(), interest)
    }

    /// Changes what a file descriptor is waited for.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for one that is not in the set.
    pub fn modify_fd(&mut self, fd: impl AsFd, interest: Events) -> Result<()> {
        self.change(Watched::Fd(fd.as_fd()).identity(), interest)
    }

    fn change(&mut self, identity: Identity, interest: Events) -> Result<()> {
        let place = self.set.place(identity)?;
        if let Some(slot) = &mut self.set.slots[place] {
            let failed = |errno| Error::new(Operation::AddToPoller, errno);
            self.engine.modify(place, &slot.watched, interest).map_err(failed)?;
            slot.interest = interest;
        }
        Ok(())
    }

    /// Takes a socket out and returns its token.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for one that is not in the set.
    pub fn remove<K: Kind>(&mut self, socket: &Socket<K>) -> Result<T> {
        self.take(Watched::Socket(socket.raw()).identity())
    }

    /// Removes a monitor and returns its token.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound): the monitor is not in the set.
    pub fn remove_monitor(&mut self, monitor: &Monitor) -> Result<T> {
        self.take(Watched::Socket(monitor.raw().socket()).identity())
    }

    /// Takes a file descriptor out and returns its token.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for one that is not in the set.
    pub fn remove_fd(&mut self, fd: impl AsFd) -> Result<T> {
        self.take(Watched::Fd(fd.as_fd()).identity())
    }

    fn take(&mut self, identity: Identity) -> Result<T> {
        let place = self.set.place(identity)?;
        let missing = || Error::new(Operation::RemoveFromPoller, Errno::ENOENT);
        let slot = self.set.slots[place].take().ok_or_else(missing)?;
        self.set.places.remove(&identity);
        self.set.free.push(place);
        // The kernel may have forgotten it already; it is out of the set in any case.
        let _ = self.engine.remove(place, &slot.watched);
        Ok(slot.token)
    }

    /// Returns how many sockets and file descriptors are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.places.len()
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.places.is_empty()
    }

    /// Waits until something is ready or the time is up, and returns what is ready: nothing, when the time is up.
    ///
    /// `None` waits for ever. Signals do not end the wait. An empty set sleeps for its timeout.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) when the context of a socket in the set is shut down,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty set without a timeout.
    pub fn wait(&mut self, timeout: impl Into<Option<Duration>>) -> Result<ReadySet<'_, T>> {
        let timeout = timeout.into();
        if timeout.is_none() && self.is_empty() {
            return Err(nothing_to_wait_for());
        }
        let waited = self.engine.wait(&self.set, Deadline::after(timeout), &mut self.ready);
        waited.map_err(|errno| Error::new(Operation::Wait, errno))?;
        Ok(ReadySet { slots: &self.set.slots, ready: self.ready.iter() })
    }
}

fn nothing_to_wait_for() -> Error {
    Error::new(Operation::Wait, Errno::EINVAL)
        .because("there is nothing to wait for, and no timeout: it would be for ever")
}

/// What is ready by the value of `ZMQ_EVENTS`: nothing more comes to a monitor that has ended, and its receives do not wait.
fn ready_events(socket: &RawSocket, events: c_int) -> Events {
    let mut events = Events::from_bits_retain(events as i16);
    events.set(Events::READABLE, events.is_readable() || socket.has_ended());
    events
}

/// What is ready by the bits of `poll(2)`: whatever is neither readable nor writable is an error.
fn ready_bits(bits: i16) -> Events {
    let known =
        [(libc::POLLIN, Events::READABLE), (libc::POLLOUT, Events::WRITABLE), (libc::POLLPRI, Events::PRIORITY)];
    let mut events = Events::empty();
    let mut rest = bits;
    for (bit, event) in known {
        events.set(event, bits & bit != 0);
        rest &= !bit;
    }
    events.set(Events::ERROR, rest != 0);
    events
}

/// The bits of `poll(2)` for what is asked of a descriptor; errors come unasked.
fn system_bits(interest: Events) -> i16 {
    [(Events::READABLE, libc::POLLIN), (Events::WRITABLE, libc::POLLOUT), (Events::PRIORITY, libc::POLLPRI)]
        .into_iter()
        .filter(|(event, _)| interest.contains(*event))
        .fold(0, |bits, (_, bit)| bits | bit)
}

impl<T> Set<'_, T> {
    fn place(&self, identity: Identity) -> Result<usize> {
        let missing = || Error::new(Operation::RemoveFromPoller, Errno::ENOENT).because("it is not in the set");
        self.places.get(&identity).copied().ok_or_else(missing)
    }
}

impl<T> Slots for Set<'_, T> {
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)> {
        let slot = self.slots.get(slot)?.as_ref()?;
        Some((slot.watched, slot.interest))
    }
}

impl<T> Drop for Poller<'_, T> {
    fn drop(&mut self) {
        for slot in self.set.slots.iter().flatten() {
            if let Watched::Socket(socket) = slot.watched {
                self.engine.forget(socket);
            }
        }
    }
}

impl<T> fmt::Debug for Poller<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> ReadySet<'_, T> {
    /// Whether nothing (more) is ready.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ready.len() == 0
    }
}

impl<'p, T> Iterator for ReadySet<'p, T> {
    type Item = Ready<'p, T>;

    fn next(&mut self) -> Option<Ready<'p, T>> {
        let (slot, events) = *self.ready.next()?;
        let token = &self.slots.get(slot)?.as_ref()?.token;
        Some(Ready { token, events })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ready.size_hint()
    }
}

impl<T> ExactSizeIterator for ReadySet<'_, T> {}

impl<T> fmt::Debug for ReadySet<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadySet").field("len", &self.ready.len()).finish_non_exhaustive()
    }
}
