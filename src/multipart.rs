//! Multipart messages: several frames that arrive together or not at all.

mod codec;
mod convert;

use std::ops::{Bound, Deref, DerefMut, RangeBounds};
use std::vec;

use crate::message::Message;

/// A multipart message: frames in order, which a peer receives all together or not at all.
///
/// It derefs to a slice of [`Message`]s. It is made from one message, from an array, a vector or an iterator of
/// anything that makes a message, from references to these, whose bytes are copied, and from a tuple of up to six of
/// different types. What is received has at least one frame; one without frames cannot be sent
/// ([`InvalidInput`](crate::ErrorKind::InvalidInput)).
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
    /// Makes one without frames, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a frame at the end.
    pub fn push_back(&mut self, frame: impl Into<Message>) {
        self.frames.push(frame.into());
    }

    /// Adds a frame at the end, as [`push_back`](Self::push_back) does, by the name that `Vec` has for it.
    pub fn push(&mut self, frame: impl Into<Message>) {
        self.push_back(frame);
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

    /// Removes a frame and returns it, or `None` if there is none at `index`.
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

    /// Removes the frames of a range and returns an iterator over them. A range that goes beyond the last frame ends
    /// there.
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

    /// Splits off the frames from `at` on, and returns them; none if there are no more than `at`.
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

    /// Splits off the frames up to and with the first delimiter, and returns them.
    ///
    /// Returns `None`, and leaves everything, if no frame is a delimiter. [`split_envelope`](Self::split_envelope) takes
    /// an empty frame for one.
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
        self.split_after(|frame| frame.is_empty())
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
