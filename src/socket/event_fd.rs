//! The descriptor of a socket, for event loops.

use std::os::fd::BorrowedFd;

use super::Socket;
use super::core::option_error;
use super::kinds::Kind;
use crate::error::{Errno, Error, ErrorKind, Operation, Result};

/// # Event loops
///
/// To wait for a socket without an event loop of your own, call [`poll`](Self::poll), or use a
/// [`Poller`](crate::Poller), a [`Reactor`](crate::Reactor) or the sockets of `zmq::aio`.
impl<K: Kind> Socket<K> {
    /// Returns the descriptor that becomes readable when [`events`](Self::events) may have changed, for an event loop of
    /// the program. Unix only.
    ///
    /// Wait for the descriptor to become readable, even to send. Then read [`events`](Self::events), and read it again after
    /// every send, every receive and every change of an option. The descriptor is edge-triggered: it signals changes and not
    /// states, so it may be readable without an event, and unreadable while a message is queued.
    ///
    /// On Linux the descriptor belongs to the crate. The first call creates it and registers libzmq's descriptor in it. On
    /// other systems it is libzmq's, and reading from it makes libzmq abort.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is of a thread-safe kind, which has no descriptor. To
    ///   wait for it together with descriptors, add them to a [`Poller`](crate::Poller).
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// use std::os::fd::AsRawFd;
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// let fd = socket.event_fd()?.as_raw_fd();
    /// // Register `fd` with the event loop. Whenever the loop reports it:
    /// while let Some(message) = socket.try_recv()? {
    ///     println!("{message:?}");
    /// }
    /// # assert!(fd > 2);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_FD`.
    #[doc(alias("ZMQ_FD", "get_fd"))]
    pub fn event_fd(&self) -> Result<BorrowedFd<'_>> {
        if self.core.raw.is_shared() {
            let reason = "libzmq has no descriptor for a socket that several threads use; add the descriptors of the \
                          program to a Poller with the socket, or use an asynchronous socket";
            let error = Error::on(Operation::GetOption, "event_fd", Errno::EINVAL).because(reason);
            return Err(error.of_kind(ErrorKind::NotSupported));
        }
        self.core.raw.signal_fd().map_err(|errno| option_error(Operation::GetOption, "event_fd", errno))
    }
}
