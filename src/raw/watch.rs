//! The notification of pollers about calls on the sockets that they watch.

use std::cell::RefCell;
use std::sync::Arc;

use crate::lock::Mutex;

/// The pollers that watch a socket. Any call on the socket may change its events without a signal on the descriptor.
#[derive(Default)]
pub(super) struct Watches(RefCell<Vec<Watch>>);

/// A slot of a poller, with a flag for calls since the poller last checked the socket.
struct Watch {
    touched: Arc<Touched>,
    slot: usize,
    noted: bool,
}

impl Watches {
    pub(super) fn add(&self, touched: &Arc<Touched>, slot: usize) {
        self.0.borrow_mut().push(Watch { touched: Arc::clone(touched), slot, noted: false });
    }

    pub(super) fn remove(&self, touched: &Arc<Touched>) {
        self.0.borrow_mut().retain(|watch| !Arc::ptr_eq(&watch.touched, touched));
    }

    /// Notes a call for all pollers except one.
    pub(super) fn note(&self, except: Option<&Arc<Touched>>) {
        for watch in &mut *self.0.borrow_mut() {
            if !watch.noted && !except.is_some_and(|except| Arc::ptr_eq(except, &watch.touched)) {
                watch.noted = true;
                watch.touched.note(watch.slot);
            }
        }
    }

    /// Rearms the note for a poller that is checking the socket now.
    pub(super) fn attend(&self, touched: &Arc<Touched>) {
        for watch in &mut *self.0.borrow_mut() {
            watch.noted &= !Arc::ptr_eq(&watch.touched, touched);
        }
    }
}

/// The slots of a poller's sockets that had a call since the poller last checked them.
#[derive(Debug, Default)]
pub(crate) struct Touched(Mutex<Vec<usize>>);

impl Touched {
    /// Appends the slots to `slots` and clears this list.
    pub(crate) fn drain_into(&self, slots: &mut Vec<usize>) {
        slots.append(&mut self.0.lock());
    }

    fn note(&self, slot: usize) {
        self.0.lock().push(slot);
    }
}
