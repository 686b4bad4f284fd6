//! Locks that are never poisoned.
//!
//! If a thread panics while it holds a lock of `std`, all later calls to lock it fail. The crate does not panic while it holds a
//! lock, so that the data is always valid.

use std::sync::{self, MutexGuard, PoisonError};

use crate::deadline::Deadline;

/// A mutex whose data stays accessible after a panic.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

/// A condition that threads wait for, together with a [`Mutex`].
#[derive(Debug, Default)]
pub(crate) struct Condvar(sync::Condvar);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(sync::Condvar::new())
    }

    /// Waits for a notification, or for no reason at all.
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits as [`wait`](Self::wait) does, until `deadline` at most.
    pub(crate) fn wait_until<'a, T>(&self, guard: MutexGuard<'a, T>, deadline: Deadline) -> MutexGuard<'a, T> {
        match deadline.left() {
            None => self.wait(guard),
            Some(left) => self.0.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0,
        }
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}
