//! Sockets and monitors as descriptors, for event loops that own what they wait for.

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use crate::error::{Error, Operation, Result};
use crate::monitor::Monitor;
use crate::raw::{Owner, RawSocket, Signalled};
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// A [`Socket`] or a [`Monitor`] together with the descriptor that signals its changes. Unix only.
///
/// [`Socket::with_fd`] and [`Monitor::with_fd`] return it. It is [`AsFd`] and [`AsRawFd`], so event loops that take
/// ownership of what they wait for accept it, and it dereferences to the socket or monitor.
///
/// The descriptor signals changes, not states, as [`Socket::event_fd`] says: when it is readable, receive until nothing is
/// there, and before the first wait too. [`Poller`](crate::Poller) and [`Reactor`](crate::Reactor) know what is ready
/// without such care.
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
#[must_use = "what is dropped is closed"]
pub struct WithFd<T>(Signalled<T>);

impl<K: Kind> Socket<K> {
    /// Returns the socket together with its descriptor, for an event loop that owns what it waits for. Unix only.
    ///
    /// For a loop that borrows there is [`event_fd`](Self::event_fd).
    ///
    /// # Errors
    /// Those of [`event_fd`](Self::event_fd). The socket is closed then.
    ///
    /// Maps to `ZMQ_FD`.
    pub fn with_fd(self) -> Result<WithFd<Self>> {
        let signalled = Signalled::new(self).map(WithFd);
        signalled.map_err(|errno| Error::on(Operation::GetOption, "event_fd", errno))
    }
}

impl Monitor {
    /// Returns the monitor together with its descriptor, for an event loop that owns what it waits for. Unix only.
    ///
    /// For a loop that borrows there is [`event_fd`](Self::event_fd).
    ///
    /// # Errors
    /// Those of [`event_fd`](Self::event_fd). The monitor is dropped then.
    ///
    /// Maps to `ZMQ_FD`.
    pub fn with_fd(self) -> Result<WithFd<Self>> {
        Signalled::new(self).map(WithFd).map_err(|errno| Error::new(Operation::Monitor, errno))
    }
}

impl<T> WithFd<T> {
    /// Returns the socket or monitor.
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
