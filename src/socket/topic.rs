//! The prefixes that sockets subscribe to, and the subscriptions that publishers receive.

use std::fmt;

use crate::multipart::Multipart;

/// A prefix of messages, to which sockets subscribe.
///
/// # Examples
/// ```
/// use zmq::Topic;
///
/// let weather = Topic::new("weather.");
/// assert!(weather.matches("weather.sunny"));
/// assert!(!weather.matches("weather"));
/// assert!(Topic::new("").matches("anything"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Box<[u8]>);

impl Topic {
    /// Creates a topic from bytes or text.
    ///
    /// # Examples
    /// ```
    /// use zmq::Topic;
    ///
    /// assert_eq!(Topic::new("weather."), Topic::new(b"weather."));
    /// ```
    #[must_use]
    pub fn new(prefix: impl AsRef<[u8]>) -> Self {
        Self(prefix.as_ref().into())
    }

    /// Returns the bytes of the prefix.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Topic::new("weather.").prefix(), b"weather.");
    /// ```
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.0
    }

    /// Returns `true` if a subscriber to this topic receives messages with this first frame.
    ///
    /// # Examples
    /// ```
    /// let weather = zmq::Topic::new("weather.");
    /// assert!(weather.matches("weather.sunny"));
    /// assert!(!weather.matches("news.local"));
    /// ```
    #[must_use]
    pub fn matches(&self, first_frame: impl AsRef<[u8]>) -> bool {
        first_frame.as_ref().starts_with(&self.0)
    }
}

impl AsRef<[u8]> for Topic {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Topic {
    fn from(prefix: Vec<u8>) -> Self {
        Self(prefix.into())
    }
}

impl<const N: usize> From<&[u8; N]> for Topic {
    fn from(prefix: &[u8; N]) -> Self {
        Self::new(prefix)
    }
}

impl From<&[u8]> for Topic {
    fn from(prefix: &[u8]) -> Self {
        Self::new(prefix)
    }
}

impl From<&str> for Topic {
    fn from(prefix: &str) -> Self {
        Self::new(prefix)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A message that an XPUB socket receives from a subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subscription {
    /// A subscriber subscribed.
    Subscribe(Topic),
    /// A subscriber unsubscribed or disconnected.
    Unsubscribe(Topic),
    /// An XSUB socket sent an ordinary message.
    Message(Multipart),
}

impl Subscription {
    /// Parses a message that an XPUB socket received. A subscription is a single frame with the byte 1 before the prefix, and
    /// an unsubscription one with the byte 0.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Multipart, Subscription};
    ///
    /// let received = Multipart::from([b"\x01weather."]);
    /// assert_eq!(Subscription::from_multipart(received), Subscription::Subscribe("weather.".into()));
    /// ```
    #[must_use]
    pub fn from_multipart(received: Multipart) -> Self {
        match &*received {
            [frame] => match &**frame {
                [1, prefix @ ..] => Self::Subscribe(Topic::new(prefix)),
                [0, prefix @ ..] => Self::Unsubscribe(Topic::new(prefix)),
                _ => Self::Message(received),
            },
            _ => Self::Message(received),
        }
    }
}
