//! Sockets, the guards of what they are attached to, and the values of their options.
//!
//! [`Socket`] opens, binds and connects.

mod any;
mod attached;
mod checked_options;
mod configured;
mod connections;
mod core;
mod defaults;
mod handshake_check;
mod keepalive;
pub(crate) mod kinds;
#[cfg(unix)]
mod listener;
mod manual;
mod memory;
mod multicast;
mod options;
mod outgoing;
mod parts;
mod paths;
mod receive;
mod routing_ids;
mod security;
mod send;
mod sending;
mod stream;
mod subscribe;
mod supported;
mod transport_rules;
mod transports;
mod values;
mod wait;

use std::ffi::{c_int, c_void};
use std::fmt;
use std::ptr::NonNull;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use self::core::{Core, option_error};
use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{Confined, FromOption, IntoOption, RawSocket, confined};
use crate::sys;
use kinds::{Ability, Any, Kind, Open, SocketType};

pub use attached::{Bound, Connected};
pub use connections::StreamEvent;
#[cfg(feature = "serde")]
pub(crate) use options::option_table;
pub use receive::Received;
#[cfg(feature = "serde")]
pub(crate) use routing_ids::check_routing_id_option;
pub use security::Security;
pub(crate) use sending::break_off;
#[cfg(feature = "serde")]
pub(crate) use subscribe::check_prefix_option;
pub(crate) use subscribe::is_dangerous;
pub use subscribe::{Subscribed, Subscription, Topic};
pub use values::{Affinity, Heartbeat, Mechanism, NameType, TcpKeepalive};

/// The name under which the sockets of a context look for their authenticator.
pub(crate) const ZAP_ENDPOINT: &str = "inproc://zeromq.zap.01";

confined! {
    /// A socket of kind `K`.
    ///
    /// [`Context::socket`] opens it; it closes on drop. What its kind cannot do does not compile:
    ///
    /// ```compile_fail,E0277
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// socket.recv()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// # Threads
    /// A socket may move to another thread, and is used by one at a time: it is `Send` and not `Sync`. Threads talk to each
    /// other through sockets of their own.
    ///
    /// ```compile_fail,E0277
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| socket.send("not from here"));
    /// });
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// # Dropping
    /// A drop returns at once. What was sent goes on in the background, for as long as the
    /// [linger](Self::set_linger) allows; the drop of the [`Context`] waits for it.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    /// let source = context.socket(Push)?;
    /// source.connect(&endpoint)?;
    ///
    /// source.send("work")?;
    /// assert_eq!(sink.recv()?, "work");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use = "a socket that is dropped is closed"]
    pub struct Socket<K: Kind = Any> {
        core: Confined<Core, K>,
    }
}

impl Context {
    /// Opens a socket: of a kind (`zmq::Router`), or of a [`SocketType`] that is known at run time alone.
    ///
    /// To set its options in the same expression, call [`configure`](Socket::configure). Options for every socket of the
    /// context are for [`ContextBuilder::socket_defaults`](crate::ContextBuilder::socket_defaults).
    ///
    /// Dropped sockets are closed in the background. If only they stand in the way, this blocks until one is closed, for at
    /// most three seconds after the last drop.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): as many sockets are open as the context allows; or dropped
    ///   sockets, of which the error says how many, still count because libzmq has not closed them; or no file descriptor is
    ///   left; or, for the first socket of a context, the system starts no more threads.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq lacks the type.
    /// - Those of the context's [defaults](crate::ContextBuilder::socket_defaults).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Any, Context, Router, Socket, SocketType};
    ///
    /// let context = Context::new()?;
    /// let router: Socket<Router> = context.socket(Router)?;
    /// let any: Socket<Any> = context.socket("ROUTER".parse::<SocketType>()?)?;
    /// assert_eq!(any.socket_type(), router.socket_type());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_socket`.
    pub fn socket<O: Open>(&self, kind: O) -> Result<Socket<O::Kind>> {
        let socket = self.socket_without_defaults(kind)?;
        self.apply_defaults(socket.as_any())?;
        Ok(socket)
    }

    /// Opens a socket for the crate's own use, which is not configured with the program's defaults.
    pub(crate) fn socket_without_defaults<O: Open>(&self, kind: O) -> Result<Socket<O::Kind>> {
        let socket_type = kind.socket_type();
        let (raw, entry) = self.open(socket_type)?;
        let socket = Socket::from_core(Core::new(raw, socket_type, entry));
        socket.core.set_defaults()?;
        if let Some(linger) = self.linger() {
            socket.set_linger(linger)?;
        }
        Ok(socket)
    }
}

impl<K: Kind> Socket<K> {
    fn from_core(core: Core) -> Self {
        Self { core: Confined::new(core) }
    }

    /// Binds the socket to `endpoint` and returns the endpoint as resolved.
    ///
    /// A wildcard port (`tcp://127.0.0.1:*`) or path (`ipc://*`) comes back as the one that was chosen, ready for a peer's
    /// [`connect`](Self::connect). A socket may bind more than once, and connect too.
    ///
    /// On Unix a chosen path is absolute: a socket in a directory of its own, which no other user can enter, within the
    /// temporary directory (`TMPDIR`, or `/tmp`). Both are removed when the socket is unbound from it or dropped, or when
    /// the context ends after [`into_raw`](Self::into_raw).
    ///
    /// At an ipc path, the socket file of a server that is gone is replaced; anything else there is left alone and is an
    /// error. To tell the two apart, `bind` connects to the path, so a monitor of a live server reports a connection that is
    /// accepted and lost at once.
    ///
    /// # Errors
    /// [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint) for one that cannot be parsed,
    /// [`AddressInUse`](crate::ErrorKind::AddressInUse), also for an ipc path at which a server listens or something
    /// other than a socket is,
    /// [`AddressNotAvailable`](crate::ErrorKind::AddressNotAvailable) and
    /// [`NoSuchDevice`](crate::ErrorKind::NoSuchDevice) for an address or interface that this machine lacks, the latter
    /// also for an address of IPv6 while [IPv6 is off](Self::set_ipv6),
    /// [`NotFound`](crate::ErrorKind::NotFound) for an ipc path in a directory that is not there,
    /// [`NameTooLong`](crate::ErrorKind::NameTooLong) for one that is too long,
    /// [`PermissionDenied`](crate::ErrorKind::PermissionDenied),
    /// [`UnsupportedProtocol`](crate::ErrorKind::UnsupportedProtocol) and
    /// [`IncompatibleProtocol`](crate::ErrorKind::IncompatibleProtocol) for a transport that this libzmq or the kind of
    /// socket lacks, [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// assert!(endpoint.port().is_some_and(|port| port > 0));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_bind`.
    pub fn bind(&self, endpoint: impl AsRef<str>) -> Result<Endpoint> {
        self.core.bind(endpoint.as_ref())
    }

    /// Connects the socket to `endpoint` and returns the endpoint.
    ///
    /// It returns at once: the connection is made in the background, again and again until the peer is there. What is
    /// sent in the meantime waits, up to the [high-water mark](Self::set_send_hwm).
    ///
    /// A second `connect` of a DEALER, PUB, REQ or SUB socket to the same endpoint does nothing, even if the first
    /// connection is dead. To start over, [`disconnect`](Self::disconnect) first. Sockets of other kinds get a second
    /// connection.
    ///
    /// # Errors
    /// - [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint): the endpoint cannot be parsed, or it has a wildcard, which
    ///   only a bind resolves: connect to the endpoint that [`bind`](Self::bind) returned.
    /// - [`NoSuchDevice`](crate::ErrorKind::NoSuchDevice): the address is one of IPv6, and [IPv6 is off](Self::set_ipv6).
    /// - Those of [`bind`](Self::bind) that concern the transport.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Req};
    ///
    /// let client = Context::new()?.socket(Req)?;
    /// client.connect("inproc://not-yet-bound")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_connect`.
    pub fn connect(&self, endpoint: impl AsRef<str>) -> Result<Endpoint> {
        self.core.connect(endpoint.as_ref())
    }

    /// Stops listening on an endpoint that [`bind`](Self::bind) returned.
    ///
    /// Peers that connected to the endpoint are cut off too, with the messages that wait for them. Over `inproc` they stay
    /// connected.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an endpoint that is not bound: a wildcard in particular.
    ///
    /// Maps to `zmq_unbind`.
    pub fn unbind(&self, endpoint: impl AsRef<str>) -> Result<()> {
        self.core.leave(Operation::Unbind, endpoint.as_ref(), RawSocket::unbind)
    }

    /// Ends the connection to an endpoint that [`connect`](Self::connect) was given.
    ///
    /// What waits to be sent there is dropped once the [linger](Self::set_linger) is over.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an endpoint that is not connected.
    ///
    /// Maps to `zmq_disconnect`.
    pub fn disconnect(&self, endpoint: impl AsRef<str>) -> Result<()> {
        self.core.leave(Operation::Disconnect, endpoint.as_ref(), RawSocket::disconnect)
    }

    /// Returns the type of the socket.
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.core.socket_type
    }

    /// Returns the context of the socket.
    #[must_use]
    pub fn context(&self) -> &Context {
        self.core.entry.context()
    }

    /// Returns where the socket is bound: what each [`bind`](Self::bind) returned, unless it was unbound.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(socket.bound_endpoints(), [endpoint]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn bound_endpoints(&self) -> Vec<Endpoint> {
        self.core.entry.bound_endpoints()
    }

    /// Returns the descriptor that becomes readable when [`events`](Self::events) may have changed: for an event loop of
    /// the program's own. Unix only.
    ///
    /// Wait for it to be readable, even in order to send; then read [`events`](Self::events), and again after every
    /// send, receive and option. It may be readable without cause, and not be where a message waits that was there
    /// before: libzmq signals changes, not states. On Linux it is a descriptor of the crate's own, made by the first call, in
    /// which libzmq's is registered; elsewhere it is libzmq's, and reading from it makes libzmq abort.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down, and
    /// [`LimitReached`](crate::ErrorKind::LimitReached) where no descriptor is left.
    ///
    /// Maps to `ZMQ_FD`.
    #[cfg(unix)]
    pub fn event_fd(&self) -> Result<std::os::fd::BorrowedFd<'_>> {
        self.core.raw.signal_fd().map_err(|errno| option_error(Operation::GetOption, "event_fd", errno))
    }

    /// Returns libzmq's socket, for calls of C functions that the crate does not have.
    ///
    /// To close it is for the crate, and to use it on another thread at the same time is not allowed.
    #[must_use]
    pub fn as_ptr(&self) -> *mut c_void {
        self.core.raw.as_ptr()
    }

    /// Gives up libzmq's socket, which the caller has to close.
    ///
    /// Its context ends no sooner than that: the drop of the last [`Context`] waits.
    #[must_use = "it has to be closed with zmq_close, or to be taken back with from_raw"]
    pub fn into_raw(self) -> *mut c_void {
        self.core.raw.release()
    }

    /// Returns the raw socket, for the modules above.
    pub(crate) fn raw(&self) -> &RawSocket {
        &self.core.raw
    }

    /// Whether the socket sends single frames only, because it keeps the newest message alone.
    pub(crate) fn conflates_sent(&self) -> bool {
        self.core.outgoing.conflates()
    }

    /// Returns where the socket is bound or connected.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        self.core.entry.registry().endpoints(self.core.entry.id())
    }

    fn get_option<T: FromOption>(&self, option: c_int, name: &str) -> Result<T> {
        T::read(&self.core.raw, option).map_err(|errno| option_error(Operation::GetOption, name, errno))
    }

    /// Returns a duration of which libzmq has 0 for `None`.
    fn get_unless_zero(&self, option: c_int, name: &str) -> Result<Option<Duration>> {
        let duration: Duration = self.get_option(option, name)?;
        Ok(Some(duration).filter(|duration| !duration.is_zero()))
    }

    /// Refuses what an untyped socket's type lacks; typed ones have what compiles.
    fn expect_ability(&self, ability: Ability, operation: Operation, name: &str) -> Result<()> {
        if K::TYPE.is_some() { Ok(()) } else { self.core.socket_type.expect_ability(ability, operation, name) }
    }

    pub(crate) fn set_option(&self, option: c_int, name: &str, value: impl IntoOption) -> Result<&Self> {
        let encoded = value.encode();
        let encoded = encoded.map_err(|reason| Error::invalid(Operation::SetOption, name, reason));
        let set = encoded.and_then(|encoded| {
            self.core.raw.set(option, &encoded).map_err(|errno| option_error(Operation::SetOption, name, errno))
        });
        set.map(|()| self).map_err(|error| error.with_value(value.show()))
    }
}

impl Socket<Any> {
    /// Takes a socket of C code over; it closes on drop.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) for a type that the crate does not know or that is a draft, and
    /// those of [`Context::socket`]. The socket is closed then.
    ///
    /// # Safety
    /// `socket` is a live socket of `context`, and nothing else uses or closes it.
    #[allow(unsafe_code)]
    pub unsafe fn from_raw(socket: NonNull<c_void>, context: &Context) -> Result<Self> {
        // SAFETY: as the caller guarantees. It is taken after a termination too, which waits for it.
        let raw = unsafe { RawSocket::from_handle(socket, Arc::clone(context.life())) };
        let refused = |failure: Failure| Error::on(Operation::OpenSocket, "of C code", failure);
        let number = raw.get_int(sys::ZMQ_TYPE).map_err(refused)?;
        let known = SocketType::from_raw(number).filter(|socket_type| socket_type.refusal().is_none());
        let socket_type = known.ok_or_else(|| refused(Errno::ENOTSUP.into()))?;
        let entry = context.enter(socket_type)?;
        let core = Core::new(raw, socket_type, entry);
        context.admit_foreign_sockets();
        // Nobody knows what C code did to it.
        core.memory.attach();
        core.memory.let_peers_choose_ids();
        Ok(Self::from_core(core))
    }
}

impl SocketType {
    /// Refuses what the type lacks.
    pub(crate) fn expect_ability(self, ability: Ability, operation: Operation, name: &str) -> Result<()> {
        if self.can(ability) {
            return Ok(());
        }
        Err(Error::on(operation, name, Errno::ENOTSUP).because(format!("{self} sockets do not have it")))
    }
}

impl<K: Kind> fmt::Debug for Socket<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("type", &self.core.socket_type).field("ptr", &self.core.raw).finish()
    }
}

impl FromStr for SocketType {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let found = Self::ALL.iter().copied().find(|socket_type| socket_type.as_str().eq_ignore_ascii_case(word));
        found.ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|socket_type| socket_type.as_str()).collect();
            let reason = format!("no socket type has this name; there are {}", words.join(", "));
            Error::invalid(Operation::ParseSocketType, word, reason)
        })
    }
}
