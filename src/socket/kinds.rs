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
pub(super) use drafts::draft_links;
use grammar::{abilities, facts, flags, kinds};

pub(super) mod drafts;
mod grammar;
mod open;

mod sealed {
    pub trait Sealed {}
}

/// A kind of socket, which is the parameter of [`Socket`](crate::Socket).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of socket",
    note = "a kind is a type such as `zmq::Router`, or `zmq::Any` for a type that is known only at run time"
)]
pub trait Kind: sealed::Sealed + 'static {
    /// The socket type, or `None` for [`Any`], whose type is known only at run time.
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
    #[doc = include_str!("kinds/abilities.md")]
    #[doc = crate::socket::kinds::draft_links!()]
    pub mod abilities {
        /// Kinds that can send.
        #[lacking = "`{Self}` sockets cannot send"]
        Sends;
        /// Kinds that can send messages of several frames.
        #[lacking = "`{Self}` sockets cannot send multipart messages"]
        SendsMultipart: Sends;
        /// Kinds that can receive.
        #[lacking = "`{Self}` sockets cannot receive"]
        Receives;
        /// Kinds that subscribe by an option, and receive only messages that match a subscription.
        #[lacking = "`{Self}` sockets cannot subscribe"]
        Subscribes;
        /// Kinds that send each message to all matching subscribers.
        #[lacking = "`{Self}` sockets cannot publish"]
        Publishes;
        /// Kinds that compare messages with the prefixes of subscriptions.
        #[lacking = "`{Self}` sockets match no prefixes"]
        MatchesPrefixes;
        /// Kinds that receive the subscriptions of their peers, and can change them.
        #[lacking = "`{Self}` sockets do not see subscriptions"]
        SeesSubscriptions;
        /// Kinds that can use the multicast transports.
        #[lacking = "`{Self}` sockets cannot multicast"]
        Multicasts;
        /// Kinds that address their peers by routing ID.
        #[lacking = "`{Self}` sockets do not address peers by routing id"]
        Routes;
        /// Kinds that address their peers by number: each message carries the number that libzmq assigned to the peer. Only
        /// draft kinds have this ability.
        #[lacking = "`{Self}` sockets do not address peers by number"]
        RoutesByNumber;
        /// Kinds whose sockets can choose their own routing ID.
        #[lacking = "`{Self}` sockets have no routing id of their own"]
        HasRoutingId;
        /// Kinds whose sockets can choose the routing ID of a peer that they connect to.
        #[lacking = "`{Self}` sockets cannot choose the routing ids of their peers"]
        NamesPeers;
        /// Kinds whose sockets can send an empty message to each new peer, so that a ROUTER socket knows them at once.
        #[lacking = "`{Self}` sockets cannot greet routers"]
        ProbesRouters;
        /// Kinds that send requests in alternation with replies.
        #[lacking = "`{Self}` sockets send no requests"]
        Requests;
        /// Kinds that can keep only the newest message to send.
        #[lacking = "`{Self}` sockets cannot keep only the newest message to send"]
        ConflatesSent;
        /// Kinds that can keep only the newest received message.
        #[lacking = "`{Self}` sockets cannot keep only the newest message received"]
        ConflatesReceived;
        /// Kinds that talk to peers which do not speak ZeroMQ.
        #[lacking = "`{Self}` sockets do not talk raw TCP"]
        Streams;
        /// Kinds that address each message to a group.
        #[lacking = "`{Self}` sockets do not send to groups"]
        SendsToGroups: Sends;
        /// Kinds that receive from the groups that they joined.
        #[lacking = "`{Self}` sockets do not join groups"]
        JoinsGroups: Receives;
        /// Kinds that send and receive UDP datagrams.
        #[lacking = "`{Self}` sockets do not send datagrams"]
        SendsDatagrams: SendsMultipart;
        /// Kinds that can greet each new peer with a message. The option for it belongs to the draft API.
        #[lacking = "`{Self}` sockets cannot greet their peers"]
        Greets;
        /// Kinds that can receive a message in the name of a peer that has disconnected. The option for it belongs to
        /// the draft API.
        #[lacking = "`{Self}` sockets cannot receive a message when a peer disconnects"]
        SeesDisconnects;
        /// Kinds that can receive a message when one of their connections is lost. The option for it belongs to the
        /// draft API.
        #[lacking = "`{Self}` sockets cannot receive a message when a connection is lost"]
        SeesHiccups;
        /// Kinds that send each subscription and unsubscription as the program asks. The options of it belong to the
        /// draft API.
        #[lacking = "`{Self}` sockets do not forward subscriptions"]
        ForwardsSubscriptions;
        /// Kinds that know the number of topics with subscriptions. The option for it belongs to the draft API.
        #[lacking = "`{Self}` sockets do not count topics"]
        CountsTopics;
        /// Kinds that can send UDP datagrams to a multicast group. The option for it belongs to the draft API.
        #[lacking = "`{Self}` sockets cannot send datagrams to a multicast group"]
        MulticastsDatagrams;
        /// Kinds whose sockets can be used by several threads at once, because libzmq locks them. Only draft
        /// kinds have this ability.
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
    /// Subscriptions or joins travel to publishers like messages.
    SendsSubscriptions;
    /// A message of the program is a subscription if its first byte says so.
    SendsSubscriptionsAsMessages;
    /// libzmq looks for subscriptions in all frames that the socket sends or receives.
    LooksForSubscriptions;
    /// The socket sends replies in alternation with requests.
    Replies;
    /// The socket can be an authenticator. libzmq aborts if a socket of another type is bound to its endpoint.
    Authenticates;
    /// The socket can be connected over UDP.
    ConnectsUdp;
    /// The socket can be bound over UDP.
    BindsUdp;
    /// The socket can steer a proxy.
    Steers;
    /// The socket can capture the messages of a proxy: it sends any message at any time, and does not read the first frame
    /// as an address.
    Captures;
}

kinds! {
    stable {
        /// Sockets with one peer, for messages in both directions.
        #[page("kinds/pair.md", "ZMQ_PAIR", "PAIR")]
        Pair = ZMQ_PAIR: Sends SendsMultipart Receives [KeepsParts OutwaitsPeers HasOnePeer Steers Captures];
        /// Sockets that publish messages to all subscribers with a matching prefix.
        #[page("kinds/pub.md", "ZMQ_PUB", "PUB")]
        Pub = ZMQ_PUB: Sends SendsMultipart Publishes MatchesPrefixes Multicasts ConflatesSent CountsTopics
            [WritableWhenFull ConnectsOnce Captures];
        /// Sockets that receive published messages with the prefixes that they subscribe to.
        #[page("kinds/sub.md", "ZMQ_SUB", "SUB")]
        Sub = ZMQ_SUB: Receives Subscribes MatchesPrefixes Multicasts ConflatesReceived CountsTopics
            [Prefetches ConnectsOnce SendsSubscriptions Steers];
        /// Sockets that send requests and receive replies, in strict alternation.
        #[page("kinds/req.md", "ZMQ_REQ", "REQ")]
        Req = ZMQ_REQ: Sends SendsMultipart Receives Requests HasRoutingId ProbesRouters [KeepsParts DealsOut ConnectsOnce];
        /// Sockets that receive requests and send replies, in strict alternation.
        #[page("kinds/rep.md", "ZMQ_REP", "REP")]
        Rep = ZMQ_REP: Sends SendsMultipart Receives HasRoutingId [Prefetches TakesRoutingIds Replies Authenticates Steers];
        /// Sockets that send to their peers in round-robin order and receive from all of them.
        #[page("kinds/dealer.md", "ZMQ_DEALER", "DEALER")]
        Dealer = ZMQ_DEALER: Sends SendsMultipart Receives HasRoutingId ProbesRouters ConflatesReceived
            Greets SeesHiccups [DealsOut ConnectsOnce Steers Captures];
        /// Sockets that address each of their peers by routing ID.
        #[page("kinds/router.md", "ZMQ_ROUTER", "ROUTER")]
        Router = ZMQ_ROUTER: Sends SendsMultipart Receives Routes HasRoutingId NamesPeers ProbesRouters
            Greets SeesDisconnects [Prefetches OutwaitsPeers WritableWhenFull TakesRoutingIds Authenticates Steers];
        /// Sockets that receive messages from all connected PUSH sockets in turn.
        #[page("kinds/pull.md", "ZMQ_PULL", "PULL")]
        Pull = ZMQ_PULL: Receives ConflatesReceived [Steers];
        /// Sockets that distribute messages over their peers in round-robin order.
        #[page("kinds/push.md", "ZMQ_PUSH", "PUSH")]
        Push = ZMQ_PUSH: Sends SendsMultipart ConflatesSent [DealsOut Captures];
        /// Sockets that publish like [`Pub`], and receive the subscriptions of their peers.
        #[page("kinds/xpub.md", "ZMQ_XPUB", "XPUB")]
        XPub = ZMQ_XPUB: Sends SendsMultipart Receives Publishes MatchesPrefixes SeesSubscriptions Multicasts
            CountsTopics [TearsMessages WritableWhenFull LooksForSubscriptions Captures];
        /// Sockets that receive like [`Sub`], and send their subscriptions as messages.
        #[page("kinds/xsub.md", "ZMQ_XSUB", "XSUB")]
        XSub = ZMQ_XSUB: Sends SendsMultipart Receives Multicasts CountsTopics ForwardsSubscriptions
            [Prefetches SendsSubscriptions SendsSubscriptionsAsMessages LooksForSubscriptions];
        /// Sockets that talk raw TCP to peers that do not speak ZeroMQ.
        #[page("kinds/stream.md", "ZMQ_STREAM", "STREAM")]
        Stream = ZMQ_STREAM: Sends SendsMultipart Receives NamesPeers Streams
            [OutwaitsPeers WritableWhenFull TakesRoutingIds];
    }
    draft {
        /// Sockets that answer clients by a routing ID that each message carries.
        #[page("kinds/server.md", "ZMQ_SERVER", "SERVER")]
        Server = ZMQ_SERVER: Sends Receives RoutesByNumber ThreadSafe Greets SeesDisconnects
            [OutwaitsPeers WritableWhenFull];
        /// Sockets that talk to servers, from any thread.
        #[page("kinds/client.md", "ZMQ_CLIENT", "CLIENT")]
        Client = ZMQ_CLIENT: Sends Receives ThreadSafe Greets SeesHiccups [DealsOut];
        /// Sockets that send to groups.
        #[page("kinds/radio.md", "ZMQ_RADIO", "RADIO")]
        Radio = ZMQ_RADIO: Sends SendsToGroups Publishes ThreadSafe MulticastsDatagrams [WritableWhenFull ConnectsUdp];
        /// Sockets that receive from the groups that they joined.
        #[page("kinds/dish.md", "ZMQ_DISH", "DISH")]
        Dish = ZMQ_DISH: Receives JoinsGroups ThreadSafe [Prefetches SendsSubscriptions BindsUdp];
        /// Sockets that receive from all connected SCATTER sockets in turn.
        #[page("kinds/gather.md", "ZMQ_GATHER", "GATHER")]
        Gather = ZMQ_GATHER: Receives ThreadSafe;
        /// Sockets that distribute messages over their peers in round-robin order.
        #[page("kinds/scatter.md", "ZMQ_SCATTER", "SCATTER")]
        Scatter = ZMQ_SCATTER: Sends ThreadSafe [DealsOut];
        /// Sockets that send and receive UDP datagrams.
        #[page("kinds/dgram.md", "ZMQ_DGRAM", "DGRAM")]
        Dgram = ZMQ_DGRAM: Sends SendsMultipart Receives SendsDatagrams [KeepsParts HasOnePeer BindsUdp];
        /// Sockets that talk to peers by a routing ID that each message carries.
        #[page("kinds/peer.md", "ZMQ_PEER", "PEER")]
        Peer = ZMQ_PEER: Sends Receives RoutesByNumber ThreadSafe Greets SeesDisconnects SeesHiccups
            [OutwaitsPeers WritableWhenFull];
        /// Sockets with one peer, for use from any thread.
        #[page("kinds/channel.md", "ZMQ_CHANNEL", "CHANNEL")]
        Channel = ZMQ_CHANNEL: Sends Receives ThreadSafe [OutwaitsPeers HasOnePeer];
    }
}

/// The kind of sockets whose type is known only at run time.
///
/// These sockets have the methods of every kind. Methods that the type lacks fail with
/// [`NotSupported`](crate::ErrorKind::NotSupported), except getters of options, which return libzmq's value.
///
/// # Examples
/// ```
/// use zmq::{Context, ErrorKind, Socket, SocketType};
///
/// let socket: Socket = Context::new()?.socket(SocketType::Push)?;
/// assert_eq!(socket.recv().unwrap_err().kind(), ErrorKind::NotSupported);
/// # Ok::<(), zmq::Error>(())
/// ```
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
    ///
    /// # Examples
    /// ```
    /// use zmq::SocketType;
    ///
    /// assert_eq!(SocketType::from_raw(zmq::sys::ZMQ_ROUTER), Some(SocketType::Router));
    /// assert_eq!(SocketType::from_raw(-1), None);
    /// ```
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
