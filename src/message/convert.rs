//! Conversions and comparisons of messages.

use std::alloc::{Layout, handle_alloc_error};
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Message;
use crate::raw::RawMessage;

/// A value that can be sent as one frame: any type that converts into a [`Message`].
///
/// To send a type of your own, implement `From<YourType> for Message`. Slices, strings, vectors and similar types,
/// whose bytes a message would copy, are passed to libzmq directly without creating a `Message` first. The same holds
/// for arrays of up to 64 bytes; pass longer arrays as slices.
///
/// # Examples
/// ```
/// use zmq::{Context, Message, Pull, Push};
///
/// struct Temperature(i16);
///
/// impl From<Temperature> for Message {
///     fn from(temperature: Temperature) -> Self {
///         temperature.0.to_be_bytes().into()
///     }
/// }
///
/// let context = Context::new()?;
/// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
/// source.connect(sink.bind("inproc://temperature")?)?;
/// source.send(Temperature(-3))?;
/// assert_eq!(sink.recv()?, [255, 253]);
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Several frames are not one message:
///
/// ```compile_fail,E0277
/// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
/// socket.send(["head", "body"])?;
/// # Ok::<(), zmq::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent as a message of one frame",
    label = "there is no `From<{Self}>` for `zmq::Message`",
    note = "to send several frames, call `send_multipart`",
    note = "to send a type of your own, implement `From<{Self}>` for `zmq::Message`"
)]
pub trait IntoMessage: Into<Message> {}

#[diagnostic::do_not_recommend]
impl<T: Into<Message>> IntoMessage for T {}

/// Copies the bytes. Aborts if there is not enough memory, as `Vec` does.
impl<T: AsRef<[u8]> + ?Sized> From<&T> for Message {
    #[inline]
    fn from(bytes: &T) -> Self {
        let bytes = bytes.as_ref();
        match RawMessage::copied(bytes) {
            Ok(raw) => Self::from_raw(raw),
            Err(_) => out_of_memory(bytes.len()),
        }
    }
}

#[cold]
fn out_of_memory(len: usize) -> ! {
    handle_alloc_error(Layout::array::<u8>(len).unwrap_or(Layout::new::<u8>()))
}

/// Takes ownership of the buffer if it has more than [`COPY_MAX`](Message::COPY_MAX) bytes; copies it otherwise.
impl From<Vec<u8>> for Message {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() <= Self::COPY_MAX {
            Self::from(bytes.as_slice())
        } else {
            Self::from_raw(RawMessage::from_vec(bytes))
        }
    }
}

/// Keeps a reference to the bytes if there are more than [`COPY_MAX`](Message::COPY_MAX); copies them otherwise.
impl From<Arc<[u8]>> for Message {
    fn from(bytes: Arc<[u8]>) -> Self {
        if bytes.len() <= Self::COPY_MAX { Self::from(&*bytes) } else { Self::from_raw(RawMessage::from_arc(bytes)) }
    }
}

impl<const N: usize> From<[u8; N]> for Message {
    #[inline]
    fn from(bytes: [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

/// Takes ownership of the buffer if it has more than [`COPY_MAX`](Message::COPY_MAX) bytes; copies it otherwise.
impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

/// Takes ownership of the buffer if it has more than [`COPY_MAX`](Message::COPY_MAX) bytes; copies it otherwise.
impl From<Box<[u8]>> for Message {
    fn from(bytes: Box<[u8]>) -> Self {
        Self::from(bytes.into_vec())
    }
}

/// Takes ownership of the buffer if it has more than [`COPY_MAX`](Message::COPY_MAX) bytes; copies it otherwise.
impl From<Box<str>> for Message {
    fn from(text: Box<str>) -> Self {
        Self::from(text.into_string())
    }
}

/// Keeps a reference to the bytes if there are more than [`COPY_MAX`](Message::COPY_MAX); copies them otherwise.
impl From<Arc<str>> for Message {
    fn from(text: Arc<str>) -> Self {
        Self::from(Arc::<[u8]>::from(text))
    }
}

impl From<Cow<'_, [u8]>> for Message {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => Self::from(bytes),
            Cow::Owned(bytes) => Self::from(bytes),
        }
    }
}

impl From<Cow<'_, str>> for Message {
    fn from(text: Cow<'_, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::from(text),
            Cow::Owned(text) => Self::from(text),
        }
    }
}

impl From<Message> for Vec<u8> {
    fn from(message: Message) -> Self {
        message.into_vec()
    }
}

/// Takes ownership of the buffer if it has more than [`COPY_MAX`](Message::COPY_MAX) bytes; copies it otherwise.
#[cfg(feature = "bytes")]
impl From<bytes::Bytes> for Message {
    fn from(bytes: bytes::Bytes) -> Self {
        Self::from_owner(bytes)
    }
}

/// Takes ownership of the buffer if it has more than [`COPY_MAX`](Message::COPY_MAX) bytes; copies it otherwise.
#[cfg(feature = "bytes")]
impl From<bytes::BytesMut> for Message {
    fn from(bytes: bytes::BytesMut) -> Self {
        Self::from_owner(bytes)
    }
}

/// Takes ownership of the message, without a copy.
#[cfg(feature = "bytes")]
impl From<Message> for bytes::Bytes {
    fn from(message: Message) -> Self {
        Self::from_owner(message)
    }
}

/// Messages are equal when their bytes are.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Message {}

impl Hash for Message {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// Compares a message with types that hold bytes, in both directions.
macro_rules! compares {
    ($([$(const $n:ident: usize)?] $other:ty: $this:ident => $bytes:expr;)*) => {
        $(
            impl $(<const $n: usize>)? PartialEq<$other> for Message {
                fn eq(&self, $this: &$other) -> bool {
                    self.as_bytes() == AsRef::<[u8]>::as_ref($bytes)
                }
            }

            impl $(<const $n: usize>)? PartialEq<Message> for $other {
                fn eq(&self, message: &Message) -> bool {
                    message == self
                }
            }
        )*
    };
}

compares! {
    [] [u8]: other => other;
    [] &[u8]: other => *other;
    [] Vec<u8>: other => other;
    [] str: other => other;
    [] &str: other => *other;
    [] String: other => other;
    [const N: usize] [u8; N]: other => other;
    [const N: usize] &[u8; N]: other => other.as_slice();
}
