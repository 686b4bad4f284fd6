//! Sockets, the guards of their endpoints and subscriptions, and the values of their options.

// The documentation of `Socket` lists methods in the order of these modules: first the calls, then the options. A blank
// line or a comment keeps rustfmt from sorting them.
mod connect;

mod attached;
#[cfg(unix)]
mod listener;

mod send;

mod receive;

mod subscribe;

#[cfg(feature = "draft")]
mod groups;

#[cfg(feature = "draft")]
mod datagrams;

mod manual;

mod routing_ids;

#[cfg(feature = "draft")]
mod numbered;

#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
mod peer_state;

mod stream;

#[cfg(unix)]
mod event_fd;

mod any;
mod configured;

// Options.
#[cfg(feature = "draft")]
mod draft;

mod checked_options;

mod security;

mod options;

mod raw_options;

// Modules without methods of `Socket`.
mod connections;
mod core;
mod defaults;
mod handshake_check;
mod keepalive;
pub(crate) mod kinds;
mod memory;
mod multicast;
mod outgoing;
mod parts;
mod paths;
mod sending;
mod supported;
mod topic;
mod transport_rules;
mod transports;
#[cfg(feature = "draft")]
mod udp;
mod values;
mod wait;

use std::ffi::{c_int, c_void};
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use self::core::{Core, option_error};
use crate::context::Context;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{Confined, FromOption, IntoOption, RawSocket, confined};
use crate::sys;
use kinds::{Ability, Any, Kind, Open, SocketType, draft_links};

pub use attached::{Bound, Connected};
pub use connections::StreamEvent;
#[cfg(feature = "draft")]
pub use datagrams::Datagram;
#[cfg(all(feature = "draft", feature = "serde"))]
pub(crate) use draft::draft_option_table;
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
pub use draft::{NormMode, ReconnectStop, RouterNotify};
#[cfg(feature = "draft")]
pub use groups::Joined;
#[cfg(feature = "serde")]
pub(crate) use options::option_table;
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
pub use peer_state::PeerState;
pub use receive::Received;
#[cfg(feature = "serde")]
pub(crate) use routing_ids::check_routing_id_option;
pub use security::Security;
pub(crate) use sending::break_off;
pub use subscribe::Subscribed;
#[cfg(feature = "serde")]
pub(crate) use subscribe::check_prefix_option;
pub(crate) use subscribe::is_dangerous;
pub use topic::{Subscription, Topic};
pub use values::{Affinity, Heartbeat, Mechanism, NameType, TcpKeepalive};

/// The endpoint of a context's authenticator.
pub(crate) const ZAP_ENDPOINT: &str = "inproc://zeromq.zap.01";

confined! {
    /// A ZeroMQ socket of kind `K`.
    ///
    /// [`Context::socket`] opens a socket. Dropping the socket closes it.
    ///
    /// # Methods
    /// | to | call |
    /// |---|---|
    /// | [bind and connect](#binding-and-connecting) | [`bind`](Self::bind), [`connect`](Self::connect), [`connect_and_wait`](Self::connect_and_wait), [`disconnect`](Self::disconnect) |
    /// | [send](#sending) | [`send`](Self::send), [`try_send`](Self::try_send), [`send_timeout`](Self::send_timeout), [`send_multipart`](Self::send_multipart) |
    /// | [receive](#receiving) | [`recv`](Self::recv), [`try_recv`](Self::try_recv), [`recv_timeout`](Self::recv_timeout), [`recv_multipart`](Self::recv_multipart) |
    /// | [wait](#waiting-for-events) for one socket or several | [`poll`](Self::poll), [`events`](Self::events), [`event_fd`](Self::event_fd); [`Poller`](crate::Poller), [`Reactor`](crate::Reactor) |
    /// | [observe connections](#monitoring) | [`monitor`](Self::monitor), [`wait_connected`](Self::wait_connected) |
    /// | [subscribe](#subscribing), [see subscriptions](#subscriptions-of-peers) | [`subscribe`](Self::subscribe), [`unsubscribe`](Self::unsubscribe), [`recv_subscription`](Self::recv_subscription) |
    /// | [address peers](#routing-ids) | [`set_routing_id`](Self::set_routing_id), [`connect_as`](Self::connect_as), [`set_mandatory`](Self::set_mandatory) |
    /// | [address peers by number](crate#drafts) | [`send_to`], [`reply_to`], [`connect_peer`] |
    /// | [send to groups, and join groups](crate#drafts) | [`send_to_group`], [`join`], [`leave`] |
    /// | [exchange UDP datagrams](crate#drafts) | [`send_datagram`], [`recv_datagram`] |
    /// | [talk raw TCP](#raw-tcp) | [`recv_stream`](Self::recv_stream), [`send_stream`](Self::send_stream), [`close_stream`](Self::close_stream) |
    /// | keep sockets of different kinds together | [`as_any`](Self::as_any), [`erase`](Self::erase), [`downcast`](Socket::downcast) |
    /// | set options when opening | [`configure`](Self::configure) |
    /// | [limit queues](#high-water-marks) and [time](#timeouts) | [`set_send_hwm`](Self::set_send_hwm), [`set_recv_hwm`](Self::set_recv_hwm), [`set_send_timeout`](Self::set_send_timeout), [`set_recv_timeout`](Self::set_recv_timeout), [`set_linger`](Self::set_linger) |
    /// | [tune connections](#options-of-connections), [detect dead peers](#heartbeat-and-keepalive) | [`set_reconnect_interval`](Self::set_reconnect_interval), [`set_heartbeat`](Self::set_heartbeat), [`set_tcp_keepalive`](Self::set_tcp_keepalive) |
    /// | [encrypt and authenticate](#security) | [`set_security`](Self::set_security) |
    ///
    /// # Kinds
    /// | kind | peers | sends | receives | a send to a full queue |
    /// |---|---|---|---|---|
    /// | [`Req`](crate::Req) | REP, ROUTER | yes | yes | blocks |
    /// | [`Rep`](crate::Rep) | REQ, DEALER | yes | yes | drops the message |
    /// | [`Dealer`](crate::Dealer) | ROUTER, REP, DEALER | yes | yes | blocks |
    /// | [`Router`](crate::Router) | DEALER, REQ, ROUTER | yes | yes | drops the message |
    /// | [`Pub`](crate::Pub) | SUB, XSUB | yes | no | drops the message |
    /// | [`Sub`](crate::Sub) | PUB, XPUB | no | yes | |
    /// | [`XPub`](crate::XPub) | SUB, XSUB | yes | yes | drops the message |
    /// | [`XSub`](crate::XSub) | PUB, XPUB | yes | yes | drops the message |
    /// | [`Push`](crate::Push) | PULL | yes | no | blocks |
    /// | [`Pull`](crate::Pull) | PUSH | no | yes | |
    /// | [`Pair`](crate::Pair) | PAIR | yes | yes | blocks |
    /// | [`Stream`](crate::Stream) | TCP | yes | yes | blocks |
    /// | [`Client`] (draft) | SERVER | yes | yes | blocks |
    /// | [`Server`] (draft) | CLIENT | yes | yes | blocks |
    /// | [`Peer`] (draft) | PEER | yes | yes | blocks |
    /// | [`Channel`] (draft) | CHANNEL | yes | yes | blocks |
    /// | [`Scatter`] (draft) | GATHER | yes | no | blocks |
    /// | [`Gather`] (draft) | SCATTER | no | yes | |
    /// | [`Radio`] (draft) | DISH | yes | no | drops the message |
    /// | [`Dish`] (draft) | RADIO | no | yes | |
    /// | [`Dgram`] (draft) | UDP | yes | yes | blocks |
    ///
    /// The table of [`abilities`](crate::abilities) lists the methods of each kind. Calling a method that the socket's kind
    /// does not support is a compile-time error:
    ///
    /// ```compile_fail,E0277
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// socket.recv()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// # Threads
    /// A socket can move to another thread but cannot be shared between threads (`Send`, but not `Sync`). To communicate,
    /// each thread opens its own socket.
    ///
    /// ```compile_fail,E0277
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| socket.send("not from here"));
    /// });
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Sockets of the [`ThreadSafe`](crate::abilities::ThreadSafe) kinds, which are [drafts](crate#drafts), are shared between
    /// threads by reference (`Sync`). Any number of threads send, receive, bind, connect and set options at the same time,
    /// because libzmq locks the socket during each call, and releases the lock while the call waits. The messages of each thread
    /// arrive at a peer in order. Each received message goes to one thread. Options apply to the calls of all threads;
    /// timeouts of [`send_timeout`](Self::send_timeout) and [`recv_timeout`](Self::recv_timeout) only to the call itself. A call
    /// with a timeout needs a descriptor to wait, or fails with [`LimitReached`](crate::ErrorKind::LimitReached).
    ///
    #[cfg_attr(feature = "draft", doc = include_str!("kinds/threads.md"))]
    ///
    /// # Dropping
    /// Dropping a socket returns immediately. Sent messages are delivered in the background during the
    /// [linger](Self::set_linger) period. Dropping the [`Context`] blocks until then.
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
    #[doc = draft_links!()]
    #[must_use = "a dropped socket is closed"]
    pub struct Socket<K: Kind = Any> {
        core: Confined<Core, K>,
    }
}

impl Context {
    /// Opens a socket of a kind, such as `zmq::Router`, or of a [`SocketType`] that is known only at run time.
    ///
    /// To set options in the same expression, call [`configure`](Socket::configure). To set them for all sockets of the
    /// context, call [`ContextBuilder::socket_defaults`](crate::ContextBuilder::socket_defaults).
    ///
    /// Dropped sockets are closed in the background and count until then. If the limit is reached because of dropped sockets,
    /// this call blocks until one of them is closed, for at most three seconds after the last drop.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of open sockets or of file descriptors is reached, or
    ///   the system refuses to start the context's threads. The error states the number of dropped sockets that still count.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq lacks the type.
    /// - all errors of the context's [defaults](crate::ContextBuilder::socket_defaults).
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
    #[doc(alias = "zmq_socket")]
    pub fn socket<O: Open>(&self, kind: O) -> Result<Socket<O::Kind>> {
        let socket = self.socket_without_defaults(kind)?;
        self.apply_defaults(socket.as_any())?;
        Ok(socket)
    }

    /// Opens a socket for internal use, without the context's defaults.
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

/// # Type, context and handle
impl<K: Kind> Socket<K> {
    fn from_core(core: Core) -> Self {
        Self { core: Confined::new(core) }
    }

    /// Returns the type of the socket.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Router, SocketType};
    ///
    /// let socket = Context::new()?.socket(Router)?;
    /// assert_eq!(socket.socket_type(), SocketType::Router);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias("ZMQ_TYPE", "get_socket_type"))]
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.core.socket_type
    }

    /// Returns the context of the socket.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pair};
    ///
    /// let one = Context::new()?.socket(Pair)?;
    /// let other = one.context().socket(Pair)?;
    /// other.connect(one.bind("inproc://same-context")?)?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn context(&self) -> &Context {
        self.core.entry.context()
    }

    /// Returns libzmq's handle of the socket, for C functions that the crate does not wrap.
    ///
    /// Do not close the handle, and do not use it on another thread at the same time.
    ///
    /// # Examples
    /// ```
    /// use std::ffi::c_int;
    /// use zmq::sys;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let (mut number, mut len) = (0_i32, size_of::<c_int>());
    /// // SAFETY: the socket is open, and `number` has room for `len` bytes.
    /// unsafe { sys::zmq_getsockopt(socket.as_ptr(), sys::ZMQ_TYPE, (&raw mut number).cast(), &mut len) };
    /// assert_eq!(number, sys::ZMQ_PULL);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "as_mut_ptr")]
    #[must_use]
    pub fn as_ptr(&self) -> *mut c_void {
        self.core.raw.as_ptr()
    }

    /// Releases libzmq's handle of the socket. The caller must close it with `zmq_close` or pass it to
    /// [`from_raw`](Socket::from_raw).
    ///
    /// Dropping the last [`Context`] blocks until the handle is closed.
    ///
    /// # Examples
    /// ```
    /// use std::ptr::NonNull;
    /// use zmq::{Context, Pull, Socket, SocketType};
    ///
    /// let context = Context::new()?;
    /// let handle = NonNull::new(context.socket(Pull)?.into_raw()).unwrap();
    /// // SAFETY: the handle is of this context, and nothing else uses it.
    /// let socket = unsafe { Socket::from_raw(handle, &context)? };
    /// assert_eq!(socket.socket_type(), SocketType::Pull);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "zmq_close")]
    #[must_use = "the handle must be closed with zmq_close, or passed to from_raw"]
    pub fn into_raw(self) -> *mut c_void {
        self.core.raw.release()
    }

    /// Returns the raw socket, for higher layers.
    pub(crate) fn raw(&self) -> &RawSocket {
        &self.core.raw
    }

    /// Returns `true` if the socket keeps only the newest message to send, and so sends single frames only.
    pub(crate) fn conflates_sent(&self) -> bool {
        self.core.outgoing.conflates()
    }

    fn get_option<T: FromOption>(&self, option: c_int, name: &str) -> Result<T> {
        T::read(&self.core.raw, option).map_err(|errno| option_error(Operation::GetOption, name, errno))
    }

    /// Returns a duration of an option that libzmq sets to 0 for `None`.
    fn get_unless_zero(&self, option: c_int, name: &str) -> Result<Option<Duration>> {
        let duration: Duration = self.get_option(option, name)?;
        Ok(Some(duration).filter(|duration| !duration.is_zero()))
    }

    /// Returns an error if the type of an untyped socket lacks the ability. For typed sockets, the compiler has checked it.
    fn expect_ability(&self, ability: Ability, operation: Operation, name: &str) -> Result<()> {
        if K::TYPE.is_some() { Ok(()) } else { self.core.socket_type.expect_ability(ability, operation, name) }
    }

    pub(crate) fn set_option(&self, option: c_int, name: &str, value: impl IntoOption) -> Result<&Self> {
        let encoded = value.encode();
        let encoded = encoded.map_err(|reason| Error::invalid(Operation::SetOption, name, reason));
        let set = encoded.and_then(|encoded| {
            let _attaching = self.expect_changeable(option, name, &encoded)?;
            self.core.raw.set(option, &encoded).map_err(|errno| option_error(Operation::SetOption, name, errno))
        });
        set.map(|()| self).map_err(|error| error.with_value(value.show()))
    }
}

impl Socket<Any> {
    /// Takes ownership of a handle from C code. Dropping the socket closes it.
    ///
    /// # Errors
    /// If this fails, the handle is closed.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the crate does not know the type, or does not open sockets of it.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Safety
    /// `socket` is an open socket of `context`, and nothing else uses or closes it.
    ///
    /// # Examples
    /// ```
    /// use std::ptr::NonNull;
    /// use zmq::{Context, Socket, SocketType, sys};
    ///
    /// let context = Context::new()?;
    /// // SAFETY: the context is live.
    /// let handle = NonNull::new(unsafe { sys::zmq_socket(context.as_ptr(), sys::ZMQ_PUSH) }).unwrap();
    /// // SAFETY: the handle is of this context, and nothing else uses it.
    /// let socket = unsafe { Socket::from_raw(handle, &context)? };
    /// assert_eq!(socket.socket_type(), SocketType::Push);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[allow(unsafe_code)]
    pub unsafe fn from_raw(socket: NonNull<c_void>, context: &Context) -> Result<Self> {
        // SAFETY: guaranteed by the caller. After a shutdown the handle is still taken, because the termination waits for it.
        let raw = unsafe { RawSocket::adopt(socket, Arc::clone(context.life())) };
        let refused = |failure: Failure| Error::on(Operation::OpenSocket, "of C code", failure);
        let number = raw.get_int(sys::ZMQ_TYPE).map_err(refused)?;
        let known = SocketType::from_raw(number).filter(|socket_type| socket_type.refusal().is_none());
        let socket_type = known.ok_or_else(|| refused(Errno::ENOTSUP.into()))?;
        let entry = context.enter(socket_type)?;
        let core = Core::new(raw, socket_type, entry);
        context.admit_foreign_sockets();
        // C code may have bound or connected the socket.
        core.memory.attach();
        core.memory.let_peers_choose_ids();
        #[cfg(feature = "draft")]
        core.raw.assume_datagrams();
        Ok(Self::from_core(core))
    }
}

impl SocketType {
    /// Returns an error if the type lacks the ability.
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
