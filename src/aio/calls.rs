//! Opening asynchronous sockets, and their sends and receives.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::engine::{Budget, Stage, io_error, unsent};
use super::interpreting::interpreting;
use super::receiving::{is_readable, receiving};
use super::sending::{is_writable, sending};
use super::sent::Sent;
use super::{AsyncSocket, ReceiveHalf, Runtime, SendHalf, split};
use crate::error::{Error, Operation, Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::socket::kinds::{Any, Kind, Open, Receives, SeesSubscriptions, Sends, SendsMultipart, Streams};
use crate::socket::{Socket, StreamEvent, Subscription};

impl<K: Kind, R: Runtime> AsyncSocket<K, R> {
    /// Creates an asynchronous socket from a socket, on the current runtime.
    ///
    /// # Errors
    /// If this fails, the socket is closed.
    /// - [`Other`](crate::ErrorKind::Other): there is no current runtime, or its I/O is disabled.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// let socket = AsyncSocket::new(socket)?;
    /// # drop(socket);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn new(socket: Socket<K>) -> Result<Self> {
        let fd = socket.raw().runtime_fd().map_err(|errno| Error::new(Operation::Register, errno))?;
        let runtime = R::register(fd).map_err(|error| io_error(Operation::Register, &error))?;
        let (budget, sent) = (Budget::new(), Sent::default());
        Ok(Self { runtime, socket, budget, sent, waiting: Arc::default(), has_waiters: false })
    }

    /// Opens a socket of `context` and creates an asynchronous socket from it.
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of open sockets or of file descriptors is reached.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq lacks the type.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`Other`](crate::ErrorKind::Other): there is no current runtime, or its I/O is disabled.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Push};
    ///
    /// let context = Context::new()?;
    /// let socket = AsyncSocket::open(&context, Push)?.configure(|socket| socket.set_send_hwm(1))?;
    /// assert_eq!(socket.get_ref().send_hwm()?, 1);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn open(context: &crate::Context, kind: impl Open<Kind = K>) -> Result<Self> {
        Self::new(context.socket(kind)?)
    }

    /// Calls `configure` with the socket and returns the asynchronous socket. See [`Socket::configure`].
    ///
    /// # Errors
    /// - any error that `configure` returned. The socket is closed.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::{Context, Push};
    /// # let socket = zmq::aio::tokio::AsyncSocket::open(&Context::new()?, Push)?;
    /// let socket = socket.configure(|socket| socket.set_send_hwm(1))?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn configure(self, configure: impl FnOnce(&Socket<K>) -> Result<&Socket<K>>) -> Result<Self> {
        configure(&self.socket)?;
        Ok(self)
    }

    /// Returns a reference to the socket, for options, binds, connects, and other calls that do not block.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Pull};
    ///
    /// let socket = AsyncSocket::open(&Context::new()?, Pull)?;
    /// socket.get_ref().set_recv_hwm(10)?.bind("tcp://127.0.0.1:*")?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn get_ref(&self) -> &Socket<K> {
        &self.socket
    }

    /// Converts the asynchronous socket back into a socket, and releases it from the runtime. A message that the sink
    /// has not flushed is dropped.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Pull, Socket};
    ///
    /// let socket = AsyncSocket::open(&Context::new()?, Pull)?;
    /// let socket: Socket<Pull> = socket.into_inner();
    /// assert!(socket.try_recv()?.is_none());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn into_inner(self) -> Socket<K> {
        let Self { runtime, socket, .. } = self;
        drop(runtime);
        socket
    }

    /// Converts the socket into an untyped one, so a collection can hold sockets of different kinds. See
    /// [`Socket::erase`].
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Pull, Push, SocketType};
    ///
    /// let context = Context::new()?;
    /// let sockets = [AsyncSocket::open(&context, Pull)?.erase(), AsyncSocket::open(&context, Push)?.erase()];
    /// assert_eq!(sockets[1].get_ref().socket_type(), SocketType::Push);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn erase(self) -> AsyncSocket<Any, R> {
        let Self { runtime, socket, budget, sent, waiting, has_waiters } = self;
        AsyncSocket { runtime, socket: socket.erase(), budget, sent, waiting, has_waiters }
    }

    /// Splits the socket into halves that send and receive on separate tasks. To undo this, call [`SendHalf::reunite`].
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::{Context, Dealer};
    /// # use zmq::aio::tokio::AsyncSocket;
    /// # let context = Context::new()?;
    /// # let (one, other) = (context.socket(Dealer)?, context.socket(Dealer)?);
    /// # one.connect(other.bind("inproc://into-split")?)?;
    /// # let (socket, mut peer) = (AsyncSocket::new(one)?, AsyncSocket::new(other)?);
    /// let (mut sender, mut receiver) = socket.into_split();
    /// let receiving = tokio::spawn(async move { receiver.recv().await });
    /// sender.send("question").await?;
    /// # assert_eq!(peer.recv().await?, "question");
    /// # peer.send("answer").await?;
    /// assert_eq!(receiving.await.unwrap()?, "answer");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn into_split(self) -> (SendHalf<K, R>, ReceiveHalf<K, R>)
    where
        K: Sends + Receives,
    {
        split::split(self)
    }
}

receiving!(AsyncSocket);
interpreting!(AsyncSocket);

sending!(AsyncSocket, |this, message| {
    this.wake_waiters();
    // Attempted without conversion: contents that are copied anyway are passed to libzmq without creating a message.
    let (mut left, mut stage) = match this.budget.take() {
        true => (unsent(this.socket.try_send(message))?, Stage::Tried),
        false => (Some(message.into()), Stage::New),
    };
    if left.is_none() {
        return Ok(());
    }
    poll_fn(|cx| this.poll_sent(cx, &mut stage, &mut left, |socket, message| socket.try_send(message))).await
});
