//! The memory of sends, from one frame to the next.

use std::cell::{Cell, RefCell};

use crate::message::Message;

/// The state that sends keep from one frame of a message to the next, and that decides which sends are refused.
#[derive(Default)]
pub(super) struct Outgoing {
    /// The frames of a begun message that libzmq does not have yet.
    pub(super) parts: RefCell<Vec<Message>>,
    /// `true` if the message that an XSUB socket has begun began with a subscription.
    subscribes: Cell<bool>,
    /// `true` if only the newest message waits to be sent, which has one frame.
    conflates: Cell<bool>,
}

impl Outgoing {
    pub(super) fn subscribes(&self) -> bool {
        self.subscribes.get()
    }

    /// Notes whether the message that was begun began with a subscription.
    pub(super) fn note_subscription(&self, subscribes: bool) {
        self.subscribes.set(subscribes);
    }

    #[inline]
    pub(super) fn conflates(&self) -> bool {
        self.conflates.get()
    }

    pub(super) fn set_conflates(&self, conflates: bool) {
        self.conflates.set(conflates);
    }
}
