//! The group of a message, which RADIO and DISH sockets use.

use std::fmt;
use std::str::{self, FromStr};

use super::Message;
use crate::error::{Error, Operation, Result};
use crate::raw::{GroupText, LONGEST_GROUP, LONGEST_SOUND_GROUP};

/// The number of bytes that the error of a long name shows.
const SHOWN: usize = 32;

/// The name of a group: 1 to 255 bytes without a NUL.
///
/// Every method that takes a group also takes text or bytes, and checks them. A `Group` is checked once, so it suits
/// names that come from a configuration or a peer. Over UDP, RADIO sockets send to groups of at most 127 bytes. With an
/// installed libzmq, groups have at most 14 bytes: it would free longer ones while they are in use.
///
/// libzmq has a group without a name too, to which it sends messages without a group. The crate refuses that group: a
/// forgotten group would be the same, and such a message can abort a DISH of libzmq 4.3.5.
///
/// # Examples
/// ```
/// use zmq::Group;
///
/// let weather: Group = "weather".parse()?;
/// assert_eq!(weather, Group::new(b"weather")?);
/// let error = Group::new("x".repeat(256)).unwrap_err();
/// assert!(error.to_string().contains("it has 256 bytes"));
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// Maps to `ZMQ_GROUP_MAX_LENGTH`.
#[doc(alias("ZMQ_GROUP_MAX_LENGTH", "zmq_msg_set_group"))]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(Box<[u8]>);

impl Group {
    /// The maximum length of a group in bytes, with the vendored libzmq.
    pub const MAX_LEN: usize = LONGEST_GROUP;

    /// Creates a group from text or bytes.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the name is empty, is longer than 255 bytes, or contains a NUL.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Group::new("weather")?.as_bytes(), b"weather");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn new(name: impl AsRef<[u8]>) -> Result<Self> {
        let name = name.as_ref();
        check(name).map(|_| Self(name.into()))
    }

    /// Returns the bytes of the name.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Group::new("weather")?.as_bytes(), b"weather");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the name as text, or `None` if it is not UTF-8.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Group::new("weather")?.as_str(), Some("weather"));
    /// assert_eq!(zmq::Group::new(b"\xFF")?.as_str(), None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        str::from_utf8(&self.0).ok()
    }
}

/// Returns the name in the form of libzmq, or an error with the reason.
pub(crate) fn check(name: &[u8]) -> Result<GroupText> {
    let reason = match GroupText::new(name) {
        Some(text) if !name.is_empty() => return Ok(text),
        Some(_) => "it is empty".to_owned(),
        None if name.len() > LONGEST_SOUND_GROUP => {
            let limited = if LONGEST_SOUND_GROUP < LONGEST_GROUP { " with this libzmq" } else { "" };
            format!("it has {} bytes, at most {LONGEST_SOUND_GROUP} are possible{limited}", name.len())
        }
        None => "it contains a NUL byte".to_owned(),
    };
    let (shown, rest) = match name.get(..SHOWN) {
        Some(shown) if name.len() > LONGEST_GROUP => (shown, "..."),
        _ => (name, ""),
    };
    let shown = format!("{}{rest}", String::from_utf8_lossy(shown));
    Err(Error::invalid(Operation::ReadGroup, shown, reason))
}

impl AsRef<[u8]> for Group {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Group {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::new(name)
    }
}

impl TryFrom<&str> for Group {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self> {
        Self::new(name)
    }
}

impl TryFrom<String> for Group {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::try_from(name.into_bytes())
    }
}

impl TryFrom<&[u8]> for Group {
    type Error = Error;

    fn try_from(name: &[u8]) -> Result<Self> {
        Self::new(name)
    }
}

impl TryFrom<Vec<u8>> for Group {
    type Error = Error;

    fn try_from(name: Vec<u8>) -> Result<Self> {
        check(&name).map(|_| Self(name.into()))
    }
}

impl PartialEq<str> for Group {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other.as_bytes()
    }
}

impl PartialEq<&str> for Group {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// Prints the name; bytes that are not UTF-8 print as the replacement character.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl Message {
    /// Returns the group of the message, or `None` if it has none or its name is not UTF-8.
    ///
    /// Messages that a DISH receives have a group. For a name that is not UTF-8, call
    /// [`group_bytes`](Self::group_bytes).
    ///
    /// # Examples
    /// ```
    /// use zmq::Message;
    ///
    /// assert_eq!(Message::from("sunny").with_group("weather")?.group(), Some("weather"));
    /// assert_eq!(Message::from("sunny").group(), None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_group`.
    #[doc(alias = "zmq_msg_group")]
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        str::from_utf8(self.group_bytes()?).ok()
    }

    /// Returns the group of the message as bytes, or `None` if the message has no group.
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::from("sunny").with_group(b"\xFF")?;
    /// assert_eq!(message.group_bytes(), Some(&b"\xFF"[..]));
    /// assert_eq!(message.group(), None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_group`.
    #[doc(alias = "zmq_msg_group")]
    #[must_use]
    pub fn group_bytes(&self) -> Option<&[u8]> {
        Some(self.raw.group().to_bytes()).filter(|group| !group.is_empty())
    }

    /// Returns the message with a group, to which a RADIO sends it.
    ///
    /// Only RADIO sockets use the group. [`share`](Self::share) and `Clone` keep it; comparisons ignore it.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the name is empty, is longer than 255 bytes, or contains a NUL.
    /// - [`OutOfMemory`](crate::ErrorKind::OutOfMemory): there is not enough memory.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dish, Message, Radio};
    ///
    /// let context = Context::new()?;
    /// let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    /// dish.join("weather")?.connect(radio.bind("inproc://with-group")?)?;
    /// radio.send(Message::from("sunny").with_group("weather")?)?;
    /// assert_eq!(dish.recv()?.group(), Some("weather"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_set_group`.
    #[doc(alias = "zmq_msg_set_group")]
    pub fn with_group(mut self, group: impl AsRef<[u8]>) -> Result<Self> {
        self.set_group(group)?;
        Ok(self)
    }

    /// Sets the group of the message, as [`with_group`](Self::with_group) does.
    ///
    /// # Errors
    /// If this fails, the message is unchanged.
    /// - all errors of [`with_group`](Self::with_group).
    ///
    /// # Examples
    /// ```
    /// let mut message = zmq::Message::from("sunny").with_group("weather")?;
    /// message.set_group("news")?;
    /// assert_eq!(message.group(), Some("news"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_set_group`.
    #[doc(alias = "zmq_msg_set_group")]
    pub fn set_group(&mut self, group: impl AsRef<[u8]>) -> Result<()> {
        let group = check(group.as_ref())?;
        self.raw.set_group(&group).map_err(|errno| Error::new(Operation::ReadGroup, errno))
    }
}
