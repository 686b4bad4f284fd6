//! Sending to peers that libzmq numbers, without blocking a thread.

use super::{AsyncSocket, Runtime, SharedSocket};
use crate::error::SendError;
use crate::message::{IntoMessage, Message, RoutingId};
use crate::socket::kinds::{RoutesByNumber, Sends, ThreadSafe};

/// Implements the methods for a type that has `send`.
macro_rules! numbered {
    ($type:ident, $($bound:ident)+, $this:ident in $($receiver:tt)+) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
        impl<K: $($bound +)+, R: Runtime> $type<K, R> {
            /// Sends a message to the peer with this routing ID. See [`Socket::send_to`](crate::Socket::send_to).
            ///
            /// # Errors
            /// Every error returns the message, with its routing ID.
            /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): no such peer is connected.
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
            /// use zmq::{Context, Peer};
            ///
            /// let context = Context::new()?;
            #[doc = concat!("let mut one = ", stringify!($type), "::open(&context, Peer)?;")]
            /// let other = context.socket(Peer)?;
            /// let id = one.get_ref().connect_peer(other.bind("inproc://async-send-to")?)?;
            /// one.send_to(id, "hello").await?;
            /// assert_eq!(other.recv()?, "hello");
            /// # let _ = &mut one;
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn send_to($($receiver)+, id: RoutingId, message: impl IntoMessage) -> Result<(), SendError<Message>>
            where
                K: RoutesByNumber,
            {
                $this.send(message.into().with_routing_id(id)).await
            }

            /// Sends a message to the peer that sent `request`. See [`Socket::reply_to`](crate::Socket::reply_to).
            ///
            /// # Errors
            /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): the peer has disconnected, or `request` has no
            ///   routing ID.
            /// - all errors of [`send_to`](Self::send_to).
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
            /// use zmq::{Client, Context, Server};
            ///
            /// let context = Context::new()?;
            #[doc = concat!("let mut server = ", stringify!($type), "::open(&context, Server)?;")]
            /// let client = context.socket(Client)?;
            /// client.connect(server.get_ref().bind("inproc://async-reply-to")?)?;
            /// client.send("ping")?;
            /// let request = server.recv().await?;
            /// server.reply_to(&request, "pong").await?;
            /// assert_eq!(client.recv()?, "pong");
            /// # let _ = &mut server;
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn reply_to(
                $($receiver)+,
                request: &Message,
                message: impl IntoMessage,
            ) -> Result<(), SendError<Message>>
            where
                K: RoutesByNumber,
            {
                match request.routing_id() {
                    Some(id) => $this.send(message.into().with_routing_id(id)).await,
                    // This does not block, because there is no peer to send to.
                    None => $this.get_ref().reply_to(request, message),
                }
            }
        }
    };
}

numbered!(AsyncSocket, Sends, self in &mut self);
numbered!(SharedSocket, Sends ThreadSafe, self in &self);
