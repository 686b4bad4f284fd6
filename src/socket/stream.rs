//! STREAM sockets: raw TCP connections, each with a routing ID.

use std::time::Duration;

use super::Socket;
use super::connections::StreamEvent;
use super::kinds::{Ability, Kind, Sends, Streams};
use super::wait::{LOOK_INTERVAL, Wait};
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::Direction;

/// # Raw TCP
impl<K: Kind> Socket<K> {
    /// Receives a connection, a disconnection or bytes, blocking as [`recv`](Socket::recv) does.
    ///
    /// To tell a connection from a disconnection, the socket records its open connections. So receive all messages of the
    /// socket this way, and leave [`set_notify`](Self::set_notify) on.
    ///
    /// # Errors
    /// - all errors of [`recv`](Socket::recv).
    ///
    /// # Examples
    /// ```
    /// use std::io::Write;
    /// use std::net::TcpStream;
    /// use zmq::{Context, Stream, StreamEvent};
    ///
    /// let socket = Context::new()?.socket(Stream)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// # (|| {
    /// TcpStream::connect(endpoint.address())?.write_all(b"hello")?;
    /// # std::io::Result::Ok(()) })().unwrap();
    ///
    /// assert!(matches!(socket.recv_stream()?, StreamEvent::Connected { .. }));
    /// let StreamEvent::Data { bytes, .. } = socket.recv_stream()? else { panic!("bytes come next") };
    /// assert_eq!(bytes, "hello");
    /// assert!(matches!(socket.recv_stream()?, StreamEvent::Disconnected { .. }));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_stream(&self) -> Result<StreamEvent>
    where
        K: Streams,
    {
        self.expect_streams(Operation::Receive)?;
        let received = self.core.receive_multipart()?;
        Ok(self.core.memory.read_stream(received))
    }

    /// Attempts to receive as [`recv_stream`](Self::recv_stream) does, without blocking. Returns `None` if nothing is
    /// available.
    ///
    /// # Errors
    /// - all errors of [`try_recv`](Socket::try_recv).
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Stream)?;
    /// while let Some(event) = socket.try_recv_stream()? {
    ///     println!("{event:?}");
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_stream(&self) -> Result<Option<StreamEvent>>
    where
        K: Streams,
    {
        self.recv_stream_timeout(Duration::ZERO)
    }

    /// Receives as [`recv_stream`](Self::recv_stream) does, blocking for at most `timeout` as
    /// [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// - all errors of [`recv_timeout`](Socket::recv_timeout).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Stream)?;
    /// assert_eq!(socket.recv_stream_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_stream_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<StreamEvent>>
    where
        K: Streams,
    {
        self.expect_streams(Operation::Receive)?;
        let received = self.core.try_receive_multipart(timeout.into())?;
        Ok(received.map(|received| self.core.memory.read_stream(received)))
    }

    /// Returns an error if the socket is an untyped one of another type.
    fn expect_streams(&self, operation: Operation) -> Result<()> {
        match self.core.socket_type {
            streams if streams.can(Ability::Streams) => Ok(()),
            other => {
                let error = Error::new(operation, Errno::ENOTSUP).on_socket(Some(other));
                Err(error.because("only STREAM sockets have streams"))
            }
        }
    }
}

impl<K: Kind> Socket<K> {
    /// Sends bytes on the connection with this routing ID. Empty bytes send nothing.
    ///
    /// If the peer reads too slowly, the call blocks for at most the [send timeout](Self::set_send_timeout), but only while
    /// no message can be received. A received message may be the end of this connection, and libzmq would then block in the
    /// send forever.
    ///
    /// Other methods that send need the routing ID and the bytes in one message of two frames. With any other number of
    /// frames they fail with [`InvalidInput`](crate::ErrorKind::InvalidInput), because libzmq would misread all later frames.
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`].
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the send timeout expired.
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): a message must be received first.
    /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): the connection does not exist.
    /// - all errors of [`send`](Socket::send).
    ///
    /// # Examples
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    /// use zmq::{Context, Stream, StreamEvent};
    ///
    /// let socket = Context::new()?.socket(Stream)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// let mut client = TcpStream::connect(endpoint.address())?;
    ///
    /// let StreamEvent::Connected { peer } = socket.recv_stream()? else { panic!("a connection comes first") };
    /// socket.send_stream(peer, "hello")?;
    /// let mut received = [0; 5];
    /// client.read_exact(&mut received)?;
    /// assert_eq!(&received, b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    pub fn send_stream(&self, peer: impl Into<Message>, bytes: impl Into<Message>) -> Result<(), SendError<Multipart>>
    where
        K: Streams + Sends,
    {
        let (peer, bytes) = (peer.into(), bytes.into());
        // For libzmq, an empty frame means to close the connection.
        if bytes.is_empty() {
            return self
                .expect_streams(Operation::Send)
                .map_err(|error| SendError { error, message: (peer, bytes).into() });
        }
        self.send_to_stream((peer, bytes).into())
    }

    /// Closes the connection with this routing ID.
    ///
    /// Queued bytes are sent first. For this, libzmq needs further calls that receive from the socket or wait for it. The
    /// disconnection is usually not received as a message, unless libzmq has already fetched a message of the connection.
    ///
    /// # Errors
    /// - all errors of [`send_stream`](Self::send_stream).
    ///
    /// # Examples
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    /// use zmq::{Context, Stream, StreamEvent};
    ///
    /// let socket = Context::new()?.socket(Stream)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// let mut client = TcpStream::connect(endpoint.address())?;
    ///
    /// let StreamEvent::Connected { peer } = socket.recv_stream()? else { panic!("a connection comes first") };
    /// socket.close_stream(peer)?;
    /// // Closing the socket is a call that lets libzmq continue, and so is each receive.
    /// drop(socket);
    /// assert_eq!(client.read(&mut [0])?, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    pub fn close_stream(&self, peer: impl Into<Message>) -> Result<(), SendError<Multipart>>
    where
        K: Streams + Sends,
    {
        let mut peer = peer.into();
        let id = peer.share();
        self.send_to_stream((peer, Message::new()).into())?;
        self.core.memory.close_stream(&id);
        Ok(())
    }

    fn send_to_stream(&self, mut message: Multipart) -> Result<(), SendError<Multipart>>
    where
        K: Streams + Sends,
    {
        let timeout = self.expect_streams(Operation::Send).and_then(|()| self.configured_send_timeout());
        let timeout = match timeout {
            Ok(timeout) => timeout,
            Err(error) => return Err(SendError { error, message }),
        };
        let deadline = Deadline::after(timeout);
        let mut wait = Wait::Never;
        loop {
            let Err(refused) = self.core.send_frames(message, wait) else { return Ok(()) };
            if !refused.error.is_would_block() && !refused.error.is_timed_out() {
                return Err(refused);
            }
            match self.events() {
                Err(error) => return Err(SendError { error, ..refused }),
                Ok(events) if events.is_readable() => {
                    let reason = "receive first; the next message may be the end of this connection";
                    return Err(SendError { error: self.core.send_error(Errno::EAGAIN).because(reason), ..refused });
                }
                Ok(_) => {}
            }
            let left = deadline.left();
            if left.is_some_and(|left| left.is_zero()) {
                let error = Wait::Configured.error(&self.core, Direction::Send, Errno::EAGAIN);
                return Err(SendError { error, ..refused });
            }
            wait = Wait::For(Some(left.map_or(LOOK_INTERVAL, |left| left.min(LOOK_INTERVAL))));
            message = refused.message;
        }
    }
}
