//! The sends and receives of a socket that several tasks use.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::SharedSocket;
use crate::aio::engine::{Stage, poll_receive, poll_send, unsent};
use crate::aio::receiving::is_readable;
use crate::aio::sending::is_writable;
use crate::aio::{AsyncMonitor, Runtime};
use crate::endpoint::Endpoint;
use crate::error::{Operation, Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::socket::Socket;
use crate::socket::kinds::{Receives, Sends, ThreadSafe};

impl<K: ThreadSafe, R: Runtime> SharedSocket<K, R> {
    /// Receives a message.
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
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::SharedSocket;
    /// # use zmq::{Context, Gather, Scatter};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (SharedSocket::open(&context, Gather)?, context.socket(Scatter)?);
    /// # source.connect(sink.get_ref().bind("inproc://shared-recv")?)?;
    /// source.send("one")?;
    /// source.send("two")?;
    /// let (one, two) = tokio::join!(sink.recv(), sink.recv());
    /// assert_eq!((one?, two?), ("one".into(), "two".into()));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn recv(&self) -> Result<Message>
    where
        K: Receives,
    {
        self.receive(Socket::try_recv).await
    }

    /// Receives up to `max` messages: waits for the first, and adds all messages that are available then to `messages`.
    /// Returns their number. See [`Socket::recv_many`].
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - other errors of [`Socket::recv_many`], except for timeouts.
    ///
    /// # Cancel safety
    /// Messages are removed from the queue only when their number is returned, so a dropped future loses nothing.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::SharedSocket;
    /// # use zmq::{Context, Gather, Scatter};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (SharedSocket::open(&context, Gather)?, context.socket(Scatter)?);
    /// # source.connect(sink.get_ref().bind("inproc://shared-recv-many")?)?;
    /// source.send("one")?;
    /// source.send("two")?;
    /// let mut messages = Vec::new();
    /// assert_eq!(sink.recv_many(&mut messages, 10).await?, 2);
    /// assert_eq!(messages, ["one", "two"]);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn recv_many(&self, messages: &mut Vec<Message>, max: usize) -> Result<usize>
    where
        K: Receives,
    {
        if max == 0 {
            return Ok(0);
        }
        let some = |count| if count > 0 { Some(count) } else { None };
        self.receive(|socket| socket.try_recv_many(messages, max).map(some)).await
    }

    /// Waits for the socket to become readable. Another task may receive the message first.
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
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::SharedSocket;
    /// # use zmq::{Context, Gather, Scatter};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (SharedSocket::open(&context, Gather)?, context.socket(Scatter)?);
    /// # source.connect(sink.get_ref().bind("inproc://shared-readable")?)?;
    /// source.send("hello")?;
    /// sink.readable().await?;
    /// assert_eq!(sink.get_ref().try_recv()?.as_deref(), Some(&b"hello"[..]));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn readable(&self) -> Result<()>
    where
        K: Receives,
    {
        self.receive(is_readable).await
    }

    /// Sends a message.
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
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::SharedSocket;
    /// # use zmq::{Context, Gather, Scatter};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Gather)?, SharedSocket::open(&context, Scatter)?);
    /// # source.get_ref().connect(sink.bind("inproc://shared-send")?)?;
    /// tokio::try_join!(source.send("one"), source.send("two"))?;
    /// assert_eq!((sink.recv()?, sink.recv()?), ("one".into(), "two".into()));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn send(&self, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: Sends,
    {
        // Attempted without conversion: contents that are copied anyway are passed to libzmq without creating a message.
        let (mut left, yields) = match self.budget.take() {
            true => (unsent(self.socket.try_send(message))?, false),
            false => (Some(message.into()), true),
        };
        if left.is_none() {
            return Ok(());
        }
        if yields {
            yield_once().await;
        }
        let attempt = |socket: &Socket<K>| {
            poll_send(socket, &mut Stage::New, &mut left, |message| socket.try_send(message), |_| Poll::Pending)
        };
        match self.until(Operation::Send, attempt).await {
            Ok(sent) => sent,
            Err(error) => Err(SendError { error, message: left.unwrap_or_default() }),
        }
    }

    /// Waits for the socket to become writable. Another task may send first.
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
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::SharedSocket;
    /// # use zmq::{Context, Gather, Scatter};
    /// # let context = Context::new()?;
    /// # let (sink, source) = (context.socket(Gather)?, SharedSocket::open(&context, Scatter)?);
    /// # source.get_ref().connect(sink.bind("inproc://shared-writable")?)?;
    /// source.writable().await?;
    /// source.get_ref().try_send("hello")?;
    /// assert_eq!(sink.recv()?, "hello");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn writable(&self) -> Result<()>
    where
        K: Sends,
    {
        self.receive(is_writable).await
    }

    /// Connects the socket and waits until the handshake with the peer succeeds. See
    /// [`AsyncSocket::connect_and_wait`](crate::aio::AsyncSocket::connect_and_wait).
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket already has a monitor, which may be that of the same call
    ///   in another task. Call [`AsyncMonitor::wait_connected`] instead.
    /// - other errors of [`connect`](crate::Socket::connect), [`monitor`](crate::Socket::monitor) and
    ///   [`AsyncMonitor::new`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the socket stays connected to the endpoint, and the connection is established in the
    /// background.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::SharedSocket;
    /// use zmq::{Client, Context, Server};
    ///
    /// let context = Context::new()?;
    /// let server = context.socket(Server)?;
    /// let client = SharedSocket::open(&context, Client)?;
    /// client.connect_and_wait(server.bind("tcp://127.0.0.1:*")?).await?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn connect_and_wait(&self, endpoint: impl AsRef<str>) -> Result<Endpoint> {
        let (connected, awaited) = self.socket.connect_monitored(endpoint.as_ref())?;
        if let Some((monitor, awaited)) = awaited {
            AsyncMonitor::<R>::new(monitor)?.wait_for_peer(awaited).await?;
        }
        Ok(connected)
    }

    /// Waits until `attempt` returns a value. An attempt that returns none has processed all changes of the socket.
    #[inline]
    async fn receive<T>(&self, mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>) -> Result<T> {
        if self.budget.take() {
            if let Some(received) = attempt(&self.socket)? {
                return Ok(received);
            }
        } else {
            yield_once().await;
        }
        let attempt = |socket: &Socket<K>| poll_receive(&mut Stage::New, || attempt(socket), |_| Poll::Pending);
        self.until(Operation::Receive, attempt).await?
    }
}

/// Yields to other tasks once.
async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|cx: &mut Context<'_>| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
