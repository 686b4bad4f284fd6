//! Which types may move to another thread, and which may be used by several at once: a table, so that no change to a
//! private field changes it unnoticed.

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

/// A question about a type: the inherent constant wins where its bound holds, and the trait's where it does not.
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
fn the_question_tells_types_apart() {
    assert_eq!((<Is<Rc<u8>>>::SEND, <Is<Rc<u8>>>::SYNC), ("!Send", "!Sync"));
    assert_eq!((<Is<std::cell::Cell<u8>>>::SEND, <Is<std::cell::Cell<u8>>>::SYNC), ("Send", "!Sync"));
    assert_eq!((<Is<u8>>::SEND, <Is<u8>>::SYNC, <Is<std::marker::PhantomPinned>>::UNPIN), ("Send", "Sync", "!Unpin"));
}

/// Everything that holds no socket may be used from anywhere.
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

/// What holds a socket may move, and is used by one thread at a time.
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
        // With handlers that may move it may, and otherwise it stays.
        Timers<'static, (), timers::AnyThread>: "Send" "!Sync";
        Timers<'static, (), timers::ThisThread>: "!Send" "!Sync";
    };
    names.into()
}

/// What borrows a socket stays on the thread that may use the socket.
fn borrowed() -> BTreeSet<&'static str> {
    let names = table! {
        &Socket<Router>: "!Send" "!Sync";
        Subscribed<'static, Sub>: "!Send" "!Sync";
        Bound<'static, Sub>: "!Send" "!Sync";
        Connected<'static, Sub>: "!Send" "!Sync";
    };
    names.into()
}

/// What there is on Unix alone so far.
#[cfg(unix)]
fn of_unix() -> BTreeSet<&'static str> {
    let names = table! {
        Ready<'static, u8>: "Send" "Sync";
        SocketId<Router>: "Send" "Sync";
        SourceId: "Send" "Sync";
        MonitorId: "Send" "Sync";
        End: "Send" "Sync";
        Stopper: "Send" "Sync";
        // It owns its sockets, and a turn borrows them, the one whose handler runs together with the handler.
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
    // Named in the root all the same, and nothing to be asked about.
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

/// What there is with a feature alone.
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

#[test]
fn every_type_of_the_crate_has_the_threads_that_it_should() {
    let table: BTreeSet<&str> =
        [shared(), exclusive(), borrowed(), of_unix(), of_serde()].into_iter().flatten().collect();
    let table: BTreeSet<&str> = table.into_iter().filter_map(|name| name.rsplit("::").next()).collect();
    let mut found = 0;
    for name in SOURCES.iter().flat_map(|source| public_types(source)).filter(|name| !OTHERS.contains(name)) {
        assert!(table.contains(name), "{name} is not in the table");
        found += 1;
    }
    assert!(found > 50, "only {found} types were found");
}

/// The root, and the modules whose types are not all named there.
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

/// What is exported besides types with something in them: traits, aliases, and kinds, which are empty.
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

/// What a program gives a context for its sockets must not take this from it.
#[test]
fn contexts_may_be_used_after_a_panic_was_caught() {
    fn check<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>() {}
    check::<Context>();
    check::<ContextBuilder>();
}
