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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counted() -> (Arc<Count>, Waker) {
        let count = Arc::<Count>::default();
        (Arc::clone(&count), Waker::from(count))
    }

    #[test]
    fn a_signal_wakes_every_registered_task_once() {
        let waiters = Arc::<Waiters>::default();
        let ((first, one), (second, two)) = (counted(), counted());
        let (mut here, mut there) = (waiters.place(), waiters.place());
        here.register(&one);
        here.register(&one);
        there.register(&two);
        waiters.wake_by_ref();
        waiters.wake_by_ref();
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (1, 1));
        assert!(waiters.take_signal() && !waiters.take_signal());
    }

    #[test]
    fn a_task_that_clears_the_signal_wakes_only_the_others() {
        let waiters = Arc::<Waiters>::default();
        let ((first, one), (second, two)) = (counted(), counted());
        let (mut here, mut there) = (waiters.place(), waiters.place());
        here.register(&one);
        there.register(&two);
        here.wake_others();
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (0, 1));
        // It is no signal of the runtime.
        assert!(!waiters.take_signal());
        waiters.wake_by_ref();
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (1, 1));
    }

    #[test]
    fn a_dropped_future_leaves_its_place_to_the_next() {
        let waiters = Arc::<Waiters>::default();
        let (count, waker) = counted();
        for _ in 0..3 {
            let (mut place, never_polled) = (waiters.place(), waiters.place());
            place.register(&waker);
            drop((place, never_polled));
            waiters.wake_by_ref();
        }
        assert_eq!((count.0.load(Ordering::Relaxed), Arc::strong_count(&count)), (0, 2));
        assert_eq!(waiters.places.lock().wakers.len(), 1);
    }
}
