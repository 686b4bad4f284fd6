//! The sending methods that a whole socket and its sending half share, each documented once.

use crate::error::Result;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// Implements the sending methods for a type that has `transmit` and `until`. The expression sends a message without
/// converting it.
macro_rules! sending {
    ($type:ident, |$this:ident, $message:ident| $send:expr) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Sends a message. A message that the sink has accepted and not sent yet is sent first.
            ///
            /// # Errors
            /// Every error returns the message.
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::send`], except for timeouts.
            ///
            /// # Cancel safety
            /// A dropped future has sent nothing, and drops the message. To keep the message, wait with
            /// [`writable`](Self::writable) and call [`Socket::try_send`].
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://send")?)?;
            /// source.send("hello").await?;
            /// assert_eq!(sink.recv().await?, "hello");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn send(&mut self, message: impl IntoMessage) -> Result<(), SendError<Message>>
            where
                K: Sends,
            {
                #[cfg(feature = "futures")]
                if self.sent.outgoing.is_some() {
                    if let Err(error) = poll_fn(|cx| self.poll_send_given(cx)).await {
                        return Err(SendError { error, message: message.into() });
                    }
                }
                let ($this, $message) = (self, message);
                $send
            }

            /// Sends a multipart message. A message that the sink has accepted and not sent yet is sent first.
            ///
            /// # Errors
            /// Every error returns the message.
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::send_multipart`], except for timeouts.
            ///
            /// # Cancel safety
            /// All frames are sent together. A dropped future has sent nothing, and drops the message.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://send-multipart")?)?;
            /// source.send_multipart(["topic", "content"]).await?;
            /// assert_eq!(sink.recv_multipart().await?, ["topic", "content"]);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn send_multipart(&mut self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>>
            where
                K: SendsMultipart,
            {
                #[cfg(feature = "futures")]
                if self.sent.outgoing.is_some() {
                    if let Err(error) = poll_fn(|cx| self.poll_send_given(cx)).await {
                        return Err(SendError { error, message: message.into() });
                    }
                }
                self.transmit(message.into(), |socket, message| socket.try_send_multipart(message)).await
            }

            /// Waits for the socket to become writable.
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            ///
            /// # Cancel safety
            /// This has no side effects.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://writable")?)?;
            /// source.writable().await?;
            /// source.get_ref().try_send("hello")?;
            /// assert_eq!(sink.recv().await?, "hello");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn writable(&mut self) -> Result<()>
            where
                K: Sends,
            {
                self.until(is_writable).await
            }

            /// Attempts to send a message, in a poll of a hand-written future. For an example, see `poll_recv`.
            ///
            /// The message is taken out of `message` when it is sent or refused; if `message` is `None`, the poll is
            /// ready at once. `Pending` leaves the message in place and registers the task of `cx`, which is woken when
            /// another poll may make progress. Of several tasks that poll to send, only the last is woken; one more
            /// task may poll to receive. A message that the sink has accepted and not sent yet is sent first.
            ///
            /// # Errors
            /// Every error returns the message.
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::send`], except for timeouts.
            ///
            /// # Cancel safety
            /// `Pending` has sent nothing and needs no further poll. A future that owns the message drops it on its own
            /// drop.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://poll-send")?)?;
            /// let mut message = Some("hello".into());
            /// std::future::poll_fn(|cx| source.poll_send(cx, &mut message)).await?;
            /// assert_eq!(sink.recv().await?, "hello");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_send(
                &mut self,
                cx: &mut Context<'_>,
                message: &mut Option<Message>,
            ) -> Poll<Result<(), SendError<Message>>>
            where
                K: Sends,
            {
                self.poll_message(cx, message, |socket, message| socket.try_send(message))
            }

            /// Attempts to send a multipart message, and registers the task as [`poll_send`](Self::poll_send) does.
            ///
            /// # Errors
            /// Every error returns the message.
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::send_multipart`], except for timeouts.
            ///
            /// # Cancel safety
            /// All frames are sent together. `Pending` has sent nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://poll-send-multipart")?)?;
            /// let mut message = Some(["topic", "content"].into());
            /// std::future::poll_fn(|cx| source.poll_send_multipart(cx, &mut message)).await?;
            /// assert_eq!(sink.recv_multipart().await?, ["topic", "content"]);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_send_multipart(
                &mut self,
                cx: &mut Context<'_>,
                message: &mut Option<Multipart>,
            ) -> Poll<Result<(), SendError<Multipart>>>
            where
                K: SendsMultipart,
            {
                self.poll_message(cx, message, |socket, message| socket.try_send_multipart(message))
            }

            /// Polls for the socket to become writable, and registers the task as [`poll_send`](Self::poll_send) does.
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            ///
            /// # Cancel safety
            /// This has no side effects.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://poll-writable")?)?;
            /// std::future::poll_fn(|cx| source.poll_writable(cx)).await?;
            /// source.get_ref().try_send("hello")?;
            /// # assert_eq!(sink.recv().await?, "hello");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>
            where
                K: Sends,
            {
                self.poll_until(cx, is_writable)
            }

            fn poll_message<M>(
                &mut self,
                cx: &mut Context<'_>,
                message: &mut Option<M>,
                attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
            ) -> Poll<Result<(), SendError<M>>>
            where
                K: Sends,
            {
                if message.is_none() {
                    return Poll::Ready(Ok(()));
                }
                #[cfg(feature = "futures")]
                if self.sent.outgoing.is_some() {
                    if let Err(error) = std::task::ready!(self.poll_send_given(cx)) {
                        let refused = message.take().map(|message| SendError { error, message });
                        return Poll::Ready(refused.map_or(Ok(()), Err));
                    }
                }
                self.poll_sending(cx, message, attempt)
            }
        }
    };
}

pub(super) fn is_writable<K: Kind>(socket: &Socket<K>) -> Result<Option<()>> {
    Ok(socket.events()?.is_writable().then_some(()))
}

pub(super) use sending;
