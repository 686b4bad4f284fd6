//! A socket of a proxy: its abilities, and non-blocking calls.

use crate::error::{Errno, Failure};
use crate::raw::{RawMessage, RawSocket, uninterrupted};
use crate::socket::kinds::{Ability, Fact, Kind, SocketType};
use crate::socket::{Socket, break_off, is_dangerous};
use crate::sys;

/// A socket of a proxy. The type is only public because a sealed trait returns it.
#[derive(Clone, Copy, Debug)]
pub struct ProxySocket<'a> {
    pub(super) raw: &'a RawSocket,
    pub(super) socket_type: SocketType,
    pub(super) conflates: bool,
}

impl<'a> ProxySocket<'a> {
    pub(super) fn new<K: Kind>(socket: &'a Socket<K>) -> Self {
        Self { raw: socket.raw(), socket_type: socket.socket_type(), conflates: socket.conflates_sent() }
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.raw, other.raw)
    }

    pub(super) fn receives(&self) -> bool {
        self.socket_type.can(Ability::Receives)
    }

    pub(super) fn sends(&self) -> bool {
        self.socket_type.can(Ability::Sends)
    }

    /// Returns the reason why messages from this socket cannot be forwarded to another one that sends, if there is one.
    pub(super) fn cannot_forward_to(&self, to: &Self) -> Option<String> {
        if !self.receives() || !to.sends() || self.is(to) {
            return None;
        }
        if to.socket_type.can(Ability::SendsDatagrams) && !self.socket_type.can(Ability::SendsDatagrams) {
            let (from, to) = (self.socket_type, to.socket_type);
            return Some(format!("a {to} socket sends to addresses, which messages from a {from} socket lack"));
        }
        if !to.raw.is_shared() {
            return None;
        }
        let (from, to) = (self.socket_type, to.socket_type);
        if !self.raw.is_shared() {
            return Some(format!("a {to} socket cannot send multipart messages, which a {from} socket may receive"));
        }
        if to.can(Ability::RoutesByNumber) {
            return Some(format!(
                "a {to} socket sends by its own routing IDs, which messages from a {from} socket lack"
            ));
        }
        lacks_group(from, to)
            .then(|| format!("a {to} socket sends to groups, which messages from a {from} socket lack"))
    }

    /// Returns `true` if a message can be sent without blocking.
    pub(super) fn has_room(&self) -> Result<bool, Failure> {
        Ok(self.raw.get_int(sys::ZMQ_EVENTS)? & sys::ZMQ_POLLOUT != 0)
    }

    pub(super) fn send(&self, frame: &mut RawMessage, more: bool) -> Result<(), Failure> {
        if is_dangerous(self.socket_type, || frame.as_slice()) {
            return Err(Errno::EHOSTUNREACH.into());
        }
        uninterrupted(|| self.raw.send(frame, || sys::ZMQ_DONTWAIT | more_flag(more)))
    }

    /// Attempts to receive a frame without blocking.
    #[inline]
    pub(super) fn receive(&self, frame: &mut RawMessage) -> Result<(), Failure> {
        uninterrupted(|| self.raw.receive(frame, || sys::ZMQ_DONTWAIT))?;
        if self.socket_type.has(Fact::TearsMessages) && frame.more() {
            self.raw.end_if_torn(frame);
        }
        Ok(())
    }

    /// Ends a message whose peer disconnected in the middle. `more` is `true` if the lost frame was not the last.
    pub(super) fn break_off(&self, more: bool) {
        break_off(self.raw, self.socket_type, more);
    }

    /// Returns the reason why the socket cannot be used, or `None` if it can.
    pub(super) fn check(&self) -> Result<Option<&'static str>, Failure> {
        if self.raw.has_begun() {
            return Ok(Some("a multipart message was begun on it; send the last frame first"));
        }
        if self.raw.keeps() {
            return Ok(Some("a message that arrived before a disconnect must be received first"));
        }
        if self.receives() && self.raw.get_int(sys::ZMQ_RCVMORE)? != 0 {
            return Ok(Some("the rest of a message must be received first"));
        }
        Ok(None)
    }
}

pub(super) fn more_flag(more: bool) -> i32 {
    if more { sys::ZMQ_SNDMORE } else { 0 }
}

/// Returns `true` if one socket sends to groups, and messages of the other one have no group.
fn lacks_group(from: SocketType, to: SocketType) -> bool {
    to.can(Ability::SendsToGroups) && !from.can(Ability::JoinsGroups)
}
