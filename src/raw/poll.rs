//! Waiting for descriptors with the functions of the system: `poll(2)`, and `epoll(7)` on Linux.

use std::ffi::c_int;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use super::life::Life;
use super::milliseconds;
use crate::error::Errno;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use crate::error::Failure;

/// A descriptor with its interest and its readiness, both as bits of `poll(2)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waited<'fd> {
    pub(crate) fd: BorrowedFd<'fd>,
    pub(crate) interest: i16,
    pub(crate) ready: i16,
}

pub(super) fn last_errno() -> Errno {
    Errno::from_raw(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

/// Returns the outcome of a failed wait. An interrupted wait counts as a wait that found nothing, because the caller
/// checks the deadline.
fn interrupted() -> Result<(), Errno> {
    match last_errno() {
        Errno::EINTR => Ok(()),
        errno => Err(errno),
    }
}

/// Blocks until at least one descriptor is ready, and stores the readiness of each. A signal ends the wait early.
pub(crate) fn wait_for(waited: &mut [Waited<'_>], timeout: Option<Duration>) -> Result<(), Errno> {
    let mut items: Vec<libc::pollfd> = waited
        .iter()
        .map(|waited| libc::pollfd { fd: waited.fd.as_raw_fd(), events: waited.interest, revents: 0 })
        .collect();
    let count = libc::nfds_t::try_from(items.len()).map_err(|_| Errno::EINVAL)?;
    // SAFETY: the pointer is to `count` items, which outlive the call.
    if unsafe { libc::poll(items.as_mut_ptr(), count, milliseconds(timeout)) } < 0 {
        return interrupted();
    }
    for (waited, item) in waited.iter_mut().zip(&items) {
        waited.ready = item.revents;
    }
    Ok(())
}

/// A set of descriptors in the kernel. The cost of a wait depends only on the number of ready descriptors.
///
/// A forked child shares the set with its parent, and must not change it.
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
#[derive(Debug)]
pub(crate) struct Epoll {
    fd: std::os::fd::OwnedFd,
    life: Life,
    len: usize,
    ready: Vec<libc::epoll_event>,
}

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
impl Epoll {
    pub(crate) fn new() -> Result<Self, Failure> {
        use std::os::fd::FromRawFd;

        // SAFETY: it takes a flag.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(last_errno().into());
        }
        // SAFETY: the descriptor was just opened, and nothing else owns it.
        let fd = unsafe { std::os::fd::OwnedFd::from_raw_fd(fd) };
        Ok(Self { fd, life: Life::new(), len: 0, ready: Vec::new() })
    }

    /// Returns the descriptor of the set, which is readable while a descriptor in the set is ready.
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    fn control(&self, operation: c_int, fd: BorrowedFd<'_>, interest: i16, key: usize) -> Result<(), Failure> {
        self.life.check()?;
        // The bits of poll(2) and epoll(7) are the same.
        let events = u32::from(interest as u16);
        let mut event = libc::epoll_event { events, u64: key as u64 };
        // SAFETY: both descriptors are open, and the event outlives the call.
        let code = unsafe { libc::epoll_ctl(self.fd.as_raw_fd(), operation, fd.as_raw_fd(), &raw mut event) };
        if code < 0 { Err(last_errno().into()) } else { Ok(()) }
    }

    pub(crate) fn add(&mut self, fd: BorrowedFd<'_>, interest: i16, key: usize) -> Result<(), Failure> {
        self.control(libc::EPOLL_CTL_ADD, fd, interest, key)?;
        self.len += 1;
        Ok(())
    }

    pub(crate) fn modify(&self, fd: BorrowedFd<'_>, interest: i16, key: usize) -> Result<(), Failure> {
        self.control(libc::EPOLL_CTL_MOD, fd, interest, key)
    }

    pub(crate) fn remove(&mut self, fd: BorrowedFd<'_>) -> Result<(), Failure> {
        self.control(libc::EPOLL_CTL_DEL, fd, 0, 0)?;
        self.len -= 1;
        Ok(())
    }

    /// Blocks until descriptors are ready, and calls `found` with the key and the bits of each. A signal ends the wait
    /// early.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>, mut found: impl FnMut(usize, i16)) -> Result<(), Failure> {
        self.life.check()?;
        self.ready.clear();
        // With room for the whole set, one call returns all ready descriptors. The kernel requires room for at least
        // one.
        let room = self.len.max(1);
        self.ready.reserve(room);
        let room = c_int::try_from(room).map_err(|_| Failure::Errno(Errno::EINVAL))?;
        let events = self.ready.as_mut_ptr();
        // SAFETY: the pointer is to memory for `room` events.
        let count = unsafe { libc::epoll_wait(self.fd.as_raw_fd(), events, room, milliseconds(timeout)) };
        let Ok(count) = usize::try_from(count) else {
            return Ok(interrupted()?);
        };
        // SAFETY: the kernel wrote `count` events, for which there was room.
        unsafe { self.ready.set_len(count) };
        for event in &self.ready {
            // The structure is packed, so its fields are copied before they are borrowed.
            let (key, bits) = (event.u64, event.events);
            found(key as usize, bits as i16);
        }
        Ok(())
    }
}

/// Returns `true` if this TCP socket listens, which libzmq does not check.
pub(crate) fn is_listening(socket: &std::net::TcpListener) -> bool {
    let mut listens: c_int = 0;
    let mut len = size_of::<c_int>() as libc::socklen_t;
    let value: *mut c_int = &raw mut listens;
    // SAFETY: the descriptor is open, and value and length are variables that outlive the call.
    let code = unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ACCEPTCONN, value.cast(), &raw mut len)
    };
    code == 0 && listens != 0
}
