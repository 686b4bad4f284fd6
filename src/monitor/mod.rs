//! Monitors: events of a socket's connections.

mod awaited;
mod connected;
#[cfg(feature = "draft")]
mod ends;
mod event;
mod protocol;
mod table;
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
mod versioned;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use crate::context::Entry;
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{Confined, RawEvent, RawMonitor, RawSocket};
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind, SocketType};

#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub(crate) use awaited::{Awaited, Named, ask};
#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub(crate) use connected::more_informative;
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
pub use ends::{Addresses, QueueLengths};
pub use event::{MonitorEvent, MonitorEventKind, MonitorEvents};
pub use protocol::ProtocolError;

/// The first bit beyond the range of libzmq's first version of events.
const OUT_OF_RANGE: u32 = 0x1_0000;

/// A monitor of a socket, which receives events when connections are established, fail or end.
///
/// Created by [`Socket::monitor`]. Events arrive in the order in which they happened. Events that are not yet received
/// are queued without a limit, and do not block the socket. The `inproc` transport has no events.
///
#[cfg_attr(feature = "draft", doc = "To receive the addresses of both ends of a connection, create the monitor")]
#[cfg_attr(feature = "draft", doc = "with [`Socket::monitor_with_addresses`].\n")]
/// To wait for events together with the messages of sockets, add the monitor to a
/// [`Poller`](crate::Poller::add_monitor) or a [`Reactor`](crate::Reactor::add_monitor).
///
/// # End
/// The events end when the socket is closed. After its drop, this takes until libzmq has sent the
/// [lingering](Socket::set_linger) messages, and events of that period are still reported. The events also end when
/// another monitor of the same socket replaces this one, and when the socket is passed to C code
/// ([`Socket::into_raw`]). After the last event, [`recv`](Self::recv) fails with [`Ended`](crate::ErrorKind::Ended),
/// and the iterator ends. A shutdown of the context also ends the iterator.
///
/// # Events and the socket
/// An event reports what an I/O thread observed. The socket is notified separately, and usually later. For example, a
/// send may still succeed for a moment after [`Disconnected`](MonitorEventKind::Disconnected).
///
/// # Threads
/// A monitor and its socket can be moved to different threads.
///
/// # Dropping
/// A monitor and its socket may be dropped in any order. A monitor takes two of the sockets that
/// [`max_sockets`](crate::ContextBuilder::max_sockets) allows, and keeps the context alive as a socket does. If a
/// monitor is dropped after its socket while messages linger, a background thread waits to close it.
///
/// # Examples
/// ```
/// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull, Push};
///
/// let context = Context::new()?;
/// let sink = context.socket(Pull)?;
/// let monitor = sink.monitor(MonitorEvents::ACCEPTED | MonitorEvents::HANDSHAKE_SUCCEEDED)?;
/// let endpoint = sink.bind("tcp://127.0.0.1:*")?;
/// let source = context.socket(Push)?;
/// source.connect(&endpoint)?;
///
/// assert_eq!(monitor.recv()?.kind(), MonitorEventKind::Accepted);
/// assert_eq!(monitor.recv()?.kind(), MonitorEventKind::HandshakeSucceeded);
/// drop(sink);
/// assert_eq!(monitor.count(), 0);
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Maps to `zmq_socket_monitor`.
#[doc(alias = "zmq_socket_monitor")]
#[must_use = "the events end when the monitor is dropped"]
pub struct Monitor {
    raw: RawMonitor,
    events: MonitorEvents,
    socket_type: SocketType,
    /// `true` once the iteration has ended.
    over: Confined<Cell<bool>, Any>,
    /// Dropped last, because this may drop the context.
    _entry: Entry,
}

/// # Monitoring
impl<K: Kind> Socket<K> {
    /// Creates a monitor that receives these events of the socket from now on.
    ///
    /// To observe a connection from its beginning, create the monitor before calling [`bind`](Self::bind) or
    /// [`connect`](Self::connect). A socket has at most one monitor: a new one replaces the previous one, whose events
    /// end.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the context has fewer than two sockets left for the monitor.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): there are unknown events above 16 bits.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Rep};
    ///
    /// let socket = Context::new()?.socket(Rep)?;
    /// let monitor = socket.monitor(MonitorEvents::all())?;
    /// std::thread::spawn(move || {
    ///     for event in monitor {
    ///         match event {
    ///             Ok(event) => println!("{event}"),
    ///             Err(error) => eprintln!("{error}"),
    ///         }
    ///     }
    /// });
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_socket_monitor`.
    #[doc(alias = "zmq_socket_monitor")]
    pub fn monitor(&self, events: MonitorEvents) -> Result<Monitor> {
        self.open_monitor(events, |receiver, events| self.raw().monitor(receiver, events))
    }

    /// Creates a monitor, which `start` starts with the receiver of its events.
    fn open_monitor(
        &self,
        events: MonitorEvents,
        start: impl FnOnce(RawSocket, u32) -> Result<RawMonitor, Failure>,
    ) -> Result<Monitor> {
        if events.bits() >= OUT_OF_RANGE {
            let reason = format!("{:#x} has bits above the sixteen that libzmq supports", events.bits());
            return Err(Error::new(Operation::Monitor, Errno::EINVAL).because(reason));
        }
        let (receiver, entry) = self.context().open_monitor()?;
        let raw = start(receiver, events.bits()).map_err(|errno| Error::new(Operation::Monitor, errno))?;
        Ok(Monitor {
            raw,
            events,
            socket_type: self.socket_type(),
            over: Confined::new(Cell::new(false)),
            _entry: entry,
        })
    }
}

impl Monitor {
    /// Receives an event, blocking until one arrives.
    ///
    /// # Errors
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::LISTENING)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(monitor.recv()?.kind(), MonitorEventKind::Listening);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    #[doc(alias = "zmq_msg_recv")]
    pub fn recv(&self) -> Result<MonitorEvent> {
        self.receive(|| self.raw.receive_until(Deadline::NEVER)).map_err(failed)
    }

    /// Attempts to receive an event without blocking. Returns `None` if there is none.
    ///
    /// # Errors
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::ACCEPTED)?;
    /// assert!(monitor.try_recv()?.is_none());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    #[doc(alias = "zmq_msg_recv")]
    pub fn try_recv(&self) -> Result<Option<MonitorEvent>> {
        self.or_none(self.receive(|| self.raw.try_receive()))
    }

    /// Receives an event, blocking for at most `timeout`. Returns `None` if the timeout expires. A timeout of `None`
    /// blocks forever.
    ///
    /// # Errors
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::ACCEPTED)?;
    /// assert!(monitor.recv_timeout(Duration::from_millis(1))?.is_none());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    #[doc(alias = "zmq_msg_recv")]
    pub fn recv_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<MonitorEvent>> {
        self.recv_until(Deadline::after(timeout))
    }

    /// Returns the descriptor that becomes readable when an event may have arrived, for an event loop of your own. Unix
    /// only.
    ///
    /// The descriptor is edge-triggered and may become readable spuriously: when it is readable, and before the first
    /// wait, call [`try_recv`](Self::try_recv) until it returns `None`. For the ownership of the descriptor, see
    /// [`Socket::event_fd`].
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use zmq::{Context, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::all())?;
    /// assert!(monitor.event_fd()?.as_raw_fd() >= 0);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_FD`.
    #[doc(alias = "ZMQ_FD")]
    #[cfg(unix)]
    pub fn event_fd(&self) -> Result<std::os::fd::BorrowedFd<'_>> {
        self.raw.signal_fd().map_err(failed)
    }

    /// Returns the events that the monitor was created for.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::ACCEPTED)?;
    /// assert_eq!(monitor.events(), MonitorEvents::ACCEPTED);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn events(&self) -> MonitorEvents {
        self.events
    }

    /// Returns the raw monitor, for the modules above.
    #[cfg(unix)]
    pub(crate) fn raw(&self) -> &RawMonitor {
        &self.raw
    }

    fn recv_until(&self, deadline: Deadline) -> Result<Option<MonitorEvent>> {
        self.or_none(self.receive(|| self.raw.receive_until(deadline)))
    }

    /// Receives an event that the monitor was created for. libzmq also sends events that the crate itself needs.
    fn receive(&self, receive: impl Fn() -> Result<RawEvent, Failure>) -> Result<MonitorEvent, Failure> {
        loop {
            let event = MonitorEvent::new(receive()?);
            if self.has_requested(event.kind()) {
                return Ok(event);
            }
        }
    }

    /// Returns `true` if the monitor reports events of this kind.
    fn has_requested(&self, kind: MonitorEventKind) -> bool {
        // Each event of the drafts was requested from the socket.
        self.events.contains(kind.into()) || kind.to_raw() >= OUT_OF_RANGE
    }

    fn or_none(&self, received: Result<MonitorEvent, Failure>) -> Result<Option<MonitorEvent>> {
        match received {
            Ok(event) => Ok(Some(event)),
            Err(Failure::Errno(Errno::EAGAIN)) => Ok(None),
            Err(failure) => Err(failed(failure)),
        }
    }
}

/// Yields events, blocking until each arrives. Ends when no further event can arrive, because the socket was closed or
/// the context was shut down, and after an error.
impl Iterator for Monitor {
    type Item = Result<MonitorEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over.get() {
            return None;
        }
        let received = self.receive(|| self.raw.receive_until(Deadline::NEVER));
        self.over.set(received.is_err());
        match received {
            Err(Failure::Ended | Failure::Errno(Errno::ETERM)) => None,
            received => Some(received.map_err(failed)),
        }
    }
}

impl std::iter::FusedIterator for Monitor {}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor")
            .field("socket", &self.socket_type)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

#[cold]
fn failed(failure: Failure) -> Error {
    Error::new(Operation::Monitor, failure)
}
