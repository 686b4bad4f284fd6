//! The way to stop a reactor from another thread.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Errno;
use crate::raw::Bell;

/// A handle that stops a [`Reactor`](super::Reactor) from any thread.
#[derive(Clone)]
pub struct Stopper {
    stop: Arc<Stop>,
}

/// What a reactor and its stoppers share.
pub(super) struct Stop {
    requested: AtomicBool,
    bell: Bell,
}

impl Stopper {
    pub(super) fn new(stop: &Arc<Stop>) -> Self {
        Self { stop: Arc::clone(stop) }
    }

    /// Ends the run after the handler that is running now; one that is not running ends when it starts.
    pub fn stop(&self) {
        self.stop.requested.store(true, Ordering::Release);
        self.stop.bell.ring();
    }
}

impl Stop {
    pub(super) fn new() -> Result<Self, Errno> {
        Ok(Self { requested: AtomicBool::new(false), bell: Bell::new()? })
    }

    /// Returns the bell that a stop rings.
    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    pub(super) fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// Returns whether there was a stop, and forgets it.
    pub(super) fn take(&self) -> bool {
        self.requested.swap(false, Ordering::AcqRel)
    }
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}
