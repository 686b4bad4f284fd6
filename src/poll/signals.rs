//! Waits that signals end. Linux only.

use std::ffi::c_int;
use std::fmt;
use std::time::Duration;

use super::nothing_to_wait_for;
use super::once::{PollItem, descriptors, own_signals, poll_until};
#[cfg(not(zmq_portable_engine))]
use super::{Poller, ReadySet};
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{SharedSignal, SignalSet, Waited, wait_for_masked};

/// A set of signals that a thread blocks during a wait. See [`poll_masked`]. Linux only.
///
/// # Examples
/// ```
/// use zmq::poll::SignalMask;
///
/// let mask = SignalMask::empty().block(libc::SIGINT)?;
/// assert!(mask.is_blocked(libc::SIGINT) && !mask.is_blocked(libc::SIGTERM));
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy)]
#[must_use]
pub struct SignalMask(SignalSet);

impl SignalMask {
    /// Creates a mask that blocks no signal.
    ///
    /// # Examples
    /// ```
    /// assert!(!zmq::poll::SignalMask::empty().is_blocked(libc::SIGTERM));
    /// ```
    pub fn empty() -> Self {
        Self(SignalSet::empty())
    }

    /// Returns the signals that the calling thread blocks now.
    ///
    /// # Examples
    /// ```
    /// assert!(!zmq::poll::SignalMask::current().is_blocked(libc::SIGTERM));
    /// ```
    ///
    /// Maps to `pthread_sigmask(3)`.
    #[doc(alias("pthread_sigmask", "sigprocmask"))]
    pub fn current() -> Self {
        Self(SignalSet::blocked())
    }

    /// Adds a signal to the mask.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the system has no such signal.
    ///
    /// # Examples
    /// ```
    /// let mask = zmq::poll::SignalMask::empty().block(libc::SIGTERM)?;
    /// assert!(mask.is_blocked(libc::SIGTERM));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "sigaddset")]
    pub fn block(mut self, signal: c_int) -> Result<Self> {
        self.0.insert(signal).map_err(|errno| unknown(signal, errno))?;
        Ok(self)
    }

    /// Removes a signal from the mask.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the system has no such signal.
    ///
    /// # Examples
    /// ```
    /// let mask = zmq::poll::SignalMask::current().unblock(libc::SIGTERM)?;
    /// assert!(!mask.is_blocked(libc::SIGTERM));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "sigdelset")]
    pub fn unblock(mut self, signal: c_int) -> Result<Self> {
        self.0.remove(signal).map_err(|errno| unknown(signal, errno))?;
        Ok(self)
    }

    /// Returns `true` if the mask blocks this signal.
    ///
    /// # Examples
    /// ```
    /// assert!(!zmq::poll::SignalMask::empty().is_blocked(libc::SIGINT));
    /// ```
    #[doc(alias = "sigismember")]
    #[must_use]
    pub fn is_blocked(&self, signal: c_int) -> bool {
        self.0.contains(signal)
    }

    /// Blocks until a descriptor is ready.
    fn wait(&self, waited: &[Waited<'_>], timeout: Option<Duration>) -> Result<(), Errno> {
        wait_for_masked(waited, timeout, &self.0).map_err(|errno| match errno {
            // ppoll(2) reports EINVAL only for too many descriptors.
            Errno::EINVAL => Errno::EMFILE,
            errno => errno,
        })
    }
}

impl fmt::Debug for SignalMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocked = (1..=libc::SIGRTMAX()).filter(|&signal| self.is_blocked(signal));
        f.write_str("SignalMask ")?;
        f.debug_set().entries(blocked).finish()
    }
}

/// Blocks like [`poll`](super::poll()), and ends early if the thread handles a signal. During the wait, the thread
/// blocks the signals in `mask` instead of those that it blocks otherwise. Linux only.
///
/// To handle a signal only during waits, block it on all threads, install a handler, and wait with a mask that does not
/// block it. The system changes the mask and starts to wait in one step, so no signal is missed between a check and the
/// wait. A signal that arrives while the thread does not wait stays pending and ends the next wait. If an item is ready
/// at the same time, the call may return the items first, and a later wait handles the signal.
///
/// # Errors
/// - [`Interrupted`](crate::ErrorKind::Interrupted): the thread handled a signal.
/// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context of a socket was shut down.
/// - [`LimitReached`](crate::ErrorKind::LimitReached): there are more items than the process may have file descriptors.
/// - [`InvalidInput`](crate::ErrorKind::InvalidInput): there are no items, and there is no timeout.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::poll::{SignalMask, poll_masked};
/// use zmq::{Context, ErrorKind, Events, PollItem, Pull};
///
/// let socket = Context::new()?.socket(Pull)?;
/// let mask = SignalMask::current().unblock(libc::SIGTERM)?;
/// let mut items = [PollItem::new(&socket, Events::READABLE)];
/// match poll_masked(&mut items, Duration::from_millis(10), &mask) {
///     Ok(ready) => assert_eq!(ready, 0),
///     Err(error) if error.kind() == ErrorKind::Interrupted => println!("a signal was handled"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Replaces `zmq_ppoll`, which supports neither descriptors above 1023 nor more than 1024 items.
#[doc(alias = "zmq_ppoll")]
pub fn poll_masked(
    items: &mut [PollItem<'_>],
    timeout: impl Into<Option<Duration>>,
    mask: &SignalMask,
) -> Result<usize> {
    let timeout = timeout.into();
    if timeout.is_none() && items.is_empty() {
        return Err(nothing_to_wait_for());
    }
    poll_until_signalled(items, Deadline::after(timeout), mask).map_err(|failure| Error::new(Operation::Wait, failure))
}

fn poll_until_signalled(items: &mut [PollItem<'_>], deadline: Deadline, mask: &SignalMask) -> Result<usize, Failure> {
    let own = own_signals(items)?;
    loop {
        let count = poll_until(items, Deadline::now())?;
        // With ready items, the wait only gives pending signals a chance.
        let until = if count > 0 { Deadline::now() } else { deadline };
        let is_last = until.has_passed();
        let (waited, signals) = descriptors(items, &own)?;
        let until = if signals.is_empty() { until } else { SharedSignal::look_again(until) };
        mask.wait(&waited, until.left())?;
        signals.iter().for_each(|(_, signal)| signal.clear());
        if is_last {
            return Ok(count);
        }
    }
}

/// # Signals
#[cfg(not(zmq_portable_engine))]
impl<T> Poller<'_, T> {
    /// Blocks like [`wait`](Self::wait), and ends early if the thread handles a signal. During the wait, the thread
    /// blocks the signals in `mask` instead of those that it blocks otherwise. See [`poll_masked`]. Linux only.
    ///
    /// # Errors
    /// - [`Interrupted`](crate::ErrorKind::Interrupted): the thread handled a signal.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context of a socket in the set was shut down.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the set is empty, and there is no timeout.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::poll::SignalMask;
    /// use zmq::{Context, Events, Poller, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let mut poller = Poller::new()?;
    /// poller.add(&socket, Events::READABLE, "tasks")?;
    /// let mask = SignalMask::current().unblock(libc::SIGTERM)?;
    /// assert!(poller.wait_masked(Duration::from_millis(10), &mask)?.is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "zmq_ppoll")]
    pub fn wait_masked(&mut self, timeout: impl Into<Option<Duration>>, mask: &SignalMask) -> Result<ReadySet<'_, T>> {
        let timeout = timeout.into();
        if timeout.is_none() && self.is_empty() {
            return Err(nothing_to_wait_for());
        }
        self.wait_until_signalled(Deadline::after(timeout), mask)
            .map_err(|errno| Error::new(Operation::Wait, errno))?;
        Ok(ReadySet { slots: &self.set.slots, ready: self.ready.iter() })
    }

    fn wait_until_signalled(&mut self, deadline: Deadline, mask: &SignalMask) -> Result<(), Failure> {
        loop {
            self.engine.wait(&self.set, Deadline::now(), &mut self.ready)?;
            let until = if self.ready.is_empty() { deadline } else { Deadline::now() };
            let is_last = until.has_passed();
            let until = self.engine.look_again(until);
            mask.wait(&[Waited { fd: self.engine.as_fd(), interest: libc::POLLIN, ready: 0 }], until.left())?;
            if is_last {
                return Ok(());
            }
        }
    }
}

fn unknown(signal: c_int, errno: Errno) -> Error {
    Error::new(Operation::Wait, errno).because(format!("{signal} is not a signal of this system"))
}
