//! Asynchronous sockets of thread-safe kinds, which any number of tasks use at the same time.

mod calls;
mod waiters;

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use super::engine::{Budget, io_error};
use super::{AsyncSocket, Runtime};
use crate::error::{Error, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Kind, Open, ThreadSafe};
use waiters::Waiters;

/// The number of signals that a poll handles before it yields to other tasks.
const MOST_SIGNALS: u32 = 4;

/// A [`Socket`] of a thread-safe kind whose sends and receives are futures, and which any number of tasks use at the same
/// time, on the runtime `R`.
///
/// Use the aliases `zmq::aio::tokio::SharedSocket<K>` and `zmq::aio::async_io::SharedSocket<K>`. All methods take `&self`,
/// so tasks share the socket through an [`Arc`], or borrow it. For a socket of another kind, or of a single task, use
/// [`AsyncSocket`].
///
/// Each message is received by one task. Operations are attempted at once, without a lock of the crate: libzmq locks the
/// socket itself. Every change of the socket wakes all waiting tasks, and a dropped future takes neither a message nor a
/// wake-up from the others. The socket's own timeouts are ignored: to set a deadline, wrap the future in a timeout of the
/// runtime.
///
/// The socket waits through the runtime on which it was created, regardless of the executor that polls it, and this runtime
/// has to be running. When the context is shut down, every wait ends with
/// [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
///
/// # Examples
/// ```
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main]
/// # async fn main() -> zmq::Result<()> {
/// use std::sync::Arc;
/// use zmq::aio::tokio::SharedSocket;
/// use zmq::{Client, Context, Server};
///
/// let context = Context::new()?;
/// let server = SharedSocket::open(&context, Server)?;
/// let client = Arc::new(SharedSocket::open(&context, Client)?);
/// client.get_ref().connect(server.get_ref().bind("inproc://measurements")?)?;
///
/// let tasks: Vec<_> = (0..8)
///     .map(|number| {
///         let client = Arc::clone(&client);
///         tokio::spawn(async move { client.send(format!("measurement {number}")).await })
///     })
///     .collect();
/// for _ in 0..8 {
///     assert!(server.recv().await?.as_bytes().starts_with(b"measurement "));
/// }
/// for task in tasks {
///     task.await.unwrap()?;
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// ```
#[must_use = "a socket that is dropped is closed"]
pub struct SharedSocket<K: Kind, R: Runtime> {
    // Dropped before the socket, so that the runtime releases the descriptor before libzmq closes it.
    runtime: R,
    socket: Socket<K>,
    waiters: Arc<Waiters>,
    /// Wakes all waiting tasks.
    waker: Waker,
    budget: SharedBudget,
}

/// A [`Budget`] that several tasks spend. A lost count only moves the moment at which a task yields.
#[derive(Debug)]
struct SharedBudget(AtomicU32);

impl SharedBudget {
    /// Takes one operation from the budget. Returns `false` if none is left, and refills it.
    #[inline]
    fn take(&self) -> bool {
        let left = self.0.load(Ordering::Relaxed).checked_sub(1);
        self.0.store(left.unwrap_or(Budget::OPERATIONS), Ordering::Relaxed);
        left.is_some()
    }
}

impl<K: ThreadSafe, R: Runtime> SharedSocket<K, R> {
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
    /// use zmq::aio::tokio::SharedSocket;
    /// use zmq::{Context, Gather};
    ///
    /// let socket = Context::new()?.socket(Gather)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// let socket = SharedSocket::new(socket)?;
    /// # drop(socket);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn new(socket: Socket<K>) -> Result<Self> {
        let fd = socket.raw().runtime_fd().map_err(|errno| Error::new(Operation::Register, errno))?;
        let runtime = R::register(fd).map_err(|error| io_error(Operation::Register, &error))?;
        Ok(Self::from_registered(runtime, socket))
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
    /// use zmq::aio::tokio::SharedSocket;
    /// use zmq::{Context, Scatter};
    ///
    /// let socket = SharedSocket::open(&Context::new()?, Scatter)?;
    /// socket.get_ref().set_send_hwm(1)?.bind("tcp://127.0.0.1:*")?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn open(context: &crate::Context, kind: impl Open<Kind = K>) -> Result<Self> {
        Self::new(context.socket(kind)?)
    }

    fn from_registered(runtime: R, socket: Socket<K>) -> Self {
        let waiters = Arc::<Waiters>::default();
        let waker = Waker::from(Arc::clone(&waiters));
        socket.raw().wake_on_attach(&waker);
        let budget = SharedBudget(AtomicU32::new(Budget::OPERATIONS));
        Self { runtime, socket, waiters, waker, budget }
    }

    /// Returns a reference to the socket, for options, binds, connects, and other calls that do not block.
    ///
    /// No such call loses a wake-up of a waiting task.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::SharedSocket;
    /// use zmq::{Context, Gather};
    ///
    /// let socket = SharedSocket::open(&Context::new()?, Gather)?;
    /// socket.get_ref().set_recv_hwm(10)?.bind("tcp://127.0.0.1:*")?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn get_ref(&self) -> &Socket<K> {
        &self.socket
    }

    /// Converts the asynchronous socket back into a socket, and releases it from the runtime.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::SharedSocket;
    /// use zmq::{Context, Gather, Socket};
    ///
    /// let socket = SharedSocket::open(&Context::new()?, Gather)?;
    /// let socket: Socket<Gather> = socket.into_inner();
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

    /// Repeats `attempt` until it returns a value. An attempt that returns none has processed all changes of the socket.
    ///
    /// # Wake-ups
    /// A task registers before it polls the runtime and attempts. A change before the attempt is seen by the attempt, and
    /// a later change raises the signal. The signal wakes all registered tasks, through the runtime. Clearing the signal
    /// may swallow the next one before the runtime has noticed it. Therefore the task that clears it wakes all others
    /// afterwards, and each of them attempts again. No wake-up belongs to a single task, so a dropped future takes none
    /// along.
    ///
    /// # Errors
    /// The runtime cannot wait.
    async fn until<T>(&self, operation: Operation, mut attempt: impl FnMut(&Socket<K>) -> Poll<T>) -> Result<T> {
        let mut place = self.waiters.place();
        poll_fn(|cx| {
            for _ in 0..MOST_SIGNALS {
                place.register(cx.waker());
                let reported = self.waiters.take_signal();
                if reported {
                    self.runtime.clear();
                }
                let signal = self.runtime.poll_signal(&mut Context::from_waker(&self.waker));
                if reported || signal.is_ready() {
                    place.wake_others();
                }
                if let Poll::Ready(Err(error)) = signal {
                    return Poll::Ready(Err(io_error(operation, &error)));
                }
                match attempt(&self.socket) {
                    Poll::Ready(done) => return Poll::Ready(Ok(done)),
                    Poll::Pending if signal.is_pending() => return Poll::Pending,
                    Poll::Pending => {}
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

impl<K: ThreadSafe, R: Runtime> AsyncSocket<K, R> {
    /// Converts the socket into one that several tasks use at the same time. A message that the sink has not flushed is
    /// dropped.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Gather, Scatter};
    ///
    /// let context = Context::new()?;
    /// let sink = AsyncSocket::open(&context, Gather)?.into_shared();
    /// let source = AsyncSocket::open(&context, Scatter)?.into_shared();
    /// source.get_ref().connect(sink.get_ref().bind("inproc://into-shared")?)?;
    /// let (received, sent) = tokio::join!(sink.recv(), source.send("hello"));
    /// sent?;
    /// assert_eq!(received?, "hello");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn into_shared(self) -> SharedSocket<K, R> {
        let Self { runtime, socket, .. } = self;
        SharedSocket::from_registered(runtime, socket)
    }
}

impl<K: Kind, R: Runtime> fmt::Debug for SharedSocket<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedSocket").field(&self.socket).finish()
    }
}
