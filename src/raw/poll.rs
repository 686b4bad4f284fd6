//! The system's own waiting for descriptors: `poll(2)`, and `epoll(7)` where there is one.

use std::ffi::c_int;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use super::life::Life;
use crate::error::Errno;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use crate::error::Failure;

/// A descriptor, what it is asked for, and what it is ready for: bits of `poll(2)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waited<'fd> {
    pub(crate) fd: BorrowedFd<'fd>,
    pub(crate) interest: i16,
    pub(crate) ready: i16,
}

/// Milliseconds for the system, rounded up; what does not fit is as long as fits.
fn milliseconds(timeout: Option<Duration>) -> c_int {
    match timeout {
        None => -1,
        Some(timeout) => timeout.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(c_int::MAX),
    }
}

fn last_errno() -> Errno {
    Errno::from_raw(std::io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

/// Returns the outcome of a wait that failed: an interrupted one found nothing, and its caller looks at the time.
fn interrupted() -> Result<(), Errno> {
    match last_errno() {
        Errno::EINTR => Ok(()),
        errno => Err(errno),
    }
}

/// Waits until one of the descriptors is ready, and notes which are. A signal ends the wait early.
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

/// A set of descriptors in the kernel: a wait costs by how many of them are ready.
///
/// A forked child shares it with its parent, and would change what the parent waits for.
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
        // SAFETY: the descriptor was just made, and belongs to nobody else.
        let fd = unsafe { std::os::fd::OwnedFd::from_raw_fd(fd) };
        Ok(Self { fd, life: Life::new(), len: 0, ready: Vec::new() })
    }

    /// Returns the set's own descriptor, which is readable while one in the set is ready.
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

    /// Waits until descriptors are ready and calls `found` with the key and the bits of each. A signal ends the wait early.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>, mut found: impl FnMut(usize, i16)) -> Result<(), Failure> {
        self.life.check()?;
        self.ready.clear();
        // Room for all, so that one call tells of all that are ready; the kernel wants some for an empty set too.
        let room = self.len.max(1);
        self.ready.reserve(room);
        let room = c_int::try_from(room).map_err(|_| Failure::Errno(Errno::EINVAL))?;
        let events = self.ready.as_mut_ptr();
        // SAFETY: the pointer is to room for that many events.
        let count = unsafe { libc::epoll_wait(self.fd.as_raw_fd(), events, room, milliseconds(timeout)) };
        let Ok(count) = usize::try_from(count) else {
            return Ok(interrupted()?);
        };
        // SAFETY: the kernel wrote `count` events, for which there was room.
        unsafe { self.ready.set_len(count) };
        for event in &self.ready {
            // The structure is packed: the fields are copied out of it.
            let (key, bits) = (event.u64, event.events);
            found(key as usize, bits as i16);
        }
        Ok(())
    }
}

/// Whether this is a TCP socket that listens, which libzmq does not check.
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
