//! Asynchronous sockets as streams and sinks of whole messages.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;

use super::engine::{Stage, poll_receive, poll_send};
use super::waiting::Half;
use super::{AsyncSocket, ReceiveHalf, Runtime, SendHalf};
use crate::error::{Errno, Error, ErrorKind, Operation, Result, SendError};
use crate::multipart::Multipart;
use crate::socket::Socket;
use crate::socket::kinds::{Kind, Receives, Sends};

/// The end of the stream is the shutdown of the context.
fn to_item(received: Result<Multipart>) -> Option<Result<Multipart>> {
    match received {
        Err(error) if error.is_terminated() => None,
        received => Some(received),
    }
}

/// Yields whole messages, until the context is shut down. See [`recv_multipart`](AsyncSocket::recv_multipart).
impl<K: Receives, R: Runtime> Stream for AsyncSocket<K, R> {
    type Item = Result<Multipart>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let receive = |socket: &Socket<K>, signal: &mut dyn FnMut(Operation) -> Poll<Result<()>>| {
            poll_receive(&mut Stage::New, || socket.try_recv_multipart(), signal)
        };
        self.poll_half(Half::Receiver, cx, receive).map(to_item)
    }
}

/// Yields whole messages, until the context is shut down. See [`recv_multipart`](ReceiveHalf::recv_multipart).
impl<K: Receives, R: Runtime> Stream for ReceiveHalf<K, R> {
    type Item = Result<Multipart>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_received(cx, Socket::try_recv_multipart).map(to_item)
    }
}

impl<K: Kind, R: Runtime> AsyncSocket<K, R> {
    /// Does an operation as the stream or as the sink that it is, which may be in the hands of two tasks.
    fn poll_half<T>(
        &mut self,
        half: Half,
        cx: &mut Context<'_>,
        operation: impl FnOnce(&Socket<K>, &mut dyn FnMut(Operation) -> Poll<Result<()>>) -> Poll<T>,
    ) -> Poll<T> {
        ready!(self.budget.poll(cx));
        let Self { runtime, socket, waiting, .. } = self;
        let (polled, other) = waiting.operate(half, runtime, socket, cx, |signal| operation(socket, signal));
        if let Some(other) = other {
            other.wake();
        }
        polled
    }
}

/// Makes a type that sends a sink; the expression polls the send of its outgoing message.
macro_rules! sink {
    ($type:ident, |$this:ident, $cx:ident, $outgoing:ident| $poll:expr) => {
        /// Takes one message at a time: the next when that one is sent.
        ///
        /// After an error the sink takes messages again. [`take_unsent`](Self::take_unsent) returns the message that it
        /// could not send.
        impl<K: Sends, R: Runtime> Sink<Multipart> for $type<K, R> {
            type Error = Error;

            fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
                self.poll_flush(cx)
            }

            fn start_send(mut self: Pin<&mut Self>, message: Multipart) -> Result<()> {
                if self.sent.outgoing.is_some() {
                    self.sent.unsent = Some(message);
                    return Err(Error::new(Operation::Send, Errno::EAGAIN));
                }
                self.sent.outgoing = Some(message);
                Ok(())
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
                let this = &mut *self;
                this.poll_given(cx).map_err(|refused| {
                    this.sent.unsent = Some(refused.message);
                    refused.error
                })
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
                self.poll_flush(cx)
            }
        }

        impl<K: Sends, R: Runtime> $type<K, R> {
            /// Takes the message with which the sink failed last.
            ///
            /// An error of a `Sink` is an [`Error`], as that of a `Stream` is, so that `stream.forward(sink)` compiles. The
            /// message stays here until the next error.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main]
            /// # async fn main() -> zmq::Result<()> {
            /// use futures_util::SinkExt;
            /// use zmq::{Context, Multipart, Router};
            /// # use zmq::aio::tokio::AsyncSocket;
            ///
            /// let router = Context::new()?.socket(Router)?;
            /// router.set_mandatory(true)?;
            /// let mut sink = AsyncSocket::new(router)?;
            /// sink.feed(Multipart::from(("nobody", "hello"))).await?;
            /// let error = sink.flush().await.unwrap_err();
            /// assert_eq!(error.kind(), zmq::ErrorKind::HostUnreachable);
            /// assert_eq!(sink.take_unsent(), Some(Multipart::from(("nobody", "hello"))));
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn take_unsent(&mut self) -> Option<Multipart> {
                self.sent.unsent.take()
            }

            /// Sends what the sink was given, so that nothing else goes first.
            pub(super) async fn send_given(&mut self) -> Result<()> {
                poll_fn(|cx| self.poll_given(cx)).await.map_err(|refused| {
                    // It is the sink's to try again, unless its beginning is lost.
                    match refused.kind() {
                        ErrorKind::PeerLost => self.sent.unsent = Some(refused.message),
                        _ => self.sent.outgoing = Some(refused.message),
                    }
                    refused.error
                })
            }

            fn poll_given(&mut self, $cx: &mut Context<'_>) -> Poll<Result<(), SendError<Multipart>>> {
                let $this = self;
                let mut waiting = $this.sent.outgoing.take();
                if waiting.is_none() {
                    return Poll::Ready(Ok(()));
                }
                let $outgoing = &mut waiting;
                let sent = $poll;
                $this.sent.outgoing = waiting;
                sent
            }
        }
    };
}

sink!(AsyncSocket, |this, cx, outgoing| {
    this.poll_half(Half::Sender, cx, |socket, signal| {
        poll_send(socket, &mut Stage::New, outgoing, |message| send(socket, message), signal)
    })
});
sink!(SendHalf, |this, cx, outgoing| this.poll_sent(cx, outgoing, send));

fn send<K: Sends>(socket: &Socket<K>, message: Multipart) -> Result<(), SendError<Multipart>> {
    socket.try_send_multipart(message)
}
