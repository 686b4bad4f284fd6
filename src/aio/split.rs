//! The halves of an asynchronous socket.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::{BUDGET, Runtime, poll_receive, poll_send};
use crate::error::{Result, SendError};
use crate::events::Events;
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::socket::Socket;
use crate::socket::kinds::{Kind, Receives, Sends};

/// The half of an asynchronous socket that sends.
///
/// It sends while the other half receives on another task or thread. The socket closes when both halves are dropped.
pub struct SendHalf<K: Kind, R: Runtime> {
    shared: Arc<Shared<K, R>>,
    budget: u32,
    /// What a sink was given and has not sent.
    #[cfg(feature = "futures")]
    pub(super) outgoing: Option<Multipart>,
}

/// The half of an asynchronous socket that receives.
///
/// It receives while the other half sends on another task or thread. The socket closes when both halves are dropped.
pub struct ReceiveHalf<K: Kind, R: Runtime> {
    shared: Arc<Shared<K, R>>,
    budget: u32,
}

struct Shared<K: Kind, R: Runtime> {
    // Dropped before the socket: the runtime lets the descriptor go before libzmq closes it.
    runtime: R,
    waiting: Arc<Waiting>,
    /// libzmq allows one thread at a time. Nothing that waits is done while it is locked.
    socket: Mutex<Socket<K>>,
}

/// The tasks that wait, one for each half. A signal wakes both: either may be able to go on.
#[derive(Default)]
struct Waiting {
    sender: Mutex<Option<Waker>>,
    receiver: Mutex<Option<Waker>>,
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        wake(&self.sender);
        wake(&self.receiver);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(place: &Mutex<Option<Waker>>) {
    let waker = lock(place).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

pub(super) fn split<K: Kind, R: Runtime>(runtime: R, socket: Socket<K>) -> (SendHalf<K, R>, ReceiveHalf<K, R>) {
    let shared = Arc::new(Shared { runtime, waiting: Arc::default(), socket: Mutex::new(socket) });
    let sender = SendHalf {
        shared: Arc::clone(&shared),
        budget: BUDGET,
        #[cfg(feature = "futures")]
        outgoing: None,
    };
    (sender, ReceiveHalf { shared, budget: BUDGET })
}

/// One of the halves, as the other one is told about.
#[derive(Clone, Copy)]
enum Half {
    Sender,
    Receiver,
}

impl<K: Kind, R: Runtime> Shared<K, R> {
    /// Polls an operation of one half, and wakes the other one where the operation heard what that waits for.
    fn poll<T>(
        &self,
        half: Half,
        cx: &mut Context<'_>,
        budget: &mut u32,
        operation: impl FnOnce(&Socket<K>, &R, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        if *budget == 0 {
            *budget = BUDGET;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        *budget -= 1;
        let (own, other, event) = match half {
            Half::Sender => (&self.waiting.sender, &self.waiting.receiver, Events::READABLE),
            Half::Receiver => (&self.waiting.receiver, &self.waiting.sender, Events::WRITABLE),
        };
        let socket = lock(&self.socket);
        // Before the attempt: what the other half hears from now on, under the same lock, it wakes this one for.
        lock(own).replace(cx.waker().clone());
        let both = Waker::from(Arc::clone(&self.waiting));
        let polled = operation(&socket, &self.runtime, &mut Context::from_waker(&both));
        if polled.is_ready() {
            lock(own).take();
        }
        let other_waits = lock(other).is_some();
        // An error is the other half's to find.
        if other_waits && socket.events().map_or(true, |events| events.intersects(event)) {
            drop(socket);
            wake(other);
        }
        polled
    }
}

impl<K: Receives, R: Runtime> ReceiveHalf<K, R> {
    /// Receives a message, or one frame of a multipart message.
    ///
    /// # Errors
    /// Those of [`Socket::recv`] but for the timeout.
    ///
    /// # Cancel safety
    /// A message is taken only when it is returned: one that is cancelled loses nothing.
    pub async fn recv(&mut self) -> Result<Message> {
        self.receive(Socket::try_recv).await
    }

    /// Receives a whole multipart message.
    ///
    /// # Errors
    /// Those of [`Socket::recv_multipart`] but for the timeout.
    ///
    /// # Cancel safety
    /// All frames are taken together, when they are returned: one that is cancelled loses nothing and tears nothing.
    pub async fn recv_multipart(&mut self) -> Result<Multipart> {
        self.receive(Socket::try_recv_multipart).await
    }

    async fn receive<T>(&mut self, attempt: fn(&Socket<K>) -> Result<Option<T>>) -> Result<T> {
        poll_fn(|cx| self.poll_received(cx, attempt)).await
    }

    pub(super) fn poll_received<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: fn(&Socket<K>) -> Result<Option<T>>,
    ) -> Poll<Result<T>> {
        let receive =
            |socket: &Socket<K>, runtime: &R, cx: &mut Context<'_>| poll_receive(runtime, cx, || attempt(socket));
        self.shared.poll(Half::Receiver, cx, &mut self.budget, receive)
    }
}

impl<K: Sends, R: Runtime> SendHalf<K, R> {
    /// Sends a message.
    ///
    /// # Errors
    /// Those of [`Socket::send`] but for the timeout; every error hands the message back.
    ///
    /// # Cancel safety
    /// One that is cancelled has sent nothing, and the message is dropped with it.
    pub async fn send(&mut self, message: impl IntoMessage) -> Result<(), SendError<Message>> {
        self.transmit(message.into(), |socket, message| socket.try_send(message)).await
    }

    /// Sends a multipart message.
    ///
    /// # Errors
    /// Those of [`Socket::send_multipart`] but for the timeout; every error hands the message back.
    ///
    /// # Cancel safety
    /// All frames are sent together: one that is cancelled has sent nothing, and the message is dropped with it.
    pub async fn send_multipart(&mut self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>> {
        self.transmit(message.into(), |socket, message| socket.try_send_multipart(message)).await
    }

    async fn transmit<M>(
        &mut self,
        message: M,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Result<(), SendError<M>> {
        let mut message = Some(message);
        poll_fn(|cx| self.poll_sent(cx, &mut message, attempt)).await
    }

    pub(super) fn poll_sent<M>(
        &mut self,
        cx: &mut Context<'_>,
        message: &mut Option<M>,
        attempt: fn(&Socket<K>, M) -> Result<(), SendError<M>>,
    ) -> Poll<Result<(), SendError<M>>> {
        let send = |socket: &Socket<K>, runtime: &R, cx: &mut Context<'_>| {
            poll_send(socket, runtime, cx, message, |message| attempt(socket, message))
        };
        self.shared.poll(Half::Sender, cx, &mut self.budget, send)
    }
}

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
