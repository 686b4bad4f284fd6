//! Frames that were received before they were asked for.
//!
//! libzmq reads a message frame by frame, and aborts where the connection that it comes from is left in between, be it
//! that a look whether there is one has fetched its first frame. So the rest is received before a connection is left, and
//! handed out when it is asked for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::c_int;

use super::message::RawMessage;
use super::socket::RawSocket;
use super::sys;
use crate::error::Errno;

/// The frames of a socket that were received before they were asked for.
#[derive(Default)]
pub(super) struct Kept {
    frames: RefCell<VecDeque<RawMessage>>,
    /// Whether the first of them goes on with the message of which a frame was received last.
    goes_on: Cell<bool>,
}

impl RawSocket {
    /// Receives the rest of a message of which libzmq has handed out or fetched a part, and keeps it.
    pub(crate) fn keep_rest(&self) -> Result<(), Errno> {
        let mut more = self.get_array(sys::ZMQ_RCVMORE).map(c_int::from_ne_bytes)? != 0;
        if !more && !self.has_fetched()? {
            return Ok(());
        }
        if !self.keeps() {
            self.kept().goes_on.set(more);
        }
        loop {
            let mut frame = RawMessage::new();
            match self.receive_from_libzmq(&mut frame) {
                Ok(()) => {}
                // Only the look was wrong: nothing is there, or it is not the time to receive it.
                Err(Errno::EAGAIN | Errno::EFSM) if !more => return Ok(()),
                Err(errno) => return Err(errno),
            }
            more = frame.more();
            self.kept().frames.borrow_mut().push_back(frame);
            self.doubt();
            if !more {
                return Ok(());
            }
        }
    }

    /// Whether libzmq may have fetched the first frame of a message, as sockets of some types do to see whether one is
    /// there.
    fn has_fetched(&self) -> Result<bool, Errno> {
        let fetches =
            matches!(self.get_int(sys::ZMQ_TYPE)?, sys::ZMQ_SUB | sys::ZMQ_XSUB | sys::ZMQ_ROUTER | sys::ZMQ_REP);
        Ok(fetches && self.get_array(sys::ZMQ_EVENTS).map(c_int::from_ne_bytes)? & sys::ZMQ_POLLIN != 0)
    }

    /// Whether frames are kept.
    pub(crate) fn keeps(&self) -> bool {
        !self.kept().frames.borrow().is_empty()
    }

    /// Hands out a kept frame, where a receive failed because there is one.
    #[cold]
    pub(super) fn receive_kept(&self, message: &mut RawMessage, errno: Errno) -> Result<(), Errno> {
        let frame = match errno {
            Errno::KEPT => self.kept().frames.borrow_mut().pop_front(),
            _ => None,
        };
        let frame = frame.ok_or(errno)?;
        self.kept().goes_on.set(frame.more());
        *message = frame;
        Ok(())
    }

    /// Returns the value of an option with what the kept frames make of it.
    pub(super) fn with_kept(&self, option: c_int, value: c_int) -> c_int {
        match option {
            sys::ZMQ_EVENTS if self.keeps() => value | sys::ZMQ_POLLIN,
            sys::ZMQ_RCVMORE if self.keeps() => self.kept().goes_on.get().into(),
            _ => value,
        }
    }
}
