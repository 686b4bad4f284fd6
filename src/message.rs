//! Messages: the frames that sockets send and receive.

mod convert;

use std::ffi::CString;
use std::fmt;
use std::ops::Deref;
use std::str;

use crate::error::{Error, Operation, Result};
use crate::raw::RawMessage;

pub use convert::IntoMessage;

/// A message, or one frame of a multipart message: bytes that libzmq owns.
///
/// It is made from anything that holds bytes or text ([`From`]), and derefs to `[u8]`. Contents of up to
/// [`COPY_MAX`](Self::COPY_MAX) bytes are copied, larger ones that are handed over (`Vec<u8>`, `String`, `Box<[u8]>`,
/// `Arc<[u8]>`, [`from_owner`](Self::from_owner), [`from_static`](Self::from_static)) travel without a copy; a slice
/// that is lent is always copied.
///
/// # Sharing
/// libzmq hands one buffer to all subscribers in a process. So the bytes can be changed in place only while nobody else
/// has them: [`get_mut`](Self::get_mut) says so, [`make_mut`](Self::make_mut) copies first where it must. `Clone`
/// copies the bytes; [`share`](Self::share) does not.
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
pub struct Message {
    raw: RawMessage,
}

impl Message {
    /// The longest content in bytes that is copied although it was handed over.
    ///
    /// It is measured, by `cargo bench --bench messages`: up to about 1 KiB a copy, which takes one allocation, costs less
    /// than what is handed over, be it owned or counted, whichever thread receives it; below that the two differ most.
    /// What lives as long as the program is handed over earlier, by [`from_static`](Self::from_static), which takes no
    /// allocation.
    pub const COPY_MAX: usize = 512;

    /// The longest content in bytes that libzmq holds in the message itself.
    const IN_PLACE_MAX: usize = 33;

    /// Makes an empty message.
    ///
    /// Maps to `zmq_msg_init`.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self { raw: RawMessage::new() }
    }

    /// Makes a message of `len` zero bytes, to be filled through [`get_mut`](Self::get_mut).
    ///
    /// # Errors
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
    ///
    /// # Examples
    /// ```
    /// let mut message = zmq::Message::zeroed(1000)?;
    /// if let Some(bytes) = message.get_mut() {
    ///     bytes[999] = 1;
    /// }
    /// assert!(zmq::Message::zeroed(1 << 62).is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_init_size`.
    pub fn zeroed(len: usize) -> Result<Self> {
        Ok(Self { raw: RawMessage::zeroed(len).map_err(|errno| cannot_create(len, errno))? })
    }

    /// Makes a message with a copy of `bytes`, as `From<&[u8]>` does, which aborts where memory is short.
    ///
    /// # Errors
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
    pub fn try_from_slice(bytes: &[u8]) -> Result<Self> {
        Ok(Self { raw: RawMessage::copied(bytes).map_err(|errno| cannot_create(bytes.len(), errno))? })
    }

    /// Makes a message of bytes that live as long as the program, without a copy, and without an allocation of libzmq's.
    ///
    /// Those that fit the message itself, 33 bytes at the most, are copied. Bytes that do not live so long do not compile,
    /// for a peer may read them at any time:
    ///
    /// ```compile_fail,E0597
    /// let page = [b' '; 4096];
    /// let message = zmq::Message::from_static(&page);
    /// ```
    ///
    /// # Examples
    /// ```
    /// static PAGE: [u8; 4096] = [b' '; 4096];
    /// let message = zmq::Message::from_static(&PAGE);
    /// assert_eq!(message.as_ptr(), PAGE.as_ptr());
    /// ```
    ///
    /// Maps to `zmq_msg_init_data`.
    #[must_use]
    pub fn from_static(bytes: &'static [u8]) -> Self {
        if bytes.len() <= Self::IN_PLACE_MAX { Self::from(bytes) } else { Self { raw: RawMessage::constant(bytes) } }
    }

    /// Makes a message of bytes that `owner` keeps, without a copy above [`COPY_MAX`](Self::COPY_MAX) bytes.
    ///
    /// The owner is asked for its bytes once. It is dropped exactly once: when the last message with these bytes is, on
    /// whichever thread that happens, libzmq's I/O threads among them; its `Drop` should be quick, and a panic in it
    /// ends there. The bytes of the message cannot be changed in place.
    ///
    /// # Examples
    /// ```
    /// use std::sync::Arc;
    /// use zmq::Message;
    ///
    /// let picture = Arc::new(vec![0; 1_000_000]);
    /// let message = Message::from_owner(KeptBytes(Arc::clone(&picture)));
    /// assert_eq!(message.as_ptr(), picture.as_ptr());
    /// drop(message);
    /// assert_eq!(Arc::strong_count(&picture), 1);
    ///
    /// struct KeptBytes(Arc<Vec<u8>>);
    /// impl AsRef<[u8]> for KeptBytes {
    ///     fn as_ref(&self) -> &[u8] {
    ///         &self.0
    ///     }
    /// }
    /// ```
    ///
    /// Maps to `zmq_msg_init_data`.
    #[must_use]
    pub fn from_owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Self {
        Self { raw: RawMessage::from_owner(owner, Self::COPY_MAX) }
    }

    /// Returns the bytes for writing, or `None` where somebody else may read them: another subscriber, a shared
    /// message, an owner.
    ///
    /// # Examples
    /// ```
    /// let mut message = zmq::Message::from("abc");
    /// assert!(message.get_mut().is_some());
    /// let long = [b'x'; 100];
    /// let mut one = zmq::Message::from(&long);
    /// let other = one.share();
    /// assert!(one.get_mut().is_none());
    /// # drop(other);
    /// ```
    ///
    /// Maps to `ZMQ_SHARED`.
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut [u8]> {
        self.raw.as_mut_slice()
    }

    /// Returns the bytes for writing; where somebody else may read them the message gets a copy of its own first.
    ///
    /// The copy has no metadata and no [`more`](Self::more). It aborts where memory is short, as `Vec` does.
    pub fn make_mut(&mut self) -> &mut [u8] {
        if self.raw.as_mut_slice().is_none() {
            *self = self.clone();
        }
        // A message that was just copied belongs to nobody else.
        self.raw.as_mut_slice().unwrap_or_default()
    }

    /// Makes a second message with the same bytes, without a copy.
    ///
    /// It takes the message mutably because libzmq counts in it. From now on neither can be changed in place.
    ///
    /// libzmq counts in 32 bits. Where the count could overflow, which takes two billion shares that are never dropped, this
    /// copies the bytes instead, as [`clone`](Clone::clone) does. With a libzmq that does not look at its count, as installed
    /// ones do not, that is so after two billion shares in the process.
    ///
    /// Maps to `zmq_msg_copy`.
    #[must_use]
    pub fn share(&mut self) -> Self {
        Self { raw: self.raw.share() }
    }

    /// Whether more frames of the same multipart message follow this one.
    ///
    /// libzmq sets it on what is received; a send takes it away.
    ///
    /// Maps to `zmq_msg_more`.
    #[inline]
    #[must_use]
    pub fn more(&self) -> bool {
        self.raw.more()
    }

    /// Returns the bytes.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.raw.as_slice()
    }

    /// Returns the content as text.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where it is not UTF-8, with the place.
    pub fn to_str(&self) -> Result<&str> {
        str::from_utf8(self).map_err(|error| {
            Error::new(Operation::ReadText, crate::Errno::EINVAL).because(format!("it is not UTF-8: {error}"))
        })
    }

    /// Returns a copy of the bytes.
    #[inline]
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.to_vec()
    }

    /// Returns the metadata property of this name, where the message has it and it is UTF-8.
    ///
    /// libzmq sets properties on what arrives from a connection; there are none over `inproc`.
    /// [`metadata_bytes`](Self::metadata_bytes) has those that are not UTF-8.
    ///
    /// Maps to `zmq_msg_gets`.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&str> {
        str::from_utf8(self.metadata_bytes(name)?).ok()
    }

    /// Returns the metadata property of this name as bytes: a peer may have chosen them.
    ///
    /// Maps to `zmq_msg_gets`.
    #[must_use]
    pub fn metadata_bytes(&self, name: &str) -> Option<&[u8]> {
        let name = CString::new(name).ok()?;
        self.raw.metadata(&name).map(|value| value.to_bytes())
    }

    /// Returns the IP address of the peer that sent the message.
    ///
    /// Maps to `ZMQ_MSG_PROPERTY_PEER_ADDRESS`.
    #[must_use]
    pub fn peer_address(&self) -> Option<&str> {
        self.metadata("Peer-Address")
    }

    /// Returns the user that the [authenticator](crate::auth) found the peer to be.
    ///
    /// On a socket whose peers no authenticator judged, it is nobody's word but the peer's own. Behind a
    /// [`Proxy`](crate::Proxy) there is none: a message carries what is known of the connection that it arrived on.
    ///
    /// Maps to `ZMQ_MSG_PROPERTY_USER_ID`.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.metadata("User-Id")
    }

    /// Returns the type of the socket that sent the message, in ZeroMQ's word (`"PUSH"`).
    ///
    /// Maps to `ZMQ_MSG_PROPERTY_SOCKET_TYPE`.
    #[must_use]
    pub fn socket_type(&self) -> Option<&str> {
        self.metadata("Socket-Type")
    }

    #[inline]
    pub(crate) fn raw_mut(&mut self) -> &mut RawMessage {
        &mut self.raw
    }

    #[inline]
    pub(crate) fn from_raw(raw: RawMessage) -> Self {
        Self { raw }
    }
}

fn cannot_create(len: usize, errno: crate::Errno) -> Error {
    Error::on(Operation::CreateMessage, format!("of {len} bytes"), errno)
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

/// Copies the bytes. Metadata and [`more`](Message::more) stay behind.
impl Clone for Message {
    fn clone(&self) -> Self {
        Self::from(self.as_bytes())
    }
}

/// Prints the length and the first bytes, escaped.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 64;
        let shown = &self[..self.len().min(SHOWN)];
        let rest = if self.len() > SHOWN { "..." } else { "" };
        let more = if self.more() { ", more" } else { "" };
        write!(f, "Message({} bytes, \"{}{rest}\"{more})", self.len(), shown.escape_ascii())
    }
}
