//! Multipart messages: several frames that arrive together or not at all.

use std::ops::{Deref, DerefMut};
use std::vec;

use crate::message::Message;

/// A multipart message: frames in order, which a peer receives all together or not at all.
///
/// It derefs to a slice of [`Message`]s. It is made from one message, from an array, a vector or an iterator of
/// anything that makes a message, and from a tuple of up to six of different types. What is received has at least one
/// frame; one without frames cannot be sent ([`InvalidInput`](crate::ErrorKind::InvalidInput)).
///
/// # Examples
/// ```
/// use zmq::Multipart;
///
/// let mut parts = Multipart::from(("id", "", vec![1, 2, 3]));
/// assert_eq!(parts.len(), 3);
/// let id = parts.pop_front();
/// assert_eq!(id.as_deref(), Some(&b"id"[..]));
/// assert_eq!(parts, Multipart::from([&b""[..], &[1, 2, 3]]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Multipart {
    frames: Vec<Message>,
}

impl Multipart {
    /// Makes one without frames, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a frame at the end.
    pub fn push_back(&mut self, frame: impl Into<Message>) {
        self.frames.push(frame.into());
    }

    /// Adds a frame at the front.
    pub fn push_front(&mut self, frame: impl Into<Message>) {
        self.frames.insert(0, frame.into());
    }

    /// Takes the last frame.
    pub fn pop_back(&mut self) -> Option<Message> {
        self.frames.pop()
    }

    /// Takes the first frame.
    pub fn pop_front(&mut self) -> Option<Message> {
        if self.frames.is_empty() { None } else { Some(self.frames.remove(0)) }
    }

    /// Splits an envelope off: the frames up to and with the first empty one, which a REQ socket puts in front.
    ///
    /// Returns `None`, and leaves everything, where no frame is empty. [`wrap`](Self::wrap) is the reverse.
    ///
    /// # Examples
    /// ```
    /// use zmq::Multipart;
    ///
    /// let mut request = Multipart::from(("client", "", "question"));
    /// let envelope = request.split_envelope().unwrap_or_default();
    /// assert_eq!(request, Multipart::from("question"));
    /// let reply = Multipart::from("answer").wrap(envelope);
    /// assert_eq!(reply, Multipart::from(("client", "", "answer")));
    /// ```
    pub fn split_envelope(&mut self) -> Option<Self> {
        let delimiter = self.frames.iter().position(|frame| frame.is_empty())?;
        let body = self.frames.split_off(delimiter + 1);
        Some(Self { frames: std::mem::replace(&mut self.frames, body) })
    }

    /// Puts an envelope in front.
    #[must_use]
    pub fn wrap(mut self, envelope: impl Into<Self>) -> Self {
        let mut frames = envelope.into().frames;
        frames.append(&mut self.frames);
        Self { frames }
    }

    /// Returns how many bytes all frames have.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.frames.iter().map(|frame| frame.len()).sum()
    }

    /// Returns the frames.
    #[must_use]
    pub fn into_vec(self) -> Vec<Message> {
        self.frames
    }

    /// Returns the frames as an array, or the message unchanged where it has another number of them.
    ///
    /// # Errors
    /// The message itself.
    ///
    /// # Examples
    /// ```
    /// # use zmq::Multipart;
    /// # let received = Multipart::from(("topic", "content"));
    /// if let Ok([topic, content]) = received.into_array() {
    ///     assert_eq!((topic.as_bytes(), content.as_bytes()), (&b"topic"[..], &b"content"[..]));
    /// }
    /// ```
    pub fn into_array<const N: usize>(self) -> Result<[Message; N], Self> {
        self.frames.try_into().map_err(|frames| Self { frames })
    }
}

impl Deref for Multipart {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.frames
    }
}

impl DerefMut for Multipart {
    fn deref_mut(&mut self) -> &mut [Message] {
        &mut self.frames
    }
}

impl IntoIterator for Multipart {
    type Item = Message;
    type IntoIter = vec::IntoIter<Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.frames.into_iter()
    }
}

impl<'a> IntoIterator for &'a Multipart {
    type Item = &'a Message;
    type IntoIter = std::slice::Iter<'a, Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.frames.iter()
    }
}

impl<M: Into<Message>> FromIterator<M> for Multipart {
    fn from_iter<I: IntoIterator<Item = M>>(frames: I) -> Self {
        Self { frames: frames.into_iter().map(Into::into).collect() }
    }
}

impl<M: Into<Message>> Extend<M> for Multipart {
    fn extend<I: IntoIterator<Item = M>>(&mut self, frames: I) {
        self.frames.extend(frames.into_iter().map(Into::into));
    }
}

impl<M: Into<Message>> From<Vec<M>> for Multipart {
    fn from(frames: Vec<M>) -> Self {
        frames.into_iter().collect()
    }
}

impl<M: Into<Message>, const N: usize> From<[M; N]> for Multipart {
    fn from(frames: [M; N]) -> Self {
        frames.into_iter().collect()
    }
}

impl From<Message> for Multipart {
    fn from(message: Message) -> Self {
        Self { frames: vec![message] }
    }
}

impl From<&str> for Multipart {
    fn from(text: &str) -> Self {
        Message::from(text).into()
    }
}

impl From<String> for Multipart {
    fn from(text: String) -> Self {
        Message::from(text).into()
    }
}

impl From<&[u8]> for Multipart {
    fn from(bytes: &[u8]) -> Self {
        Message::from(bytes).into()
    }
}

impl From<Multipart> for Vec<Message> {
    fn from(multipart: Multipart) -> Self {
        multipart.frames
    }
}

/// Makes a multipart message of a tuple.
macro_rules! from_tuples {
    ($(($($part:ident)+))*) => {
        $(impl<$($part: Into<Message>),+> From<($($part,)+)> for Multipart {
            #[allow(non_snake_case, reason = "a type parameter and the variable of its value share their name")]
            fn from(($($part,)+): ($($part,)+)) -> Self {
                Self { frames: vec![$($part.into()),+] }
            }
        })*
    };
}

from_tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
