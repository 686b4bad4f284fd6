//! Options of libzmq's draft API.

use std::time::Duration;

use super::Socket;
use super::kinds::{Ability, Greets, Kind};
use crate::error::{Error, Operation, Result};
use crate::raw::Secret;
use crate::sys;
use values::Microseconds;

mod options;
mod values;

#[cfg(feature = "serde")]
pub(crate) use options::draft_option_table;
pub use values::{NormMode, ReconnectStop, RouterNotify};

/// # Metadata
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: Kind> Socket<K> {
    /// Adds a property of this socket, which peers read from each received message with
    /// [`Message::metadata`](crate::Message::metadata).
    ///
    /// Returns the socket, so that setters chain. The property is sent in the handshake of connections that are bound or
    /// connected later. There is no handshake over `inproc`. The [maximum message
    /// size](Self::set_max_message_size) of a peer limits the properties too.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the key does not begin with `X-`, is `X-` alone, has more than
    ///   255 bytes or contains a colon; the value is empty; the key or the value contains a NUL byte; or the key was
    ///   added before.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (receiver, sender) = (context.socket(Pull)?, context.socket(Push)?);
    /// sender.add_metadata("X-station", "seven")?;
    /// sender.connect(receiver.bind("tcp://127.0.0.1:*")?)?;
    /// sender.send("rain")?;
    /// assert_eq!(receiver.recv()?.metadata("X-station"), Some("seven"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_METADATA`.
    #[doc(alias("ZMQ_METADATA", "set_metadata"))]
    pub fn add_metadata(&self, key: &str, value: &str) -> Result<&Self> {
        let property = format!("{key}:{value}");
        let invalid = |reason: String| {
            Error::invalid(Operation::SetOption, "metadata", reason).with_value(format!("{property:?}"))
        };
        check_property(key, value).map_err(|reason| invalid(reason.to_owned()))?;
        if !self.core.memory.note_property(key) {
            return Err(invalid(format!("the key {key:?} was added before, and libzmq keeps its first value")));
        }
        // A property of four bytes would be read as a number; the shortest one has five.
        self.set_option(sys::ZMQ_METADATA, "metadata", property.as_bytes())
            .inspect_err(|_| self.core.memory.forget_property(key))
    }
}

/// Returns the reason why libzmq would not send the property as it is.
fn check_property(key: &str, value: &str) -> Result<(), &'static str> {
    if !key.starts_with("X-") || key.len() == 2 {
        Err("a key begins with \"X-\" and continues")
    } else if key.len() > 255 {
        Err("a key has at most 255 bytes")
    } else if key.contains(':') {
        Err("a key contains no colon")
    } else if value.is_empty() {
        Err("a value has at least one byte")
    } else if key.contains('\0') || value.contains('\0') {
        Err("it contains a NUL byte")
    } else if i32::try_from(value.len()).is_err() {
        Err("a value has at most 2147483647 bytes")
    } else {
        Ok(())
    }
}

/// # Busy polling
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: Kind> Socket<K> {
    /// Sets how long the system polls the network device of a TCP connection before it sleeps, in microseconds, rounded
    /// up. Linux only; other systems ignore the option.
    ///
    /// Polling lowers the latency and costs processor time. The option takes effect with the next bind or connect. The
    /// process needs the privilege `CAP_NET_ADMIN` for a longer time than that of the system (`net.core.busy_read`);
    /// without it, the option has no effect. The option cannot be read, because libzmq fails to return it.
    ///
    /// Default: zero, which leaves the time to the system. Returns the socket, so that setters chain.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the time is longer than 2147483647 µs (35 minutes).
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq is older than 4.3.5.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Pull, Version};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// # if zmq::version() < (Version { major: 4, minor: 3, patch: 5 }) { return Ok(()); }
    /// socket.set_busy_poll(Duration::from_micros(50))?.bind("tcp://127.0.0.1:*")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_BUSY_POLL`.
    #[doc(alias = "ZMQ_BUSY_POLL")]
    pub fn set_busy_poll(&self, time: Duration) -> Result<&Self> {
        self.set_option(sys::ZMQ_BUSY_POLL, "busy_poll", Microseconds(time))
    }
}

/// # Greetings
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: Kind> Socket<K> {
    /// Sets the message that the socket sends to each new peer, before all other messages. An empty message means none.
    ///
    /// Default: none. ROUTER, DEALER, CLIENT, SERVER and PEER sockets only. The option takes effect with the next bind or
    /// connect, on all transports. A peer receives the message again when its connection is restored. Returns the socket,
    /// so that setters chain.
    ///
    /// The peer receives an ordinary message of one frame. A ROUTER peer receives two frames: the routing ID of this
    /// socket, and the greeting. REQ and REP peers drop the greeting, because it has no envelope.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is an untyped one of another type.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// With an installed libzmq, which lacks the fix `inproc-names`, a later bind over `inproc` fails: libzmq would abort
    /// if a socket had connected to the name and was closed before the bind.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dealer, Router};
    ///
    /// let context = Context::new()?;
    /// let (server, client) = (context.socket(Router)?, context.socket(Dealer)?);
    /// server.set_hello_message("ready")?;
    /// client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    /// assert_eq!(client.recv()?, "ready");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_HELLO_MSG`.
    #[doc(alias("ZMQ_HELLO_MSG", "set_hello_msg"))]
    pub fn set_hello_message(&self, message: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: Greets,
    {
        self.expect_ability(Ability::Greets, Operation::SetOption, "hello_message")?;
        self.assign_hello_message(message.as_ref())
    }
}

impl<K: Kind> Socket<K> {
    /// Sets the greeting of a socket whose type has one.
    pub(crate) fn assign_hello_message(&self, message: &[u8]) -> Result<&Self> {
        // Another thread may bind a shared socket meanwhile.
        self.core.memory.set_greets(true);
        self.set_option(sys::ZMQ_HELLO_MSG, "hello_message", message)?;
        self.core.memory.set_greets(!message.is_empty());
        Ok(self)
    }
}

/// # Certificates
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: Kind> Socket<K> {
    /// Sets the private key of a `wss` server, in PEM format. Errors do not show it.
    ///
    /// Default: none. The option takes effect with the next bind. libzmq does not check the key until then. Returns the
    /// socket, so that setters chain.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq was built without `wss`, as the vendored one is.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Capability, Context, ErrorKind, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// if !zmq::has(Capability::Wss) {
    ///     assert_eq!(socket.set_wss_key_pem("a key").unwrap_err().kind(), ErrorKind::NotSupported);
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_WSS_KEY_PEM`.
    #[doc(alias = "ZMQ_WSS_KEY_PEM")]
    pub fn set_wss_key_pem(&self, pem: impl AsRef<[u8]>) -> Result<&Self> {
        self.set_option(sys::ZMQ_WSS_KEY_PEM, "wss_key_pem", Secret(pem.as_ref()))
    }
}
