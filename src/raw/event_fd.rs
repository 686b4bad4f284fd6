//! A socket's descriptor in the hands of a runtime.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use super::monitor::RawMonitor;
use super::socket::RawSocket;
use crate::error::Errno;

/// The descriptor that signals a socket's changes, for a runtime to wait for.
///
/// **RUNTIME FIRST**: who holds it together with the socket, or the monitor, drops it before that.
#[derive(Debug)]
pub struct EventFd(RawFd);

impl RawSocket {
    /// Returns the descriptor for a runtime, which lets it go before the socket is dropped.
    pub(crate) fn runtime_fd(&self) -> Result<EventFd, Errno> {
        self.event_fd().map(|fd| EventFd(fd.as_raw_fd()))
    }
}

impl RawMonitor {
    /// Returns the descriptor for a runtime, which lets it go before the monitor is dropped.
    pub(crate) fn runtime_fd(&self) -> Result<EventFd, Errno> {
        self.socket()?.runtime_fd()
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: RUNTIME FIRST: the socket, a monitor's too, is open, and with it the descriptor.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// Has tokio's current runtime wait for the descriptor.
#[cfg(feature = "tokio")]
pub(crate) fn register_with_tokio(fd: EventFd) -> std::io::Result<tokio::io::unix::AsyncFd<EventFd>> {
    // SAFETY: RUNTIME FIRST: the descriptor is open for as long as it is registered, and is always the same.
    unsafe { tokio::io::unix::AsyncFd::register_with_interest(fd, tokio::io::Interest::READABLE) }.map_err(Into::into)
}
