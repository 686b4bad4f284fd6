//! The way to stop a reactor from another thread.

use std::fmt;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Stops a [`Reactor`](super::Reactor) from anywhere.
#[derive(Clone)]
pub struct Stopper {
    wake: Arc<Wake>,
}

/// What a reactor and its stoppers share.
pub(super) struct Wake {
    stop: AtomicBool,
    sender: UnixStream,
}

impl Stopper {
    pub(super) fn new(wake: &Arc<Wake>) -> Self {
        Self { wake: Arc::clone(wake) }
    }

    /// Ends the run after the handler that is running now; one that is not running ends when it starts.
    pub fn stop(&self) {
        self.wake.stop.store(true, Ordering::Release);
        // A full pipe wakes it as well.
        let _ = (&self.wake.sender).write(&[1]);
    }
}

impl Wake {
    /// Returns it together with the descriptor that a stop makes readable.
    pub(super) fn new() -> io::Result<(Self, UnixStream)> {
        let (sender, woken) = UnixStream::pair()?;
        sender.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        Ok((Self { stop: AtomicBool::new(false), sender }, woken))
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Returns whether there was a stop, and forgets it.
    pub(super) fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::AcqRel)
    }
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}
