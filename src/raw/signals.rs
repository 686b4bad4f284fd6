//! Sets of signals, and a wait that blocks a set of them. Linux only.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::time::Duration;

use super::poll::{Waited, last_errno};
use crate::error::Errno;

/// A set of signals.
#[derive(Clone, Copy)]
pub(crate) struct SignalSet(libc::sigset_t);

impl SignalSet {
    pub(crate) fn empty() -> Self {
        let mut set = MaybeUninit::uninit();
        // SAFETY: the pointer is to memory for a set, which the call initialises. It fails for no pointer to a set.
        unsafe { libc::sigemptyset(set.as_mut_ptr()) };
        // SAFETY: the call above has initialised the set.
        Self(unsafe { set.assume_init() })
    }

    /// Returns the signals that the calling thread blocks.
    pub(crate) fn blocked() -> Self {
        let mut set = Self::empty();
        // SAFETY: without a new set the call only writes the current one, to a variable that outlives the call. It
        // fails only for an invalid first argument.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut set.0) };
        set
    }

    /// Adds a signal.
    pub(crate) fn insert(&mut self, signal: c_int) -> Result<(), Errno> {
        // SAFETY: the pointer is to a set, and the call checks the number.
        if unsafe { libc::sigaddset(&raw mut self.0, signal) } == 0 { Ok(()) } else { Err(last_errno()) }
    }

    /// Removes a signal.
    pub(crate) fn remove(&mut self, signal: c_int) -> Result<(), Errno> {
        // SAFETY: the pointer is to a set, and the call checks the number.
        if unsafe { libc::sigdelset(&raw mut self.0, signal) } == 0 { Ok(()) } else { Err(last_errno()) }
    }

    /// Returns `true` if the set contains this signal.
    pub(crate) fn contains(&self, signal: c_int) -> bool {
        // SAFETY: the pointer is to a set, and the call checks the number.
        unsafe { libc::sigismember(&raw const self.0, signal) == 1 }
    }
}

/// Blocks until at least one descriptor is ready. During the wait, the thread blocks the signals in the set, and no
/// other ones.
///
/// # Errors
/// `EINTR` if a signal was handled.
pub(crate) fn wait_for_masked(waited: &[Waited<'_>], timeout: Option<Duration>, mask: &SignalSet) -> Result<(), Errno> {
    let mut items: Vec<libc::pollfd> = waited
        .iter()
        .map(|waited| libc::pollfd { fd: waited.fd.as_raw_fd(), events: waited.interest, revents: 0 })
        .collect();
    let count = libc::nfds_t::try_from(items.len()).map_err(|_| Errno::EINVAL)?;
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the pointers are to `count` items, to a time or null, and to a set, and all of them outlive the call.
    let found = unsafe { libc::ppoll(items.as_mut_ptr(), count, timeout, &raw const mask.0) };
    if found < 0 { Err(last_errno()) } else { Ok(()) }
}
