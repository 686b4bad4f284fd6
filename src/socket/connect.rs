//! Binding and connecting.

use super::Socket;
use super::kinds::Kind;
use crate::endpoint::Endpoint;
use crate::error::{Operation, Result};
use crate::raw::RawSocket;

/// # Binding and connecting
impl<K: Kind> Socket<K> {
    /// Binds the socket to `endpoint` and returns the resolved endpoint.
    ///
    /// A wildcard port (`tcp://127.0.0.1:*`) or path (`ipc://*`) is resolved to the port or path that was chosen, ready for
    /// a peer's [`connect`](Self::connect). A socket can bind more than once, and connect as well.
    ///
    /// On Unix, a chosen path is absolute. It names a socket file in a new directory within the temporary directory
    /// (`TMPDIR`, or `/tmp`), which other users cannot enter. Both are removed when the socket is unbound or dropped, or when
    /// the context ends after [`into_raw`](Self::into_raw).
    ///
    /// At an ipc path, a socket file without a server is replaced; any other file is left alone and is an error. To find out
    /// which it is, `bind` connects to the path, so a monitor of a live server reports a connection that is accepted and
    /// immediately lost.
    ///
    /// # Errors
    /// - [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint): the endpoint cannot be parsed.
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): another socket is bound to the address, or at the ipc path a server
    ///   listens or a file that is no socket exists.
    /// - [`AddressNotAvailable`](crate::ErrorKind::AddressNotAvailable): this machine does not have the address.
    /// - [`NoSuchDevice`](crate::ErrorKind::NoSuchDevice): this machine does not have the interface, or the address is an IPv6
    ///   address and [IPv6 is off](Self::set_ipv6).
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory of the ipc path does not exist.
    /// - [`NameTooLong`](crate::ErrorKind::NameTooLong): the ipc path is too long.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the process may not use the address or the path.
    /// - [`UnsupportedProtocol`](crate::ErrorKind::UnsupportedProtocol): this libzmq lacks the transport.
    /// - [`IncompatibleProtocol`](crate::ErrorKind::IncompatibleProtocol): sockets of this kind do not support the transport.
    /// - [`NoIoThread`](crate::ErrorKind::NoIoThread): the context has no I/O thread for the listener.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
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
    #[doc(alias("zmq_bind", "ZMQ_LAST_ENDPOINT", "get_last_endpoint"))]
    pub fn bind(&self, endpoint: impl AsRef<str>) -> Result<Endpoint> {
        self.core.bind(endpoint.as_ref())
    }

    /// Connects the socket to `endpoint` and returns the endpoint.
    ///
    /// Returns immediately. The connection is established in the background, with retries until the peer is available. Sent
    /// messages are queued in the meantime, up to the [high-water mark](Self::set_send_hwm). To wait for the connection, call
    /// [`connect_and_wait`](Self::connect_and_wait).
    ///
    /// A second `connect` of a DEALER, PUB, REQ or SUB socket to the same endpoint does nothing, even if the first
    /// connection is dead. To start over, [`disconnect`](Self::disconnect) first. Sockets of other kinds create a second
    /// connection.
    ///
    /// # Errors
    /// - [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint): the endpoint cannot be parsed, or it has a wildcard. Connect
    ///   to the endpoint that [`bind`](Self::bind) returned.
    /// - [`NoSuchDevice`](crate::ErrorKind::NoSuchDevice): the address is an IPv6 address and [IPv6 is off](Self::set_ipv6).
    /// - [`NameTooLong`](crate::ErrorKind::NameTooLong): the ipc path is too long.
    /// - [`UnsupportedProtocol`](crate::ErrorKind::UnsupportedProtocol): this libzmq lacks the transport.
    /// - [`IncompatibleProtocol`](crate::ErrorKind::IncompatibleProtocol): sockets of this kind do not support the transport.
    /// - [`NoIoThread`](crate::ErrorKind::NoIoThread): the context has no I/O thread for the connection.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a conflating socket, or a PAIR or CHANNEL socket that had a peer, connects to an
    ///   `inproc` name that is not bound yet.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
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
    #[doc(alias = "zmq_connect")]
    pub fn connect(&self, endpoint: impl AsRef<str>) -> Result<Endpoint> {
        self.core.connect(endpoint.as_ref())
    }

    /// Stops listening on an endpoint that [`bind`](Self::bind) returned.
    ///
    /// Peers that connected to the endpoint are disconnected, and messages that are queued for them are dropped. Over
    /// `inproc` the peers stay connected.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket is not bound to the endpoint. An endpoint with a wildcard is
    ///   never bound, only its resolved form.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// socket.unbind(&endpoint)?;
    /// assert!(socket.bound_endpoints().is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_unbind`.
    #[doc(alias = "zmq_unbind")]
    pub fn unbind(&self, endpoint: impl AsRef<str>) -> Result<()> {
        self.core.leave(Operation::Unbind, endpoint.as_ref(), RawSocket::unbind)
    }

    /// Ends the connection to an endpoint that was passed to [`connect`](Self::connect).
    ///
    /// Messages that are queued for the endpoint are dropped when the [linger](Self::set_linger) period is over.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the socket is not connected to the endpoint.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?;
    /// let endpoint = socket.connect("tcp://127.0.0.1:5555")?;
    /// socket.disconnect(&endpoint)?;
    /// assert_eq!(socket.disconnect(&endpoint).unwrap_err().kind(), ErrorKind::NotFound);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_disconnect`.
    #[doc(alias = "zmq_disconnect")]
    pub fn disconnect(&self, endpoint: impl AsRef<str>) -> Result<()> {
        self.core.leave(Operation::Disconnect, endpoint.as_ref(), RawSocket::disconnect)
    }

    /// Returns the endpoints that the socket is bound to, as returned by [`bind`](Self::bind).
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(socket.bound_endpoints(), [endpoint]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias("ZMQ_LAST_ENDPOINT", "get_last_endpoint"))]
    #[must_use]
    pub fn bound_endpoints(&self) -> Vec<Endpoint> {
        self.core.entry.bound_endpoints()
    }

    /// Returns the endpoints that the socket is bound or connected to.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        self.core.entry.endpoints()
    }
}
