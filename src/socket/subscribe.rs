//! Subscriptions: made by subscribers, seen by publishers.

use std::ffi::c_int;
use std::fmt;
use std::time::Duration;

use super::Socket;
use super::kinds::{Ability, Fact, Kind, SeesSubscriptions, SocketType, Subscribes, XSub};
use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::{raw, sys};

/// The longest prefix in bytes. libzmq 4.3.4 frees a prefix by a recursion as deep as it is long, with 48 bytes of stack
/// for each: this many fit the smallest stacks that threads have.
pub(super) const LONGEST_PREFIX: usize = 2048;

impl<K: Kind> Socket<K> {
    /// Subscribes to the messages whose first frame begins with `prefix`; to all with an empty one. Returns the socket,
    /// so that calls chain.
    ///
    /// A socket without a subscription receives nothing. Subscriptions to the same prefix count: each needs its own
    /// [`unsubscribe`](Self::unsubscribe). Publishers learn of it in the background, and what they publish before is
    /// not received.
    ///
    /// Any number of subscriptions reaches the publishers, also after a reconnection. With a
    /// [high-water mark](Self::set_send_hwm), libzmq drops those above it without an error.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a prefix of more than 2048 bytes, with which libzmq may
    /// overflow its stack, [`NotSupported`](crate::ErrorKind::NotSupported) on an untyped socket that is not SUB, and
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Sub, Subscription, XPub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    /// subscriber.subscribe("weather.")?.connect(publisher.bind("inproc://subscribe")?)?;
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Subscribe(b"weather.".into()));
    ///
    /// publisher.send("news.local")?;
    /// publisher.send("weather.sunny")?;
    /// assert_eq!(subscriber.recv()?, "weather.sunny");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_SUBSCRIBE`.
    pub fn subscribe(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: Subscribes,
    {
        self.expect_ability(Ability::Subscribes, Operation::SetOption, "subscribe")?;
        self.assign_prefix(sys::ZMQ_SUBSCRIBE, "subscribe", prefix.as_ref())
    }

    /// Takes back one subscription to `prefix`; nothing happens where there is none. Returns the socket.
    ///
    /// # Errors
    /// Those of [`subscribe`](Self::subscribe).
    ///
    /// Maps to `ZMQ_UNSUBSCRIBE`.
    pub fn unsubscribe(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: Subscribes,
    {
        self.expect_ability(Ability::Subscribes, Operation::SetOption, "unsubscribe")?;
        self.assign_prefix(sys::ZMQ_UNSUBSCRIBE, "unsubscribe", prefix.as_ref())
    }

    /// Subscribes until the guard that is returned is dropped.
    ///
    /// # Errors
    /// Those of [`subscribe`](Self::subscribe).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Sub, Subscription, XPub};
    /// # let context = Context::new()?;
    /// # let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    /// # subscriber.connect(publisher.bind("inproc://subscribed")?)?;
    /// let guard = subscriber.subscribed("weather.")?;
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Subscribe(b"weather.".into()));
    /// drop(guard);
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Unsubscribe(b"weather.".into()));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn subscribed(&self, prefix: impl AsRef<[u8]>) -> Result<Subscribed<'_, K>>
    where
        K: Subscribes,
    {
        self.subscribe(prefix.as_ref())?;
        Ok(Subscribed { socket: self, topic: Topic::new(prefix) })
    }
}

impl<K: Kind> Socket<K> {
    /// Sets the welcome message of a socket whose type has one.
    pub(crate) fn assign_welcome_message(&self, message: &[u8]) -> Result<&Self> {
        self.set_option(sys::ZMQ_XPUB_WELCOME_MSG, "welcome_message", message)?;
        self.core.memory.set_welcome_message(message);
        Ok(self)
    }

    /// Subscribes or unsubscribes a socket whose type does so by an option.
    pub(crate) fn assign_prefix(&self, option: c_int, name: &str, prefix: &[u8]) -> Result<&Self> {
        check_prefix_option(name, prefix)?;
        self.set_option(option, name, prefix)
    }
}

/// Refuses what no socket can subscribe to.
pub(crate) fn check_prefix_option(name: &str, prefix: &[u8]) -> Result<()> {
    check_prefix(prefix).map_err(|reason| Error::invalid(Operation::SetOption, name, reason))
}

fn check_prefix(prefix: &[u8]) -> Result<(), String> {
    match prefix.len() {
        0..=LONGEST_PREFIX => Ok(()),
        len => Err(format!("the prefix has {len} bytes, at most {LONGEST_PREFIX} are possible")),
    }
}

/// A subscription that ends with this guard.
#[must_use = "the subscription ends when the guard is dropped"]
pub struct Subscribed<'a, K: Subscribes> {
    socket: &'a Socket<K>,
    topic: Topic,
}

impl<K: Subscribes> Subscribed<'_, K> {
    /// Returns what it is subscribed to.
    #[must_use]
    pub fn topic(&self) -> &Topic {
        &self.topic
    }
}

impl<K: Subscribes> Drop for Subscribed<'_, K> {
    fn drop(&mut self) {
        // It fails only once the context is shut down, when nothing is received any more.
        let _ = self.socket.unsubscribe(self.topic.prefix());
    }
}

impl<K: Subscribes> fmt::Debug for Subscribed<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscribed").field(&self.topic).finish()
    }
}

/// A prefix, as subscriptions have it.
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
    /// Makes one of any bytes or text.
    #[must_use]
    pub fn new(prefix: impl AsRef<[u8]>) -> Self {
        Self(prefix.as_ref().into())
    }

    /// Returns the prefix.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.0
    }

    /// Whether a subscriber to it receives a message whose first frame this is.
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

/// What an XPUB socket receives from its subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subscription {
    /// A subscriber subscribed.
    Subscribe(Topic),
    /// A subscriber unsubscribed, or went away.
    Unsubscribe(Topic),
    /// A subscriber, an XSUB socket, sent a message of its own.
    Message(Multipart),
}

impl Subscription {
    /// Reads what an XPUB socket received: one frame of a 1 or a 0 and the prefix, or something else.
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

impl<K: Kind> Socket<K> {
    /// Receives a subscription, an unsubscription, or a message that a subscriber sent.
    ///
    /// Only what changes what the socket has to publish is received: the first subscription to a prefix and the last
    /// unsubscription, unless [`set_verbose`](Self::set_verbose) or [`set_verboser`](Self::set_verboser) is on.
    ///
    /// # Errors
    /// Those of [`recv`](Socket::recv).
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_subscription(&self) -> Result<Subscription>
    where
        K: SeesSubscriptions,
    {
        self.core.receive_multipart().map(Subscription::from_multipart)
    }

    /// Receives what [`recv_subscription`](Self::recv_subscription) does if something is there; `None` if not.
    ///
    /// # Errors
    /// Those of [`try_recv`](Socket::try_recv).
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_subscription(&self) -> Result<Option<Subscription>>
    where
        K: SeesSubscriptions,
    {
        Ok(self.core.try_receive_multipart(Some(Duration::ZERO))?.map(Subscription::from_multipart))
    }

    /// Receives what [`recv_subscription`](Self::recv_subscription) does, blocking for at most `timeout` as
    /// [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// Those of [`recv_timeout`](Socket::recv_timeout).
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_subscription_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Subscription>>
    where
        K: SeesSubscriptions,
    {
        Ok(self.core.try_receive_multipart(timeout.into())?.map(Subscription::from_multipart))
    }

    /// Sets the message that each new subscriber gets first; empty, the default, for none. Returns the socket, so that
    /// setters chain.
    ///
    /// The subscriber gets it only if it subscribed to a prefix of it. It applies to connections to come; subscribers that
    /// waited for an `inproc` name before it was bound do not get it.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) on an untyped socket that is not XPUB, and
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_XPUB_WELCOME_MSG`.
    pub fn set_welcome_message(&self, message: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, "welcome_message")?;
        self.assign_welcome_message(message.as_ref())
    }
}

/// How an XSUB socket subscribes: by sending it.
impl Socket<XSub> {
    /// Subscribes to the messages whose first frame begins with `prefix`, as a SUB socket does.
    ///
    /// # Errors
    /// Those of [`send`](Socket::send), and [`InvalidInput`](crate::ErrorKind::InvalidInput) for a prefix of more than
    /// 2048 bytes.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, XPub, XSub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(XSub)?);
    /// subscriber.connect(publisher.bind("inproc://xsub")?)?;
    /// subscriber.send_subscribe("weather.")?;
    /// publisher.recv_subscription()?;
    /// publisher.send("weather.sunny")?;
    /// assert_eq!(subscriber.recv()?, "weather.sunny");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    pub fn send_subscribe(&self, prefix: impl AsRef<[u8]>) -> Result<(), SendError<Message>> {
        self.send_prefix(1, prefix.as_ref())
    }

    /// Takes back one subscription to `prefix`.
    ///
    /// # Errors
    /// Those of [`send_subscribe`](Self::send_subscribe).
    ///
    /// Maps to `zmq_msg_send`.
    pub fn send_unsubscribe(&self, prefix: impl AsRef<[u8]>) -> Result<(), SendError<Message>> {
        self.send_prefix(0, prefix.as_ref())
    }

    fn send_prefix(&self, command: u8, prefix: &[u8]) -> Result<(), SendError<Message>> {
        let message = [&[command], prefix].concat();
        match check_prefix(prefix) {
            Ok(()) => self.send(message),
            Err(reason) => {
                let error = Error::new(Operation::Send, Errno::EINVAL).on_socket(Some(SocketType::XSub));
                Err(SendError { error: error.because(reason), message: message.into() })
            }
        }
    }
}

/// The longest frame that may be a subscription of any libzmq.
const LONGEST_COMMAND: usize = 1 + LONGEST_PREFIX;

/// Whether a frame that begins a message is a subscription or an unsubscription.
pub(super) fn is_command(frame: &[u8]) -> bool {
    matches!(frame, [0 | 1, ..])
}

/// Whether libzmq may drop a frame in a message that begins with a subscription. A message whose last frame is dropped
/// goes on with the next one.
pub(super) fn is_swallowed(frame: &[u8]) -> bool {
    matches!(frame, [0, ..]) && !raw::carries("xpub-control-frames")
}

/// Whether a frame is a subscription on which this libzmq may overflow its stack.
#[inline]
pub(crate) fn is_dangerous<'a>(socket_type: SocketType, frame: impl FnOnce() -> &'a [u8]) -> bool {
    // The one that is built from source is none of those.
    if sys::build::VENDORED || !socket_type.has(Fact::SendsSubscriptionsAsMessages) {
        return false;
    }
    // To ask a message for its bytes is a call of libzmq, which the others do without.
    let frame = frame();
    frame.len() > LONGEST_COMMAND && matches!(frame, [0 | 1, ..]) && raw::version() < [4, 3, 5]
}
