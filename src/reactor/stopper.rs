//! The handle that stops a reactor from any thread.

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

/// The state that a reactor shares with its stoppers.
pub(super) struct Stop {
    requested: AtomicBool,
    bell: Bell,
}

impl Stopper {
    pub(super) fn new(stop: &Arc<Stop>) -> Self {
        Self { stop: Arc::clone(stop) }
    }

    /// Stops the reactor: at once if it is waiting, or after the handler that is running. A reactor that is not running
    /// stops at the start of its next run.
    ///
    /// # Examples
    /// ```
    /// use std::thread;
    /// use std::time::Duration;
    /// use zmq::Reactor;
    /// use zmq::reactor::End;
    ///
    /// let mut reactor = Reactor::<()>::new()?;
    /// reactor.add_timer(Duration::from_secs(60), |(), _| Ok(()))?;
    /// let stopper = reactor.stopper();
    /// let running = thread::spawn(move || reactor.run(&mut ()));
    /// stopper.stop();
    /// assert_eq!(running.join().unwrap()?, End::Stopped);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Returns `true` if a stop was requested, and clears the request.
    pub(super) fn take(&self) -> bool {
        self.requested.swap(false, Ordering::AcqRel)
    }
}

impl fmt::Debug for Stopper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}
