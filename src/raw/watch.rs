//! How a poller learns of the calls on a socket that it watches.

use std::cell::RefCell;
use std::sync::Arc;

use crate::lock::Mutex;

/// The pollers that watch a socket. Any call on the socket may change its events without a signal on the descriptor.
#[derive(Default)]
pub(super) struct Watches(RefCell<Vec<Watch>>);

/// A slot of a poller, and whether a call was noted for it since the poller looked last.
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

    /// Notes a call for all pollers but one.
    pub(super) fn note(&self, except: Option<&Arc<Touched>>) {
        for watch in &mut *self.0.borrow_mut() {
            if !watch.noted && !except.is_some_and(|except| Arc::ptr_eq(except, &watch.touched)) {
                watch.noted = true;
                watch.touched.note(watch.slot);
            }
        }
    }

    /// Notes the next call for a poller again, which looks now.
    pub(super) fn attend(&self, touched: &Arc<Touched>) {
        for watch in &mut *self.0.borrow_mut() {
            watch.noted &= !Arc::ptr_eq(&watch.touched, touched);
        }
    }
}

/// The slots of a poller's sockets on which a call ran since the poller looked last.
#[derive(Debug, Default)]
pub(crate) struct Touched(Mutex<Vec<usize>>);

impl Touched {
    /// Moves them behind those in `slots`.
    pub(crate) fn drain_into(&self, slots: &mut Vec<usize>) {
        slots.append(&mut self.0.lock());
    }

    fn note(&self, slot: usize) {
        self.0.lock().push(slot);
    }
}
