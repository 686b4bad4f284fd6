//! Groups: the names by which RADIO sockets address messages, and which DISH sockets join.

use std::ffi::CStr;

use super::message::RawMessage;
use super::socket::RawSocket;
use super::{check, sys};
use crate::error::{Errno, Failure};

/// The maximum length of a group.
pub(crate) const LONGEST_GROUP: usize = sys::ZMQ_GROUP_MAX_LENGTH as usize;

/// The maximum length of a group that libzmq stores within the message itself.
const LONGEST_IN_PLACE: usize = 14;

/// The maximum length of a group that the crate uses. libzmq shares longer ones between the peers of a socket, and frees
/// them while they are in use, unless it has the fix.
pub(crate) const LONGEST_SOUND_GROUP: usize =
    if super::carries("group-shared") { LONGEST_GROUP } else { LONGEST_IN_PLACE };

/// `true` if libzmq frees the memory of a long group when it sets another one.
const REPLACES_GROUPS: bool = super::carries("msg-set-group-twice");

/// A group as libzmq takes it, on the stack.
pub(crate) struct GroupText([u8; LONGEST_GROUP + 1]);

impl GroupText {
    /// Copies a group. Returns `None` if the name is too long or contains a NUL.
    pub(crate) fn new(group: &[u8]) -> Option<Self> {
        if group.len() > LONGEST_SOUND_GROUP || group.contains(&0) {
            return None;
        }
        let mut text = [0; LONGEST_GROUP + 1];
        text[..group.len()].copy_from_slice(group);
        Some(Self(text))
    }

    fn as_c_str(&self) -> &CStr {
        // The last byte is always zero.
        CStr::from_bytes_until_nul(&self.0).unwrap_or_default()
    }
}

impl RawMessage {
    /// Returns the group, which is empty if the message has none.
    pub(crate) fn group(&self) -> &CStr {
        // SAFETY: INIT. The function only reads the structure, although C takes a mutable pointer.
        let group = unsafe { sys::zmq_msg_group(self.as_ptr().cast_mut()) };
        // SAFETY: the group of a message is NUL-terminated, and stays in place until `&mut self` changes or drops it.
        unsafe { CStr::from_ptr(group) }
    }

    /// Sets the group to that of another message. This message must not have a group yet.
    pub(crate) fn copy_group(&mut self, from: &Self) {
        let group = from.group();
        if !group.is_empty() {
            // SAFETY: INIT, and the text is NUL-terminated. The call cannot fail, because a group is never too long.
            unsafe { sys::zmq_msg_set_group(self.as_mut_ptr(), group.as_ptr()) };
        }
    }

    /// Sets the group. If libzmq cannot replace the present one, the message becomes a copy of its content.
    pub(crate) fn set_group(&mut self, group: &GroupText) -> Result<(), Errno> {
        if !REPLACES_GROUPS && self.group().count_bytes() > LONGEST_IN_PLACE {
            *self = Self::copied(self.as_slice())?;
        }
        // SAFETY: INIT, and the text is NUL-terminated. The message has no group in memory of its own, or libzmq frees
        // that memory.
        check(unsafe { sys::zmq_msg_set_group(self.as_mut_ptr(), group.as_c_str().as_ptr()) })?;
        Ok(())
    }
}

impl RawSocket {
    pub(crate) fn join(&self, group: &GroupText) -> Result<(), Failure> {
        let group = group.as_c_str();
        // SAFETY: HANDLE, NOT REENTERED; the group is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_join(socket, group.as_ptr()) }).map(drop)
    }

    pub(crate) fn leave(&self, group: &GroupText) -> Result<(), Failure> {
        let group = group.as_c_str();
        // SAFETY: HANDLE, NOT REENTERED; the group is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_leave(socket, group.as_ptr()) }).map(drop)
    }
}
