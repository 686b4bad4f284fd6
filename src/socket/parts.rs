//! The frames of a message that is sent part by part, kept until it is whole.
//!
//! libzmq has the rest of a message go to whichever peer there is: a PAIR socket that lost its peer in the middle and has
//! another sends that one the tail, and a REQ socket goes on with a request that it never ends. So their frames are given
//! to libzmq together, with the last.

use std::cell::{Cell, RefCell};
use std::mem;

use super::Core;
use super::kinds::{Fact, SocketType};
use crate::error::{Errno, Error, Failure, SendError};
use crate::message::Message;
use crate::sys;

/// Whether sockets of this type keep frames.
#[inline]
pub(super) fn are_kept(socket_type: SocketType) -> bool {
    socket_type.has(Fact::KeepsParts)
}

/// What sends remember from one frame of a message to the next, and with which sends are refused.
#[derive(Default)]
pub(super) struct Outgoing {
    /// The frames of a begun message that libzmq does not have yet.
    parts: RefCell<Vec<Message>>,
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

impl Core {
    /// Keeps a frame that is not the last of its message, or hands it back where libzmq is to have it at once: it waits
    /// for a peer, says why it does not, or has the beginning already.
    pub(super) fn keep_part(&self, message: Message) -> Result<Option<Message>, SendError<Message>> {
        let begun = self.raw.has_begun();
        let kept = !self.outgoing.parts.borrow().is_empty();
        if begun && !kept {
            return Ok(Some(message));
        }
        match self.is_writable() {
            Ok(true) => {
                self.outgoing.parts.borrow_mut().push(message);
                self.raw.begin();
                Ok(None)
            }
            Ok(false) if kept => {
                self.raw.end();
                self.drop_parts(self.outgoing.parts.take());
                Err(SendError { error: self.lost_error(), message })
            }
            Ok(false) => Ok(Some(message)),
            Err(errno) => Err(SendError { error: self.send_error(errno), message }),
        }
    }

    /// Gives libzmq the frames that were kept.
    pub(super) fn give_parts(&self) -> Result<(), Error> {
        let mut parts = self.outgoing.parts.take();
        if parts.is_empty() {
            return Ok(());
        }
        let given = self.give(&mut parts);
        self.drop_parts(parts);
        given
    }

    fn give(&self, parts: &mut [Message]) -> Result<(), Error> {
        if !self.is_writable().map_err(|errno| self.send_error(errno))? {
            return Err(self.lost_error());
        }
        for (index, part) in parts.iter_mut().enumerate() {
            self.send_part(part.raw_mut()).map_err(|failure| match (index, failure) {
                // libzmq has nothing of the message.
                (0, Failure::Errno(Errno::EAGAIN)) => self.lost_error(),
                _ => self.broken_off(failure, sys::ZMQ_SNDMORE),
            })?;
        }
        Ok(())
    }

    /// Drops frames, and keeps their room for the next ones. What an owner does in its drop finds no borrow.
    fn drop_parts(&self, mut parts: Vec<Message>) {
        parts.clear();
        if self.outgoing.parts.borrow().is_empty() {
            drop(mem::replace(&mut *self.outgoing.parts.borrow_mut(), parts));
        }
    }

    fn is_writable(&self) -> Result<bool, Failure> {
        self.raw.get_int(sys::ZMQ_EVENTS).map(|events| events & sys::ZMQ_POLLOUT != 0)
    }
}
