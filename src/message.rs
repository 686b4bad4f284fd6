//! Messages: the frames that sockets send and receive.

// The documentation of `Message` lists methods in the order of these modules.
mod content;

mod convert;
#[cfg(feature = "draft")]
mod group;
mod metadata;
#[cfg(feature = "draft")]
mod routing_id;

use std::fmt;
use std::ops::Deref;

use crate::raw::RawMessage;

pub use convert::IntoMessage;
#[cfg(feature = "draft")]
pub use group::Group;
#[cfg(feature = "draft")]
pub(crate) use group::check as check_group;
#[cfg(feature = "draft")]
pub use routing_id::RoutingId;

/// A message, or one frame of a multipart message: bytes that libzmq owns.
///
/// Create a message from anything that holds bytes or text ([`From`]); read it through its `Deref` to `[u8]`. Contents
/// of up to [`COPY_MAX`](Self::COPY_MAX) bytes are copied. Larger owned contents (`Vec<u8>`, `String`, `Box<[u8]>`,
/// `Arc<[u8]>`, [`from_owner`](Self::from_owner), [`from_static`](Self::from_static)) are sent without a copy. A
/// borrowed slice is always copied.
///
/// # Sharing
/// libzmq passes one buffer to all subscribers in a process, so the bytes can be changed in place only while no other
/// message shares them. [`get_mut`](Self::get_mut) returns `None` if the bytes are shared; [`make_mut`](Self::make_mut)
/// copies shared bytes first. `Clone` copies the bytes; [`share`](Self::share) does not.
///
/// # Examples
/// ```
/// use zmq::Message;
///
/// let mut message = Message::from("hello");
/// assert_eq!(message, "hello");
/// assert_eq!(message.len(), 5);
/// message.make_mut()[0] = b'j';
/// assert_eq!(message.to_str()?, "jello");
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Maps to `zmq_msg_t`.
#[doc(alias("zmq_msg_t", "zmq_msg_close", "zmq_msg_move"))]
pub struct Message {
    raw: RawMessage,
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for Message {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Message {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Copies the bytes, the group, and the routing ID of SERVER and PEER sockets. Metadata and [`more`](Message::more) are
/// not copied.
impl Clone for Message {
    fn clone(&self) -> Self {
        #[cfg_attr(not(feature = "draft"), expect(unused_mut, reason = "only drafts change the copy"))]
        let mut copy = Self::from(self.as_bytes());
        #[cfg(feature = "draft")]
        {
            if let Some(id) = self.routing_id() {
                copy.set_routing_id(id);
            }
            copy.raw.copy_group(&self.raw);
        }
        copy
    }
}

/// Prints the length and the first bytes, escaped.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 64;
        let shown = &self[..self.len().min(SHOWN)];
        let rest = if self.len() > SHOWN { "..." } else { "" };
        let more = if self.more() { ", more" } else { "" };
        write!(f, "Message({} bytes, \"{}{rest}\"{more}", self.len(), shown.escape_ascii())?;
        #[cfg(feature = "draft")]
        if let Some(group) = self.group_bytes() {
            write!(f, ", group \"{}\"", group.escape_ascii())?;
        }
        f.write_str(")")
    }
}
