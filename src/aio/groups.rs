//! Sending to groups and exchanging datagrams, without blocking a thread.

use std::net::SocketAddr;

use super::{AsyncSocket, Runtime, SharedSocket};
use crate::error::{Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::socket::kinds::{Receives, Sends, SendsDatagrams, SendsToGroups, ThreadSafe};
use crate::socket::{Datagram, Socket};

/// Implements the method for a type that has `send`.
macro_rules! groups {
    ($type:ident, $($bound:ident)+, $this:ident in $($receiver:tt)+) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
        impl<K: $($bound +)+, R: Runtime> $type<K, R> {
            /// Sends a message to all dishes that joined a group. See
            /// [`Socket::send_to_group`](crate::Socket::send_to_group).
            ///
            /// # Errors
            /// Every error returns the message.
            /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the group or the message has an invalid length, or the group
            ///   contains a NUL.
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            ///
            /// # Cancel safety
            /// A dropped future has sent nothing, and drops the message.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main]
            /// # async fn main() -> zmq::Result<()> {
            #[doc = concat!("use zmq::aio::tokio::", stringify!($type), ";")]
            /// use zmq::{Context, Dish, Radio};
            ///
            /// let context = Context::new()?;
            #[doc = concat!("let mut radio = ", stringify!($type), "::open(&context, Radio)?;")]
            /// let dish = context.socket(Dish)?;
            /// dish.join("weather")?.connect(radio.get_ref().bind("inproc://async-send-to-group")?)?;
            /// radio.send_to_group("weather", "sunny").await?;
            /// assert_eq!(dish.recv()?, "sunny");
            /// # let _ = &mut radio;
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn send_to_group(
                $($receiver)+,
                group: impl AsRef<[u8]>,
                message: impl IntoMessage,
            ) -> Result<(), SendError<Message>>
            where
                K: SendsToGroups,
            {
                let message = $this.get_ref().addressed(group.as_ref(), message.into())?;
                $this.send(message).await
            }
        }
    };
}

groups!(AsyncSocket, Sends, self in &mut self);
groups!(SharedSocket, Sends ThreadSafe, self in &self);

#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl<K: SendsDatagrams + Receives, R: Runtime> AsyncSocket<K, R> {
    /// Sends a datagram to an IPv4 address. See [`Socket::send_datagram`].
    ///
    /// # Errors
    /// Every error returns the body.
    /// - all errors of [`Socket::send_datagram`], except `TimedOut`.
    ///
    /// # Cancel safety
    /// A dropped future has sent nothing, and drops the body.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::net::UdpSocket;
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Dgram};
    ///
    /// let mut socket = AsyncSocket::open(&Context::new()?, Dgram)?;
    /// socket.get_ref().bind("udp://127.0.0.1:*")?;
    /// let peer = UdpSocket::bind("127.0.0.1:0")?;
    /// socket.send_datagram(peer.local_addr()?, "hello").await?;
    /// let mut received = [0; 5];
    /// peer.recv(&mut received)?;
    /// assert_eq!(&received, b"hello");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn send_datagram(
        &mut self,
        address: impl Into<SocketAddr>,
        body: impl IntoMessage,
    ) -> Result<(), SendError<Message>> {
        let sent = self.transmit((address.into(), body.into()), |socket, (address, body)| {
            let sent = socket.try_send_datagram(address, body);
            sent.map_err(|SendError { error, message }| SendError { error, message: (address, message) })
        });
        sent.await.map_err(|SendError { error, message: (_, body) }| SendError { error, message: body })
    }

    /// Receives a datagram. See [`Socket::recv_datagram`].
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Cancel safety
    /// A datagram is removed from the queue only when it is returned, so a dropped future loses nothing.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::net::UdpSocket;
    /// use std::time::Duration;
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Dgram};
    ///
    /// let mut socket = AsyncSocket::open(&Context::new()?, Dgram)?;
    /// let endpoint = socket.get_ref().bind("udp://127.0.0.1:*")?;
    /// let peer = UdpSocket::bind("127.0.0.1:0")?;
    /// let received = loop {
    ///     // libzmq opens the port in the background, and a datagram before is lost.
    ///     peer.send_to(b"hello", endpoint.address())?;
    ///     if let Ok(received) = tokio::time::timeout(Duration::from_millis(20), socket.recv_datagram()).await {
    ///         break received?;
    ///     }
    /// };
    /// assert_eq!((received.address, &*received.body), (peer.local_addr()?, &b"hello"[..]));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn recv_datagram(&mut self) -> Result<Datagram> {
        self.receive(Socket::try_recv_datagram).await
    }
}
