//! The place of the signals of shared sockets, which only the feature `draft` opens.

#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

use super::socket::RawSocket;
use super::sys;
use crate::deadline::Deadline;
use crate::error::Failure;

/// The signal of a shared socket, of which there is none.
#[derive(Debug)]
pub(crate) enum SharedSignal {}

impl SharedSignal {
    /// Returns `None`, because the socket is not shared.
    pub(crate) fn of(_socket: &RawSocket) -> Result<Option<Self>, Failure> {
        Ok(None)
    }

    pub(crate) fn look_again(deadline: Deadline) -> Deadline {
        deadline
    }

    pub(crate) fn poll_fd(&self) -> sys::zmq_fd_t {
        match *self {}
    }

    pub(crate) fn clear(&self) {
        match *self {}
    }
}

#[cfg(unix)]
impl AsFd for SharedSignal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match *self {}
    }
}
