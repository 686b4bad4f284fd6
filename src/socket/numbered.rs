//! Sending to peers that libzmq numbers.

use std::time::Duration;

use super::kinds::{Ability, Kind, Peer, RoutesByNumber};
use super::wait::Wait;
use super::{Core, Socket};
use crate::error::{Errno, Error, ErrorKind, Operation, Result, SendError};
use crate::message::{IntoMessage, Message, RoutingId};
use crate::raw::RawSocket;

/// # Numbered peers
///
/// libzmq numbers the peers of a SERVER or PEER socket. Each received message carries the number of its sender, and each message
/// to send must carry the number of its receiver: [`Message::routing_id`].
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: Kind> Socket<K> {
    /// Sends a message to the peer with this routing ID, blocking until libzmq accepts the message.
    ///
    /// The call blocks while the peer is at its high-water mark, for at most the [send timeout](Self::set_send_timeout).
    /// Default: no timeout.
    ///
    /// # Errors
    /// Every error returns the message, with its routing ID, in [`SendError::message`], so you can retry.
    /// - [`HostUnreachable`](ErrorKind::HostUnreachable): no such peer is connected.
    /// - [`TimedOut`](ErrorKind::TimedOut): the send timeout expired.
    /// - [`NotSupported`](ErrorKind::NotSupported): an untyped socket is neither SERVER nor PEER.
    /// - [`ContextTerminated`](ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Peer};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
    /// let id = one.connect_peer(other.bind("inproc://send-to")?)?;
    ///
    /// one.send_to(id, "hello")?;
    /// assert_eq!(other.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_set_routing_id` and `zmq_msg_send`.
    #[doc(alias("zmq_msg_set_routing_id", "zmq_msg_send"))]
    pub fn send_to(&self, id: RoutingId, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: RoutesByNumber,
    {
        self.send_numbered(id, message.into(), Wait::Configured)
    }

    /// Attempts to send a message to the peer with this routing ID, without blocking.
    ///
    /// # Errors
    /// Every error returns the message, with its routing ID, in [`SendError::message`], so you can retry.
    /// - [`WouldBlock`](ErrorKind::WouldBlock): the peer is at its high-water mark.
    /// - all errors of [`send_to`](Self::send_to), except `TimedOut`.
    ///
    /// # Examples
    /// ```
    /// use zmq::{ErrorKind, RoutingId, Server};
    ///
    /// let server = zmq::Context::new()?.socket(Server)?;
    /// let refused = server.try_send_to(RoutingId::new(7).unwrap(), "hello").unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    /// assert_eq!(refused.message.routing_id(), RoutingId::new(7));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_set_routing_id`, and `zmq_msg_send` with `ZMQ_DONTWAIT`.
    #[doc(alias("zmq_msg_set_routing_id", "zmq_msg_send"))]
    pub fn try_send_to(&self, id: RoutingId, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: RoutesByNumber,
    {
        self.send_numbered(id, message.into(), Wait::Never)
    }

    /// Sends a message to the peer with this routing ID, blocking for at most `timeout`, or forever if it is `None`.
    ///
    /// The socket's own send timeout is ignored.
    ///
    /// # Errors
    /// Every error returns the message, with its routing ID, in [`SendError::message`], so you can retry.
    /// - [`TimedOut`](ErrorKind::TimedOut): `timeout` expired, even if it is zero.
    /// - all errors of [`send_to`](Self::send_to).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Client, Context, Server};
    ///
    /// let context = Context::new()?;
    /// let (server, client) = (context.socket(Server)?, context.socket(Client)?);
    /// client.connect(server.bind("inproc://send-to-timeout")?)?;
    ///
    /// client.send("hello")?;
    /// let id = server.recv()?.routing_id().unwrap();
    /// server.send_to_timeout(id, "welcome", Duration::from_secs(1))?;
    /// assert_eq!(client.recv()?, "welcome");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_set_routing_id` and `zmq_msg_send`.
    #[doc(alias("zmq_msg_set_routing_id", "zmq_msg_send"))]
    pub fn send_to_timeout(
        &self,
        id: RoutingId,
        message: impl IntoMessage,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), SendError<Message>>
    where
        K: RoutesByNumber,
    {
        self.send_numbered(id, message.into(), Wait::For(timeout.into()))
    }

    /// Sends a message to the peer that sent `request`, blocking as [`send_to`](Self::send_to) does.
    ///
    /// Replies may be sent in any order, by any thread. A request may have any number of replies.
    ///
    /// # Errors
    /// - [`HostUnreachable`](ErrorKind::HostUnreachable): the peer has disconnected, or `request` has no routing ID, because
    ///   it was not received from a SERVER or PEER socket.
    /// - all errors of [`send_to`](Self::send_to).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Client, Context, Server};
    ///
    /// let context = Context::new()?;
    /// let (server, client) = (context.socket(Server)?, context.socket(Client)?);
    /// client.connect(server.bind("inproc://reply-to")?)?;
    ///
    /// client.send("ping")?;
    /// let request = server.recv()?;
    /// server.reply_to(&request, "pong")?;
    /// assert_eq!(client.recv()?, "pong");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_routing_id`, `zmq_msg_set_routing_id` and `zmq_msg_send`.
    #[doc(alias("zmq_msg_routing_id", "zmq_msg_set_routing_id", "zmq_msg_send"))]
    pub fn reply_to(&self, request: &Message, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: RoutesByNumber,
    {
        let message = message.into();
        match request.routing_id() {
            Some(id) => self.send_numbered(id, message, Wait::Configured),
            None => {
                let error = self.core.send_error(Errno::EHOSTUNREACH).because(
                    "the request has no routing id; only messages that a SERVER or PEER socket received have one",
                );
                Err(SendError { error, message })
            }
        }
    }

    fn send_numbered(&self, id: RoutingId, message: Message, wait: Wait) -> Result<(), SendError<Message>> {
        let message = message.with_routing_id(id);
        if let Err(error) = self.expect_ability(Ability::RoutesByNumber, Operation::Send, "routing_id") {
            return Err(SendError { error, message });
        }
        self.core.send_frame(message, wait, 0)
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl Socket<Peer> {
    /// Connects the socket to `endpoint` like [`connect`](Self::connect), and returns the routing ID of the peer.
    ///
    /// Messages to the peer can be sent immediately. They wait until the connection is established. The routing ID stays valid
    /// when the connection is lost and established again.
    ///
    /// # Errors
    /// - [`WrongState`](ErrorKind::WrongState): [`set_immediate`](Self::set_immediate) is on, with which libzmq assigns no
    ///   routing ID before the connection is established.
    /// - all errors of [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Peer};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
    /// let id = one.connect_peer(other.bind("tcp://127.0.0.1:*")?)?;
    ///
    /// one.send_to(id, "ping")?;
    /// let ping = other.recv()?;
    /// other.reply_to(&ping, "pong")?;
    /// assert_eq!(one.recv()?.routing_id(), Some(id));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_connect_peer`.
    #[doc(alias = "zmq_connect_peer")]
    pub fn connect_peer(&self, endpoint: impl AsRef<str>) -> Result<RoutingId> {
        let text = endpoint.as_ref();
        self.core.memory.let_peers_choose_ids();
        let connected = self.core.connect_by(text, RawSocket::connect_peer).map_err(|error| match error.errno() {
            Errno::EFAULT => error.of_kind(ErrorKind::WrongState).because(
                "libzmq assigns no routing id while immediate is on; call set_immediate(false) first, or connect, and \
                 take the routing id from a message of the peer",
            ),
            _ => error,
        });
        let (number, _) = connected?;
        RoutingId::new(number).ok_or_else(|| Error::on(Operation::Connect, text, Errno::EFAULT))
    }
}

impl Core {
    /// Explains why a message reached no peer, if the peer is named by the routing ID of the message.
    #[cold]
    pub(super) fn name_the_number(&self, error: Error, message: &Message) -> Error {
        if error.kind() != ErrorKind::HostUnreachable || !self.socket_type.can(Ability::RoutesByNumber) {
            return error;
        }
        error.because(match message.routing_id() {
            Some(id) => format!("no peer with the routing id {id} is connected"),
            None => "the message has no routing id; call send_to or reply_to".to_owned(),
        })
    }
}
