//! Asynchronous sockets for tokio and async-io.
//!
//! libzmq's descriptors are edge-triggered, and any call on a socket may consume a signal. An operation is therefore
//! attempted first, and waits only if it would block and libzmq has no pending notifications: a receive that would
//! block processes all of them, and a send reads `ZMQ_EVENTS`. Later changes are signalled again.
//!
//! # Several tasks
//! A future borrows its [`AsyncSocket`] mutably, so one task at a time uses the socket, or two after
//! [`into_split`](AsyncSocket::into_split). Sockets of the thread-safe kinds, which the feature `draft` opens, can be used
//! by any number of tasks at the same time through a shared reference: as `SharedSocket`.
//!
//! # What blocks a thread
//! No future and no poll of this module blocks the thread that polls it. Some other calls block a runtime's thread, and
//! all tasks on it. Make these calls on a thread that may block, with `tokio::task::spawn_blocking` or `smol::unblock`.
//! - [`Context::terminate`](crate::Context::terminate) blocks until every socket is dropped and its messages are sent,
//!   for as long as the timeout and the [linger period](crate::Socket::set_linger) allow.
//! - The drop of the last handle of a context (a [`Context`](crate::Context), a socket or a monitor) blocks for as long
//!   as the linger period allows, which is forever by default. Keep a `Context` until the end, and terminate it.
//! - [`Context::socket`](crate::Context::socket) blocks for up to 3 seconds if the limit of sockets is reached only
//!   because dropped sockets are not yet closed.
//! - Blocking calls on the socket itself, such as [`Socket::recv`] and [`Socket::connect_and_wait`], block for as long
//!   as their timeouts allow. Their asynchronous counterparts do not block.
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
// The documentation of `AsyncSocket` lists the methods of this module first.
mod calls;
mod connected;
mod engine;
#[cfg(feature = "draft")]
mod groups;
mod interpreting;
mod monitor;
#[cfg(feature = "draft")]
mod numbered;
mod polling;
mod receiving;
mod request;
mod sending;
mod sent;
#[cfg(feature = "draft")]
mod shared;
mod split;
#[cfg(feature = "futures")]
mod stream;
#[cfg(feature = "tokio")]
pub mod tokio;
mod waiting;

use std::fmt;
use std::sync::Arc;

use crate::socket::Socket;
use crate::socket::kinds::Kind;

use engine::Budget;
pub use monitor::AsyncMonitor;
use sent::Sent;
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
pub use shared::SharedSocket;
pub use split::{ReceiveHalf, ReuniteError, SendHalf};
use waiting::Waiting;

mod sealed {
    use std::io;
    use std::task::{Context, Poll};

    use crate::raw::EventFd;

    /// The work of a runtime. The trait is sealed because the runtime must release the descriptor before the socket
    /// closes.
    pub trait Runtime: Sized {
        /// Registers a descriptor with the current runtime.
        fn register(fd: EventFd) -> Result<Self, io::Error>;

        /// Returns `Ready` once after each signal, and possibly without one. Otherwise the task is woken by the next
        /// signal.
        fn poll_signal(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

        /// Clears the signal of a shared socket, as a poll that returns `Ready` does.
        #[cfg(feature = "draft")]
        fn clear(&self);
    }
}

/// A runtime that waits for descriptors: `zmq::aio::tokio::Tokio` or `zmq::aio::async_io::AsyncIo`.
pub trait Runtime: sealed::Runtime + Send + Sync + Unpin + 'static {}

/// A [`Socket`] whose sends and receives are futures, on the runtime `R`.
///
/// Use the aliases `zmq::aio::tokio::AsyncSocket<K>` and `zmq::aio::async_io::AsyncSocket<K>`.
///
/// Created from any socket with [`new`](Self::new), and converted back with [`into_inner`](Self::into_inner). For
/// options, binds, connects and any other call that does not block, use [`get_ref`](Self::get_ref); no such call loses
/// a wake-up. The futures are `Send`.
///
/// Operations are attempted at once, without involving the runtime. A send waits if the high-water mark is reached; the
/// asynchronous socket has no queue of its own. To set a deadline, wrap the future in a timeout of the runtime: a
/// dropped future has either completed or not started its work, as the section *Cancel safety* of each method
/// describes. The socket's own timeouts are ignored.
///
/// The socket waits through the runtime on which it was created, regardless of the executor that polls it, and this
/// runtime has to be running. With the feature `futures`, the socket is a `Stream` and a `Sink` of whole messages,
/// which can wait on two tasks, for example after `StreamExt::split`.
///
/// When the context is shut down, every wait ends with [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
///
/// With the feature `draft`, several tasks can share a socket of a thread-safe kind: convert it with `into_shared`.
///
/// # Examples
/// ```
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> zmq::Result<()> {
/// use zmq::aio::tokio::AsyncSocket;
/// use zmq::{Context, Pull, Push};
///
/// let context = Context::new()?;
/// let mut sink = AsyncSocket::open(&context, Pull)?;
/// let mut source = AsyncSocket::open(&context, Push)?;
/// source.get_ref().connect(sink.get_ref().bind("inproc://jobs")?)?;
/// source.send("hello").await?;
/// assert_eq!(sink.recv().await?, "hello");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// ```
#[must_use = "a socket that is dropped is closed"]
pub struct AsyncSocket<K: Kind, R: Runtime> {
    // Dropped before the socket, so that the runtime releases the descriptor before libzmq closes it.
    runtime: R,
    socket: Socket<K>,
    budget: Budget,
    sent: Sent,
    /// The waiting tasks, of which there may be two if the socket is polled, used as a stream and a sink, or split.
    waiting: Arc<Waiting>,
    /// `true` if a task may be waiting. Operations skip the mutex otherwise.
    has_waiters: bool,
}

impl<K: Kind, R: Runtime> fmt::Debug for AsyncSocket<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncSocket").field(&self.socket).finish()
    }
}
