//! A bell that wakes a thread waiting for a descriptor.
//!
//! On Linux the descriptor is an eventfd. Other Unix systems use two connected Unix sockets. Elsewhere a wait for
//! sockets accepts nothing but sockets, so the bell consists of two TCP sockets connected over the loopback device.
//!
//! A forked child shares the descriptors with its parent. In the child all calls have no effect, so that the parent is
//! not disturbed.

#[cfg(any(not(unix), test))]
mod loopback;

use std::io::{self, Read, Write};

use super::life::Life;
use super::sys;
use crate::error::Errno;

#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use counter::Line;
#[cfg(any(not(target_os = "linux"), zmq_portable_engine))]
use pair::Line;

/// The bytes that a ring writes. An eventfd takes eight bytes at a time, a stream takes any number.
const RING: [u8; 8] = 1_u64.to_ne_bytes();

/// The maximum number of bytes for each read.
const READ_SIZE: usize = 64;

/// A bell that any thread can ring without a lock, to wake the thread that waits for it.
///
/// Until the bell is silenced, any number of rings count as one. The bell owns both ends of its line, so a ring after
/// the last wait succeeds without effect.
#[derive(Debug)]
pub(crate) struct Bell {
    life: Life,
    line: Line,
}

impl Bell {
    pub(crate) fn new() -> Result<Self, Errno> {
        let system = |error: io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(sys::EMFILE));
        Ok(Self { life: Life::new(), line: Line::open().map_err(system)? })
    }

    /// Rings the bell, which makes the descriptor readable. Never blocks.
    pub(crate) fn ring(&self) {
        if !self.life.is_forked() {
            // The write fails if the line is full, and then the descriptor is readable already.
            let _ = self.line.ringing().write(&RING);
        }
    }

    /// Clears all rings so far. Call this before you handle the reason of the rings, so that no later ring is lost.
    pub(crate) fn silence(&self) {
        let mut rings = [0; READ_SIZE];
        while !self.life.is_forked() && matches!(self.line.reading().read(&mut rings), Ok(READ_SIZE)) {}
    }

    /// Returns the descriptor that is readable while the bell rings, in the type that `zmq_poll` takes.
    pub(super) fn poll_fd(&self) -> sys::zmq_fd_t {
        #[cfg(unix)]
        return std::os::fd::AsRawFd::as_raw_fd(self.line.reading());
        #[cfg(windows)]
        return std::os::windows::io::AsRawSocket::as_raw_socket(self.line.reading()) as sys::zmq_fd_t;
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Bell {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.line.reading().as_fd()
    }
}

/// The line of Linux.
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
mod counter {
    use std::fs::File;
    use std::io;
    use std::os::fd::{FromRawFd, OwnedFd};

    /// A number in the kernel that writes add to and a read resets.
    #[derive(Debug)]
    pub(super) struct Line(File);

    impl Line {
        pub(super) fn open() -> io::Result<Self> {
            // SAFETY: it only takes numbers.
            let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor was just opened, and nothing else has it.
            Ok(Self(File::from(unsafe { OwnedFd::from_raw_fd(fd) })))
        }

        pub(super) fn ringing(&self) -> &File {
            &self.0
        }

        pub(super) fn reading(&self) -> &File {
            &self.0
        }
    }
}

/// The line of other systems.
#[cfg(any(not(target_os = "linux"), zmq_portable_engine))]
mod pair {
    use std::io;
    #[cfg(not(unix))]
    use std::net::TcpStream as Stream;
    #[cfg(unix)]
    use std::os::unix::net::UnixStream as Stream;

    /// Two connected sockets, of which one is written to and the other is read from.
    #[derive(Debug)]
    pub(super) struct Line {
        ringing: Stream,
        reading: Stream,
    }

    impl Line {
        pub(super) fn open() -> io::Result<Self> {
            #[cfg(unix)]
            let (ringing, reading) = Stream::pair()?;
            #[cfg(not(unix))]
            let (ringing, reading) = super::loopback::pair()?;
            ringing.set_nonblocking(true)?;
            reading.set_nonblocking(true)?;
            Ok(Self { ringing, reading })
        }

        pub(super) fn ringing(&self) -> &Stream {
            &self.ringing
        }

        pub(super) fn reading(&self) -> &Stream {
            &self.reading
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::AsFd;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use super::super::poll::{Waited, wait_for};
    use super::*;

    fn is_ringing(bell: &Bell, timeout: Duration) -> bool {
        let mut waited = [Waited { fd: bell.as_fd(), interest: libc::POLLIN, ready: 0 }];
        wait_for(&mut waited, Some(timeout)).is_ok() && waited[0].ready & libc::POLLIN != 0
    }

    #[test]
    fn rings_count_as_one_until_the_bell_is_silenced() -> Result<(), Errno> {
        let bell = Bell::new()?;
        assert!(!is_ringing(&bell, Duration::ZERO));
        for count in [1, 2, 8, 9, 1000] {
            (0..count).for_each(|_| bell.ring());
            assert!(is_ringing(&bell, Duration::ZERO), "{count} rings");
            bell.silence();
            assert!(!is_ringing(&bell, Duration::ZERO), "{count} rings");
        }
        Ok(())
    }

    #[test]
    fn a_ring_that_finds_the_line_full_returns() -> Result<(), Errno> {
        let bell = Bell::new()?;
        (0..1_000_000).for_each(|_| bell.ring());
        assert!(is_ringing(&bell, Duration::ZERO));
        bell.silence();
        assert!(!is_ringing(&bell, Duration::ZERO));
        Ok(())
    }

    #[test]
    fn a_ring_in_a_forked_child_is_not_heard_in_the_parent() -> Result<(), Errno> {
        let bell = Bell::new()?;
        // SAFETY: the child makes async-signal-safe calls alone, and ends without unwinding.
        let child = unsafe { libc::fork() };
        if child == 0 {
            bell.ring();
            // SAFETY: it takes a number, and ends the process.
            unsafe { libc::_exit(0) };
        }
        let mut status = 0;
        // SAFETY: the pointer is to a variable that outlives the call.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0);
        assert!(!is_ringing(&bell, Duration::ZERO));
        bell.ring();
        assert!(is_ringing(&bell, Duration::ZERO));
        Ok(())
    }

    #[test]
    fn a_ring_on_another_thread_ends_the_wait() -> Result<(), Errno> {
        let bell = Arc::new(Bell::new()?);
        let rung = Arc::clone(&bell);
        let ringing = thread::spawn(move || rung.ring());
        assert!(is_ringing(&bell, Duration::from_secs(60)));
        assert!(ringing.join().is_ok());
        Ok(())
    }
}
