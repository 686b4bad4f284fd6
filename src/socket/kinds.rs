//! The table of socket kinds, with the abilities and the facts of each.
//!
//! A kind is a unit struct, used as a value (`context.socket(zmq::Router)`) and as a type (`Socket<Router>`). Its
//! abilities are sealed traits, so that a method that the kind lacks does not compile. Facts are private to the crate. They
//! describe how libzmq treats sockets of a type, and no other file repeats them.
//!
//! All public items of this module are public at the root of the crate.

use std::ffi::c_int;
use std::fmt;

use crate::sys;
use grammar::{abilities, facts, flags, kinds};

mod grammar;
mod open;

mod sealed {
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

/// Returns `true` if a socket of kind `K` may have the ability. The result is a constant of `K`.
pub(crate) const fn may<K: Kind>(ability: Ability) -> bool {
    match K::TYPE {
        Some(socket_type) => socket_type.can(ability),
        None => Abilities::OF_ANY.contains(ability),
    }
}

abilities! {
    /// The abilities of socket kinds: sealed traits, for bounds in generic code.
    ///
    /// # Examples
    /// ```
    /// use zmq::abilities::{Receives, Sends};
    /// use zmq::{Message, Socket};
    ///
    /// fn echo<K: Sends + Receives>(socket: &Socket<K>) -> zmq::Result<()> {
    ///     let message: Message = socket.recv()?;
    ///     Ok(socket.send(message)?)
    /// }
    /// ```
    pub mod abilities {
        /// A kind that can send.
        #[lacking = "`{Self}` sockets cannot send"]
        Sends;
        /// A kind that can send messages of several frames.
        #[lacking = "`{Self}` sockets cannot send multipart messages"]
        SendsMultipart: Sends;
        /// A kind that can receive.
        #[lacking = "`{Self}` sockets cannot receive"]
        Receives;
        /// A kind that receives the messages that match its subscriptions.
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
        /// A kind whose sockets several threads may use at once, because libzmq locks them. No stable kind is one.
        ///
        /// Their messages have one frame, and they have no descriptor that signals events.
        #[lacking = "`{Self}` sockets are used by one thread at a time",
            label = "this shares a socket between threads",
            note = "open a socket for each thread and connect them over `inproc`, or move the socket to the thread that uses it"]
        ThreadSafe, not Any;
    }
}

pub(crate) use abilities::*;

facts! {
    /// A check for messages fetches the first frame of the next one.
    Prefetches;
    /// libzmq removes frames that look like subscriptions from received messages, and the last frame may be among them.
    TearsMessages;
    /// libzmq sends the rest of a message to any connected peer, so the crate keeps the frames until the message is
    /// complete.
    KeepsParts;
    /// Messages go to the peers in round-robin order. If a peer leaves in the middle of a message, libzmq drops all frames
    /// up to the next last one, which may belong to the next message.
    DealsOut;
    /// A send may wait for a peer that has left.
    ///
    /// libzmq keeps a peer until its messages have been read to the end. Until then a full queue looks like a slow peer.
    /// Reading the socket's events processes that end, unless a message precedes it.
    OutwaitsPeers;
    /// The socket is writable even if the peer that a message is addressed to has a full queue.
    WritableWhenFull;
    /// libzmq opens one connection to an endpoint, no matter how often `connect` is called.
    ConnectsOnce;
    /// The socket has one peer at a time; libzmq refuses others.
    HasOnePeer;
    /// libzmq sends the socket the routing ids of its peers.
    TakesRoutingIds;
    /// Subscriptions travel to publishers like messages.
    SendsSubscriptions;
    /// A message of the program is a subscription if its first byte says so.
    SendsSubscriptionsAsMessages;
    /// libzmq looks for subscriptions in all frames that the socket sends or receives.
    LooksForSubscriptions;
    /// The socket sends replies in alternation with requests.
    Replies;
    /// The socket can be an authenticator. libzmq aborts if a socket of another type is bound to its endpoint.
    Authenticates;
    /// The socket can steer a proxy.
    Steers;
    /// The socket can capture the messages of a proxy: it sends any message at any time, and does not read the first frame
    /// as an address.
    Captures;
}

kinds! {
    stable {
        /// Talks to one peer, in both directions.
        Pair = ZMQ_PAIR: Sends SendsMultipart Receives [KeepsParts OutwaitsPeers HasOnePeer Steers Captures];
        /// Publishes to every subscriber whose prefix matches, and drops messages for subscribers at their high-water mark.
        Pub = ZMQ_PUB: Sends SendsMultipart Publishes MatchesPrefixes Multicasts ConflatesSent
            [WritableWhenFull ConnectsOnce Captures];
        /// Receives the messages that match its subscriptions.
        Sub = ZMQ_SUB: Receives Subscribes MatchesPrefixes Multicasts ConflatesReceived
            [Prefetches ConnectsOnce SendsSubscriptions Steers];
        /// Sends requests and receives replies, in strict alternation.
        Req = ZMQ_REQ: Sends SendsMultipart Receives Requests HasRoutingId ProbesRouters [KeepsParts DealsOut ConnectsOnce];
        /// Receives requests and sends replies, in strict alternation.
        Rep = ZMQ_REP: Sends SendsMultipart Receives HasRoutingId [Prefetches TakesRoutingIds Replies Authenticates Steers];
        /// Sends to its peers in turn and receives from all of them: a request socket without the alternation.
        Dealer = ZMQ_DEALER: Sends SendsMultipart Receives HasRoutingId ProbesRouters ConflatesReceived
            [DealsOut ConnectsOnce Steers Captures];
        /// Prefixes each received message with the peer's routing id, and sends to the peer that the first frame names.
        Router = ZMQ_ROUTER: Sends SendsMultipart Receives Routes HasRoutingId NamesPeers ProbesRouters
            [Prefetches OutwaitsPeers WritableWhenFull TakesRoutingIds Authenticates Steers];
        /// Receives from every pusher, fairly.
        Pull = ZMQ_PULL: Receives ConflatesReceived [Steers];
        /// Deals its messages out to the pullers in turn; waits when all are at their high-water mark.
        Push = ZMQ_PUSH: Sends SendsMultipart ConflatesSent [DealsOut Captures];
        /// Publishes like [`Pub`], and receives the subscriptions of its peers.
        XPub = ZMQ_XPUB: Sends SendsMultipart Receives Publishes MatchesPrefixes SeesSubscriptions Multicasts
            [TearsMessages WritableWhenFull LooksForSubscriptions Captures];
        /// Receives like [`Sub`], and sends its subscriptions as messages.
        XSub = ZMQ_XSUB: Sends SendsMultipart Receives Multicasts
            [Prefetches SendsSubscriptions SendsSubscriptionsAsMessages LooksForSubscriptions];
        /// Talks raw TCP to peers that do not speak ZeroMQ.
        Stream = ZMQ_STREAM: Sends SendsMultipart Receives NamesPeers Streams
            [OutwaitsPeers WritableWhenFull TakesRoutingIds];
    }
    draft {
        /// Answers clients by a routing id that each message carries.
        Server = ZMQ_SERVER: Sends Receives ThreadSafe [OutwaitsPeers WritableWhenFull], unopened;
        /// Talks to servers, from any thread.
        Client = ZMQ_CLIENT: Sends Receives ThreadSafe [DealsOut], unopened;
        /// Sends to groups.
        Radio = ZMQ_RADIO: Sends ThreadSafe [WritableWhenFull], unopened;
        /// Receives from the groups that it joined.
        Dish = ZMQ_DISH: Receives ThreadSafe [Prefetches], unopened;
        /// Receives from every scatter socket.
        Gather = ZMQ_GATHER: Receives ThreadSafe, unopened;
        /// Deals its messages out to the gather sockets.
        Scatter = ZMQ_SCATTER: Sends ThreadSafe [DealsOut], unopened;
        /// Sends and receives UDP datagrams.
        Dgram = ZMQ_DGRAM: Sends SendsMultipart Receives [HasOnePeer], unopened;
        /// Talks to peers by a routing id that each message carries.
        Peer = ZMQ_PEER: Sends Receives ThreadSafe [OutwaitsPeers WritableWhenFull], unopened;
        /// Talks to one peer, from any thread.
        Channel = ZMQ_CHANNEL: Sends Receives ThreadSafe [OutwaitsPeers HasOnePeer], unopened;
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
    /// Returns `true` if sockets of this type have the ability.
    #[inline]
    pub(crate) const fn can(self, ability: Ability) -> bool {
        self.abilities().contains(ability)
    }

    /// Returns `true` if the fact holds for sockets of this type.
    #[inline]
    pub(crate) const fn has(self, fact: Fact) -> bool {
        self.facts().contains(fact)
    }

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
