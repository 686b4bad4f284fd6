//! Waiting for several sockets, monitors and file descriptors at once. Unix only.
//!
//! Use [`poll`] for a few items on the stack, and [`Poller`] for a set that is kept.

mod adding;
mod bits;
mod changing;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
mod engine;
#[cfg(any(not(target_os = "linux"), zmq_portable_engine))]
#[path = "engine_portable.rs"]
mod engine;
mod once;
#[cfg(all(test, target_os = "linux", not(zmq_portable_engine)))]
#[path = "engine_portable.rs"]
mod portable;
mod ready;
#[cfg(all(feature = "draft", target_os = "linux"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "draft", target_os = "linux"))))]
mod signals;
#[cfg(all(test, target_os = "linux", not(zmq_portable_engine)))]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::{Errno, Error, Operation, Result};
use crate::events::Events;
use crate::raw::RawSocket;
pub(crate) use engine::Engine;

use bits::{ready_bits, ready_events, system_bits};
pub use once::{PollItem, poll};
pub use ready::{Ready, ReadySet};
#[cfg(all(feature = "draft", target_os = "linux"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "draft", target_os = "linux"))))]
pub use signals::{SignalMask, poll_masked};

/// A set of sockets, monitors and file descriptors to wait for together, each with a token of type `T`.
///
/// A poller is level-triggered: a source that stays ready is reported again by the next [`wait`](Self::wait). Sockets
/// may be used in any way between waits. On Linux the cost of a wait grows with the number of ready sources, not of
/// registered ones. Registered sources are borrowed, so they cannot be dropped; a [`Reactor`](crate::Reactor) owns its
/// sockets instead.
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
/// # Thread-safe kinds
/// While a poller waits for a socket of a thread-safe kind, which the feature `draft` opens, other threads may send,
/// receive and connect with the socket, and wait for it with pollers of their own. All of these pollers report a message,
/// and one thread receives it. Receive with [`try_recv`](crate::Socket::try_recv), because another thread may have received
/// the message first. Every wait checks these sockets, so its cost grows with their number. Each registration takes a file
/// descriptor.
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

/// A source that can be waited for.
#[derive(Clone, Copy)]
pub(crate) enum Watched<'a> {
    Socket(&'a RawSocket),
    Fd(BorrowedFd<'a>),
}

/// The contents of a poller's slots.
pub(crate) trait Slots {
    /// Returns the source in a slot and the events to wait for.
    fn watched(&self, slot: usize) -> Option<(Watched<'_>, Events)>;
}

/// The identity of a source.
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

impl<'s, T> Poller<'s, T> {
    /// Returns the number of sockets, monitors and file descriptors in the set.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Poller::<()>::new()?.len(), 0);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.places.len()
    }

    /// Returns `true` if the set is empty.
    ///
    /// # Examples
    /// ```
    /// assert!(zmq::Poller::<()>::new()?.is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.places.is_empty()
    }

    /// Blocks until a source is ready or the timeout expires, and returns the ready sources. If the timeout expires,
    /// the result is empty.
    ///
    /// A timeout of `None` blocks forever. Signals do not end the wait. An empty set sleeps for its timeout.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context of a socket in the set was shut down.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the set is empty, and there is no timeout.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Poller, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let mut poller = Poller::new()?;
    /// poller.add(&socket, Events::READABLE, "tasks")?;
    /// assert!(poller.wait(Duration::ZERO)?.is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
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
        .because("there is nothing to wait for and no timeout, so the wait would never end")
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
