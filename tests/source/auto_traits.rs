//! The types that are `Send` and those that are `Sync`: a table, so that no change of a private field changes these
//! traits unnoticed.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::rc::Rc;

use zmq::context::{OpenSocket, SchedulingPolicy};
use zmq::curve::{KeyPair, PublicKey, SecretKey};
use zmq::monitor::ProtocolError;
#[cfg(unix)]
use zmq::poll::{Ready, ReadySet};
use zmq::proxy::{ProxyBuilder, ProxyDirection, ProxySide, ProxyStatistics, SameSocket, Stopped, Traffic};
#[cfg(unix)]
use zmq::reactor::{End, MonitorId, SocketId, SourceId, Stopper, Turn};
use zmq::socket::{Affinity, Bound, Connected, NameType, Subscribed};
use zmq::timers::TimerGuard;
use zmq::*;

/// A query of a type's traits: the inherent constant applies if its bound holds, and the trait's constant otherwise.
struct Is<T: ?Sized>(PhantomData<T>);

trait Not {
    const SEND: &'static str = "!Send";
    const SYNC: &'static str = "!Sync";
    const UNPIN: &'static str = "!Unpin";
}

impl<T: ?Sized> Not for Is<T> {}

impl<T: ?Sized + Send> Is<T> {
    const SEND: &'static str = "Send";
}

impl<T: ?Sized + Sync> Is<T> {
    const SYNC: &'static str = "Sync";
}

impl<T: ?Sized + Unpin> Is<T> {
    const UNPIN: &'static str = "Unpin";
}

/// Asserts the traits of types and returns their names, without parameters.
macro_rules! table {
    ($($type:ty: $send:literal $sync:literal;)*) => {
        [$({
            assert_eq!((<Is<$type>>::SEND, <Is<$type>>::SYNC), ($send, $sync), stringify!($type));
            assert_eq!(<Is<$type>>::UNPIN, "Unpin", stringify!($type));
            stringify!($type).split(['<', ' ']).next().unwrap_or_default()
        }),*]
    };
}

#[test]
fn the_query_distinguishes_types() {
    assert_eq!((<Is<Rc<u8>>>::SEND, <Is<Rc<u8>>>::SYNC), ("!Send", "!Sync"));
    assert_eq!((<Is<std::cell::Cell<u8>>>::SEND, <Is<std::cell::Cell<u8>>>::SYNC), ("Send", "!Sync"));
    assert_eq!((<Is<u8>>::SEND, <Is<u8>>::SYNC, <Is<std::marker::PhantomPinned>>::UNPIN), ("Send", "Sync", "!Unpin"));
}

/// Returns the types without a socket, which are `Send` and `Sync`.
fn shared() -> BTreeSet<&'static str> {
    let names = table! {
        Context: "Send" "Sync";
        ContextBuilder: "Send" "Sync";
        OpenSocket: "Send" "Sync";
        SchedulingPolicy: "Send" "Sync";
        StillOpen: "Send" "Sync";
        Endpoint: "Send" "Sync";
        Errno: "Send" "Sync";
        Error: "Send" "Sync";
        ErrorKind: "Send" "Sync";
        Operation: "Send" "Sync";
        SendError<Message>: "Send" "Sync";
        SendError<Multipart>: "Send" "Sync";
        Message: "Send" "Sync";
        Multipart: "Send" "Sync";
        Received: "Send" "Sync";
        StreamEvent: "Send" "Sync";
        Subscription: "Send" "Sync";
        Topic: "Send" "Sync";
        Affinity: "Send" "Sync";
        Heartbeat: "Send" "Sync";
        Mechanism: "Send" "Sync";
        Password: "Send" "Sync";
        Security: "Send" "Sync";
        NameType: "Send" "Sync";
        TcpKeepalive: "Send" "Sync";
        SocketType: "Send" "Sync";
        Any: "Send" "Sync";
        Router: "Send" "Sync";
        Events: "Send" "Sync";
        MonitorEvent: "Send" "Sync";
        MonitorEventKind: "Send" "Sync";
        MonitorEvents: "Send" "Sync";
        ProtocolError: "Send" "Sync";
        ProxySide: "Send" "Sync";
        ProxyStatistics: "Send" "Sync";
        ProxyDirection: "Send" "Sync";
        SameSocket: "Send" "Sync";
        Traffic: "Send" "Sync";
        Capability: "Send" "Sync";
        Version: "Send" "Sync";
        KeyPair: "Send" "Sync";
        PublicKey: "Send" "Sync";
        SecretKey: "Send" "Sync";
        timers::TimerId: "Send" "Sync";
        TimerGuard: "Send" "Sync";
        timers::AnyThread: "Send" "Sync";
        timers::ThisThread: "Send" "Sync";
        Proxy<Router, Dealer>: "Send" "Sync";
        Proxy<Rep, SameSocket>: "Send" "Sync";
    };
    names.into()
}

/// Returns the types that own a socket. They can move to another thread, but not be shared.
fn exclusive() -> BTreeSet<&'static str> {
    let names = table! {
        Socket<Any>: "Send" "!Sync";
        Socket<Pair>: "Send" "!Sync";
        Socket<Pub>: "Send" "!Sync";
        Socket<Sub>: "Send" "!Sync";
        Socket<Req>: "Send" "!Sync";
        Socket<Rep>: "Send" "!Sync";
        Socket<Dealer>: "Send" "!Sync";
        Socket<Router>: "Send" "!Sync";
        Socket<Pull>: "Send" "!Sync";
        Socket<Push>: "Send" "!Sync";
        Socket<XPub>: "Send" "!Sync";
        Socket<XSub>: "Send" "!Sync";
        Socket<Stream>: "Send" "!Sync";
        Monitor: "Send" "!Sync";
        ProxyBuilder<Router, Dealer>: "Send" "!Sync";
        Stopped<Router, Dealer>: "Send" "!Sync";
        // A set of timers is `Send` only if its handlers are.
        Timers<'static, (), timers::AnyThread>: "Send" "!Sync";
        Timers<'static, (), timers::ThisThread>: "!Send" "!Sync";
    };
    names.into()
}

/// Returns the types that borrow a socket. They stay on the thread that uses the socket.
fn borrowed() -> BTreeSet<&'static str> {
    let names = table! {
        &Socket<Router>: "!Send" "!Sync";
        Subscribed<'static, Sub>: "!Send" "!Sync";
        Bound<'static, Sub>: "!Send" "!Sync";
        Connected<'static, Sub>: "!Send" "!Sync";
    };
    names.into()
}

/// Returns the types that exist only on Unix.
#[cfg(unix)]
fn of_unix() -> BTreeSet<&'static str> {
    let names = table! {
        Ready<'static, u8>: "Send" "Sync";
        SocketId<Router>: "Send" "Sync";
        SourceId: "Send" "Sync";
        MonitorId: "Send" "Sync";
        End: "Send" "Sync";
        Stopper: "Send" "Sync";
        // A reactor owns its sockets, and a turn borrows them together with the running handler.
        Reactor<u8>: "Send" "!Sync";
        Turn<'static, u8>: "!Send" "!Sync";
        PollItem<'static>: "!Send" "!Sync";
        Poller<'static, u8>: "!Send" "!Sync";
        WithFd<Socket<Router>>: "Send" "!Sync";
        ReadySet<'static, u8>: "!Send" "!Sync";
    };
    names.into()
}

#[cfg(not(unix))]
fn of_unix() -> BTreeSet<&'static str> {
    // The root names these types on all systems, but they do not exist here.
    [
        "Ready",
        "SocketId",
        "SourceId",
        "MonitorId",
        "End",
        "Stopper",
        "Reactor",
        "Turn",
        "PollItem",
        "Poller",
        "ReadySet",
        "WithFd",
    ]
    .into()
}

/// Returns the types that need a feature.
#[cfg(feature = "serde")]
fn of_serde() -> BTreeSet<&'static str> {
    let names = table! {
        SocketConfig: "Send" "Sync";
    };
    names.into()
}

#[cfg(not(feature = "serde"))]
fn of_serde() -> BTreeSet<&'static str> {
    ["SocketConfig"].into()
}

/// Returns the types of the draft API. libzmq locks the sockets of all draft kinds but one, so that threads share them.
#[cfg(feature = "draft")]
fn of_drafts() -> BTreeSet<&'static str> {
    let names = table! {
        Datagram: "Send" "Sync";
        Group: "Send" "Sync";
        socket::Joined<'static, Dish>: "Send" "Sync";
        RoutingId: "Send" "Sync";
        Socket<Client>: "Send" "Sync";
        Socket<Server>: "Send" "Sync";
        Socket<Radio>: "Send" "Sync";
        Socket<Dish>: "Send" "Sync";
        Socket<Gather>: "Send" "Sync";
        Socket<Scatter>: "Send" "Sync";
        Socket<Peer>: "Send" "Sync";
        Socket<Channel>: "Send" "Sync";
        Socket<Dgram>: "Send" "!Sync";
        &Socket<Client>: "Send" "Sync";
        // The type of the reference that `as_any` returns for every kind.
        &Socket<Any>: "!Send" "!Sync";
        Bound<'static, Client>: "Send" "Sync";
        Connected<'static, Client>: "Send" "Sync";
        monitor::Addresses: "Send" "Sync";
        monitor::QueueLengths: "Send" "Sync";
        socket::NormMode: "Send" "Sync";
        socket::PeerState: "Send" "Sync";
        socket::ReconnectStop: "Send" "Sync";
        socket::RouterNotify: "Send" "Sync";
    };
    #[cfg(target_os = "linux")]
    let of_linux = table! {
        poll::SignalMask: "Send" "Sync";
    };
    #[cfg(not(target_os = "linux"))]
    let of_linux = ["SignalMask"];
    names.into_iter().chain(of_linux).collect()
}

#[cfg(not(feature = "draft"))]
fn of_drafts() -> BTreeSet<&'static str> {
    [
        "Addresses",
        "Datagram",
        "Group",
        "Joined",
        "NormMode",
        "PeerState",
        "QueueLengths",
        "ReconnectStop",
        "RouterNotify",
        "RoutingId",
        "SignalMask",
    ]
    .into()
}

#[test]
fn every_type_of_the_crate_is_in_the_table() {
    let table: BTreeSet<&str> =
        [shared(), exclusive(), borrowed(), of_unix(), of_serde(), of_drafts()].into_iter().flatten().collect();
    let table: BTreeSet<&str> = table.into_iter().filter_map(|name| name.rsplit("::").next()).collect();
    let mut found = 0;
    for name in SOURCES.iter().flat_map(|source| public_types(source)).filter(|name| !OTHERS.contains(name)) {
        assert!(table.contains(name), "{name} is not in the table");
        found += 1;
    }
    assert!(found > 50, "only {found} types were found");
}

/// The root, and the modules with public types that the root does not name.
const SOURCES: &[&str] = &[
    include_str!("../../src/lib.rs"),
    include_str!("../../src/context/mod.rs"),
    include_str!("../../src/monitor/mod.rs"),
    include_str!("../../src/poll/mod.rs"),
    include_str!("../../src/proxy/mod.rs"),
    include_str!("../../src/reactor/mod.rs"),
    include_str!("../../src/socket/mod.rs"),
];

/// Returns the types that a source exports or declares.
fn public_types(source: &str) -> Vec<&str> {
    let exported = source.split(';').filter_map(|statement| statement.split("\npub use ").nth(1));
    let exported = exported.map(|statement| statement.rsplit_once("::").map_or(statement, |(_, names)| names));
    let declared =
        source.lines().filter_map(|line| line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum ")));
    let declared = declared.filter_map(|rest| rest.split(['<', ' ']).next());
    let words = exported.flat_map(|names| names.split(|character: char| !character.is_alphanumeric())).chain(declared);
    words.filter(|word| word.starts_with(char::is_uppercase)).collect()
}

/// Exported names that the table does not list: traits, aliases, and kinds, which are empty types.
const OTHERS: &[&str] = &[
    "Kind",
    "Open",
    "IntoMessage",
    "ProxyBack",
    "ProxyHandle",
    "Result",
    "Dealer",
    "Pair",
    "Pub",
    "Pull",
    "Push",
    "Rep",
    "Req",
    "Stream",
    "Sub",
    "XPub",
    "XSub",
];

/// The function that a program gives to a context for its sockets must not remove these traits.
#[test]
fn contexts_can_be_used_after_a_caught_panic() {
    fn check<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    check::<Context>();
    check::<ContextBuilder>();
}
