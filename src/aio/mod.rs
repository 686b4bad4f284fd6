//! Sockets for asynchronous programs: one engine, whichever runtime says that a descriptor was signalled.
//!
//! libzmq signals changes, not states, and any call on a socket may consume a signal. So an operation is tried first, and
//! waits only when it would block and everything that libzmq had to say was heard: a receive that would block hears it
//! all, a send has `ZMQ_EVENTS` read. What comes after that is signalled anew.
//!
//! # What blocks a thread
//! No future and no poll of this module blocks the thread that polls it. Some other calls block a runtime's thread, and
//! with it all tasks there. Hand them to a thread that may block: `tokio::task::spawn_blocking`, or `smol::unblock`.
//! - [`Context::terminate`](crate::Context::terminate): until every socket is dropped and its messages are sent, for as
//!   long as the timeout and the [linger](crate::Socket::set_linger) allow.
//! - The drop of the last handle of a context, which may be a [`Context`](crate::Context), a socket or a monitor: for as
//!   long as the linger allows, which is forever by default. Keep a `Context` until the end, and terminate it.
//! - [`Context::socket`](crate::Context::socket), if only dropped sockets stand in the way of a new one: for up to 3
//!   seconds.
//! - Blocking calls on the socket itself, such as [`Socket::recv`] and
//!   [`Socket::connect_and_wait`]: for as long as their timeouts allow. Their asynchronous twins do not block.
//!
//! ```
//! # #[cfg(feature = "tokio")]
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use zmq::aio::tokio::AsyncSocket;
//! use zmq::{Context, Push};
//!
//! let context = Context::builder().linger(Duration::from_millis(20)).build()?;
//! let socket = context.socket(Push)?;
//! socket.connect("tcp://127.0.0.1:1")?;
//! let mut socket = AsyncSocket::new(socket)?;
//! socket.send("no peer listens on this port").await?;
//! drop(socket);
//!
//! // The message lingers for 20 ms, and other tasks run in the meantime.
//! let end = tokio::task::spawn_blocking(move || context.terminate(Duration::from_secs(10)));
//! end.await??;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tokio"))]
//! # fn main() {}
//! ```

#[cfg(feature = "async-io")]
pub mod async_io;
mod calls;
mod connected;
mod engine;
mod monitor;
mod request;
mod split;
#[cfg(feature = "futures")]
mod stream;
#[cfg(feature = "tokio")]
pub mod tokio;
mod waiting;

use std::fmt;
use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, ready};

use crate::error::{Error, Operation, Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::socket::kinds::{Any, Kind, Open, Receives, SeesSubscriptions, Sends, SendsMultipart, Streams};
use crate::socket::{Socket, StreamEvent, Subscription};

use calls::{is_readable, is_writable, receiving, sending};
use engine::{Budget, Stage, io_error, poll_receive, poll_send, poll_signal, unsent};
pub use monitor::AsyncMonitor;
pub use split::{ReceiveHalf, ReuniteError, SendHalf};
use waiting::{Half, Waiting};

mod sealed {
    use std::io;
    use std::task::{Context, Poll};

    use crate::raw::EventFd;

    /// The work of a runtime. Sealed, because the runtime must release the descriptor before the socket closes.
    pub trait Runtime: Sized {
        /// Has the runtime that is current wait for a descriptor.
        fn register(fd: EventFd) -> Result<Self, io::Error>;

        /// Is ready once after each signal, and may be without one; else it wakes the task at the next.
        fn poll_signal(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
    }
}

/// A runtime that waits for descriptors: `zmq::aio::tokio::Tokio` or `zmq::aio::async_io::AsyncIo`.
pub trait Runtime: sealed::Runtime + Send + Sync + Unpin + 'static {}

/// A [`Socket`] whose sends and receives are futures, on the runtime `R`.
///
/// `zmq::aio::tokio::AsyncSocket<K>` and `zmq::aio::async_io::AsyncSocket<K>` are the names for the two that there are.
///
/// It is made of any socket, with whatever options, and gives it back with [`into_inner`](Self::into_inner). Options, binds
/// and connects go through [`get_ref`](Self::get_ref), as does any other call that does not wait: none of them costs a
/// wake-up. The futures are `Send`.
///
/// An operation is tried at once, without a word to the runtime. A send waits where the high-water mark says so: nothing
/// is queued here. A deadline is the runtime's to set, around the future: a future that is dropped has done its work or
/// has not begun, as the section *Cancel safety* of each method says. The socket's own timeouts are not used.
///
/// It waits through the runtime on which it was made, whichever polls it: that one has to run. With the feature `futures` it
/// is a `Stream` and a `Sink` of whole messages, and the two may wait on two tasks, as `StreamExt::split` has them.
///
/// The shutdown of the context ends every wait with [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
#[must_use = "a socket that is dropped is closed"]
pub struct AsyncSocket<K: Kind, R: Runtime> {
    // Dropped before the socket: the runtime lets the descriptor go before libzmq closes it.
    runtime: R,
    socket: Socket<K>,
    budget: Budget,
    sent: Sent,
    /// The tasks that wait, where two may: it is polled, a stream and a sink, or split.
    waiting: Arc<Waiting>,
    /// `true` if a task may be waiting. Operations skip the mutex otherwise.
    has_waiters: bool,
}

/// The sending state of a socket, which moves to the sending half when the socket is split.
#[derive(Debug, Default)]
struct Sent {
    /// The number of the last request, if one was made.
    request: Option<u64>,
    /// The message that the sink has accepted and not sent yet.
    #[cfg(feature = "futures")]
    outgoing: Option<Multipart>,
    /// The message with which the sink failed last.
    #[cfg(feature = "futures")]
    unsent: Option<Multipart>,
}

impl Sent {
    /// Numbers a request. The first is a random one: a late reply may be to a request of somebody who had the socket, or its
    /// routing id, before.
    fn next_request(&mut self) -> u64 {
        let number = self.request.map_or_else(|| RandomState::new().hash_one(0), |last| last.wrapping_add(1));
        *self.request.insert(number)
    }
}

impl<K: Kind, R: Runtime> AsyncSocket<K, R> {
    /// Makes an asynchronous socket of a socket, on the runtime that is current.
    ///
    /// # Errors
    /// [`Other`](crate::ErrorKind::Other) where no runtime is there, or it does not wait for descriptors;
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down. The socket is closed
    /// then.
    pub fn new(socket: Socket<K>) -> Result<Self> {
        let fd = socket.raw().runtime_fd().map_err(|errno| Error::new(Operation::Register, errno))?;
        let runtime = R::register(fd).map_err(|error| io_error(Operation::Register, &error))?;
        let (budget, sent) = (Budget::new(), Sent::default());
        Ok(Self { runtime, socket, budget, sent, waiting: Arc::default(), has_waiters: false })
    }

    /// Opens a socket of `context`, and makes an asynchronous socket of it.
    ///
    /// # Errors
    /// Those of [`Context::socket`](crate::Context::socket) and [`new`](Self::new).
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

    /// Calls `configure` with the socket and returns the asynchronous socket, as [`Socket::configure`] does.
    ///
    /// # Errors
    /// Those of `configure`. The socket is closed then.
    pub fn configure(self, configure: impl FnOnce(&Socket<K>) -> Result<&Socket<K>>) -> Result<Self> {
        configure(&self.socket)?;
        Ok(self)
    }

    /// Returns the socket, for its options, to bind and to connect, and for calls that do not wait.
    pub fn get_ref(&self) -> &Socket<K> {
        &self.socket
    }

    /// Returns the socket, which the runtime lets go. A message that a sink has not flushed is dropped.
    pub fn into_inner(self) -> Socket<K> {
        let Self { runtime, socket, .. } = self;
        drop(runtime);
        socket
    }

    /// Converts the socket into an untyped one, so that sockets of different kinds fit one collection: see
    /// [`Socket::erase`].
    pub fn erase(self) -> AsyncSocket<Any, R> {
        let Self { runtime, socket, budget, sent, waiting, has_waiters } = self;
        AsyncSocket { runtime, socket: socket.erase(), budget, sent, waiting, has_waiters }
    }

    /// Splits the socket into halves that send and receive on tasks of their own. [`SendHalf::reunite`] undoes it.
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

    /// Waits until `attempt` has something: one that has nothing has heard all that libzmq has to say.
    #[inline]
    async fn receive<T>(&mut self, mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>) -> Result<T> {
        self.rouse();
        let mut stage = Stage::New;
        if self.budget.take() {
            if let Some(received) = attempt(&self.socket)? {
                return Ok(received);
            }
            stage = Stage::Heard;
        }
        poll_fn(|cx| self.poll_received(cx, &mut stage, &mut attempt)).await
    }

    #[inline]
    fn poll_received<T>(
        &mut self,
        cx: &mut Context<'_>,
        stage: &mut Stage,
        mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        if *stage == Stage::New {
            ready!(self.budget.poll(cx));
        }
        let Self { runtime, socket, .. } = self;
        poll_receive(stage, || attempt(socket), |operation| poll_signal(runtime, cx, operation))
    }

    /// Waits as `receive` does, in order to send.
    async fn until(&mut self, attempt: fn(&Socket<K>) -> Result<Option<()>>) -> Result<()> {
        self.receive(attempt).await
    }

    /// Waits until a message is sent.
    async fn transmit<M>(
        &mut self,
        message: M,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Result<(), SendError<M>> {
        self.rouse();
        let (mut message, mut stage) = (Some(message), Stage::New);
        poll_fn(|cx| self.poll_sent(cx, &mut stage, &mut message, attempt)).await
    }

    fn poll_sent<M>(
        &mut self,
        cx: &mut Context<'_>,
        stage: &mut Stage,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        if *stage == Stage::New {
            ready!(self.budget.poll(cx));
        }
        let Self { runtime, socket, .. } = self;
        let signal = |operation| poll_signal(runtime, cx, operation);
        poll_send(socket, stage, message, |message| attempt(socket, message), signal)
    }

    /// Wakes the tasks whose polls wait: the call that comes now takes their place with the runtime.
    #[inline]
    fn rouse(&mut self) {
        if std::mem::take(&mut self.has_waiters) {
            self.waiting.wake_by_ref();
        }
    }

    /// Does an operation of one direction; that of the other may wait on another task.
    fn poll_half<T>(
        &mut self,
        half: Half,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&Socket<K>, &mut dyn FnMut(Operation) -> Poll<Result<()>>) -> Poll<T>,
    ) -> Poll<T> {
        ready!(self.budget.poll(cx));
        let Self { runtime, socket, waiting, has_waiters, .. } = self;
        let polled = operation(socket, &mut |operation| {
            *has_waiters = true;
            waiting.poll_signal(half, runtime, cx, operation)
        });
        if *has_waiters {
            let settled = waiting.settle(half, socket, polled.is_ready());
            *has_waiters = settled.waits;
            settled.wake();
        }
        polled
    }

    fn poll_receiving<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        self.poll_half(Half::Receiver, cx, |socket, signal| poll_receive(&mut Stage::New, || attempt(socket), signal))
    }

    fn poll_until(&mut self, cx: &mut Context<'_>, attempt: fn(&Socket<K>) -> Result<Option<()>>) -> Poll<Result<()>> {
        self.poll_half(Half::Sender, cx, |socket, signal| poll_receive(&mut Stage::New, || attempt(socket), signal))
    }

    fn poll_sending<M>(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        self.poll_half(Half::Sender, cx, |socket, signal| {
            poll_send(socket, &mut Stage::New, message, |message| attempt(socket, message), signal)
        })
    }
}

receiving!(AsyncSocket);

sending!(AsyncSocket, |this, message| {
    this.rouse();
    // Tried as it is: what is copied anyway goes to libzmq without a message being made of it.
    let (mut left, mut stage) = match this.budget.take() {
        true => (unsent(this.socket.try_send(message))?, Stage::Tried),
        false => (Some(message.into()), Stage::New),
    };
    if left.is_none() {
        return Ok(());
    }
    poll_fn(|cx| this.poll_sent(cx, &mut stage, &mut left, |socket, message| socket.try_send(message))).await
});

impl<K: Kind, R: Runtime> fmt::Debug for AsyncSocket<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncSocket").field(&self.socket).finish()
    }
}
