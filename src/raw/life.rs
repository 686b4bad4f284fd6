//! Events elsewhere that end the sockets of a context: a shutdown on another thread, or a fork.
//!
//! Checking for both before every message would be too slow. Instead, both advance a process-wide number, the epoch. A
//! socket compares the epoch with the epoch of its last check, and checks again only if the two differ.

#[cfg(unix)]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};

use crate::error::{Errno, Failure};

/// The smallest epoch. Gates use smaller numbers for other states.
pub(super) const FIRST_EPOCH: u32 = 2;

static EPOCH: AtomicU32 = AtomicU32::new(FIRST_EPOCH);
/// The number of forks between this process and the first one.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The part of a context that its sockets check.
#[derive(Debug)]
pub(crate) struct Life {
    forks: u32,
    shut_down: AtomicBool,
}

impl Life {
    pub(crate) fn new() -> Self {
        watch_forks();
        Self { forks: FORKS.load(Ordering::Relaxed), shut_down: AtomicBool::new(false) }
    }

    /// Creates a life of the parent process, for tests.
    #[cfg(test)]
    pub(super) fn of_a_parent() -> Self {
        Self { forks: FORKS.load(Ordering::Relaxed).wrapping_sub(1), ..Self::new() }
    }

    /// Marks the context as shut down. Returns `true` if it was shut down before.
    pub(crate) fn end(&self) -> bool {
        let before = self.shut_down.swap(true, Ordering::Release);
        advance();
        before
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::Acquire)
    }

    /// Returns `true` if this process is a fork of the process that created the context.
    pub(crate) fn is_forked(&self) -> bool {
        self.forks != FORKS.load(Ordering::Relaxed)
    }

    /// Succeeds if calls are still possible.
    ///
    /// # Errors
    /// The reason why no call is possible.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        // A thread that has loaded the new epoch with relaxed ordering also sees the reason for the epoch from here on.
        fence(Ordering::Acquire);
        match () {
            () if self.is_forked() => Err(Failure::Forked),
            () if self.is_shut_down() => Err(Failure::Errno(Errno::ETERM)),
            () => Ok(()),
        }
    }
}

/// Returns the current epoch.
#[inline]
pub(super) fn epoch() -> u32 {
    EPOCH.load(Ordering::Relaxed)
}

fn advance() {
    while EPOCH.fetch_add(1, Ordering::AcqRel).wrapping_add(1) < FIRST_EPOCH {}
}

/// Counts every later fork of the process in the child.
fn watch_forks() {
    #[cfg(unix)]
    {
        static WATCHED: OnceLock<()> = OnceLock::new();

        // Runs in the child, where only async-signal-safe operations are allowed, such as those of atomics.
        extern "C" fn in_child() {
            FORKS.fetch_add(1, Ordering::Relaxed);
            advance();
        }

        WATCHED.get_or_init(|| {
            // SAFETY: the handler is a function of this program, never unloaded before the process ends, and
            // async-signal-safe. It fails only if memory is short; then forks go unnoticed, as in C.
            unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        });
    }
}
