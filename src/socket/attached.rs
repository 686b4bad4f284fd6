//! Guards that keep a socket bound or connected.

use std::fmt;

use super::Socket;
use super::kinds::Kind;
use crate::endpoint::Endpoint;
use crate::error::Result;

impl<K: Kind> Socket<K> {
    /// Binds the socket to `endpoint` until the returned guard is dropped.
    ///
    /// The drop unbinds the socket like [`unbind`](Self::unbind): peers of the endpoint are disconnected, and messages
    /// queued for them are dropped.
    ///
    /// # Errors
    /// - all errors of [`bind`](Self::bind).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let bound = sink.bound("tcp://127.0.0.1:*")?;
    /// source.connect(&bound)?;
    /// source.send("hello")?;
    /// assert_eq!(sink.recv()?, "hello");
    /// drop(bound);
    /// assert!(sink.bound_endpoints().is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_bind` and `zmq_unbind`.
    pub fn bound(&self, endpoint: impl AsRef<str>) -> Result<Bound<'_, K>> {
        let endpoint = self.bind(endpoint)?;
        Ok(Bound { socket: self, endpoint, detached: false })
    }

    /// Connects the socket to `endpoint` until the returned guard is dropped.
    ///
    /// The drop disconnects the socket like [`disconnect`](Self::disconnect): messages queued for the endpoint are
    /// dropped after the [linger period](Self::set_linger). The guard ends all connections of the socket to the
    /// endpoint, including those of other calls of [`connect`](Self::connect).
    ///
    /// # Errors
    /// - all errors of [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let connected = source.connected(sink.bind("inproc://connected")?)?;
    /// source.send("hello")?;
    /// assert_eq!(sink.recv()?, "hello");
    /// drop(connected);
    /// assert!(source.try_send("no peer").unwrap_err().error.is_would_block());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_connect` and `zmq_disconnect`.
    pub fn connected(&self, endpoint: impl AsRef<str>) -> Result<Connected<'_, K>> {
        let given = endpoint.as_ref();
        let endpoint = self.connect(given)?;
        Ok(Connected { socket: self, given: given.into(), endpoint, detached: false })
    }
}

/// A guard that keeps a socket bound to an endpoint until it is dropped. Created by [`Socket::bound`].
#[must_use = "the socket is unbound when the guard is dropped"]
pub struct Bound<'a, K: Kind> {
    socket: &'a Socket<K>,
    endpoint: Endpoint,
    detached: bool,
}

/// A guard that keeps a socket connected to an endpoint until it is dropped. Created by [`Socket::connected`].
#[must_use = "the socket is disconnected when the guard is dropped"]
pub struct Connected<'a, K: Kind> {
    socket: &'a Socket<K>,
    /// The endpoint as the program passed it, for `disconnect`.
    given: Box<str>,
    endpoint: Endpoint,
    detached: bool,
}

impl<K: Kind> Bound<'_, K> {
    /// Returns the resolved endpoint, to which peers can [`connect`](Socket::connect).
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let bound = socket.bound("tcp://127.0.0.1:*")?;
    /// assert_ne!(bound.endpoint().port(), Some(0));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Unbinds the socket now. Dropping the guard does the same, but ignores errors.
    ///
    /// # Errors
    /// - all errors of [`Socket::unbind`].
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let bound = socket.bound("tcp://127.0.0.1:*")?;
    /// bound.unbind()?;
    /// assert!(socket.bound_endpoints().is_empty());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn unbind(mut self) -> Result<()> {
        self.detached = true;
        self.socket.unbind(&self.endpoint)
    }

    /// Consumes the guard without unbinding the socket, and returns the endpoint.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// let endpoint = socket.bound("tcp://127.0.0.1:*")?.detach();
    /// assert_eq!(socket.bound_endpoints(), [endpoint]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn detach(mut self) -> Endpoint {
        self.detached = true;
        self.endpoint.clone()
    }
}

impl<K: Kind> Connected<'_, K> {
    /// Returns the endpoint, as [`connect`](Socket::connect) does.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let connected = socket.connected("tcp://127.0.0.1:5555")?;
    /// assert_eq!(connected.endpoint().port(), Some(5555));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Disconnects the socket now. Dropping the guard does the same, but ignores errors.
    ///
    /// # Errors
    /// - all errors of [`Socket::disconnect`].
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let connected = socket.connected("tcp://127.0.0.1:5555")?;
    /// connected.disconnect()?;
    /// assert!(socket.disconnect("tcp://127.0.0.1:5555").is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn disconnect(mut self) -> Result<()> {
        self.detached = true;
        self.socket.disconnect(&self.given)
    }

    /// Consumes the guard without disconnecting the socket, and returns the endpoint.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let endpoint = socket.connected("tcp://127.0.0.1:5555")?.detach();
    /// socket.disconnect(endpoint)?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn detach(mut self) -> Endpoint {
        self.detached = true;
        self.endpoint.clone()
    }
}

impl<K: Kind> Drop for Bound<'_, K> {
    fn drop(&mut self) {
        if !self.detached {
            // This fails if the program has unbound the endpoint, or if the context was shut down.
            let _ = self.socket.unbind(&self.endpoint);
        }
    }
}

impl<K: Kind> Drop for Connected<'_, K> {
    fn drop(&mut self) {
        if !self.detached {
            // This fails if the program has disconnected the endpoint, if libzmq would abort, or if the context was
            // shut down.
            let _ = self.socket.disconnect(&self.given);
        }
    }
}

impl<K: Kind> AsRef<str> for Bound<'_, K> {
    fn as_ref(&self) -> &str {
        self.endpoint.as_str()
    }
}

impl<K: Kind> AsRef<str> for Connected<'_, K> {
    fn as_ref(&self) -> &str {
        self.endpoint.as_str()
    }
}

impl<K: Kind> fmt::Debug for Bound<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bound").field(&self.endpoint).finish()
    }
}

impl<K: Kind> fmt::Debug for Connected<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connected").field(&self.endpoint).finish()
    }
}
