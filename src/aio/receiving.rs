//! The receiving methods that a whole socket and its receiving half share, each documented once.

use crate::error::Result;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// Implements the receiving methods for a type that has `receive`.
macro_rules! receiving {
    ($type:ident) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a message, or one frame of a multipart message.
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv`], except for timeouts.
            ///
            /// # Cancel safety
            /// A message is removed from the queue only when it is returned, so a dropped future loses nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://recv")?)?;
            /// source.send("hello").await?;
            /// assert_eq!(sink.recv().await?, "hello");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn recv(&mut self) -> Result<Message>
            where
                K: Receives,
            {
                self.receive(Socket::try_recv).await
            }

            /// Receives a whole multipart message.
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_multipart`], except for timeouts.
            ///
            /// # Cancel safety
            /// All frames are removed from the queue together, when they are returned, so a dropped future loses
            /// nothing and splits no message.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://recv-multipart")?)?;
            /// source.send_multipart(["topic", "content"]).await?;
            /// assert_eq!(sink.recv_multipart().await?, ["topic", "content"]);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn recv_multipart(&mut self) -> Result<Multipart>
            where
                K: Receives,
            {
                self.receive(Socket::try_recv_multipart).await
            }

            /// Receives up to `max` messages: waits for the first, and adds all messages that are available then to
            /// `messages`. Returns their number. See [`Socket::recv_many`].
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_many`], except for timeouts.
            ///
            /// # Cancel safety
            /// Messages are removed from the queue only when their number is returned, so a dropped future loses
            /// nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://recv-many")?)?;
            /// source.send("one").await?;
            /// source.send("two").await?;
            /// let mut messages = Vec::new();
            /// assert_eq!(sink.recv_many(&mut messages, 10).await?, 2);
            /// assert_eq!(messages, ["one", "two"]);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
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

            /// Waits for the socket to become readable.
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
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://readable")?)?;
            /// source.send("hello").await?;
            /// sink.readable().await?;
            /// assert_eq!(sink.get_ref().try_recv()?.as_deref(), Some(&b"hello"[..]));
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn readable(&mut self) -> Result<()>
            where
                K: Receives,
            {
                self.receive(is_readable).await
            }

            /// Attempts to receive a message, or one frame of a multipart message, in a poll of a hand-written future.
            ///
            /// `Pending` registers the task of `cx`, which is woken when another poll may make progress. Of several
            /// tasks that poll to receive, only the last is woken; one more task may poll to send. A call on the socket
            /// itself, such as [`try_recv`](Socket::try_recv), may consume the wake-up: poll again after such a call.
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv`], except for timeouts.
            ///
            /// # Cancel safety
            /// A message is removed from the queue only when it is returned. `Pending` has removed nothing and needs no
            /// further poll.
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
            /// // Sends each message back.
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

            /// Attempts to receive a whole multipart message, and registers the task as [`poll_recv`](Self::poll_recv)
            /// does.
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_multipart`], except for timeouts.
            ///
            /// # Cancel safety
            /// All frames are removed from the queue together, when they are returned. `Pending` has removed nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://poll-recv-multipart")?)?;
            /// source.send_multipart(["topic", "content"]).await?;
            /// let received = std::future::poll_fn(|cx| sink.poll_recv_multipart(cx)).await?;
            /// assert_eq!(received, ["topic", "content"]);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
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
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_many`], except for timeouts.
            ///
            /// # Cancel safety
            /// Messages are removed from the queue only when their number is returned. `Pending` has removed nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Pull, Push, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// # let (mut sink, mut source) = (AsyncSocket::open(&context, Pull)?, AsyncSocket::open(&context, Push)?);
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://poll-recv-many")?)?;
            /// source.send("hello").await?;
            /// let mut messages = Vec::new();
            /// assert_eq!(std::future::poll_fn(|cx| sink.poll_recv_many(cx, &mut messages, 10)).await?, 1);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
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
            /// # source.get_ref().connect(sink.get_ref().bind("inproc://poll-readable")?)?;
            /// source.send("hello").await?;
            /// std::future::poll_fn(|cx| sink.poll_readable(cx)).await?;
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>
            where
                K: Receives,
            {
                self.poll_receiving(cx, is_readable)
            }
        }

        impl<K: Kind, R: Runtime> $type<K, R> {}

        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a connection, a disconnection, or bytes. See [`Socket::recv_stream`].
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_stream`], except for timeouts.
            ///
            /// # Cancel safety
            /// An event is removed from the queue only when it is returned. A dropped future loses no bytes, and the
            /// socket still knows its connections.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// use std::net::TcpStream;
            /// use zmq::aio::tokio::AsyncSocket;
            /// use zmq::{Context, Stream, StreamEvent};
            ///
            /// let mut server = AsyncSocket::open(&Context::new()?, Stream)?;
            /// let endpoint = server.get_ref().bind("tcp://127.0.0.1:*")?;
            /// let client = TcpStream::connect(endpoint.address()).unwrap();
            /// assert!(matches!(server.recv_stream().await?, StreamEvent::Connected { .. }));
            /// # drop(client);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn recv_stream(&mut self) -> Result<StreamEvent>
            where
                K: Streams + Receives,
            {
                self.receive(Socket::try_recv_stream).await
            }

            /// Attempts to receive an event, as [`recv_stream`](Self::recv_stream) does, and registers the task as
            /// [`poll_recv`](Self::poll_recv) does. For an example of a poll, see [`poll_recv`](Self::poll_recv).
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_stream`], except for timeouts.
            ///
            /// # Cancel safety
            /// An event is removed from the queue only when it is returned. `Pending` has removed nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Stream, StreamEvent, aio::tokio::AsyncSocket};
            /// let mut server = AsyncSocket::open(&Context::new()?, Stream)?;
            /// let endpoint = server.get_ref().bind("tcp://127.0.0.1:*")?;
            /// let client = std::net::TcpStream::connect(endpoint.address()).unwrap();
            /// let event = std::future::poll_fn(|cx| server.poll_recv_stream(cx)).await?;
            /// assert!(matches!(event, StreamEvent::Connected { .. }));
            /// # drop(client);
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_recv_stream(&mut self, cx: &mut Context<'_>) -> Poll<Result<StreamEvent>>
            where
                K: Streams + Receives,
            {
                self.poll_receiving(cx, Socket::try_recv_stream)
            }
        }
    };
}

pub(super) fn is_readable<K: Kind>(socket: &Socket<K>) -> Result<Option<()>> {
    Ok(socket.events()?.is_readable().then_some(()))
}

pub(super) use receiving;
