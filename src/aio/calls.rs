//! The calls that a whole socket and its halves have alike, each with its promises written once.

use crate::error::Result;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// Gives a type that has `receive` the calls that receive.
macro_rules! receiving {
    ($type:ident) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a message, or one frame of a multipart message.
            ///
            /// # Errors
            /// Those of [`Socket::recv`] but for the timeout.
            ///
            /// # Cancel safety
            /// A message is taken only when it is returned: one that is cancelled loses nothing.
            pub async fn recv(&mut self) -> Result<Message>
            where
                K: Receives,
            {
                self.receive(Socket::try_recv).await
            }

            /// Receives a whole multipart message.
            ///
            /// # Errors
            /// Those of [`Socket::recv_multipart`] but for the timeout.
            ///
            /// # Cancel safety
            /// All frames are taken together, when they are returned: one that is cancelled loses nothing and tears
            /// nothing.
            pub async fn recv_multipart(&mut self) -> Result<Multipart>
            where
                K: Receives,
            {
                self.receive(Socket::try_recv_multipart).await
            }

            /// Receives up to `max` messages: waits for the first, and takes those that are there then. They are added to
            /// `messages`; their number is returned. See [`Socket::recv_many`].
            ///
            /// # Errors
            /// Those of [`Socket::recv_many`] but for the timeout.
            ///
            /// # Cancel safety
            /// Messages are taken only when their number is returned: one that is cancelled loses nothing.
            pub async fn recv_many(&mut self, messages: &mut Vec<Message>, max: usize) -> Result<usize>
            where
                K: Receives,
            {
                if max == 0 {
                    return Ok(0);
                }
                let some = |count| if count > 0 { Some(count) } else { None };
                self.receive(|socket| socket.try_recv_many(messages, max).map(some)).await
            }

            /// Waits until a receive does not wait.
            ///
            /// # Errors
            /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
            ///
            /// # Cancel safety
            /// It changes nothing.
            pub async fn readable(&mut self) -> Result<()>
            where
                K: Receives,
            {
                self.receive(is_readable).await
            }

            /// Attempts to receive a message, or one frame of a multipart message. For futures that are written by hand.
            ///
            /// `Pending` registers the task of `cx`, which is woken when another poll may get further. Of several tasks
            /// that poll to receive, the last is woken; one more may poll to send. A call on the socket itself, such as
            /// [`try_recv`](Socket::try_recv), may consume the wake-up: poll again after it.
            ///
            /// # Errors
            /// Those of [`recv`](Self::recv).
            ///
            /// # Cancel safety
            /// A message is taken only when it is returned: `Pending` has taken nothing, and needs no further poll.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main]
            /// # async fn main() -> zmq::Result<()> {
            /// use std::future::poll_fn;
            /// use std::task::ready;
            /// # use zmq::{Context, Pair};
            /// # use zmq::aio::tokio::AsyncSocket;
            /// # let context = Context::new()?;
            /// # let (bound, peer) = (context.socket(Pair)?, context.socket(Pair)?);
            /// # peer.connect(bound.bind("inproc://poll-recv")?)?;
            /// # let mut socket = AsyncSocket::new(bound)?;
            /// # peer.send("sent")?;
            ///
            /// // Sends back what comes.
            /// let mut reply = None;
            /// poll_fn(|cx| {
            ///     if reply.is_none() {
            ///         reply = Some(ready!(socket.poll_recv(cx))?);
            ///     }
            ///     socket.poll_send(cx, &mut reply).map_err(zmq::Error::from)
            /// })
            /// .await?;
            /// assert_eq!(peer.recv()?, "sent");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message>>
            where
                K: Receives,
            {
                self.poll_receiving(cx, Socket::try_recv)
            }

            /// Attempts to receive a whole multipart message, and registers the task as
            /// [`poll_recv`](Self::poll_recv) does.
            ///
            /// # Errors
            /// Those of [`recv_multipart`](Self::recv_multipart).
            ///
            /// # Cancel safety
            /// All frames are taken together, when they are returned: `Pending` has taken nothing.
            pub fn poll_recv_multipart(&mut self, cx: &mut Context<'_>) -> Poll<Result<Multipart>>
            where
                K: Receives,
            {
                self.poll_receiving(cx, Socket::try_recv_multipart)
            }

            /// Attempts to receive up to `max` messages, which are added to `messages`, and returns their number.
            /// Registers the task as [`poll_recv`](Self::poll_recv) does.
            ///
            /// # Errors
            /// Those of [`recv_many`](Self::recv_many).
            ///
            /// # Cancel safety
            /// Messages are taken only when their number is returned: `Pending` has taken nothing.
            pub fn poll_recv_many(
                &mut self,
                cx: &mut Context<'_>,
                messages: &mut Vec<Message>,
                max: usize,
            ) -> Poll<Result<usize>>
            where
                K: Receives,
            {
                if max == 0 {
                    return Poll::Ready(Ok(0));
                }
                let some = |count| if count > 0 { Some(count) } else { None };
                self.poll_receiving(cx, |socket| socket.try_recv_many(messages, max).map(some))
            }

            /// Polls for the socket to become readable, and registers the task as [`poll_recv`](Self::poll_recv) does.
            ///
            /// # Errors
            /// Those of [`readable`](Self::readable).
            ///
            /// # Cancel safety
            /// It changes nothing.
            pub fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>
            where
                K: Receives,
            {
                self.poll_receiving(cx, is_readable)
            }
        }

        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a subscription, an unsubscription, or a message that a subscriber sent. See
            /// [`Socket::recv_subscription`].
            ///
            /// # Errors
            /// Those of [`Socket::recv_subscription`] but for the timeout.
            ///
            /// # Cancel safety
            /// A subscription is taken only when it is returned: one that is cancelled loses nothing.
            pub async fn recv_subscription(&mut self) -> Result<Subscription>
            where
                K: SeesSubscriptions + Receives,
            {
                self.receive(Socket::try_recv_subscription).await
            }

            /// Attempts to receive what [`recv_subscription`](Self::recv_subscription) does, and registers the task as
            /// [`poll_recv`](Self::poll_recv) does.
            ///
            /// # Errors
            /// Those of [`recv_subscription`](Self::recv_subscription).
            ///
            /// # Cancel safety
            /// A subscription is taken only when it is returned: `Pending` has taken nothing.
            pub fn poll_recv_subscription(&mut self, cx: &mut Context<'_>) -> Poll<Result<Subscription>>
            where
                K: SeesSubscriptions + Receives,
            {
                self.poll_receiving(cx, Socket::try_recv_subscription)
            }
        }

        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a connection, a disconnection, or bytes. See [`Socket::recv_stream`].
            ///
            /// # Errors
            /// Those of [`Socket::recv_stream`] but for the timeout.
            ///
            /// # Cancel safety
            /// An event is taken only when it is returned: one that is cancelled loses no bytes, and the socket knows its
            /// connections still.
            pub async fn recv_stream(&mut self) -> Result<StreamEvent>
            where
                K: Streams + Receives,
            {
                self.receive(Socket::try_recv_stream).await
            }

            /// Attempts to receive what [`recv_stream`](Self::recv_stream) does, and registers the task as
            /// [`poll_recv`](Self::poll_recv) does.
            ///
            /// # Errors
            /// Those of [`recv_stream`](Self::recv_stream).
            ///
            /// # Cancel safety
            /// An event is taken only when it is returned: `Pending` has taken nothing.
            pub fn poll_recv_stream(&mut self, cx: &mut Context<'_>) -> Poll<Result<StreamEvent>>
            where
                K: Streams + Receives,
            {
                self.poll_receiving(cx, Socket::try_recv_stream)
            }
        }
    };
}

/// Gives a type that has `transmit` and `until` the calls that send; the expression sends a message as it is.
macro_rules! sending {
    ($type:ident, |$this:ident, $message:ident| $send:expr) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Sends a message, after what a sink was given and has not sent.
            ///
            /// # Errors
            /// Those of [`Socket::send`] but for the timeout; every error hands the message back.
            ///
            /// # Cancel safety
            /// One that is cancelled has sent nothing, and the message is dropped with it.
            /// [`writable`](Self::writable) and [`Socket::try_send`] keep it.
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

            /// Sends a multipart message, after what a sink was given and has not sent.
            ///
            /// # Errors
            /// Those of [`Socket::send_multipart`] but for the timeout; every error hands the message back.
            ///
            /// # Cancel safety
            /// All frames are sent together: one that is cancelled has sent nothing, and the message is dropped with it.
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

            /// Waits until a send does not wait.
            ///
            /// # Errors
            /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
            ///
            /// # Cancel safety
            /// It changes nothing.
            pub async fn writable(&mut self) -> Result<()>
            where
                K: Sends,
            {
                self.until(is_writable).await
            }

            /// Attempts to send a message. For futures that are written by hand.
            ///
            /// The message is taken out of `message` when it is sent or refused; `None` is ready at once. `Pending` leaves
            /// it there and registers the task of `cx`, which is woken when another poll may get further. Of several tasks
            /// that poll to send, the last is woken; one more may poll to receive. A message that a sink was given and has
            /// not sent goes first.
            ///
            /// # Errors
            /// Those of [`send`](Self::send); every error hands the message back.
            ///
            /// # Cancel safety
            /// `Pending` has sent nothing, and needs no further poll. A future that owns the message drops it with itself.
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
            /// Those of [`send_multipart`](Self::send_multipart); every error hands the message back.
            ///
            /// # Cancel safety
            /// All frames are sent together: `Pending` has sent nothing.
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
            /// Those of [`writable`](Self::writable).
            ///
            /// # Cancel safety
            /// It changes nothing.
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
                    if let Err(error) = ready!(self.poll_send_given(cx)) {
                        let refused = message.take().map(|message| SendError { error, message });
                        return Poll::Ready(refused.map_or(Ok(()), Err));
                    }
                }
                self.poll_sending(cx, message, attempt)
            }
        }
    };
}

pub(super) fn is_readable<K: Kind>(socket: &Socket<K>) -> Result<Option<()>> {
    Ok(socket.events()?.is_readable().then_some(()))
}

pub(super) fn is_writable<K: Kind>(socket: &Socket<K>) -> Result<Option<()>> {
    Ok(socket.events()?.is_writable().then_some(()))
}

pub(super) use {receiving, sending};
