//! What messages are made from, and what they compare with.

use std::alloc::{Layout, handle_alloc_error};
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Message;
use crate::raw::RawMessage;

/// What can be sent: anything that makes a [`Message`].
///
/// A type of the program's own needs `From<It> for Message`, and an empty implementation of this trait.
///
/// # Examples
/// ```
/// use zmq::{Context, IntoMessage, Message, Pull, Push};
///
/// struct Temperature(i16);
///
/// impl From<Temperature> for Message {
///     fn from(temperature: Temperature) -> Self {
///         temperature.0.to_be_bytes().into()
///     }
/// }
///
/// impl IntoMessage for Temperature {}
///
/// let context = Context::new()?;
/// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
/// source.connect(sink.bind("inproc://temperature")?)?;
/// source.send(Temperature(-3))?;
/// assert_eq!(sink.recv()?, [255, 253]);
/// # Ok::<(), zmq::Error>(())
/// ```
pub trait IntoMessage: Into<Message> {
    /// Returns the bytes, where the message would hold a copy of them: libzmq then makes that copy while it sends, and
    /// no message has to be made before.
    #[doc(hidden)]
    #[inline]
    fn to_copy(&self) -> Option<&[u8]> {
        None
    }
}

/// Declares what can be sent, and which bytes of it are copied.
macro_rules! sendable {
    ($([$($generics:tt)*] $type:ty: |$this:ident| $bytes:expr;)*) => {
        $(impl<$($generics)*> IntoMessage for $type {
            #[inline]
            fn to_copy(&self) -> Option<&[u8]> {
                let $this = self;
                $bytes
            }
        })*
    };
}

sendable! {
    [] Message: |_message| None;
    [] &Message: |message| Some(message);
    [] &[u8]: |bytes| Some(bytes);
    [const N: usize] [u8; N]: |bytes| Some(bytes);
    [const N: usize] &[u8; N]: |bytes| Some(bytes.as_slice());
    [] &Vec<u8>: |bytes| Some(bytes);
    [] &str: |text| Some(text.as_bytes());
    [] &String: |text| Some(text.as_bytes());
    [] Vec<u8>: |bytes| if_short(bytes);
    [] Box<[u8]>: |bytes| if_short(bytes);
    [] Arc<[u8]>: |bytes| if_short(bytes);
    [] String: |text| if_short(text.as_bytes());
    [] Arc<str>: |text| if_short(text.as_bytes());
    ['a] Cow<'a, [u8]>: |bytes| if_short(bytes);
    ['a] Cow<'a, str>: |text| if_short(text.as_bytes());
}

#[cfg(feature = "bytes")]
sendable! {
    [] bytes::Bytes: |bytes| if_short(bytes);
    [] bytes::BytesMut: |bytes| if_short(bytes);
}

#[inline]
fn if_short(bytes: &[u8]) -> Option<&[u8]> {
    (bytes.len() <= Message::COPY_MAX).then_some(bytes)
}

/// Copies the bytes; aborts where memory is short, as `Vec` does.
impl From<&[u8]> for Message {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
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

/// Hands the buffer over above [`COPY_MAX`](Message::COPY_MAX) bytes.
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

/// Hands the bytes over, counted, above [`COPY_MAX`](Message::COPY_MAX) bytes.
impl From<Arc<[u8]>> for Message {
    fn from(bytes: Arc<[u8]>) -> Self {
        if bytes.len() <= Self::COPY_MAX { Self::from(&*bytes) } else { Self::from_raw(RawMessage::from_arc(bytes)) }
    }
}

impl<const N: usize> From<&[u8; N]> for Message {
    #[inline]
    fn from(bytes: &[u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl<const N: usize> From<[u8; N]> for Message {
    #[inline]
    fn from(bytes: [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

impl From<&str> for Message {
    #[inline]
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<&String> for Message {
    #[inline]
    fn from(text: &String) -> Self {
        Self::from(text.as_bytes())
    }
}

impl From<&Vec<u8>> for Message {
    #[inline]
    fn from(bytes: &Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

/// Hands the buffer over above [`COPY_MAX`](Message::COPY_MAX) bytes.
impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

/// Hands the buffer over above [`COPY_MAX`](Message::COPY_MAX) bytes.
impl From<Box<[u8]>> for Message {
    fn from(bytes: Box<[u8]>) -> Self {
        Self::from(bytes.into_vec())
    }
}

/// Hands the bytes over, counted, above [`COPY_MAX`](Message::COPY_MAX) bytes.
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

/// Copies the bytes, as `Clone` does.
impl From<&Message> for Message {
    fn from(message: &Message) -> Self {
        message.clone()
    }
}

impl From<Message> for Vec<u8> {
    fn from(message: Message) -> Self {
        message.into_vec()
    }
}

/// Hands the bytes over above [`COPY_MAX`](Message::COPY_MAX) bytes.
#[cfg(feature = "bytes")]
impl From<bytes::Bytes> for Message {
    fn from(bytes: bytes::Bytes) -> Self {
        Self::from_owner(bytes)
    }
}

/// Hands the bytes over above [`COPY_MAX`](Message::COPY_MAX) bytes.
#[cfg(feature = "bytes")]
impl From<bytes::BytesMut> for Message {
    fn from(bytes: bytes::BytesMut) -> Self {
        Self::from_owner(bytes)
    }
}

/// Hands the message over, without a copy.
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

/// Compares a message with what holds bytes, in both directions.
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
