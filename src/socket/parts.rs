//! Frames of a multipart message that are kept until the message is complete.
//!
//! If the peer of a PAIR or REQ socket disconnects in the middle of a message, libzmq sends the rest of the message to
//! the next peer of a PAIR socket, and never completes the request of a REQ socket. Therefore all frames of these
//! sockets are passed to libzmq together with the last frame.

use super::Core;
use crate::error::{Errno, Error, Failure, SendError};
use crate::message::Message;
use crate::sys;

impl Core {
    /// Keeps a frame that is not the last of its message. Returns the frame if it must be passed to libzmq immediately:
    /// libzmq blocks until there is a peer, reports an error, or already has the beginning of the message.
    pub(super) fn keep_part(&self, message: Message) -> Result<Option<Message>, SendError<Message>> {
        let begun = self.raw.has_begun();
        let kept = self.outgoing.has_parts();
        if begun && !kept {
            return Ok(Some(message));
        }
        match self.is_writable() {
            Ok(true) => {
                self.outgoing.add_part(message);
                self.raw.begin();
                Ok(None)
            }
            Ok(false) if kept => {
                self.raw.end();
                self.outgoing.drop_parts(self.outgoing.take_parts());
                Err(SendError { error: self.lost_error(), message })
            }
            Ok(false) => Ok(Some(message)),
            Err(errno) => Err(SendError { error: self.send_error(errno), message }),
        }
    }

    /// Passes the kept frames to libzmq.
    pub(super) fn give_parts(&self) -> Result<(), Error> {
        let mut parts = self.outgoing.take_parts();
        if parts.is_empty() {
            return Ok(());
        }
        let given = self.give(&mut parts);
        self.outgoing.drop_parts(parts);
        given
    }

    fn give(&self, parts: &mut [Message]) -> Result<(), Error> {
        if !self.is_writable().map_err(|errno| self.send_error(errno))? {
            return Err(self.lost_error());
        }
        for (index, part) in parts.iter_mut().enumerate() {
            self.send_part(part.raw_mut()).map_err(|failure| match (index, failure) {
                // No part of the message was sent.
                (0, Failure::Errno(Errno::EAGAIN)) => self.lost_error(),
                _ => self.broken_off(failure, sys::ZMQ_SNDMORE),
            })?;
        }
        Ok(())
    }

    fn is_writable(&self) -> Result<bool, Failure> {
        self.raw.get_int(sys::ZMQ_EVENTS).map(|events| events & sys::ZMQ_POLLOUT != 0)
    }
}
