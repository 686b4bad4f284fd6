//! Sending frames to libzmq.

use std::ffi::c_int;

use super::Core;
use super::kinds::{Fact, SocketType};
use super::wait::Wait;
use crate::error::{Errno, Error, ErrorKind, Failure, Operation};
use crate::raw::{Direction, RawMessage, RawSocket, uninterrupted};
use crate::sys;

/// The mode of sending a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending {
    pub(super) wait: Wait,
    /// `ZMQ_SNDMORE` if more frames of the same message follow, else 0.
    pub(super) more: c_int,
    /// `true` if the frame begins a message.
    pub(super) begins: bool,
}

impl Sending {
    #[inline(always)]
    pub(super) fn first(wait: Wait, more: c_int) -> Self {
        Self { wait, more, begins: true }
    }

    /// Returns the mode for frames after the first. They never block, because libzmq either accepts the rest of a
    /// message or has lost the peer.
    #[inline]
    pub(super) fn rest(more: c_int) -> Self {
        Self { wait: Wait::Never, more, begins: false }
    }

    /// Returns the flags of the first attempt.
    #[inline(always)]
    pub(super) fn flags(self, raw: &RawSocket) -> c_int {
        self.wait.first_flags(raw.send_flags()) | self.more
    }
}

impl Core {
    /// Sends a frame.
    #[inline]
    pub(super) fn send_raw(&self, message: &mut RawMessage, sending: Sending) -> Result<(), Error> {
        match self.raw.send(message, || sending.flags(&self.raw)) {
            Ok(()) => Ok(()),
            Err(failure) => self.send_raw_again(message, sending, failure),
        }
    }

    /// Sends a frame after a first attempt that failed.
    #[cold]
    #[inline(never)]
    pub(super) fn send_raw_again(
        &self,
        message: &mut RawMessage,
        sending: Sending,
        failure: Failure,
    ) -> Result<(), Error> {
        if failure == Failure::Begun {
            self.end_begun(message)?;
            return self.send_raw(message, Sending::rest(sending.more));
        }
        self.wait_to_send(message, sending, failure).map_err(|failure| {
            if sending.begins {
                sending.wait.error(self, Direction::Send, failure)
            } else {
                self.broken_off(failure, sending.more)
            }
        })
    }

    fn wait_to_send(&self, message: &mut RawMessage, sending: Sending, failure: Failure) -> Result<(), Failure> {
        let looks = sending.begins && self.socket_type.has(Fact::OutwaitsPeers);
        let attempt = &mut |flags| self.raw.send(message, || flags | sending.more);
        sending.wait.go_on(&self.raw, Direction::Send, looks, failure, attempt)
    }

    /// Sends a frame that was kept.
    pub(super) fn send_part(&self, message: &mut RawMessage) -> Result<(), Failure> {
        uninterrupted(|| self.raw.send(message, || sys::ZMQ_DONTWAIT | sys::ZMQ_SNDMORE))
    }

    /// Returns the error of a frame after the first. The socket is then ready for the next message.
    #[cold]
    pub(super) fn broken_off(&self, failure: Failure, more: c_int) -> Error {
        if !failure.is(Errno::EAGAIN) {
            return self.send_error(failure);
        }
        break_off(&self.raw, self.socket_type, more != 0);
        self.lost_error()
    }

    #[cold]
    pub(super) fn lost_error(&self) -> Error {
        self.send_error(Errno::EAGAIN)
            .of_kind(ErrorKind::PeerLost)
            .because("the peer disconnected in the middle of the message and received no part of it")
    }

    #[cold]
    pub(super) fn send_error(&self, failure: impl Into<Failure>) -> Error {
        Error::new(Operation::Send, failure).on_socket(Some(self.socket_type))
    }
}

/// Ends a message whose peer disconnected in the middle. `more` is `true` if the lost frame was not the last.
///
/// Load-balancing sockets drop all frames up to the next last frame, even if that frame belongs to the next message.
pub(crate) fn break_off(raw: &RawSocket, socket_type: SocketType, more: bool) {
    if more && socket_type.has(Fact::DealsOut) {
        // The frame is dropped, or the context is shut down.
        let _ = uninterrupted(|| raw.send(&mut RawMessage::new(), || sys::ZMQ_DONTWAIT));
    }
}
