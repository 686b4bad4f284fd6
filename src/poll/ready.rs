//! The results of a wait.

use std::fmt;

use super::Slot;
use crate::events::Events;

/// A ready source. See [`Poller::wait`](super::Poller::wait).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ready<'p, T> {
    /// The token that the source was added with.
    pub token: &'p T,
    /// The events that the source is ready for.
    pub events: Events,
}

/// An iterator over the ready sources of a [`Poller`](super::Poller), as [`Ready`] values. Created by
/// [`Poller::wait`](super::Poller::wait).
pub struct ReadySet<'p, T> {
    pub(super) slots: &'p [Option<Slot<'p, T>>],
    pub(super) ready: std::slice::Iter<'p, (usize, Events)>,
}

impl<T> ReadySet<'_, T> {
    /// Returns `true` if no ready sources are left.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let mut poller = zmq::Poller::<()>::new()?;
    /// assert!(poller.wait(Duration::ZERO)?.is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ready.len() == 0
    }
}

impl<'p, T> Iterator for ReadySet<'p, T> {
    type Item = Ready<'p, T>;

    fn next(&mut self) -> Option<Ready<'p, T>> {
        let (slot, events) = *self.ready.next()?;
        let token = &self.slots.get(slot)?.as_ref()?.token;
        Some(Ready { token, events })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ready.size_hint()
    }
}

impl<T> ExactSizeIterator for ReadySet<'_, T> {}

impl<T> fmt::Debug for ReadySet<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadySet").field("len", &self.ready.len()).finish_non_exhaustive()
    }
}
