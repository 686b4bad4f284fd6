//! STREAM sockets: raw TCP connections, told apart by routing id.

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

impl<K: Kind> Socket<K> {
    /// Receives a connection, a disconnection, or bytes.
    ///
    /// The socket keeps in mind which connections began, so that all of its messages have to be received this way, and
    /// [`set_notify`](Self::set_notify) has to stay on.
    ///
    /// # Errors
    /// Those of [`recv`](Socket::recv).
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

    /// Receives what [`recv_stream`](Self::recv_stream) does if something is there; `None` if not.
    ///
    /// # Errors
    /// Those of [`try_recv`](Socket::try_recv).
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_stream(&self) -> Result<Option<StreamEvent>>
    where
        K: Streams,
    {
        self.recv_stream_timeout(Duration::ZERO)
    }

    /// Receives what [`recv_stream`](Self::recv_stream) does, blocking for at most `timeout` as
    /// [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// Those of [`recv_timeout`](Socket::recv_timeout).
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

    /// Refuses an untyped socket of another type.
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
    /// Sends bytes on the connection of this routing id. Empty bytes send nothing.
    ///
    /// The other calls that send want both in one message: a single frame, or a third, is
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput), because libzmq would take every later frame for another part.
    ///
    /// It waits while the peer reads too slowly, for as long as the [send timeout](Self::set_send_timeout) allows, but
    /// only while nothing is there to be received: that may be the end of this connection, after which libzmq's own
    /// sends wait in vain.
    ///
    /// # Errors
    /// Every error hands the message back.
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the send timeout expired.
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): something has to be received first.
    /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): the connection is not there.
    /// - Those of [`send`](Socket::send).
    ///
    /// Maps to `zmq_msg_send`.
    pub fn send_stream(&self, peer: impl Into<Message>, bytes: impl Into<Message>) -> Result<(), SendError<Multipart>>
    where
        K: Streams + Sends,
    {
        let bytes = bytes.into();
        // To libzmq an empty frame is the order to close the connection.
        if bytes.is_empty() { Ok(()) } else { self.send_to_stream((peer, bytes).into()) }
    }

    /// Closes the connection of this routing id.
    ///
    /// What was sent goes out first, and libzmq needs the socket to be used for that: received from, or waited for. No
    /// disconnection is received for it, unless libzmq had fetched one, or the beginning, before.
    ///
    /// # Errors
    /// Those of [`send_stream`](Self::send_stream).
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
                    let reason = "something has to be received first, which may be the end of this connection";
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
