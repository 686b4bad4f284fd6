//! A single wait for a few sockets and file descriptors.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Duration;

use super::{Watched, nothing_to_wait_for, ready_bits, ready_events};
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::events::Events;
use crate::monitor::Monitor;
use crate::raw::{RawSocket, SharedSignal, Waited, wait_for};
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::sys;

/// An item of [`poll`]: a socket, monitor or file descriptor, the events to wait for, and the events it is ready for.
pub struct PollItem<'a> {
    watched: Watched<'a>,
    interest: Events,
    ready: Events,
    /// The signal of a shared socket, if the caller has one.
    signal: Option<&'a SharedSignal>,
}

impl<'a> PollItem<'a> {
    /// Creates an item that waits until a socket is ready for any event of `interest`.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let item = zmq::PollItem::new(&socket, zmq::Events::READABLE);
    /// assert!(item.ready().is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn new<K: Kind>(socket: &'a Socket<K>, interest: Events) -> Self {
        Self::waiting(Watched::Socket(socket.raw()), interest)
    }

    /// Creates an item that waits until an event can be received from a monitor. A monitor whose events have ended is
    /// always readable, because a receive fails at once.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEvents, PollItem, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::LISTENING)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(zmq::poll(&mut [PollItem::monitor(&monitor)], Duration::from_secs(10))?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn monitor(monitor: &'a Monitor) -> Self {
        Self::waiting(Watched::Socket(monitor.raw().socket()), Events::READABLE)
    }

    /// Creates an item for a file descriptor. Unix only.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::os::unix::net::UnixStream;
    /// use std::time::Duration;
    /// use zmq::{Events, PollItem};
    ///
    /// let (stream, _peer) = UnixStream::pair().unwrap();
    /// let mut items = [PollItem::fd(stream.as_fd(), Events::WRITABLE)];
    /// assert_eq!(zmq::poll(&mut items, Duration::ZERO)?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "from_fd")]
    #[must_use]
    pub fn fd(fd: BorrowedFd<'a>, interest: Events) -> Self {
        Self::waiting(Watched::Fd(fd), interest)
    }

    fn waiting(watched: Watched<'a>, interest: Events) -> Self {
        Self { watched, interest, ready: Events::empty(), signal: None }
    }

    /// Changes the events to wait for, from the next [`poll`] on. Until then, [`ready`](Self::ready) keeps its value.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pair, PollItem};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
    /// other.connect(one.bind("inproc://set-events")?)?;
    /// let mut items = [PollItem::new(&one, Events::READABLE)];
    /// assert_eq!(zmq::poll(&mut items, Duration::ZERO)?, 0);
    /// items[0].set_events(Events::WRITABLE);
    /// assert_eq!(zmq::poll(&mut items, Duration::ZERO)?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_events(&mut self, interest: Events) {
        self.interest = interest;
    }

    /// Returns `true` if this is the item of `socket`.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, PollItem, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// assert!(PollItem::new(&socket, Events::READABLE).has_socket(&socket));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn has_socket<L: Kind>(&self, socket: &Socket<L>) -> bool {
        matches!(self.watched, Watched::Socket(watched) if std::ptr::eq(watched, socket.raw()))
    }

    /// Returns `true` if this is the item of the file descriptor `fd`.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsFd;
    /// use std::os::unix::net::UnixStream;
    /// use zmq::{Events, PollItem};
    ///
    /// let (stream, peer) = UnixStream::pair().unwrap();
    /// let item = PollItem::fd(stream.as_fd(), Events::READABLE);
    /// assert!(item.has_fd(stream.as_fd()) && !item.has_fd(peer.as_fd()));
    /// ```
    #[must_use]
    pub fn has_fd(&self, fd: BorrowedFd<'_>) -> bool {
        matches!(self.watched, Watched::Fd(watched) if watched.as_raw_fd() == fd.as_raw_fd())
    }

    /// Returns the events that the item was ready for in the last [`poll`].
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, PollItem, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let item = PollItem::new(&socket, Events::READABLE);
    /// assert!(item.ready().is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn ready(&self) -> Events {
        self.ready
    }

    /// Returns `true` if a receive does not block.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, PollItem, Push, poll};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Push)?;
    /// socket.connect("inproc://tasks")?;
    /// let mut items = [PollItem::new(&socket, Events::READABLE | Events::WRITABLE)];
    /// poll(&mut items, Duration::from_secs(1))?;
    /// assert!(!items[0].is_readable());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.ready.is_readable()
    }

    /// Returns `true` if a send does not block.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, PollItem, Push, poll};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Push)?;
    /// socket.connect("inproc://tasks")?;
    /// let mut items = [PollItem::new(&socket, Events::READABLE | Events::WRITABLE)];
    /// poll(&mut items, Duration::from_secs(1))?;
    /// assert!(items[0].is_writable());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.ready.is_writable()
    }

    /// Returns `true` if a file descriptor has an error, was hung up, or is not open. Never `true` for a socket.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, PollItem, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// assert!(!PollItem::new(&socket, Events::READABLE).is_error());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.ready.is_error()
    }
}

impl fmt::Debug for PollItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollItem").field("interest", &self.interest).field("ready", &self.ready).finish_non_exhaustive()
    }
}

/// Blocks until one of `items` is ready or the timeout expires, and returns the number of ready items: 0 if the timeout
/// expires.
///
/// A timeout of `None` blocks forever. Signals do not end the wait. Items may name the same socket more than once.
/// Without items, this sleeps for the timeout. For a set that is kept, use [`Poller`](super::Poller).
///
/// # Errors
/// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context of a socket was shut down.
/// - [`LimitReached`](crate::ErrorKind::LimitReached): there are more items than the process may have file descriptors,
///   or none is left for a socket that threads share.
/// - [`InvalidInput`](crate::ErrorKind::InvalidInput): there are no items, and there is no timeout.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::{Context, Events, PollItem, Pull, Push};
///
/// let context = Context::new()?;
/// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
/// source.connect(sink.bind("inproc://poll")?)?;
/// source.send("hello")?;
/// let mut items = [PollItem::new(&sink, Events::READABLE), PollItem::new(&source, Events::WRITABLE)];
/// assert_eq!(zmq::poll(&mut items, Duration::from_secs(10))?, 2);
/// assert!(items[0].is_readable() && items[1].is_writable());
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Maps to `zmq_poll`.
#[doc(alias = "zmq_poll")]
pub fn poll(items: &mut [PollItem<'_>], timeout: impl Into<Option<Duration>>) -> Result<usize> {
    let timeout = timeout.into();
    if timeout.is_none() && items.is_empty() {
        return Err(nothing_to_wait_for());
    }
    poll_until(items, Deadline::after(timeout)).map_err(|failure| match failure {
        // For a shared socket, the process may also have no descriptor left for its signal.
        Failure::Errno(Errno::EMFILE) if !items.iter().any(PollItem::lacks_signal) => {
            let reason = format!("{} items are more than the process may have file descriptors", items.len());
            Error::new(Operation::Wait, failure).because(reason)
        }
        failure => Error::new(Operation::Wait, failure),
    })
}

/// # Waiting for events
impl<K: Kind> Socket<K> {
    /// Blocks until the socket is ready for any event of `interest` or the timeout expires, and returns the events that
    /// it is ready for: none if the timeout expires.
    ///
    /// A timeout of `None` blocks forever, and `Duration::ZERO` does not block. Signals do not end the wait. For
    /// several sockets at once, use [`poll()`] or [`Poller`](super::Poller). Unix only.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): `interest` has neither [`READABLE`](Events::READABLE) nor
    ///   [`WRITABLE`](Events::WRITABLE), and there is no timeout.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Events, Pair};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
    /// other.connect(one.bind("inproc://poll-one")?)?;
    /// assert!(one.poll(Events::READABLE, Duration::from_millis(1))?.is_empty());
    /// other.send("hello")?;
    /// assert!(one.poll(Events::READABLE, Duration::from_secs(10))?.is_readable());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_poll`.
    #[doc(alias = "zmq_poll")]
    pub fn poll(&self, interest: Events, timeout: impl Into<Option<Duration>>) -> Result<Events> {
        let timeout = timeout.into();
        if timeout.is_none() && !interest.intersects(Events::READABLE | Events::WRITABLE) {
            return Err(nothing_to_wait_for());
        }
        let mut items = [PollItem::new(self, interest)];
        poll(&mut items, timeout)?;
        Ok(items[0].ready)
    }
}

pub(super) fn poll_until(items: &mut [PollItem<'_>], deadline: Deadline) -> Result<usize, Failure> {
    let mut own = Vec::new();
    loop {
        let mut count = ask_sockets(items)?;
        let descriptors = items.iter().any(|item| matches!(item.watched, Watched::Fd(_)));
        if count > 0 && !descriptors {
            return Ok(count);
        }
        let left = if count > 0 { Some(Duration::ZERO) } else { deadline.left() };
        let waits = !left.is_some_and(|left| left.is_zero());
        if waits && own.is_empty() && items.iter().any(PollItem::lacks_signal) {
            own = own_signals(items)?;
            // A change before a signal exists is not signalled.
            continue;
        }
        count += wait(items, &own, if waits { deadline } else { Deadline::now() })?;
        if count > 0 || !waits {
            return Ok(count);
        }
    }
}

/// Waits for all items together, and returns the readiness of each. Items of shared sockets have a signal.
#[cfg_attr(all(target_os = "linux", not(zmq_portable_engine)), cfg(test))]
pub(super) fn poll_all<'a>(
    watched: impl Iterator<Item = (Watched<'a>, Events, Option<&'a SharedSignal>)>,
    deadline: Deadline,
) -> Result<Vec<Events>, Failure> {
    let item = |(watched, interest, signal)| PollItem { signal, ..PollItem::waiting(watched, interest) };
    let mut items: Vec<PollItem<'_>> = watched.map(item).collect();
    poll_until(&mut items, deadline)?;
    Ok(items.iter().map(PollItem::ready).collect())
}

/// Creates the signals that the items lack. SIGNAL FIRST: the items borrow the sockets.
pub(super) fn own_signals(items: &[PollItem<'_>]) -> Result<Vec<Option<SharedSignal>>, Failure> {
    if !items.iter().any(PollItem::lacks_signal) {
        return Ok(Vec::new());
    }
    items.iter().map(|item| item.unsignalled().map_or(Ok(None), SharedSignal::of)).collect()
}

impl PollItem<'_> {
    /// Returns the socket if it is shared and the caller has no signal of it.
    fn unsignalled(&self) -> Option<&RawSocket> {
        match self.watched {
            Watched::Socket(socket) if socket.is_shared() && self.signal.is_none() => Some(socket),
            _ => None,
        }
    }

    fn lacks_signal(&self) -> bool {
        self.unsignalled().is_some()
    }
}

/// Records the readiness of the sockets, and returns the number of ready ones.
fn ask_sockets(items: &mut [PollItem<'_>]) -> Result<usize, Failure> {
    let mut count = 0;
    for item in items {
        item.ready = match item.watched {
            Watched::Socket(socket) => ready_events(socket, socket.get_int(sys::ZMQ_EVENTS)?) & item.interest,
            Watched::Fd(_) => Events::empty(),
        };
        count += usize::from(!item.ready.is_empty());
    }
    Ok(count)
}

/// The signals of a wait, each with the place of its descriptor.
pub(super) type Signals<'a> = Vec<(usize, &'a SharedSignal)>;

/// Returns the descriptors of the items, and the signals among them, each with its place. `own` has the signals that the
/// items lack, or is empty if nothing waits for them.
pub(super) fn descriptors<'a>(
    items: &[PollItem<'a>],
    own: &'a [Option<SharedSignal>],
) -> Result<(Vec<Waited<'a>>, Signals<'a>), Failure> {
    let (mut waited, mut signals) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let signal = item.signal.or_else(|| own.get(index)?.as_ref());
        signals.extend(signal.map(|signal| (waited.len(), signal)));
        let (fd, interest) = match (item.watched, signal) {
            (Watched::Fd(fd), _) => (fd, super::system_bits(item.interest)),
            (Watched::Socket(_), Some(signal)) => (signal.as_fd(), libc::POLLIN),
            (Watched::Socket(_), None) if item.lacks_signal() => continue,
            (Watched::Socket(socket), None) => (socket.event_fd()?, libc::POLLIN),
        };
        waited.push(Waited { fd, interest, ready: 0 });
    }
    Ok((waited, signals))
}

/// Waits for the descriptors, including those of the sockets, and returns the number of ready ones that do not belong
/// to sockets.
fn wait(items: &mut [PollItem<'_>], own: &[Option<SharedSignal>], deadline: Deadline) -> Result<usize, Failure> {
    let (mut waited, signals) = descriptors(items, own)?;
    let deadline = if signals.is_empty() { deadline } else { SharedSignal::look_again(deadline) };
    wait_for(&mut waited, deadline.left()).map_err(|errno| match errno {
        // poll(2) reports EINVAL only for too many descriptors.
        Errno::EINVAL => Errno::EMFILE,
        errno => errno,
    })?;
    for (place, signal) in signals {
        if waited[place].ready != 0 {
            signal.clear();
        }
    }
    let mut count = 0;
    let waiting = items.iter_mut().filter(|item| !own.is_empty() || !item.lacks_signal());
    for (item, waited) in waiting.zip(&waited) {
        if matches!(item.watched, Watched::Fd(_)) {
            item.ready = ready_bits(waited.ready);
            count += usize::from(!item.ready.is_empty());
        }
    }
    Ok(count)
}
