//! The content of messages: created, read and changed.

use std::str;

use super::Message;
use crate::error::{Error, Operation, Result};
use crate::raw::RawMessage;

impl Message {
    /// The maximum length in bytes of owned contents that are copied rather than moved.
    ///
    /// The value is measured with `cargo bench --bench messages`. Up to about 1 KiB, a copy, which takes one
    /// allocation, is cheaper than passing an owned or reference-counted buffer, whichever thread receives the message;
    /// the difference is largest below 512 bytes. [`from_static`](Self::from_static) needs no allocation and avoids the
    /// copy from 34 bytes on.
    pub const COPY_MAX: usize = 512;

    /// The maximum length in bytes of contents that libzmq stores in the message itself.
    const IN_PLACE_MAX: usize = 33;

    /// Creates an empty message.
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::new();
    /// assert!(message.is_empty());
    /// ```
    ///
    /// Maps to `zmq_msg_init`.
    #[doc(alias = "zmq_msg_init")]
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self { raw: RawMessage::new() }
    }

    /// Creates a message of `len` zero bytes. Fill it through [`get_mut`](Self::get_mut).
    ///
    /// # Errors
    /// - [`OutOfMemory`](crate::ErrorKind::OutOfMemory): there is not enough memory for `len` bytes.
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
    #[doc(alias("zmq_msg_init_size", "with_size"))]
    pub fn zeroed(len: usize) -> Result<Self> {
        Ok(Self { raw: RawMessage::zeroed(len).map_err(|errno| cannot_create(len, errno))? })
    }

    /// Creates a message with a copy of `bytes`, and returns an error if there is not enough memory.
    ///
    /// `Message::from` does the same, but aborts if there is not enough memory.
    ///
    /// # Errors
    /// - [`OutOfMemory`](crate::ErrorKind::OutOfMemory): there is not enough memory for the copy.
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::try_from_slice(b"hello")?;
    /// assert_eq!(message, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn try_from_slice(bytes: &[u8]) -> Result<Self> {
        Ok(Self { raw: RawMessage::copied(bytes).map_err(|errno| cannot_create(bytes.len(), errno))? })
    }

    /// Creates a message from `'static` bytes, without a copy and without an allocation.
    ///
    /// Up to 33 bytes fit the message itself and are copied. Borrowing bytes with a shorter lifetime is a compile-time
    /// error, because a peer may read them at any time:
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
    #[doc(alias = "zmq_msg_init_data")]
    #[must_use]
    pub fn from_static(bytes: &'static [u8]) -> Self {
        if bytes.len() <= Self::IN_PLACE_MAX { Self::from(bytes) } else { Self { raw: RawMessage::constant(bytes) } }
    }

    /// Creates a message from the bytes of `owner`, without a copy above [`COPY_MAX`](Self::COPY_MAX) bytes.
    ///
    /// `as_ref` is called once. The owner is dropped exactly once, when the last message that shares its bytes is
    /// dropped. This can happen on any thread, including libzmq's I/O threads, so its `Drop` should be quick; a panic
    /// in `Drop` is caught. The bytes of the message cannot be changed in place.
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
    #[doc(alias = "zmq_msg_init_data")]
    #[must_use]
    pub fn from_owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Self {
        Self { raw: RawMessage::from_owner(owner, Self::COPY_MAX) }
    }

    /// Returns the bytes for writing, or `None` if they are shared with another subscriber or message, or belong to an
    /// owner.
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
    #[doc(alias("ZMQ_SHARED", "zmq_msg_get"))]
    #[must_use]
    pub fn get_mut(&mut self) -> Option<&mut [u8]> {
        self.raw.as_mut_slice()
    }

    /// Returns the bytes for writing. If they are shared, the message gets a copy of its own first.
    ///
    /// The copy has no metadata, and its [`more`](Self::more) is `false`. If there is not enough memory for the copy,
    /// this aborts, as `Vec` does.
    ///
    /// # Examples
    /// ```
    /// let mut message = zmq::Message::from(vec![b'x'; 1000]);
    /// let other = message.share();
    /// message.make_mut()[0] = b'y';
    /// assert_eq!((message[0], other[0]), (b'y', b'x'));
    /// ```
    pub fn make_mut(&mut self) -> &mut [u8] {
        if self.raw.as_mut_slice().is_none() {
            *self = self.clone();
        }
        // A new copy is not shared.
        self.raw.as_mut_slice().unwrap_or_default()
    }

    /// Creates a second message that shares the bytes, without a copy.
    ///
    /// This takes `&mut self` because libzmq counts the shares in the message. After the call, neither message can be
    /// changed in place.
    ///
    /// libzmq counts in 32 bits. If the count could overflow, which takes two billion shares that are never dropped,
    /// this copies the bytes instead, as [`clone`](Clone::clone) does. Installed builds of libzmq do not check their
    /// count; with them, this applies after two billion shares in the process.
    ///
    /// # Examples
    /// ```
    /// let mut message = zmq::Message::from(vec![b'x'; 1000]);
    /// let other = message.share();
    /// assert_eq!(message.as_ptr(), other.as_ptr());
    /// ```
    ///
    /// Maps to `zmq_msg_copy`.
    #[doc(alias = "zmq_msg_copy")]
    #[must_use]
    pub fn share(&mut self) -> Self {
        Self { raw: self.raw.share() }
    }

    /// Returns `true` if more frames of the same multipart message follow this one.
    ///
    /// libzmq sets the flag on received messages; sending a message clears the flag.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// # source.connect(sink.bind("inproc://frames")?)?;
    /// source.send_multipart(["first", "last"])?;
    /// let frames = sink.recv_multipart()?;
    /// assert!(frames[0].more());
    /// assert!(!frames[1].more());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_more`.
    #[doc(alias("zmq_msg_more", "get_more"))]
    #[inline]
    #[must_use]
    pub fn more(&self) -> bool {
        self.raw.more()
    }

    /// Returns the bytes.
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::from("hello");
    /// assert_eq!(message.as_bytes(), b"hello");
    /// ```
    ///
    /// Maps to `zmq_msg_data` and `zmq_msg_size`.
    #[doc(alias("zmq_msg_data", "zmq_msg_size"))]
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.raw.as_slice()
    }

    /// Returns the contents as text.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the contents are not UTF-8. The error names the position of
    ///   the first invalid byte.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Message::from("grüezi").to_str()?, "grüezi");
    /// assert!(zmq::Message::from([0xFF]).to_str().is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "as_str")]
    pub fn to_str(&self) -> Result<&str> {
        str::from_utf8(self).map_err(|error| {
            Error::new(Operation::ReadText, crate::Errno::EINVAL).because(format!("it is not UTF-8: {error}"))
        })
    }

    /// Returns a copy of the bytes.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Message::from("abc").into_vec(), [b'a', b'b', b'c']);
    /// ```
    #[inline]
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.to_vec()
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
