//! The descriptor of a socket, registered with an asynchronous runtime.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;

use super::life::Life;
use super::monitor::RawMonitor;
use super::shared::SharedSignal;
use super::socket::RawSocket;
use crate::error::Failure;

/// The descriptor that signals changes of a socket, for a runtime that waits for it.
///
/// **RUNTIME FIRST**: an owner of both this and the socket or monitor drops this first.
#[derive(Debug)]
pub struct EventFd {
    fd: RawFd,
    life: Arc<Life>,
    /// The signal of a shared socket, to which the descriptor belongs. SIGNAL FIRST: the signal is dropped with this.
    signal: Option<SharedSignal>,
}

/// The registration of a descriptor with a runtime.
///
/// A forked child does not drop the registration, because the parent uses the same set of descriptors in the kernel.
pub(crate) struct Registered<T> {
    life: Arc<Life>,
    runtime: ManuallyDrop<T>,
}

impl RawSocket {
    /// Returns the descriptor for a runtime. The registration must be dropped before the socket.
    pub(crate) fn runtime_fd(&self) -> Result<EventFd, Failure> {
        let signal = SharedSignal::of(self)?;
        let fd = match &signal {
            Some(signal) => signal.as_fd().as_raw_fd(),
            None => self.event_fd()?.as_raw_fd(),
        };
        Ok(EventFd { fd, life: Arc::clone(self.life()), signal })
    }
}

impl RawMonitor {
    /// Returns the descriptor for a runtime. The registration must be dropped before the monitor.
    pub(crate) fn runtime_fd(&self) -> Result<EventFd, Failure> {
        self.socket().runtime_fd()
    }
}

impl EventFd {
    /// Registers the descriptor with a runtime.
    pub(crate) fn register<T, E>(self, register: impl FnOnce(Self) -> Result<T, E>) -> Result<Registered<T>, E> {
        let life = Arc::clone(&self.life);
        register(self).map(|runtime| Registered { life, runtime: ManuallyDrop::new(runtime) })
    }

    /// Clears the signal of a shared socket. libzmq clears the other descriptors itself.
    #[inline]
    pub(crate) fn clear(&self) {
        if let Some(signal) = &self.signal {
            signal.clear();
        }
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: RUNTIME FIRST: the socket or the socket of the monitor is open, and keeps the descriptor open. The
        // descriptor of a shared socket belongs to the signal in `self`.
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
            // SAFETY: this is the drop of the owner, and nothing uses the field afterwards.
            unsafe { ManuallyDrop::drop(&mut self.runtime) };
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Registered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.runtime.fmt(f)
    }
}

/// Registers the descriptor with tokio's current runtime.
#[cfg(feature = "tokio")]
pub(crate) fn register_with_tokio(fd: EventFd) -> std::io::Result<tokio::io::unix::AsyncFd<EventFd>> {
    // SAFETY: RUNTIME FIRST: the descriptor stays open as long as it is registered, and never changes.
    unsafe { tokio::io::unix::AsyncFd::register_with_interest(fd, tokio::io::Interest::READABLE) }.map_err(Into::into)
}
