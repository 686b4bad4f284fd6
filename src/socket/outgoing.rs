//! The state of a message that is being sent frame by frame.

use std::cell::{Cell, RefCell};
use std::mem;

use crate::message::Message;

/// The state of sends between two frames of a message. Sends of whole messages only read `conflates`.
#[derive(Default)]
pub(super) struct Outgoing {
    /// The frames of a begun message that were not passed to libzmq yet.
    parts: RefCell<Vec<Message>>,
    subscribes: Cell<bool>,
    conflates: Cell<bool>,
}

impl Outgoing {
    /// Returns `true` if the begun message of an XSUB socket began with a subscription.
    pub(super) fn subscribes(&self) -> bool {
        self.subscribes.get()
    }

    pub(super) fn set_subscribes(&self, subscribes: bool) {
        self.subscribes.set(subscribes);
    }

    /// Returns `true` if the socket only keeps the newest message, which must have a single frame.
    #[inline]
    pub(super) fn conflates(&self) -> bool {
        self.conflates.get()
    }

    pub(super) fn set_conflates(&self, conflates: bool) {
        self.conflates.set(conflates);
    }

    pub(super) fn has_parts(&self) -> bool {
        !self.parts.borrow().is_empty()
    }

    pub(super) fn add_part(&self, part: Message) {
        self.parts.borrow_mut().push(part);
    }

    pub(super) fn take_parts(&self) -> Vec<Message> {
        self.parts.take()
    }

    /// Drops taken frames and reuses the memory of the list. The owner of a frame is dropped while nothing is borrowed.
    pub(super) fn drop_parts(&self, mut parts: Vec<Message>) {
        parts.clear();
        if !self.has_parts() {
            drop(mem::replace(&mut *self.parts.borrow_mut(), parts));
        }
    }
}
