//! Sockets and monitors combined with their descriptors, for event loops that take ownership.

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use crate::error::{Error, Operation, Result};
use crate::monitor::Monitor;
use crate::raw::{Owner, RawSocket, Signalled};
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// A [`Socket`] or a [`Monitor`] combined with the descriptor that signals its state changes. Unix only.
///
/// Created by [`Socket::with_fd`] and [`Monitor::with_fd`]. Implements [`AsFd`] and [`AsRawFd`] for event loops that
/// take ownership of their sources, and dereferences to the socket or monitor.
///
/// The descriptor is edge-triggered, as described at [`Socket::event_fd`]: when it becomes readable, and before the
/// first wait, receive until nothing is left. [`Poller`](crate::Poller) and [`Reactor`](crate::Reactor) handle this for
/// you.
///
/// # Examples
/// ```
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tokio::io::unix::AsyncFd;
/// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull};
///
/// let socket = Context::new()?.socket(Pull)?;
/// let monitor = AsyncFd::new(socket.monitor(MonitorEvents::LISTENING)?.with_fd()?)?;
/// socket.bind("tcp://127.0.0.1:*")?;
/// let event = loop {
///     if let Some(event) = monitor.get_ref().try_recv()? {
///         break event;
///     }
///     monitor.readable().await?.clear_ready();
/// };
/// assert_eq!(event.kind(), MonitorEventKind::Listening);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// ```
#[must_use = "a dropped socket or monitor is closed"]
pub struct WithFd<T>(Signalled<T>);

/// # Descriptors that own their socket
impl<K: Kind> Socket<K> {
    /// Combines the socket with its descriptor, for an event loop that takes ownership of its sources. Unix only.
    ///
    /// For an event loop that borrows its sources, call [`event_fd`](Self::event_fd) instead.
    ///
    /// # Errors
    /// If this fails, the socket is closed.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?.with_fd()?;
    /// assert!(socket.as_raw_fd() >= 0);
    /// socket.bind("inproc://jobs")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_FD`.
    #[doc(alias = "ZMQ_FD")]
    pub fn with_fd(self) -> Result<WithFd<Self>> {
        let signalled = Signalled::new(self).map(WithFd);
        signalled.map_err(|errno| Error::on(Operation::GetOption, "event_fd", errno))
    }
}

impl Monitor {
    /// Combines the monitor with its descriptor, for an event loop that takes ownership of its sources. Unix only.
    ///
    /// For an event loop that borrows its sources, call [`event_fd`](Self::event_fd) instead.
    ///
    /// # Errors
    /// If this fails, the monitor is dropped.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use zmq::{Context, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor(MonitorEvents::all())?.with_fd()?;
    /// assert!(monitor.as_raw_fd() >= 0);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_FD`.
    #[doc(alias = "ZMQ_FD")]
    pub fn with_fd(self) -> Result<WithFd<Self>> {
        Signalled::new(self).map(WithFd).map_err(|errno| Error::new(Operation::Monitor, errno))
    }
}

impl<T> WithFd<T> {
    /// Returns the socket or monitor.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?.with_fd()?;
    /// let socket = socket.into_inner();
    /// socket.bind("inproc://jobs")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0.into_owner()
    }
}

impl<K: Kind> Owner for Socket<K> {
    fn raw_socket(&self) -> &RawSocket {
        self.raw()
    }
}

impl Owner for Monitor {
    fn raw_socket(&self) -> &RawSocket {
        self.raw().socket()
    }
}

impl<T> Deref for WithFd<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.owner()
    }
}

impl<T> AsFd for WithFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl<T> AsRawFd for WithFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl<T: fmt::Debug> fmt::Debug for WithFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WithFd").field(self.0.owner()).finish()
    }
}
