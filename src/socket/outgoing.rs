//! The state of a message that is being sent frame by frame.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock::Mutex;
use crate::message::Message;

/// The state of sends between two frames of a message. Sends of whole messages only read `conflates`.
#[derive(Default)]
pub(super) struct Outgoing {
    /// The frames of a begun message that were not passed to libzmq yet.
    parts: Mutex<Vec<Message>>,
    subscribes: AtomicBool,
    conflates: AtomicBool,
}

impl Outgoing {
    /// Returns `true` if the begun message of an XSUB socket began with a subscription.
    pub(super) fn subscribes(&self) -> bool {
        self.subscribes.load(Ordering::Relaxed)
    }

    pub(super) fn set_subscribes(&self, subscribes: bool) {
        self.subscribes.store(subscribes, Ordering::Relaxed);
    }

    /// Returns `true` if the socket only keeps the newest message, which must have a single frame.
    #[inline]
    pub(super) fn conflates(&self) -> bool {
        self.conflates.load(Ordering::Relaxed)
    }

    pub(super) fn set_conflates(&self, conflates: bool) {
        self.conflates.store(conflates, Ordering::Relaxed);
    }

    pub(super) fn has_parts(&self) -> bool {
        !self.parts.lock().is_empty()
    }

    pub(super) fn add_part(&self, part: Message) {
        self.parts.lock().push(part);
    }

    pub(super) fn take_parts(&self) -> Vec<Message> {
        mem::take(&mut *self.parts.lock())
    }

    /// Drops taken frames and reuses the memory of the list. The owner of a frame is dropped outside the lock.
    pub(super) fn drop_parts(&self, mut parts: Vec<Message>) {
        parts.clear();
        let mut kept = self.parts.lock();
        if kept.is_empty() {
            *kept = parts;
        }
    }
}
