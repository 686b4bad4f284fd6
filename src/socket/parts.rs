//! The frames of a message that is sent part by part, kept until it is whole.
//!
//! libzmq has the rest of a message go to whichever peer there is: a PAIR socket that lost its peer in the middle and has
//! another sends that one the tail, and a REQ socket goes on with a request that it never ends. So their frames are given
//! to libzmq together, with the last.

use super::Core;
use crate::error::{Errno, Error, Failure, SendError};
use crate::message::Message;
use crate::sys;

impl Core {
    /// Keeps a frame that is not the last of its message, or hands it back where libzmq is to have it at once: it waits
    /// for a peer, says why it does not, or has the beginning already.
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

    /// Gives libzmq the frames that were kept.
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
                // libzmq has nothing of the message.
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
