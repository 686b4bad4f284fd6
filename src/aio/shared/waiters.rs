//! The tasks that wait for one shared socket.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use crate::lock::Mutex;

/// The waiting tasks, any number in each direction.
///
/// Cloning, waking and dropping a waker runs code of the program, so none of these happens while the places are locked.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    places: Mutex<Places>,
    /// `true` if the runtime has reported a signal that no task has cleared yet.
    is_signalled: AtomicBool,
}

#[derive(Debug, Default)]
struct Places {
    /// The wakers of registered tasks. A place without a waker is free, or belongs to a task that was woken.
    wakers: Vec<Option<Waker>>,
    free: Vec<usize>,
}

/// The place of a future among the waiting tasks, which it leaves when it is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    waiters: &'a Waiters,
    index: Option<usize>,
}

impl Waiters {
    /// Returns the place of a future that is not registered yet.
    pub(super) fn place(&self) -> Place<'_> {
        Place { waiters: self, index: None }
    }

    /// Returns `true` if the runtime has reported a signal since the last call.
    ///
    /// async-io may wake without a later report, namely for a signal that it has noticed while the task registered.
    pub(super) fn take_signal(&self) -> bool {
        self.is_signalled.swap(false, Ordering::AcqRel)
    }

    /// Wakes all registered tasks, except for the task at one place. They are no longer registered.
    fn wake_except(&self, except: Option<usize>) {
        let mut woken = Vec::new();
        for (index, waker) in self.places.lock().wakers.iter_mut().enumerate() {
            if Some(index) != except {
                woken.extend(waker.take());
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Waiters {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_signalled.store(true, Ordering::Release);
        self.wake_except(None);
    }
}

impl Place<'_> {
    /// Registers the task, which the next signal wakes.
    pub(super) fn register(&mut self, waker: &Waker) {
        let waker = Some(waker.clone());
        let mut places = self.waiters.places.lock();
        let index = *self.index.get_or_insert_with(|| places.reserve());
        let before = places.wakers.get_mut(index).map(|place| mem::replace(place, waker));
        drop(places);
        drop(before);
    }

    /// Wakes all other tasks.
    pub(super) fn wake_others(&self) {
        self.waiters.wake_except(self.index);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(index) = self.index else { return };
        let mut places = self.waiters.places.lock();
        let waker = places.wakers.get_mut(index).map(Option::take);
        places.free.push(index);
        drop(places);
        drop(waker);
    }
}

impl Places {
    fn reserve(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.wakers.push(None);
            self.wakers.len() - 1
        })
    }
}
