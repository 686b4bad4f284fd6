//! The descriptor that signals a socket's changes, for the crate and for the program.

use std::os::fd::BorrowedFd;

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use super::poll::Epoll;
use super::socket::{NO_FD, RawSocket};
use super::sys;
use crate::error::Errno;

impl RawSocket {
    /// Returns the descriptor that is readable when `ZMQ_EVENTS` may have changed.
    pub(crate) fn event_fd(&self) -> Result<BorrowedFd<'_>, Errno> {
        let fd = match self.event_fd.get() {
            NO_FD => self.get_int(sys::ZMQ_FD)?,
            fd => fd,
        };
        if fd < 0 {
            return Err(Errno::EBADF);
        }
        self.event_fd.set(fd);
        // SAFETY: HANDLE: libzmq keeps the descriptor open as long as the socket, which `self` borrows.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// Returns a descriptor for the program that is readable when that one is. What is done to it, or to a duplicate of it,
    /// does not reach libzmq, which aborts or waits for ever where somebody else reads its own or writes to it.
    #[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
    pub(crate) fn signal_fd(&self) -> Result<BorrowedFd<'_>, Errno> {
        if self.signal.get().is_none() {
            let mut epoll = Epoll::new()?;
            epoll.add(self.event_fd()?, libc::POLLIN, 0)?;
            let _ = self.signal.set(Box::new(epoll));
        }
        self.signal.get().map(|epoll| epoll.as_fd()).ok_or(Errno::EBADF)
    }

    /// Returns the descriptor for the program.
    #[cfg(any(not(target_os = "linux"), zmq_portable_engine))]
    pub(crate) fn signal_fd(&self) -> Result<BorrowedFd<'_>, Errno> {
        self.event_fd()
    }
}
