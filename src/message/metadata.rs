//! Metadata of messages: properties of the connection that a message arrived on.

use std::ffi::CString;
use std::str;

use super::Message;

impl Message {
    /// Returns the metadata property `name`, or `None` if the message does not have it or its value is not UTF-8.
    ///
    /// libzmq sets properties on messages that arrive from a network or IPC connection; messages over `inproc` have
    /// none. For values that are not UTF-8, call [`metadata_bytes`](Self::metadata_bytes).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    /// source.send("hello")?;
    /// let message = sink.recv()?;
    /// assert_eq!(message.metadata("Socket-Type"), Some("PUSH"));
    /// assert_eq!(message.metadata("X-Unknown"), None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_gets`.
    #[doc(alias("zmq_msg_gets", "gets"))]
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&str> {
        str::from_utf8(self.metadata_bytes(name)?).ok()
    }

    /// Returns the metadata property `name` as bytes. The peer may have chosen them, so they need not be UTF-8.
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::from("created here");
    /// assert_eq!(message.metadata_bytes("Identity"), None);
    /// ```
    ///
    /// Maps to `zmq_msg_gets`.
    #[doc(alias = "zmq_msg_gets")]
    #[must_use]
    pub fn metadata_bytes(&self, name: &str) -> Option<&[u8]> {
        let name = CString::new(name).ok()?;
        self.raw.metadata(&name).map(|value| value.to_bytes())
    }

    /// Returns the IP address of the peer that sent the message.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    /// source.send("hello")?;
    /// assert_eq!(sink.recv()?.peer_address(), Some("127.0.0.1"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_MSG_PROPERTY_PEER_ADDRESS`.
    #[doc(alias = "ZMQ_MSG_PROPERTY_PEER_ADDRESS")]
    #[must_use]
    pub fn peer_address(&self) -> Option<&str> {
        self.metadata("Peer-Address")
    }

    /// Returns the user ID that the [authenticator](crate::auth) assigned to the peer.
    ///
    /// If no authenticator checks the socket's peers, the value is the peer's own claim. Behind a
    /// [`Proxy`](crate::Proxy) there is no user ID, because a message carries the properties of the connection it
    /// arrived on.
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::from("created here");
    /// assert_eq!(message.user_id(), None);
    /// ```
    ///
    /// Maps to `ZMQ_MSG_PROPERTY_USER_ID`.
    #[doc(alias = "ZMQ_MSG_PROPERTY_USER_ID")]
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.metadata("User-Id")
    }

    /// Returns the type of the socket that sent the message, as ZeroMQ spells it (`"PUSH"`).
    ///
    /// # Examples
    /// ```
    /// let message = zmq::Message::from("created here");
    /// assert_eq!(message.socket_type(), None);
    /// ```
    ///
    /// Maps to `ZMQ_MSG_PROPERTY_SOCKET_TYPE`.
    #[doc(alias = "ZMQ_MSG_PROPERTY_SOCKET_TYPE")]
    #[must_use]
    pub fn socket_type(&self) -> Option<&str> {
        self.metadata("Socket-Type")
    }
}
