//! Multipart messages: several frames that are delivered together or not at all.

mod codec;
mod convert;

use std::ops::{Bound, Deref, DerefMut, RangeBounds};
use std::vec;

use crate::message::Message;

/// A multipart message: a sequence of frames, which a peer receives as a whole or not at all.
///
/// Derefs to a slice of [`Message`]s. Create one from a single message; from an array, a vector or an iterator of
/// anything that converts into a message; from references to these, whose bytes are copied; or from a tuple of up to
/// six different types. A received message has at least one frame. Sending a message without frames fails with
/// [`InvalidInput`](crate::ErrorKind::InvalidInput).
///
/// # Examples
/// ```
/// use zmq::Multipart;
///
/// let mut parts = Multipart::from(("id", "", vec![1, 2, 3]));
/// assert_eq!(parts.len(), 3);
/// let id = parts.pop_front();
/// assert_eq!(id.as_deref(), Some(&b"id"[..]));
/// assert_eq!(parts, [&b""[..], &[1, 2, 3]]);
/// for frame in &mut parts {
///     frame.make_mut().reverse();
/// }
/// assert_eq!(parts[1], [3, 2, 1]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Multipart {
    frames: Vec<Message>,
}

impl Multipart {
    /// Creates a message without frames.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::new();
    /// parts.push("topic");
    /// parts.push([1, 2, 3]);
    /// assert_eq!(parts.len(), 2);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a frame at the end.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from("topic");
    /// parts.push_back("content");
    /// assert_eq!(parts, ["topic", "content"]);
    /// ```
    pub fn push_back(&mut self, frame: impl Into<Message>) {
        self.frames.push(frame.into());
    }

    /// Appends a frame at the end. This is [`push_back`](Self::push_back) under the name that `Vec` uses.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from("topic");
    /// parts.push("content");
    /// assert_eq!(parts, ["topic", "content"]);
    /// ```
    pub fn push(&mut self, frame: impl Into<Message>) {
        self.push_back(frame);
    }

    /// Inserts a frame at the front.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from("content");
    /// parts.push_front("topic");
    /// assert_eq!(parts, ["topic", "content"]);
    /// ```
    pub fn push_front(&mut self, frame: impl Into<Message>) {
        self.frames.insert(0, frame.into());
    }

    /// Removes the last frame and returns it, or `None` if there are no frames.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from(["topic", "content"]);
    /// assert_eq!(parts.pop_back(), Some("content".into()));
    /// assert_eq!(parts, ["topic"]);
    /// ```
    pub fn pop_back(&mut self) -> Option<Message> {
        self.frames.pop()
    }

    /// Removes the first frame and returns it, or `None` if there are no frames.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from(["topic", "content"]);
    /// assert_eq!(parts.pop_front(), Some("topic".into()));
    /// assert_eq!(parts, ["content"]);
    /// ```
    pub fn pop_front(&mut self) -> Option<Message> {
        if self.frames.is_empty() { None } else { Some(self.frames.remove(0)) }
    }

    /// Removes the frame at `index` and returns it, or `None` if there is no such frame.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from(["a", "b", "c"]);
    /// assert_eq!(parts.remove(1).as_deref(), Some(&b"b"[..]));
    /// assert_eq!(parts.remove(2), None);
    /// assert_eq!(parts, ["a", "c"]);
    /// ```
    pub fn remove(&mut self, index: usize) -> Option<Message> {
        if index < self.frames.len() { Some(self.frames.remove(index)) } else { None }
    }

    /// Removes the frames of a range and returns an iterator over them. A range that extends beyond the last frame is
    /// cut off there.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from(["a", "b", "c"]);
    /// assert_eq!(parts.drain(1..9).collect::<zmq::Multipart>(), ["b", "c"]);
    /// assert_eq!(parts, ["a"]);
    /// ```
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> vec::Drain<'_, Message> {
        let len = self.frames.len();
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1).min(len),
            Bound::Excluded(&end) => end.min(len),
            Bound::Unbounded => len,
        };
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        self.frames.drain(start.min(end)..end)
    }

    /// Splits off the frames from `at` on and returns them. The result is empty if there are at most `at` frames.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from(["topic", "one", "two"]);
    /// let rest = parts.split_off(1);
    /// assert_eq!((parts, rest), (["topic"].into(), ["one", "two"].into()));
    /// ```
    #[must_use = "the frames that were split off are dropped with it"]
    pub fn split_off(&mut self, at: usize) -> Self {
        Self { frames: self.frames.split_off(at.min(self.frames.len())) }
    }

    /// Splits off the frames up to and including the first delimiter, and returns them.
    ///
    /// Returns `None`, and removes no frames, if no frame is a delimiter. [`split_envelope`](Self::split_envelope) uses
    /// the empty frame as the delimiter.
    ///
    /// # Examples
    /// ```
    /// let mut parts = zmq::Multipart::from(["a", "b", "--", "c"]);
    /// let before = parts.split_after(|frame| frame == "--").unwrap_or_default();
    /// assert_eq!(before, ["a", "b", "--"]);
    /// assert_eq!(parts, ["c"]);
    /// assert_eq!(parts.split_after(|frame| frame == "--"), None);
    /// ```
    pub fn split_after(&mut self, is_delimiter: impl FnMut(&Message) -> bool) -> Option<Self> {
        let delimiter = self.frames.iter().position(is_delimiter)?;
        let rest = self.frames.split_off(delimiter + 1);
        Some(Self { frames: std::mem::replace(&mut self.frames, rest) })
    }

    /// Splits off the envelope and returns it: the frames up to and including the first empty one, which a REQ socket
    /// prepends.
    ///
    /// Returns `None`, and removes no frames, if no frame is empty. [`wrap`](Self::wrap) is the inverse.
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
        self.split_after(|frame| frame.is_empty())
    }

    /// Prepends an envelope.
    ///
    /// # Examples
    /// ```
    /// use zmq::Multipart;
    ///
    /// let reply = Multipart::from("answer").wrap(("client", ""));
    /// assert_eq!(reply, ["client", "", "answer"]);
    /// ```
    #[must_use]
    pub fn wrap(mut self, envelope: impl Into<Self>) -> Self {
        let mut frames = envelope.into().frames;
        frames.append(&mut self.frames);
        Self { frames }
    }

    /// Returns the total length of all frames in bytes.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Multipart::from(["abc", "", "de"]).byte_len(), 5);
    /// ```
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.frames.iter().map(|frame| frame.len()).sum()
    }

    /// Returns the frames as a vector.
    ///
    /// # Examples
    /// ```
    /// let frames = zmq::Multipart::from(["topic", "content"]).into_vec();
    /// assert_eq!(frames[1], "content");
    /// ```
    #[must_use]
    pub fn into_vec(self) -> Vec<Message> {
        self.frames
    }

    /// Converts the message into an array of its frames.
    ///
    /// # Errors
    /// Returns the message unchanged if its number of frames is not `N`.
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
        self.try_into()
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

impl<'a> IntoIterator for &'a mut Multipart {
    type Item = &'a mut Message;
    type IntoIter = std::slice::IterMut<'a, Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.frames.iter_mut()
    }
}

/// Creates a multipart message from a tuple.
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
