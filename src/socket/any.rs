//! Conversions between typed sockets and those whose type is known only at run time.

use std::str::FromStr;

use super::Socket;
use super::kinds::{Any, Kind, Open, SocketType};
use crate::error::{Error, Operation, Result};

/// # Untyped sockets
impl<K: Kind> Socket<K> {
    /// Returns the socket as an untyped one, for functions that take `&Socket`.
    ///
    /// The untyped socket has the methods of every kind. Methods that its type lacks fail with
    /// [`NotSupported`](crate::ErrorKind::NotSupported), except getters of options, which return libzmq's value.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Socket};
    ///
    /// fn describe(socket: &Socket) -> String {
    ///     format!("a {} socket, bound {} times", socket.socket_type(), socket.bound_endpoints().len())
    /// }
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(describe(socket.as_any()), "a PULL socket, bound 1 times");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[inline]
    pub fn as_any(&self) -> &Socket<Any> {
        self.retyped()
    }

    /// Converts the socket into an untyped one, so that sockets of different kinds fit one collection.
    ///
    /// [`downcast`](Socket::downcast) converts it back.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pub, Pull, Socket};
    ///
    /// let context = Context::new()?;
    /// let sockets: [Socket; 2] = [context.socket(Pull)?.erase(), context.socket(Pub)?.into()];
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn erase(self) -> Socket<Any> {
        Socket::from_core(self.core.into_inner())
    }
}

impl Socket<Any> {
    /// Converts the socket into one of kind `K`, or returns it unchanged if it is of another kind.
    ///
    /// # Errors
    /// If the socket is of another kind, the error is the socket.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?.erase();
    /// let socket = socket.downcast::<Pull>().unwrap_err();
    /// assert!(socket.downcast::<Push>().is_ok());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[expect(clippy::result_large_err, reason = "the error is the socket")]
    pub fn downcast<K: Kind>(self) -> Result<Socket<K>, Self> {
        if self.is::<K>() { Ok(Socket::from_core(self.core.into_inner())) } else { Err(self) }
    }

    /// Returns the socket as one of kind `K`, or `None` if it is of another kind.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?.erase();
    /// assert!(socket.downcast_ref::<Push>().is_some());
    /// assert!(socket.downcast_ref::<Pull>().is_none());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn downcast_ref<K: Kind>(&self) -> Option<&Socket<K>> {
        self.is::<K>().then(|| self.retyped())
    }

    fn is<K: Kind>(&self) -> bool {
        K::TYPE.is_none_or(|socket_type| socket_type == self.socket_type())
    }
}

/// Converts the socket as [`erase`](Socket::erase) does.
impl<K: Kind + Open> From<Socket<K>> for Socket<Any> {
    fn from(socket: Socket<K>) -> Self {
        socket.erase()
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
