//! Sockets for asynchronous programs: one engine, whichever runtime says that a descriptor was signalled.
//!
//! libzmq signals changes, not states, and any call on a socket may consume a signal. So an operation is tried first, and
//! waits only when it would block and everything that libzmq had to say was heard: a receive that would block hears it
//! all, a send has `ZMQ_EVENTS` read. What comes after that is signalled anew.

#[cfg(feature = "async-io")]
pub mod async_io;
mod request;
mod split;
#[cfg(feature = "futures")]
mod stream;
#[cfg(feature = "tokio")]
pub mod tokio;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::socket::Socket;
use crate::socket::kinds::{Kind, Receives, Sends};

#[doc(hidden)]
pub use crate::raw::EventFd;
pub use split::{ReceiveHalf, SendHalf};

mod sealed {
    /// What gets a descriptor has to let it go before the socket closes: so nobody else gets one.
    pub trait Sealed {}
}

/// A runtime that waits for descriptors: `zmq::tokio::Tokio` or `zmq::async_io::AsyncIo`.
pub trait Runtime: sealed::Sealed + Sized + Send + Sync + Unpin + 'static {
    /// Has the runtime that is current wait for a descriptor.
    #[doc(hidden)]
    fn register(fd: EventFd) -> Result<Self, io::Error>;

    /// Is ready once after each signal, and may be without one; else it wakes the task at the next.
    #[doc(hidden)]
    fn poll_signal(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// How many operations in a row a socket does before the runtime's other tasks get their turn.
const BUDGET: u32 = 128;

/// A [`Socket`] whose sends and receives are futures, on the runtime `R`.
///
/// `zmq::tokio::AsyncSocket<K>` and `zmq::async_io::AsyncSocket<K>` are the names for the two that there are.
///
/// It is made of any socket, with whatever options, and gives it back with [`into_inner`](Self::into_inner). Options, binds
/// and connects go through [`get_ref`](Self::get_ref), as does any other call that does not wait: none of them costs a
/// wake-up. The futures are `Send`.
///
/// An operation is tried at once, without a word to the runtime. A send waits where the high-water mark says so: nothing
/// is queued here. A deadline is the runtime's to set, around the future: a future that is dropped has done its work or
/// has not begun, as the section *Cancel safety* of each method says. The socket's own timeouts are not used.
///
/// The shutdown of the context ends every wait with [`ContextTerminated`](crate::ErrorKind::ContextTerminated).
pub struct AsyncSocket<K: Kind, R: Runtime> {
    // Dropped before the socket: the runtime lets the descriptor go before libzmq closes it.
    runtime: R,
    socket: Socket<K>,
    budget: u32,
    /// How many requests were made, and whether the socket was prepared for them.
    requests: u64,
    /// What a sink was given and has not sent.
    #[cfg(feature = "futures")]
    outgoing: Option<Multipart>,
}

fn io_error(operation: Operation, error: &io::Error) -> Error {
    let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
    Error::new(operation, errno).because(format!("the runtime cannot wait for the socket: {error}"))
}

/// Polls a receive, or anything else that hears all that libzmq has to say when it would block.
fn poll_receive<R: Runtime, T>(
    runtime: &R,
    cx: &mut Context<'_>,
    mut attempt: impl FnMut() -> Result<Option<T>>,
) -> Poll<Result<T>> {
    loop {
        if let Some(received) = attempt()? {
            return Poll::Ready(Ok(received));
        }
        if let Err(error) = ready!(runtime.poll_signal(cx)) {
            return Poll::Ready(Err(io_error(Operation::Receive, &error)));
        }
    }
}

/// Polls a send; `message` is taken when it is sent or refused.
fn poll_send<K: Kind, R: Runtime, M>(
    socket: &Socket<K>,
    runtime: &R,
    cx: &mut Context<'_>,
    message: &mut Option<M>,
    attempt: impl Fn(M) -> Result<(), SendError<M>>,
) -> Poll<Result<(), SendError<M>>> {
    // A send that would block has not heard all that libzmq has to say, unless the events were read just before.
    let mut heard = false;
    while let Some(to_send) = message.take() {
        let refused = match attempt(to_send) {
            Ok(()) => return Poll::Ready(Ok(())),
            Err(refused) => refused,
        };
        if !refused.error.is_would_block() {
            return Poll::Ready(Err(refused));
        }
        let failed = if heard {
            match runtime.poll_signal(cx) {
                Poll::Pending => {
                    *message = Some(refused.message);
                    return Poll::Pending;
                }
                Poll::Ready(signal) => signal.err().map(|error| io_error(Operation::Send, &error)),
            }
        } else {
            socket.events().err()
        };
        if let Some(error) = failed {
            return Poll::Ready(Err(SendError { error, message: refused.message }));
        }
        heard = !heard;
        *message = Some(refused.message);
    }
    // The future was polled after its end.
    Poll::Pending
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
        Ok(Self {
            runtime,
            socket,
            budget: BUDGET,
            requests: 0,
            #[cfg(feature = "futures")]
            outgoing: None,
        })
    }

    /// Returns the socket, for its options, to bind and to connect, and for calls that do not wait.
    #[must_use]
    pub fn get_ref(&self) -> &Socket<K> {
        &self.socket
    }

    /// Returns the socket, which the runtime lets go.
    #[must_use]
    pub fn into_inner(self) -> Socket<K> {
        let Self { runtime, socket, .. } = self;
        drop(runtime);
        socket
    }

    /// Splits the socket into halves that send and receive on tasks of their own.
    #[must_use]
    pub fn into_split(self) -> (SendHalf<K, R>, ReceiveHalf<K, R>)
    where
        K: Sends + Receives,
    {
        split::split(self.runtime, self.socket)
    }

    /// Waits until a receive does not wait.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn readable(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_received(cx, |socket| Ok(socket.events()?.is_readable().then_some(())))).await
    }

    /// Waits until a send does not wait.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn writable(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_received(cx, |socket| Ok(socket.events()?.is_writable().then_some(())))).await
    }

    /// Lets the runtime's other tasks have their turn now and then, however busy the socket is.
    fn poll_budget(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.budget.checked_sub(1) {
            Some(left) => {
                self.budget = left;
                Poll::Ready(())
            }
            None => {
                self.budget = BUDGET;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    fn poll_received<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: fn(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        ready!(self.poll_budget(cx));
        poll_receive(&self.runtime, cx, || attempt(&self.socket))
    }

    fn poll_sent<M>(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        ready!(self.poll_budget(cx));
        poll_send(&self.socket, &self.runtime, cx, message, |message| attempt(&self.socket, message))
    }
}

impl<K: Receives, R: Runtime> AsyncSocket<K, R> {
    /// Receives a message, or one frame of a multipart message.
    ///
    /// # Errors
    /// Those of [`Socket::recv`] but for the timeout.
    ///
    /// # Cancel safety
    /// A message is taken only when it is returned: one that is cancelled loses nothing.
    pub async fn recv(&mut self) -> Result<Message> {
        poll_fn(|cx| self.poll_received(cx, Socket::try_recv)).await
    }

    /// Receives a whole multipart message.
    ///
    /// # Errors
    /// Those of [`Socket::recv_multipart`] but for the timeout.
    ///
    /// # Cancel safety
    /// All frames are taken together, when they are returned: one that is cancelled loses nothing and tears nothing.
    pub async fn recv_multipart(&mut self) -> Result<Multipart> {
        poll_fn(|cx| self.poll_received(cx, Socket::try_recv_multipart)).await
    }

    /// Receives up to `max` messages: waits for the first, and takes those that are there then. They are added to
    /// `messages`; their number is returned. See [`Socket::recv_many`].
    ///
    /// # Errors
    /// Those of [`Socket::recv_many`] but for the timeout.
    ///
    /// # Cancel safety
    /// Messages are taken only when their number is returned: one that is cancelled loses nothing.
    pub async fn recv_many(&mut self, messages: &mut Vec<Message>, max: usize) -> Result<usize> {
        if max == 0 {
            return Ok(0);
        }
        poll_fn(|cx| {
            ready!(self.poll_budget(cx));
            let Self { runtime, socket, .. } = self;
            poll_receive(runtime, cx, || match socket.try_recv_many(messages, max)? {
                0 => Ok(None),
                count => Ok(Some(count)),
            })
        })
        .await
    }
}

impl<K: Sends, R: Runtime> AsyncSocket<K, R> {
    /// Sends a message.
    ///
    /// # Errors
    /// Those of [`Socket::send`] but for the timeout; every error hands the message back.
    ///
    /// # Cancel safety
    /// One that is cancelled has sent nothing, and the message is dropped with it. [`writable`](Self::writable) and
    /// [`Socket::try_send`] keep it.
    pub async fn send(&mut self, message: impl IntoMessage) -> Result<(), SendError<Message>> {
        let mut message = Some(message.into());
        poll_fn(|cx| self.poll_sent(cx, &mut message, |socket, message| socket.try_send(message))).await
    }

    /// Sends a multipart message.
    ///
    /// # Errors
    /// Those of [`Socket::send_multipart`] but for the timeout; every error hands the message back.
    ///
    /// # Cancel safety
    /// All frames are sent together: one that is cancelled has sent nothing, and the message is dropped with it.
    pub async fn send_multipart(&mut self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>> {
        let mut message = Some(message.into());
        poll_fn(|cx| self.poll_sent(cx, &mut message, |socket, message| socket.try_send_multipart(message))).await
    }
}

impl<K: Kind, R: Runtime> fmt::Debug for AsyncSocket<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncSocket").field(&self.socket).finish()
    }
}
