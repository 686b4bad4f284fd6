//! DGRAM sockets: UDP datagrams from and to any program.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::str;
use std::time::Duration;

use super::kinds::{Ability, Kind, SendsDatagrams};
use super::wait::Wait;
use super::{Core, Socket};
use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::raw::LONGEST_DATAGRAM;

/// The maximum length of an address as text: `255.255.255.255:65535`.
const LONGEST_ADDRESS: usize = 21;

/// A UDP datagram that a DGRAM socket received.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Datagram {
    /// The address of the sender, to which a reply can be sent.
    pub address: SocketAddr,
    /// The content.
    pub body: Message,
}

/// # Datagrams
///
/// A DGRAM socket is bound to one UDP address, and exchanges datagrams with programs that need not speak ZeroMQ. As always
/// with UDP, datagrams may be lost, duplicated or reordered. In particular, libzmq opens the socket of the system in the
/// background after [`bind`](Self::bind) has returned, and loses datagrams that arrive before.
impl<K: Kind> Socket<K> {
    /// Sends a datagram to an IPv4 address, blocking as [`send`](Self::send) does.
    ///
    /// Success does not mean that the address exists. The socket must be [bound](Self::bind) to a UDP endpoint first; `udp://*:*`
    /// is any free port.
    ///
    /// # Errors
    /// Every error returns the body in [`SendError::message`].
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is not bound.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the body is longer than 8192 bytes; or the address is of IPv6, is
    ///   the broadcast address, or has the port 0; or [`send_more`](Self::send_more) has begun a datagram.
    /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): the system has refused the endpoint after the bind.
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the send timeout expired.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::net::UdpSocket;
    /// use zmq::{Context, Dgram};
    ///
    /// let socket = Context::new()?.socket(Dgram)?;
    /// socket.bind("udp://127.0.0.1:*")?;
    /// let peer = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.send_datagram(peer.local_addr()?, "hello")?;
    /// let mut received = [0; 5];
    /// peer.recv(&mut received)?;
    /// assert_eq!(&received, b"hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    #[doc(alias = "zmq_msg_send")]
    pub fn send_datagram(
        &self,
        address: impl Into<SocketAddr>,
        body: impl IntoMessage,
    ) -> Result<(), SendError<Message>>
    where
        K: SendsDatagrams,
    {
        self.core.send_datagram(address.into(), body.into(), Wait::Configured)
    }

    /// Attempts to send a datagram without blocking.
    ///
    /// # Errors
    /// Every error returns the body in [`SendError::message`].
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): the queue is full.
    /// - all errors of [`send_datagram`](Self::send_datagram), except `TimedOut`.
    ///
    /// # Examples
    /// ```
    /// use std::net::SocketAddr;
    /// use zmq::{Context, Dgram, ErrorKind};
    ///
    /// let socket = Context::new()?.socket(Dgram)?;
    /// let address = SocketAddr::from(([127, 0, 0, 1], 5555));
    /// assert_eq!(socket.try_send_datagram(address, "hello").unwrap_err().kind(), ErrorKind::WrongState);
    /// socket.bind("udp://127.0.0.1:*")?;
    /// socket.try_send_datagram(address, "hello")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE` and `ZMQ_DONTWAIT`.
    pub fn try_send_datagram(
        &self,
        address: impl Into<SocketAddr>,
        body: impl IntoMessage,
    ) -> Result<(), SendError<Message>>
    where
        K: SendsDatagrams,
    {
        self.core.send_datagram(address.into(), body.into(), Wait::Never)
    }

    /// Sends a datagram, blocking for at most `timeout` as [`send_timeout`](Self::send_timeout) does.
    ///
    /// # Errors
    /// Every error returns the body in [`SendError::message`].
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): `timeout` expired, even if it is zero.
    /// - all errors of [`send_datagram`](Self::send_datagram).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Dgram)?;
    /// socket.bind("udp://127.0.0.1:*")?;
    /// socket.send_datagram_timeout(([127, 0, 0, 1], 5555), "hello", Duration::from_millis(100))?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    pub fn send_datagram_timeout(
        &self,
        address: impl Into<SocketAddr>,
        body: impl IntoMessage,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), SendError<Message>>
    where
        K: SendsDatagrams,
    {
        self.core.send_datagram(address.into(), body.into(), Wait::For(timeout.into()))
    }

    /// Receives a datagram, blocking as [`recv`](Self::recv) does.
    ///
    /// Datagrams of more than 8192 bytes arrive truncated.
    ///
    /// # Errors
    /// - all errors of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dgram};
    ///
    /// let context = Context::new()?;
    /// let (server, client) = (context.socket(Dgram)?, context.socket(Dgram)?);
    /// let endpoint = server.bind("udp://127.0.0.1:*")?;
    /// client.bind("udp://127.0.0.1:*")?;
    /// # server.set_recv_timeout(std::time::Duration::from_millis(20))?;
    /// let address: std::net::SocketAddr = endpoint.address().parse()?;
    /// client.send_datagram(address, "question")?;
    /// # // The server may not be bound yet.
    /// # while server.poll(zmq::Events::READABLE, std::time::Duration::from_millis(20))?.is_empty() {
    /// #     client.send_datagram(address, "question")?;
    /// # }
    ///
    /// let question = server.recv_datagram()?;
    /// assert_eq!(question.body, "question");
    /// server.send_datagram(question.address, "answer")?;
    /// assert_eq!(client.recv_datagram()?.body, "answer");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    #[doc(alias = "zmq_msg_recv")]
    pub fn recv_datagram(&self) -> Result<Datagram>
    where
        K: SendsDatagrams,
    {
        self.core.expect_datagrams(Operation::Receive)?;
        self.core.read_datagram(self.core.receive_multipart()?)
    }

    /// Attempts to receive a datagram without blocking. Returns `None` if nothing is available.
    ///
    /// # Errors
    /// - all errors of [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Dgram)?;
    /// socket.bind("udp://127.0.0.1:*")?;
    /// while let Some(datagram) = socket.try_recv_datagram()? {
    ///     println!("{} bytes from {}", datagram.body.len(), datagram.address);
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv` with `ZMQ_DONTWAIT`.
    pub fn try_recv_datagram(&self) -> Result<Option<Datagram>>
    where
        K: SendsDatagrams,
    {
        self.recv_datagram_timeout(Duration::ZERO)
    }

    /// Receives a datagram, blocking for at most `timeout` as [`recv_timeout`](Self::recv_timeout) does.
    ///
    /// # Errors
    /// - all errors of [`recv_timeout`](Self::recv_timeout).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Dgram)?;
    /// socket.bind("udp://127.0.0.1:*")?;
    /// assert_eq!(socket.recv_datagram_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_recv`.
    pub fn recv_datagram_timeout(&self, timeout: impl Into<Option<Duration>>) -> Result<Option<Datagram>>
    where
        K: SendsDatagrams,
    {
        self.core.expect_datagrams(Operation::Receive)?;
        self.core.try_receive_multipart(timeout.into())?.map(|received| self.core.read_datagram(received)).transpose()
    }
}

impl Core {
    /// Returns an error if the socket is an untyped one of another type.
    fn expect_datagrams(&self, operation: Operation) -> Result<()> {
        if self.socket_type.can(Ability::SendsDatagrams) {
            return Ok(());
        }
        let error = Error::new(operation, Errno::ENOTSUP).on_socket(Some(self.socket_type));
        Err(error.because("only DGRAM sockets exchange datagrams"))
    }

    fn send_datagram(&self, address: SocketAddr, body: Message, wait: Wait) -> Result<(), SendError<Message>> {
        let address = match self.expect_datagrams(Operation::Send).and_then(|()| self.address_frame(address)) {
            Ok(address) => address,
            Err(error) => return Err(SendError { error, message: body }),
        };
        self.send_frames((address, body).into(), wait).map_err(|SendError { error, mut message }| {
            // The address is not among the frames if libzmq has lost the endpoint in the middle.
            SendError { error, message: message.pop_back().unwrap_or_default() }
        })
    }

    /// Returns the frame with an address, or an error if libzmq would silently drop datagrams to it.
    fn address_frame(&self, address: SocketAddr) -> Result<Message> {
        let reason = match address {
            SocketAddr::V6(_) => "the address is of IPv6, and DGRAM sockets only support IPv4",
            _ if address.port() == 0 => "the port of the address is 0",
            _ if address.ip() == Ipv4Addr::BROADCAST => "DGRAM sockets cannot broadcast",
            SocketAddr::V4(address) => {
                let mut text = [0; LONGEST_ADDRESS];
                let mut rest = &mut text[..];
                // Every address fits.
                let _ = write!(rest, "{address}");
                let len = LONGEST_ADDRESS - rest.len();
                return Ok(Message::from(&text[..len]));
            }
        };
        Err(self.send_error(Errno::EINVAL).because(reason))
    }

    fn read_datagram(&self, received: Multipart) -> Result<Datagram> {
        if let Ok([address, body]) = received.into_array() {
            // libzmq ends the address with a NUL.
            let text = address.strip_suffix(b"\0").unwrap_or(&address);
            if let Some(address) = str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
                return Ok(Datagram { address, body });
            }
        }
        let error = Error::new(Operation::Receive, Errno::EPROTO).on_socket(Some(self.socket_type));
        Err(error.because("the message is not an address and a body"))
    }

    /// Returns an error if a frame that others follow cannot be an address.
    pub(super) fn check_address(&self) -> Result<()> {
        if self.socket_type.can(Ability::SendsDatagrams) && self.raw.has_begun() {
            return Err(self.send_error(Errno::EINVAL));
        }
        Ok(())
    }

    /// Returns an error if the body of a datagram has too many bytes.
    pub(super) fn check_body(&self, len: usize) -> Result<()> {
        if self.socket_type.can(Ability::SendsDatagrams) && len > LONGEST_DATAGRAM {
            let reason = format!("the body of a datagram has {len} bytes, at most {LONGEST_DATAGRAM} are possible");
            return Err(self.send_error(Errno::EMSGSIZE).because(reason));
        }
        Ok(())
    }

    /// Returns an error if the frames, after those that were sent before, are not a datagram.
    pub(super) fn check_datagram(&self, frames: &[Message]) -> Result<()> {
        if !self.socket_type.can(Ability::SendsDatagrams) {
            return Ok(());
        }
        if frames.len() + usize::from(self.raw.has_begun()) != 2 {
            return Err(self.send_error(Errno::EINVAL));
        }
        frames.last().map_or(Ok(()), |body| self.check_body(body.len()))
    }
}
