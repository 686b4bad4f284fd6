//! Monitors, which report the events of a socket's connections.

mod awaited;
mod connected;
mod event;
mod protocol;
mod table;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use crate::context::Entry;
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{Confined, RawEvent, RawMonitor};
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind, SocketType};

#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub(crate) use awaited::{Awaited, Named, ask};
#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub(crate) use connected::more_telling;
pub use event::{MonitorEvent, MonitorEventKind, MonitorEvents};
pub use protocol::ProtocolError;

/// The first bit that libzmq's first version of events has no room for.
const OUT_OF_RANGE: u32 = 0x1_0000;

/// The events of a socket: connections that are made, fail and end.
///
/// [`Socket::monitor`] makes one. Events come in the order in which they happened, from then on; one that is not read
/// waits, without a limit and without holding anything up. The transport `inproc` has no events.
///
/// To wait for events together with the messages of sockets, add the monitor to a
/// [`Poller`](crate::Poller::add_monitor) or a [`Reactor`](crate::Reactor::add_monitor).
///
/// # End
/// The events end when the socket is gone. That is after its drop, once libzmq has sent what
/// [lingers](Socket::set_linger): the events of that time are still told. They also end when another monitor of the same
/// socket takes this one's place, and when the socket is handed to C code ([`Socket::into_raw`]). Then
/// [`recv`](Self::recv) fails with [`Ended`](crate::ErrorKind::Ended), and the iteration is over. A shutdown of the
/// context ends the iteration too.
///
/// # Events and the socket
/// An event tells what an I/O thread saw. The socket learns of it separately, and mostly later: after
/// [`Disconnected`](MonitorEventKind::Disconnected), for one, a send may still succeed for a moment.
///
/// # Threads
/// A monitor may move to another thread than its socket, and the socket to another than its monitor.
///
/// # Dropping
/// Monitor and socket may be dropped in either order. A monitor takes two of the sockets that
/// [`max_sockets`](crate::ContextBuilder::max_sockets) allows, and holds the context as a socket does; one that is
/// dropped after its socket, while messages of that linger, leaves its end to a thread that waits for it.
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
#[must_use = "the events end when the monitor is dropped"]
pub struct Monitor {
    raw: RawMonitor,
    events: MonitorEvents,
    socket_type: SocketType,
    /// Whether the iteration is over.
    over: Confined<Cell<bool>, Any>,
    /// Dropped last, and with it, perhaps, the context.
    _entry: Entry,
}

impl<K: Kind> Socket<K> {
    /// Starts to tell of the socket's connections: of those events that are asked for, from now on.
    ///
    /// To see a connection from its beginning the monitor has to be there before [`bind`](Self::bind) or
    /// [`connect`](Self::connect) is called. A socket has one monitor: the new one takes the place of the one before,
    /// whose events end.
    ///
    /// # Errors
    /// [`LimitReached`](crate::ErrorKind::LimitReached) where the context has no two sockets left for it,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for unknown events above 16 bits, and
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
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
    pub fn monitor(&self, events: MonitorEvents) -> Result<Monitor> {
        if events.bits() >= OUT_OF_RANGE {
            let reason = format!("{:#x} has bits above the sixteen that libzmq takes", events.bits());
            return Err(Error::new(Operation::Monitor, Errno::EINVAL).because(reason));
        }
        let (receiver, entry) = self.context().open_monitor()?;
        let raw = self.raw().monitor(receiver, events.bits() as _);
        let raw = raw.map_err(|errno| Error::new(Operation::Monitor, errno))?;
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
    /// Receives an event, waiting for it.
    ///
    /// # Errors
    /// [`Ended`](crate::ErrorKind::Ended) where no event can come any more,
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown.
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv(&self) -> Result<MonitorEvent> {
        self.receive(|| self.raw.receive_until(Deadline::NEVER)).map_err(failed)
    }

    /// Receives an event if one is there; `None` if not.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv(&self) -> Result<Option<MonitorEvent>> {
        self.or_none(self.receive(|| self.raw.try_receive()))
    }

    /// Receives an event, blocking for at most `timeout`; returns `None` if the time is up. A timeout of `None` blocks
    /// forever.
    ///
    /// # Errors
    /// Those of [`recv`](Self::recv).
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<MonitorEvent>> {
        self.recv_until(Deadline::after(timeout))
    }

    /// Returns the descriptor that becomes readable when an event may be there: for an event loop of the program's own.
    /// Unix only.
    ///
    /// When it is readable, call [`try_recv`](Self::try_recv) until it returns `None`, and before the first wait too: it
    /// signals changes, not states, and may be readable without cause. Whose it is, [`Socket::event_fd`] says.
    ///
    /// # Errors
    /// Those of [`Socket::event_fd`].
    ///
    /// Maps to `ZMQ_FD`.
    #[cfg(unix)]
    pub fn event_fd(&self) -> Result<std::os::fd::BorrowedFd<'_>> {
        self.raw.signal_fd().map_err(failed)
    }

    /// Returns the events that were asked for.
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

    /// Receives an event that was asked for: the last one comes in any case.
    fn receive(&self, receive: impl Fn() -> Result<RawEvent, Failure>) -> Result<MonitorEvent, Failure> {
        loop {
            let event = MonitorEvent::new(receive()?);
            if event.kind() != MonitorEventKind::MonitorStopped || self.events.contains(MonitorEvents::MONITOR_STOPPED)
            {
                return Ok(event);
            }
        }
    }

    fn or_none(&self, received: Result<MonitorEvent, Failure>) -> Result<Option<MonitorEvent>> {
        match received {
            Ok(event) => Ok(Some(event)),
            Err(Failure::Errno(Errno::EAGAIN)) => Ok(None),
            Err(failure) => Err(failed(failure)),
        }
    }
}

/// Yields the events as they come, waiting for each; ends where no event can come any more, be it that the socket is
/// gone or that the context was shut down, and after an error.
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
