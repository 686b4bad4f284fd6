//! The descriptors that signal changes of a socket, for the crate and for the program.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::atomic::Ordering;

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use super::poll::Epoll;
use super::socket::{NO_FD, RawSocket};
use super::sys;
use crate::error::{Errno, Failure};

impl RawSocket {
    /// Returns libzmq's descriptor, which is readable when `ZMQ_EVENTS` may have changed.
    pub(crate) fn event_fd(&self) -> Result<BorrowedFd<'_>, Failure> {
        let fd = match self.event_fd.load(Ordering::Relaxed) {
            NO_FD => self.get_int(sys::ZMQ_FD)?,
            fd => fd,
        };
        if fd < 0 {
            return Err(Errno::EBADF.into());
        }
        self.event_fd.store(fd, Ordering::Relaxed);
        // SAFETY: HANDLE: libzmq keeps the descriptor open as long as the socket, and the result borrows `self`.
        Ok(unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// Returns a descriptor for the program, which is readable when libzmq's descriptor is readable.
    ///
    /// libzmq aborts or blocks forever if other code reads or writes its descriptor. Reads and writes of this
    /// descriptor or of a duplicate do not affect libzmq.
    #[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
    pub(crate) fn signal_fd(&self) -> Result<BorrowedFd<'_>, Failure> {
        if self.signal.get().is_none() {
            let mut epoll = Epoll::new()?;
            epoll.add(self.event_fd()?, libc::POLLIN, 0)?;
            let _ = self.signal.set(Box::new(epoll));
        }
        self.signal.get().map(|epoll| epoll.as_fd()).ok_or(Failure::Errno(Errno::EBADF))
    }

    /// Returns the descriptor for the program.
    #[cfg(any(not(target_os = "linux"), zmq_portable_engine))]
    pub(crate) fn signal_fd(&self) -> Result<BorrowedFd<'_>, Failure> {
        self.event_fd()
    }
}

/// An owner of a socket.
///
/// **OWNED SOCKET**: the owner returns the same socket each time, and owns the socket until it is dropped.
pub(crate) trait Owner {
    fn raw_socket(&self) -> &RawSocket;
}

/// An owner of a socket, with the descriptor that signals changes of the socket to the program.
pub(crate) struct Signalled<T> {
    owner: T,
    fd: RawFd,
}

impl<T: Owner> Signalled<T> {
    pub(crate) fn new(owner: T) -> Result<Self, Failure> {
        let fd = owner.raw_socket().signal_fd()?.as_raw_fd();
        Ok(Self { owner, fd })
    }
}

impl<T> Signalled<T> {
    pub(crate) fn owner(&self) -> &T {
        &self.owner
    }

    pub(crate) fn into_owner(self) -> T {
        self.owner
    }
}

impl<T> AsFd for Signalled<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: OWNED SOCKET: `self` owns the socket, which keeps the descriptor open until its drop and never
        // changes it.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}
