//! Subscriptions, on the side of subscribers and on the side of publishers.

use std::ffi::c_int;
use std::fmt;
use std::time::Duration;

use super::Socket;
use super::kinds::{Ability, Fact, Kind, SeesSubscriptions, SocketType, Subscribes, XSub};
use super::topic::{Subscription, Topic};
use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::message::Message;
use crate::{raw, sys};

/// The maximum length of a prefix. libzmq 4.3.4 frees a prefix by recursion, with 48 bytes of stack for each byte. This
/// length fits the smallest stacks of threads.
pub(super) const LONGEST_PREFIX: usize = 2048;

/// # Subscribing
impl<K: Kind> Socket<K> {
    /// Subscribes to messages whose first frame begins with `prefix`. An empty prefix subscribes to all messages. Returns the
    /// socket, so that calls chain.
    ///
    /// A socket without a subscription receives nothing. Subscriptions to the same prefix are counted, and each needs its own
    /// [`unsubscribe`](Self::unsubscribe). The subscription reaches the publishers in the background; messages that are
    /// published before are not received.
    ///
    /// Any number of subscriptions reaches the publishers, and reaches them again after a reconnection. If you set a
    /// [high-water mark](Self::set_send_hwm), libzmq silently drops subscriptions above it.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the prefix has more than 2048 bytes, with which libzmq may overflow
    ///   its stack.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one that is not SUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
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
    #[doc(alias("ZMQ_SUBSCRIBE", "set_subscribe"))]
    pub fn subscribe(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: Subscribes,
    {
        self.expect_ability(Ability::Subscribes, Operation::SetOption, "subscribe")?;
        self.assign_prefix(sys::ZMQ_SUBSCRIBE, "subscribe", prefix.as_ref())
    }

    /// Removes one subscription to `prefix`, if there is any. Returns the socket.
    ///
    /// # Errors
    /// - all errors of [`subscribe`](Self::subscribe).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Sub, Subscription, XPub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    /// subscriber.subscribe("news.")?.connect(publisher.bind("inproc://unsubscribe")?)?;
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Subscribe("news.".into()));
    /// subscriber.unsubscribe("news.")?;
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Unsubscribe("news.".into()));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_UNSUBSCRIBE`.
    #[doc(alias("ZMQ_UNSUBSCRIBE", "set_unsubscribe"))]
    pub fn unsubscribe(&self, prefix: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: Subscribes,
    {
        self.expect_ability(Ability::Subscribes, Operation::SetOption, "unsubscribe")?;
        self.assign_prefix(sys::ZMQ_UNSUBSCRIBE, "unsubscribe", prefix.as_ref())
    }

    /// Subscribes to `prefix` until the returned guard is dropped.
    ///
    /// # Errors
    /// - all errors of [`subscribe`](Self::subscribe).
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

    /// Subscribes or unsubscribes a socket of a type that has an option for it.
    pub(crate) fn assign_prefix(&self, option: c_int, name: &str, prefix: &[u8]) -> Result<&Self> {
        check_prefix_option(name, prefix)?;
        self.set_option(option, name, prefix)
    }
}

/// Returns an error if no socket can subscribe to the prefix.
pub(crate) fn check_prefix_option(name: &str, prefix: &[u8]) -> Result<()> {
    check_prefix(prefix).map_err(|reason| Error::invalid(Operation::SetOption, name, reason))
}

fn check_prefix(prefix: &[u8]) -> Result<(), String> {
    match prefix.len() {
        0..=LONGEST_PREFIX => Ok(()),
        len => Err(format!("the prefix has {len} bytes, at most {LONGEST_PREFIX} are possible")),
    }
}

/// A guard of a subscription, which ends when the guard is dropped.
///
/// [`Socket::subscribed`] returns it.
#[must_use = "the subscription ends when the guard is dropped"]
pub struct Subscribed<'a, K: Subscribes> {
    socket: &'a Socket<K>,
    topic: Topic,
}

impl<K: Subscribes> Subscribed<'_, K> {
    /// Returns the prefix of the subscription.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Sub)?;
    /// let guard = socket.subscribed("weather.")?;
    /// assert_eq!(guard.topic().prefix(), b"weather.");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn topic(&self) -> &Topic {
        &self.topic
    }
}

impl<K: Subscribes> Drop for Subscribed<'_, K> {
    fn drop(&mut self) {
        // This fails only after a shutdown, when nothing is received anymore.
        let _ = self.socket.unsubscribe(self.topic.prefix());
    }
}

impl<K: Subscribes> fmt::Debug for Subscribed<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Subscribed").field(&self.topic).finish()
    }
}

/// # Subscriptions of peers
impl<K: Kind> Socket<K> {
    /// Receives a subscription, an unsubscription or an ordinary message of a subscriber, blocking as
    /// [`recv`](Socket::recv) does.
    ///
    /// By default, only the first subscription to a prefix and the last unsubscription are received. To receive more, call
    /// [`set_verbose`](Self::set_verbose) or [`set_verboser`](Self::set_verboser).
    ///
    /// # Errors
    /// - all errors of [`recv`](Socket::recv).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Sub, Subscription, XPub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    /// subscriber.subscribe("news.")?.connect(publisher.bind("inproc://recv-subscription")?)?;
    /// if let Subscription::Subscribe(topic) = publisher.recv_subscription()? {
    ///     publisher.send_multipart([topic.prefix(), b"hello, subscriber"])?;
    /// }
    /// assert_eq!(subscriber.recv_multipart()?[1], "hello, subscriber");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_subscription(&self) -> Result<Subscription>
    where
        K: SeesSubscriptions,
    {
        self.expect_subscriptions()?;
        self.core.receive_multipart().map(Subscription::from_multipart)
    }

    /// Attempts to receive as [`recv_subscription`](Self::recv_subscription) does, without blocking. Returns `None` if nothing
    /// is available.
    ///
    /// # Errors
    /// - all errors of [`try_recv`](Socket::try_recv).
    ///
    /// # Examples
    /// ```
    /// let publisher = zmq::Context::new()?.socket(zmq::XPub)?;
    /// while let Some(subscription) = publisher.try_recv_subscription()? {
    ///     println!("{subscription:?}");
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_subscription(&self) -> Result<Option<Subscription>>
    where
        K: SeesSubscriptions,
    {
        self.expect_subscriptions()?;
        Ok(self.core.try_receive_multipart(Some(Duration::ZERO))?.map(Subscription::from_multipart))
    }

    /// Receives as [`recv_subscription`](Self::recv_subscription) does, blocking for at most `timeout` as
    /// [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// - all errors of [`recv_timeout`](Socket::recv_timeout).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let publisher = zmq::Context::new()?.socket(zmq::XPub)?;
    /// assert_eq!(publisher.recv_subscription_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_subscription_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Subscription>>
    where
        K: SeesSubscriptions,
    {
        self.expect_subscriptions()?;
        Ok(self.core.try_receive_multipart(timeout.into())?.map(Subscription::from_multipart))
    }

    /// Returns an error if the socket is an untyped one of another type, whose messages only look like subscriptions.
    fn expect_subscriptions(&self) -> Result<()> {
        match self.core.socket_type {
            publisher if publisher.can(Ability::SeesSubscriptions) => Ok(()),
            other => {
                let error = Error::new(Operation::Receive, Errno::ENOTSUP).on_socket(Some(other));
                Err(error.because("only XPUB sockets receive subscriptions"))
            }
        }
    }

    /// Sets the first message for each new subscriber. Returns the socket, so that setters chain.
    ///
    /// Default: empty, which sends no message.
    ///
    /// A subscriber receives the message only if it has subscribed to a prefix of the message. The option applies to later
    /// connections. Subscribers that connected to an `inproc` name before it was bound do not receive the message.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one that is not XPUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Sub, XPub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    /// publisher.set_welcome_message("welcome")?;
    /// subscriber.subscribe("")?.connect(publisher.bind("inproc://welcome")?)?;
    /// publisher.recv_subscription()?;
    /// assert_eq!(subscriber.recv()?, "welcome");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_XPUB_WELCOME_MSG`.
    #[doc(alias("ZMQ_XPUB_WELCOME_MSG", "set_xpub_welcome_msg"))]
    pub fn set_welcome_message(&self, message: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: SeesSubscriptions,
    {
        self.expect_ability(Ability::SeesSubscriptions, Operation::SetOption, "welcome_message")?;
        self.assign_welcome_message(message.as_ref())
    }
}

/// # Subscribing by message
impl Socket<XSub> {
    /// Subscribes to messages whose first frame begins with `prefix`, as a SUB socket does.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the prefix has more than 2048 bytes, with which libzmq may overflow
    ///   its stack.
    /// - all errors of [`send`](Socket::send).
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

    /// Removes one subscription to `prefix`.
    ///
    /// # Errors
    /// - all errors of [`send_subscribe`](Self::send_subscribe).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Subscription, XPub, XSub};
    ///
    /// let context = Context::new()?;
    /// let (publisher, subscriber) = (context.socket(XPub)?, context.socket(XSub)?);
    /// subscriber.connect(publisher.bind("inproc://send-unsubscribe")?)?;
    /// subscriber.send_subscribe("news.")?;
    /// subscriber.send_unsubscribe("news.")?;
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Subscribe("news.".into()));
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Unsubscribe("news.".into()));
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

/// The maximum length of a frame that every libzmq accepts as a subscription.
const LONGEST_COMMAND: usize = 1 + LONGEST_PREFIX;

/// Returns `true` if a frame that begins a message is a subscription or an unsubscription.
pub(super) fn is_command(frame: &[u8]) -> bool {
    matches!(frame, [0 | 1, ..])
}

/// Returns `true` if libzmq may drop a frame in a message that begins with a subscription. If the last frame is dropped, the
/// next message becomes part of this one.
pub(super) fn is_swallowed(frame: &[u8]) -> bool {
    matches!(frame, [0, ..]) && !raw::carries("xpub-control-frames")
}

/// Returns `true` if a frame is a subscription with which this libzmq may overflow its stack.
#[inline]
pub(crate) fn is_dangerous<'a>(socket_type: SocketType, frame: impl FnOnce() -> &'a [u8]) -> bool {
    // The vendored libzmq does not recurse.
    if sys::build::VENDORED || !socket_type.has(Fact::SendsSubscriptionsAsMessages) {
        return false;
    }
    // The bytes of a message cost a call of libzmq, so they are read only for this type.
    let frame = frame();
    frame.len() > LONGEST_COMMAND && matches!(frame, [0 | 1, ..]) && raw::version() < [4, 3, 5]
}
