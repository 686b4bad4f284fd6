//! Frames that were received before the program asked for them.
//!
//! libzmq reads a message frame by frame. It aborts if the connection is closed between the frames, which happens even
//! if only a poll has fetched the first frame. Therefore the crate receives the rest of the message before it closes a
//! connection, and returns the kept frames from later receives.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_int;

use super::message::RawMessage;
use super::socket::RawSocket;
use super::sys;
use crate::error::{Errno, Failure};
use crate::socket::kinds::{Fact, SocketType};

/// The frames of a socket that were received before the program asked for them.
#[derive(Default)]
pub(crate) struct Kept {
    frames: RefCell<VecDeque<RawMessage>>,
    /// `true` if the first kept frame continues the message whose frame the program received last.
    goes_on: Cell<bool>,
}

impl Kept {
    pub(super) fn is_empty(&self) -> bool {
        self.frames.borrow().is_empty()
    }

    pub(super) fn push(&self, frame: RawMessage) {
        self.frames.borrow_mut().push_back(frame);
    }

    /// Removes and returns the first frame.
    pub(super) fn pop(&self) -> Option<RawMessage> {
        let frame = self.frames.borrow_mut().pop_front()?;
        self.goes_on.set(frame.more());
        Some(frame)
    }
}

impl RawSocket {
    /// Receives and keeps the rest of a message that libzmq has started to read.
    pub(crate) fn keep_rest(&self) -> Result<(), Failure> {
        let Some(kept) = self.gate.kept() else { return Ok(()) };
        let mut more = self.get_array(sys::ZMQ_RCVMORE).map(c_int::from_ne_bytes)? != 0;
        if !more && !self.has_fetched()? {
            return Ok(());
        }
        if kept.is_empty() {
            kept.goes_on.set(more);
        }
        loop {
            let mut frame = RawMessage::new();
            match self.receive_from_libzmq(&mut frame) {
                Ok(()) => {}
                // There is no message, the socket is not in the state to receive one, or the rest is missing.
                Err(Failure::Errno(Errno::EAGAIN)) => return Ok(()),
                Err(Failure::Errno(Errno::EFSM)) if !more => return Ok(()),
                Err(failure) => return Err(failure),
            }
            more = frame.more();
            self.keep(kept, frame);
            if !more {
                return Ok(());
            }
        }
    }

    /// Returns `true` if libzmq may have fetched the first frame of a message, as sockets of some types do to learn
    /// whether they are readable.
    fn has_fetched(&self) -> Result<bool, Failure> {
        let fetches =
            SocketType::from_raw(self.get_int(sys::ZMQ_TYPE)?).is_some_and(|known| known.has(Fact::Prefetches));
        Ok(fetches && self.get_array(sys::ZMQ_EVENTS).map(c_int::from_ne_bytes)? & sys::ZMQ_POLLIN != 0)
    }

    /// Returns `true` if frames are kept.
    pub(crate) fn keeps(&self) -> bool {
        self.gate.kept().is_some_and(|kept| !kept.is_empty())
    }

    /// Keeps a frame, which the next receive returns.
    fn keep(&self, kept: &Kept, frame: RawMessage) {
        kept.push(frame);
        self.gate.force_recheck();
    }

    /// Stores a kept frame in `message` if a receive was refused because of kept frames.
    #[cold]
    pub(super) fn receive_kept(&self, message: &mut RawMessage, failure: Failure) -> Result<(), Failure> {
        let kept = self.gate.kept().filter(|_| failure == Failure::Kept);
        *message = kept.and_then(Kept::pop).ok_or(failure)?;
        Ok(())
    }

    /// Fetches the frame after `frame`, which is marked as having more. If the next frame belongs to another message,
    /// removes the mark from `frame`.
    ///
    /// An XPUB socket removes frames that look like subscriptions from the messages of its subscribers, including the
    /// last frame. Then the next frame belongs to another message, possibly of another peer, or does not exist.
    #[cold]
    pub(crate) fn end_if_torn(&self, frame: &mut RawMessage) {
        let Some(kept) = self.gate.kept() else { return };
        if kept.is_empty() {
            let mut next = RawMessage::new();
            match self.receive_from_libzmq(&mut next) {
                Ok(()) => self.keep(kept, next),
                Err(Failure::Errno(Errno::EAGAIN)) => return frame.end(),
                // The receive of the rest fails in the same way.
                Err(_) => return,
            }
        }
        let goes_on = kept.frames.borrow().front().is_some_and(|next| frame.is_of_the_same_connection(next));
        kept.goes_on.set(goes_on);
        if !goes_on {
            frame.end();
        }
    }

    /// Returns the value of an option, corrected by the kept frames.
    pub(super) fn with_kept(&self, option: c_int, value: c_int) -> c_int {
        match (option, self.gate.kept().filter(|kept| !kept.is_empty())) {
            (sys::ZMQ_EVENTS, Some(_)) => value | sys::ZMQ_POLLIN,
            (sys::ZMQ_RCVMORE, Some(kept)) => kept.goes_on.get().into(),
            (sys::ZMQ_RCVMORE, None) if value != 0 && self.has_lost_the_rest() => 0,
            _ => value,
        }
    }

    /// Returns `true` if the rest of a message is missing. libzmq has all frames when it hands out the first.
    fn has_lost_the_rest(&self) -> bool {
        let number = self.get_array(sys::ZMQ_TYPE).map(c_int::from_ne_bytes);
        number.is_ok_and(|number| SocketType::from_raw(number).is_some_and(|known| known.has(Fact::TearsMessages)))
            && self.get_array(sys::ZMQ_EVENTS).is_ok_and(|events| c_int::from_ne_bytes(events) & sys::ZMQ_POLLIN == 0)
    }
}
