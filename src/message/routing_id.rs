//! Routing IDs of messages, by which SERVER and PEER sockets address their peers.

use std::fmt;
use std::num::NonZeroU32;

use super::Message;

/// The number of a peer of a SERVER or PEER socket.
///
/// libzmq assigns the numbers, which are valid for one socket: two sockets have different numbers for the same peer.
/// [`Message::routing_id`] returns the number of the peer that sent a message, and `Socket::connect_peer` the number of a peer
/// that the socket connects to. A client that reconnects is a new peer with a new number.
///
/// The routing IDs of ROUTER sockets are bytes, and frames of a message: see [`Socket::set_routing_id`].
///
/// [`Socket::set_routing_id`]: crate::Socket::set_routing_id
///
/// # Examples
/// ```
/// use zmq::{Client, Context, Message, RoutingId, Server};
///
/// let context = Context::new()?;
/// let (server, client) = (context.socket(Server)?, context.socket(Client)?);
/// client.connect(server.bind("inproc://routing-id")?)?;
///
/// client.send("hello")?;
/// let peer: Option<RoutingId> = server.recv()?.routing_id();
/// server.send(Message::from("welcome").with_routing_id(peer.unwrap()))?;
/// assert_eq!(client.recv()?, "welcome");
/// # Ok::<(), zmq::Error>(())
/// ```
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoutingId(NonZeroU32);

impl RoutingId {
    /// Returns the routing ID with libzmq's number, or `None` for 0, which is no routing ID.
    ///
    /// # Examples
    /// ```
    /// use zmq::RoutingId;
    ///
    /// assert_eq!(RoutingId::new(7).map(RoutingId::get), Some(7));
    /// assert_eq!(RoutingId::new(0), None);
    /// ```
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Returns libzmq's number.
    ///
    /// # Examples
    /// ```
    /// let id = zmq::RoutingId::new(7).unwrap();
    /// assert_eq!((id.get(), u32::from(id)), (7, 7));
    /// ```
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for RoutingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<NonZeroU32> for RoutingId {
    fn from(number: NonZeroU32) -> Self {
        Self(number)
    }
}

impl From<RoutingId> for NonZeroU32 {
    fn from(id: RoutingId) -> Self {
        id.0
    }
}

impl From<RoutingId> for u32 {
    fn from(id: RoutingId) -> Self {
        id.get()
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl Message {
    /// Returns the routing ID: of the peer that sent the message, if a SERVER or PEER socket received it, or of the peer to send
    /// it to.
    ///
    /// `clone`, [`share`](Self::share) and [`make_mut`](Self::make_mut) keep the ID. A send of a reference (`&message`) copies
    /// the bytes without the ID. Sockets of other kinds ignore the ID. They pass it on over `inproc`, and drop it over other
    /// transports.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Peer};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
    /// let id = one.connect_peer(other.bind("inproc://message-routing-id")?)?;
    ///
    /// one.send_to(id, "hello")?;
    /// let message = other.recv()?;
    /// assert!(message.routing_id().is_some());
    /// assert_eq!(message.clone().routing_id(), message.routing_id());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_routing_id`.
    #[doc(alias = "zmq_msg_routing_id")]
    #[must_use]
    pub fn routing_id(&self) -> Option<RoutingId> {
        RoutingId::new(self.raw.routing_id())
    }

    /// Sets the routing ID of the peer to send the message to, on a SERVER or PEER socket.
    ///
    /// A successful send removes the ID together with the content. A failed send returns the message with its ID.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Message, RoutingId};
    ///
    /// let mut message = Message::from("hello");
    /// message.set_routing_id(RoutingId::new(7).unwrap());
    /// assert_eq!(message.routing_id().map(u32::from), Some(7));
    /// ```
    ///
    /// Maps to `zmq_msg_set_routing_id`.
    #[doc(alias = "zmq_msg_set_routing_id")]
    pub fn set_routing_id(&mut self, id: RoutingId) {
        self.raw.set_routing_id(id.0);
    }

    /// Returns the message with the routing ID of the peer to send it to.
    ///
    /// See [`set_routing_id`](Self::set_routing_id).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Message, RoutingId};
    ///
    /// let id = RoutingId::new(7).unwrap();
    /// assert_eq!(Message::from("hello").with_routing_id(id).routing_id(), Some(id));
    /// ```
    ///
    /// Maps to `zmq_msg_set_routing_id`.
    #[doc(alias = "zmq_msg_set_routing_id")]
    #[must_use]
    pub fn with_routing_id(mut self, id: RoutingId) -> Self {
        self.set_routing_id(id);
        self
    }
}
