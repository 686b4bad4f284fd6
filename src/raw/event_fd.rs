//! A socket's descriptor in the hands of a runtime.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;

use super::life::Life;
use super::monitor::RawMonitor;
use super::socket::RawSocket;
use crate::error::Failure;

/// The descriptor that signals a socket's changes, for a runtime to wait for.
///
/// **RUNTIME FIRST**: who holds it together with the socket, or the monitor, drops it before that.
#[derive(Debug)]
pub struct EventFd {
    fd: RawFd,
    life: Arc<Life>,
}

/// What a runtime made of a descriptor in order to wait for it.
///
/// In a forked child it is not dropped: the system's list of what is waited for is the parent's too, and would lose it.
pub(crate) struct Registered<T> {
    life: Arc<Life>,
    runtime: ManuallyDrop<T>,
}

impl RawSocket {
    /// Returns the descriptor for a runtime, which lets it go before the socket is dropped.
    pub(crate) fn runtime_fd(&self) -> Result<EventFd, Failure> {
        self.event_fd().map(|fd| EventFd { fd: fd.as_raw_fd(), life: Arc::clone(self.life()) })
    }
}

impl RawMonitor {
    /// Returns the descriptor for a runtime, which lets it go before the monitor is dropped.
    pub(crate) fn runtime_fd(&self) -> Result<EventFd, Failure> {
        self.socket().runtime_fd()
    }
}

impl EventFd {
    /// Hands the descriptor to a runtime.
    pub(crate) fn register<T, E>(self, register: impl FnOnce(Self) -> Result<T, E>) -> Result<Registered<T>, E> {
        let life = Arc::clone(&self.life);
        register(self).map(|runtime| Registered { life, runtime: ManuallyDrop::new(runtime) })
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: RUNTIME FIRST: the socket, a monitor's too, is open, and with it the descriptor.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

impl<T> Deref for Registered<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.runtime
    }
}

impl<T> Drop for Registered<T> {
    fn drop(&mut self) {
        if !self.life.is_forked() {
            // SAFETY: this is its end, and nothing uses it afterwards.
            unsafe { ManuallyDrop::drop(&mut self.runtime) };
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Registered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.runtime.fmt(f)
    }
}

/// Has tokio's current runtime wait for the descriptor.
#[cfg(feature = "tokio")]
pub(crate) fn register_with_tokio(fd: EventFd) -> std::io::Result<tokio::io::unix::AsyncFd<EventFd>> {
    // SAFETY: RUNTIME FIRST: the descriptor is open for as long as it is registered, and is always the same.
    unsafe { tokio::io::unix::AsyncFd::register_with_interest(fd, tokio::io::Interest::READABLE) }.map_err(Into::into)
}
