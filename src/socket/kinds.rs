//! The kinds of socket and what each can do.
//!
//! A kind is a unit struct, used as a value (`context.socket(zmq::Router)`) and as a type (`Socket<Router>`); its
//! abilities are sealed traits, so that a method which the kind lacks does not compile.

use std::ffi::c_int;
use std::fmt;

use crate::macros::{abilities, kinds};
use crate::sys;

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// A kind of socket: the parameter of [`Socket`](crate::Socket).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of socket",
    note = "a kind is a type such as `zmq::Router`, or `zmq::Any` for one that is known at run time alone"
)]
pub trait Kind: sealed::Sealed + 'static {
    /// The socket type, or `None` for [`Any`], whose type is known at run time alone.
    const TYPE: Option<SocketType>;
}

/// What [`Context::socket`](crate::Context::socket) can open: a kind, or a [`SocketType`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of socket",
    note = "name a kind, such as `zmq::Router`, or parse the name to a `zmq::SocketType`"
)]
pub trait Open: sealed::Sealed {
    /// The kind of the socket that is opened.
    type Kind: Kind;
    /// Returns the type of the socket that is opened.
    fn socket_type(&self) -> SocketType;
}

abilities! {
    /// A kind that can send.
    #[lacking = "`{Self}` sockets cannot send"]
    Sends;
    /// A kind that can receive.
    #[lacking = "`{Self}` sockets cannot receive"]
    Receives;
    /// A kind that receives what it subscribed to.
    #[lacking = "`{Self}` sockets cannot subscribe"]
    Subscribes;
    /// A kind that publishes.
    #[lacking = "`{Self}` sockets cannot publish"]
    Publishes;
    /// A kind that matches prefixes.
    #[lacking = "`{Self}` sockets match no prefixes"]
    MatchesPrefixes;
    /// A kind that sees the subscriptions of its peers, and may decide on them.
    #[lacking = "`{Self}` sockets do not see subscriptions"]
    SeesSubscriptions;
    /// A kind that may use the multicast transports.
    #[lacking = "`{Self}` sockets cannot multicast"]
    Multicasts;
    /// A kind that addresses its peers by routing id.
    #[lacking = "`{Self}` sockets do not address peers by routing id"]
    Routes;
    /// A kind that may choose the routing id under which its peers know it.
    #[lacking = "`{Self}` sockets have no routing id of their own"]
    HasRoutingId;
    /// A kind that may choose the routing id of the peer that it connects to.
    #[lacking = "`{Self}` sockets cannot choose the routing ids of their peers"]
    NamesPeers;
    /// A kind that may greet a router, so that the router knows it at once.
    #[lacking = "`{Self}` sockets cannot greet routers"]
    ProbesRouters;
    /// A kind that sends requests in alternation with replies.
    #[lacking = "`{Self}` sockets send no requests"]
    Requests;
    /// A kind that may keep the newest message to be sent alone.
    #[lacking = "`{Self}` sockets cannot keep only the newest message to send"]
    ConflatesSent;
    /// A kind that may keep the newest message received alone.
    #[lacking = "`{Self}` sockets cannot keep only the newest message received"]
    ConflatesReceived;
    /// A kind that talks to peers which do not speak ZeroMQ.
    #[lacking = "`{Self}` sockets do not talk raw TCP"]
    Streams;
}

/// A kind, or the gate of a kind, whose sockets several threads may use at once, because libzmq locks them. No stable kind
/// is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` sockets are used by one thread at a time",
    label = "this shares a socket between threads",
    note = "open a socket for each thread and connect them over `inproc`, or move the socket to the thread that uses it"
)]
pub trait ThreadSafe: sealed::Sealed {}

kinds! {
    stable {
        /// Talks to one peer, in both directions.
        Pair = ZMQ_PAIR: Sends Receives;
        /// Publishes to every subscriber whose prefix matches; drops what a subscriber at its high-water mark cannot take.
        Pub = ZMQ_PUB: Sends Publishes MatchesPrefixes Multicasts ConflatesSent;
        /// Receives what it subscribed to.
        Sub = ZMQ_SUB: Receives Subscribes MatchesPrefixes Multicasts ConflatesReceived;
        /// Sends requests and receives replies, in strict alternation.
        Req = ZMQ_REQ: Sends Receives Requests HasRoutingId ProbesRouters;
        /// Receives requests and sends replies, in strict alternation.
        Rep = ZMQ_REP: Sends Receives HasRoutingId;
        /// Sends to its peers in turn and receives from all of them: a request socket without the alternation.
        Dealer = ZMQ_DEALER: Sends Receives HasRoutingId ProbesRouters ConflatesReceived;
        /// Prefixes what it receives with the peer's routing id, and sends to the peer that the first frame names.
        Router = ZMQ_ROUTER: Sends Receives Routes HasRoutingId NamesPeers ProbesRouters;
        /// Receives from every pusher, fairly.
        Pull = ZMQ_PULL: Receives ConflatesReceived;
        /// Deals its messages out to the pullers in turn; waits when all are at their high-water mark.
        Push = ZMQ_PUSH: Sends ConflatesSent;
        /// Publishes like [`Pub`], and receives the subscriptions of its peers.
        XPub = ZMQ_XPUB: Sends Receives Publishes MatchesPrefixes SeesSubscriptions Multicasts;
        /// Receives like [`Sub`], and sends its subscriptions as messages.
        XSub = ZMQ_XSUB: Sends Receives Multicasts;
        /// Talks raw TCP to peers that do not speak ZeroMQ.
        Stream = ZMQ_STREAM: Sends Receives NamesPeers Streams;
    }
    draft {
        /// Answers clients by a routing id that each message carries.
        Server = ZMQ_SERVER;
        /// Talks to servers, from any thread.
        Client = ZMQ_CLIENT;
        /// Sends to groups.
        Radio = ZMQ_RADIO;
        /// Receives from the groups that it joined.
        Dish = ZMQ_DISH;
        /// Receives from every scatter socket.
        Gather = ZMQ_GATHER;
        /// Deals its messages out to the gather sockets.
        Scatter = ZMQ_SCATTER;
        /// Sends and receives UDP datagrams.
        Dgram = ZMQ_DGRAM;
        /// Talks to peers by a routing id that each message carries.
        Peer = ZMQ_PEER;
        /// Talks to one peer, from any thread.
        Channel = ZMQ_CHANNEL;
    }
}

/// The kind of a socket whose type is known at run time alone.
///
/// It has the methods of every kind; one that its type lacks is an error
/// ([`NotSupported`](crate::ErrorKind::NotSupported)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Any {}

impl sealed::Sealed for Any {}
impl Kind for Any {
    const TYPE: Option<SocketType> = None;
}

impl sealed::Sealed for SocketType {}
impl Open for SocketType {
    type Kind = Any;
    fn socket_type(&self) -> SocketType {
        *self
    }
}

impl SocketType {
    /// Returns the type with libzmq's number, or `None` for a number that the crate does not know.
    #[must_use]
    pub fn from_raw(number: c_int) -> Option<Self> {
        Self::ALL.iter().copied().find(|socket_type| socket_type.to_raw() == number)
    }
}

impl fmt::Display for SocketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn without_prefix(c_name: &'static str) -> &'static str {
    c_name.trim_start_matches("ZMQ_")
}
