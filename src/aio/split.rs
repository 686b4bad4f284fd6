//! The halves of an asynchronous socket.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, ready};

use parking_lot::ReentrantMutex;

use super::engine::{Budget, Stage, poll_receive, poll_send};
use super::interpreting::interpreting;
use super::receiving::{is_readable, receiving};
use super::sending::{is_writable, sending};
use super::waiting::{Half, Waiting};
use super::{AsyncSocket, Runtime, Sent};
use crate::error::{Operation, Result, SendError};
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::socket::kinds::{Kind, Receives, SeesSubscriptions, Sends, SendsMultipart, Streams};
use crate::socket::{Socket, StreamEvent, Subscription};

/// The sending half of an asynchronous socket, created by [`AsyncSocket::into_split`].
///
/// It can send while the other half receives on another task or thread. The socket closes when both halves are dropped.
#[must_use = "the socket closes when both halves are dropped"]
pub struct SendHalf<K: Kind, R: Runtime> {
    shared: Arc<Shared<K, R>>,
    budget: Budget,
    pub(super) sent: Sent,
}

/// The receiving half of an asynchronous socket, created by [`AsyncSocket::into_split`].
///
/// It can receive while the other half sends on another task or thread. The socket closes when both halves are dropped.
#[must_use = "the socket closes when both halves are dropped"]
pub struct ReceiveHalf<K: Kind, R: Runtime> {
    shared: Arc<Shared<K, R>>,
    budget: Budget,
}

/// The error of [`SendHalf::reunite`], which returns two halves of different sockets.
#[derive(thiserror::Error)]
#[error("cannot reunite the halves of two different sockets")]
pub struct ReuniteError<K: Kind, R: Runtime>(pub SendHalf<K, R>, pub ReceiveHalf<K, R>);

struct Shared<K: Kind, R: Runtime> {
    // Dropped before the socket, so that the runtime releases the descriptor before libzmq closes it.
    runtime: R,
    waiting: Arc<Waiting>,
    /// libzmq allows one thread at a time. No operation waits while this is locked.
    socket: ReentrantMutex<Socket<K>>,
}

pub(super) fn split<K: Kind, R: Runtime>(whole: AsyncSocket<K, R>) -> (SendHalf<K, R>, ReceiveHalf<K, R>) {
    let AsyncSocket { runtime, socket, budget, sent, waiting, .. } = whole;
    let shared = Arc::new(Shared { runtime, waiting, socket: ReentrantMutex::new(socket) });
    (SendHalf { shared: Arc::clone(&shared), budget, sent }, ReceiveHalf { shared, budget: Budget::new() })
}

impl<K: Kind, R: Runtime> Shared<K, R> {
    /// Runs an operation of one half, and wakes the tasks that no longer need to wait.
    fn operate<T>(
        &self,
        half: Half,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&Socket<K>, &mut dyn FnMut(Operation) -> Poll<Result<()>>) -> Poll<T>,
    ) -> Poll<T> {
        let socket = self.socket.lock();
        let polled = operation(&socket, &mut |operation| self.waiting.poll_signal(half, &self.runtime, cx, operation));
        let settled = self.waiting.settle(half, &socket, polled.is_ready());
        drop(socket);
        settled.wake();
        polled
    }

    /// Calls `call` with the socket and then wakes both halves, because the call may have consumed a signal.
    fn with_socket<T>(&self, call: impl FnOnce(&Socket<K>) -> T) -> T {
        struct Woken<'a>(&'a Arc<Waiting>);
        impl Drop for Woken<'_> {
            fn drop(&mut self) {
                self.0.wake_by_ref();
            }
        }

        // A call that panics may have consumed a signal too.
        let _woken = Woken(&self.waiting);
        call(&self.socket.lock())
    }
}

impl<K: Kind, R: Runtime> ReceiveHalf<K, R> {
    /// Calls `call` with the socket, for options, binds, connects, and other calls that do not block.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::{Context, Dealer};
    /// # let context = Context::new()?;
    /// let socket = zmq::aio::tokio::AsyncSocket::new(context.socket(Dealer)?)?;
    /// let (_sender, receiver) = socket.into_split();
    /// receiver.with_socket(|socket| socket.bind("tcp://127.0.0.1:*"))?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn with_socket<T>(&self, call: impl FnOnce(&Socket<K>) -> T) -> T {
        self.shared.with_socket(call)
    }
}

impl<K: Kind, R: Runtime> SendHalf<K, R> {
    /// Calls `call` with the socket, for options, binds, connects, and other calls that do not block.
    ///
    /// Both halves, and the threads that poll them, are blocked during the call. No such call loses a wake-up.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::{Context, Dealer};
    /// # let context = Context::new()?;
    /// let socket = zmq::aio::tokio::AsyncSocket::new(context.socket(Dealer)?)?;
    /// let (sender, receiver) = socket.into_split();
    /// let endpoint = sender.with_socket(|socket| socket.bind("tcp://127.0.0.1:*"))?;
    /// assert_eq!(receiver.with_socket(|socket| socket.bound_endpoints()), [endpoint]);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn with_socket<T>(&self, call: impl FnOnce(&Socket<K>) -> T) -> T {
        self.shared.with_socket(call)
    }

    /// Reunites the halves into one socket.
    ///
    /// # Errors
    /// Returns a [`ReuniteError`] with both halves if they are not of the same socket.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::{Context, Dealer};
    /// # use zmq::aio::tokio::AsyncSocket;
    /// let socket = AsyncSocket::open(&Context::new()?, Dealer)?;
    /// let (sender, receiver) = socket.into_split();
    /// let socket = sender.reunite(receiver).unwrap();
    /// # drop(socket);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn reunite(self, receiver: ReceiveHalf<K, R>) -> Result<AsyncSocket<K, R>, ReuniteError<K, R>> {
        if !Arc::ptr_eq(&self.shared, &receiver.shared) {
            return Err(ReuniteError(self, receiver));
        }
        let Self { shared, budget, sent } = self;
        let ReceiveHalf { shared: other, budget: others } = receiver;
        drop(other);
        match Arc::try_unwrap(shared) {
            Ok(Shared { runtime, waiting, socket }) => {
                // A half that was moved here may have been waiting.
                Ok(AsyncSocket { runtime, socket: socket.into_inner(), budget, sent, waiting, has_waiters: true })
            }
            // There are always two halves, and the other one was dropped.
            Err(shared) => Err(ReuniteError(
                Self { shared: Arc::clone(&shared), budget, sent },
                ReceiveHalf { shared, budget: others },
            )),
        }
    }
}

impl<K: Receives, R: Runtime> ReceiveHalf<K, R> {
    async fn receive<T>(&mut self, mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>) -> Result<T> {
        poll_fn(|cx| self.poll_receiving(cx, &mut attempt)).await
    }

    pub(super) fn poll_receiving<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        ready!(self.budget.poll(cx));
        let receive = |socket: &Socket<K>, signal: &mut dyn FnMut(Operation) -> Poll<Result<()>>| {
            poll_receive(&mut Stage::New, || attempt(socket), signal)
        };
        self.shared.operate(Half::Receiver, cx, receive)
    }
}

receiving!(ReceiveHalf);
interpreting!(ReceiveHalf);

impl<K: Sends, R: Runtime> SendHalf<K, R> {
    /// Waits until `attempt` returns a value.
    async fn until(&mut self, attempt: fn(&Socket<K>) -> Result<Option<()>>) -> Result<()> {
        poll_fn(|cx| self.poll_until(cx, attempt)).await
    }

    fn poll_until(&mut self, cx: &mut Context<'_>, attempt: fn(&Socket<K>) -> Result<Option<()>>) -> Poll<Result<()>> {
        ready!(self.budget.poll(cx));
        let wait = |socket: &Socket<K>, signal: &mut dyn FnMut(Operation) -> Poll<Result<()>>| {
            poll_receive(&mut Stage::New, || attempt(socket), signal)
        };
        self.shared.operate(Half::Sender, cx, wait)
    }

    /// Waits until a message is sent.
    async fn transmit<M>(
        &mut self,
        message: M,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Result<(), SendError<M>> {
        let mut message = Some(message);
        poll_fn(|cx| self.poll_sending(cx, &mut message, attempt)).await
    }

    pub(super) fn poll_sending<M>(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        ready!(self.budget.poll(cx));
        self.shared.operate(Half::Sender, cx, |socket, signal| {
            poll_send(socket, &mut Stage::New, message, |message| attempt(socket, message), signal)
        })
    }
}

sending!(SendHalf, |this, message| this.transmit(message.into(), |socket, message| socket.try_send(message)).await);

impl<K: Kind, R: Runtime> fmt::Debug for SendHalf<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendHalf").finish_non_exhaustive()
    }
}

impl<K: Kind, R: Runtime> fmt::Debug for ReceiveHalf<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveHalf").finish_non_exhaustive()
    }
}

impl<K: Kind, R: Runtime> fmt::Debug for ReuniteError<K, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReuniteError").field(&self.0).field(&self.1).finish()
    }
}
