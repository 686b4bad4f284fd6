//! Groups: exact names by which RADIO sockets address messages, and which DISH sockets join.

use std::fmt;
use std::time::Duration;

use super::Socket;
use super::kinds::{Ability, JoinsGroups, Kind, SendsToGroups};
use crate::error::{Errno, Error, Failure, Operation, Result, SendError};
use crate::message::{Group, IntoMessage, Message, check_group};
use crate::raw::{GroupText, RawSocket};

/// # Groups
///
/// A RADIO socket sends each message to one group. A DISH socket receives the messages of the groups that it has joined, and
/// each received message knows its [group](Message::group).
///
/// The two kinds can also use UDP: the RADIO connects, and the DISH binds, to an address (`udp://192.0.2.7:5555`) or a
/// multicast group (`udp://239.0.0.1:5555`, or `udp://eth0;239.0.0.1:5555` to choose the interface). Over UDP there is no
/// encryption, and messages are lost without an error. In particular, libzmq opens the socket of the system in the
/// background, and loses datagrams that arrive before.
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: Kind> Socket<K> {
    /// Sends a message to a group, blocking as [`send`](Self::send) does.
    ///
    /// The dishes that have joined the group receive the message. If there is none, the message is dropped. By default a
    /// RADIO never blocks, and drops messages for a dish at its high-water mark; see
    /// [`set_no_drop`](Self::set_no_drop). Over UDP every group is sent, and the dish decides.
    ///
    /// [`send`](Self::send) works too, for a message that [has a group](Message::with_group).
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`].
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the group is empty, is longer than 255 bytes, or contains a NUL;
    ///   or the socket is connected over UDP, and the group is longer than 127 bytes, or group and body are longer than 8191
    ///   bytes together.
    /// - all errors of [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dish, Radio};
    ///
    /// let context = Context::new()?;
    /// let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    /// dish.join("weather")?.connect(radio.bind("inproc://send-to-group")?)?;
    ///
    /// radio.send_to_group("news", "nothing new")?;
    /// radio.send_to_group("weather", "sunny")?;
    /// let message = dish.recv()?;
    /// assert_eq!((message.group(), message.to_str()?), (Some("weather"), "sunny"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_set_group` and `zmq_msg_send`.
    #[doc(alias("zmq_msg_set_group", "zmq_msg_send"))]
    pub fn send_to_group(&self, group: impl AsRef<[u8]>, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: SendsToGroups,
    {
        self.send(self.addressed(group.as_ref(), message.into())?)
    }

    /// Attempts to send a message to a group without blocking.
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`].
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): a dish is at its high-water mark, and
    ///   [`set_no_drop`](Self::set_no_drop) is on.
    /// - all errors of [`send_to_group`](Self::send_to_group), except `TimedOut`.
    ///
    /// # Examples
    /// ```
    /// let radio = zmq::Context::new()?.socket(zmq::Radio)?;
    /// let error = radio.try_send_to_group("", "sunny").unwrap_err();
    /// assert_eq!(error.to_string(), "cannot use the group \"\": it is empty");
    /// assert_eq!(error.message, "sunny");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_DONTWAIT`.
    pub fn try_send_to_group(
        &self,
        group: impl AsRef<[u8]>,
        message: impl IntoMessage,
    ) -> Result<(), SendError<Message>>
    where
        K: SendsToGroups,
    {
        self.try_send(self.addressed(group.as_ref(), message.into())?)
    }

    /// Sends a message to a group, blocking for at most `timeout` as [`send_timeout`](Self::send_timeout) does.
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`].
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): `timeout` expired, even if it is zero.
    /// - all errors of [`send_to_group`](Self::send_to_group).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let radio = zmq::Context::new()?.socket(zmq::Radio)?;
    /// radio.send_to_group_timeout("weather", "sunny", Duration::from_millis(100))?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    pub fn send_to_group_timeout(
        &self,
        group: impl AsRef<[u8]>,
        message: impl IntoMessage,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), SendError<Message>>
    where
        K: SendsToGroups,
    {
        self.send_timeout(self.addressed(group.as_ref(), message.into())?, timeout)
    }

    /// Sets the group of a message, for a socket that sends to groups.
    pub(crate) fn addressed(&self, group: &[u8], mut message: Message) -> Result<Message, SendError<Message>> {
        if !self.core.socket_type.can(Ability::SendsToGroups) {
            let error = self.core.send_error(Errno::ENOTSUP).because("only RADIO sockets send to groups");
            return Err(SendError { error, message });
        }
        match message.set_group(group) {
            Ok(()) => Ok(message),
            Err(error) => Err(SendError { error, message }),
        }
    }

    /// Joins a group. Returns the socket, so that calls chain.
    ///
    /// The socket receives the messages that are sent to exactly this group. A socket without a group receives nothing. Over
    /// connections, the RADIO sockets learn of the group in the background; messages that they send before are not
    /// received. Other threads may join and leave while this one receives.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the group is empty, is longer than 255 bytes, or contains a NUL;
    ///   or the socket has joined it already.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one that is not DISH.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let dish = zmq::Context::new()?.socket(zmq::Dish)?;
    /// dish.join("weather")?.join("news")?;
    /// assert_eq!(
    ///     dish.join("news").unwrap_err().to_string(),
    ///     "cannot join the group \"news\": the socket has joined it already",
    /// );
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_join`.
    #[doc(alias = "zmq_join")]
    pub fn join(&self, group: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: JoinsGroups,
    {
        self.change_group(Operation::JoinGroup, group.as_ref(), RawSocket::join, "the socket has joined it already")
    }

    /// Leaves a group. Returns the socket.
    ///
    /// Messages of the group that have arrived before are dropped.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the group is not a valid one, or the socket has not joined it.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one that is not DISH.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let dish = zmq::Context::new()?.socket(zmq::Dish)?;
    /// dish.join("weather")?;
    /// dish.leave("weather")?;
    /// assert_eq!(
    ///     dish.leave("weather").unwrap_err().to_string(),
    ///     "cannot leave the group \"weather\": the socket has not joined it",
    /// );
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_leave`.
    #[doc(alias = "zmq_leave")]
    pub fn leave(&self, group: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: JoinsGroups,
    {
        self.change_group(Operation::LeaveGroup, group.as_ref(), RawSocket::leave, "the socket has not joined it")
    }

    /// Joins a group until the returned guard is dropped.
    ///
    /// # Errors
    /// - all errors of [`join`](Self::join).
    ///
    /// # Examples
    /// ```
    /// let dish = zmq::Context::new()?.socket(zmq::Dish)?;
    /// let guard = dish.joined("weather")?;
    /// assert_eq!(*guard.group(), "weather");
    /// drop(guard);
    /// assert!(dish.leave("weather").is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_join` and `zmq_leave`.
    pub fn joined(&self, group: impl AsRef<[u8]>) -> Result<Joined<'_, K>>
    where
        K: JoinsGroups,
    {
        let group = Group::new(group)?;
        self.join(&group)?;
        Ok(Joined { socket: self, group })
    }

    fn change_group(
        &self,
        operation: Operation,
        group: &[u8],
        change: fn(&RawSocket, &GroupText) -> Result<(), Failure>,
        reason: &str,
    ) -> Result<&Self> {
        let text = check_group(group)?;
        let failed = |failure: Failure| Error::on(operation, String::from_utf8_lossy(group), failure);
        if !self.core.socket_type.can(Ability::JoinsGroups) {
            return Err(failed(Errno::ENOTSUP.into()).because("only DISH sockets have groups"));
        }
        match change(&self.core.raw, &text) {
            Ok(()) => Ok(self),
            Err(failure) if failure.is(Errno::EINVAL) => Err(failed(failure).because(reason)),
            Err(failure) => Err(failed(failure)),
        }
    }
}

/// A guard of a group, which the socket leaves when the guard is dropped.
///
/// [`Socket::joined`] returns it.
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
#[must_use = "the socket leaves the group when the guard is dropped"]
pub struct Joined<'a, K: JoinsGroups> {
    socket: &'a Socket<K>,
    group: Group,
}

impl<K: JoinsGroups> Joined<'_, K> {
    /// Returns the group.
    ///
    /// # Examples
    /// ```
    /// let dish = zmq::Context::new()?.socket(zmq::Dish)?;
    /// assert_eq!(*dish.joined("weather")?.group(), "weather");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }
}

impl<K: JoinsGroups> Drop for Joined<'_, K> {
    fn drop(&mut self) {
        // This fails if the program has left the group, or if the context was shut down.
        let _ = self.socket.leave(&self.group);
    }
}

impl<K: JoinsGroups> fmt::Debug for Joined<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Joined").field(&self.group).finish()
    }
}
