//! Asynchronous sockets as streams and sinks of whole messages.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::{AsyncSocket, ReceiveHalf, Runtime, SendHalf};
use crate::error::{Errno, Error, Operation, Result};
use crate::multipart::Multipart;
use crate::socket::Socket;
use crate::socket::kinds::{Receives, Sends, SendsMultipart};

/// The shutdown of the context ends the stream.
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
        self.poll_receiving(cx, Socket::try_recv_multipart).map(to_item)
    }
}

/// Yields whole messages, until the context is shut down. See [`recv_multipart`](ReceiveHalf::recv_multipart).
impl<K: Receives, R: Runtime> Stream for ReceiveHalf<K, R> {
    type Item = Result<Multipart>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_receiving(cx, Socket::try_recv_multipart).map(to_item)
    }
}

/// Implements `Sink` for a type that sends.
macro_rules! sink {
    ($type:ident) => {
        /// Accepts one message at a time; the next one is accepted when the previous one is sent.
        ///
        /// After an error, the sink accepts messages again. [`take_unsent`](Self::take_unsent) returns the message that
        /// could not be sent.
        impl<K: SendsMultipart, R: Runtime> Sink<Multipart> for $type<K, R> {
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
                self.poll_send_given(cx)
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
                self.poll_flush(cx)
            }
        }

        impl<K: SendsMultipart, R: Runtime> $type<K, R> {
            /// Takes the message with which the sink failed last.
            ///
            /// The error type of the sink is [`Error`], like that of the stream, so that `stream.forward(sink)`
            /// compiles. The message is kept here until the next error.
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
            /// sink.feed(Multipart::from(("no such peer", "hello"))).await?;
            /// let error = sink.flush().await.unwrap_err();
            /// assert_eq!(error.kind(), zmq::ErrorKind::HostUnreachable);
            /// assert_eq!(sink.take_unsent(), Some(Multipart::from(("no such peer", "hello"))));
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn take_unsent(&mut self) -> Option<Multipart> {
                self.sent.unsent.take()
            }
        }

        impl<K: Sends, R: Runtime> $type<K, R> {
            /// Sends the message that the sink has accepted, so that it precedes all others. A refused message is not
            /// retried, because it would block all later ones.
            pub(super) fn poll_send_given(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
                let mut waiting = self.sent.outgoing.take();
                if waiting.is_none() {
                    return Poll::Ready(Ok(()));
                }
                let attempt = |socket: &Socket<K>, message| socket.as_any().try_send_multipart(message);
                let sent = self.poll_sending(cx, &mut waiting, attempt);
                self.sent.outgoing = waiting;
                sent.map_err(|refused| {
                    self.sent.unsent = Some(refused.message);
                    refused.error
                })
            }
        }
    };
}

sink!(AsyncSocket);
sink!(SendHalf);
