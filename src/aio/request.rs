//! Requests: a send and the receive of its reply.

use super::{AsyncSocket, Runtime};
use crate::error::Result;
use crate::multipart::Multipart;
use crate::socket::kinds::{Dealer, Receives, Requests, SendsMultipart};

impl<K: Requests + SendsMultipart + Receives, R: Runtime> AsyncSocket<K, R> {
    /// Sends a request and receives its reply.
    ///
    /// The first request sets [relaxed](crate::Socket::set_relaxed) and [correlate](crate::Socket::set_correlate). If
    /// you abandon a request, its reply is discarded when it arrives and is never mistaken for the reply to a later
    /// request. A ROUTER peer receives the number that pairs request and reply as a frame of the envelope.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - other errors of [`send_multipart`](Self::send_multipart) and [`recv_multipart`](Self::recv_multipart).
    ///
    /// # Cancel safety
    /// If the future is dropped, the request may have been sent. Its reply is discarded when it arrives, and the socket
    /// is ready for the next request.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use tokio::time::timeout;
    /// # use zmq::{Context, Rep, Req};
    /// # use zmq::aio::tokio::AsyncSocket;
    /// # let context = Context::builder().linger(Duration::ZERO).build()?;
    /// # let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    /// # client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    /// # let (mut server, mut client) = (AsyncSocket::new(server)?, AsyncSocket::new(client)?);
    ///
    /// // The server does not answer yet.
    /// assert!(timeout(Duration::from_millis(10), client.request("lost")).await.is_err());
    /// # tokio::spawn(async move {
    /// #     while let Ok(question) = server.recv_multipart().await {
    /// #         if server.send_multipart(question).await.is_err() { break }
    /// #     }
    /// # });
    /// let reply = client.request("found").await?;
    /// assert_eq!(reply[0], "found");
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn request(&mut self, request: impl Into<Multipart>) -> Result<Multipart> {
        if self.sent.request.is_none() {
            self.get_ref().set_relaxed(true)?.set_correlate(true)?;
            // libzmq numbers them itself.
            self.sent.request = Some(0);
        }
        self.send_multipart(request).await?;
        self.recv_multipart().await
    }
}

impl<R: Runtime> AsyncSocket<Dealer, R> {
    /// Sends a request and receives its reply. An envelope of a number and an empty frame pairs them. A REP peer
    /// returns the envelope automatically; a ROUTER peer has to return it itself.
    ///
    /// Other messages that arrive in the meantime are dropped.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - other errors of [`send_multipart`](Self::send_multipart) and [`recv_multipart`](Self::recv_multipart).
    ///
    /// # Cancel safety
    /// If the future is dropped, the request may have been sent. Its reply is discarded while the next request waits
    /// for its own.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Dealer, Rep};
    ///
    /// let context = Context::new()?;
    /// let mut server = AsyncSocket::open(&context, Rep)?;
    /// let mut client = AsyncSocket::open(&context, Dealer)?;
    /// client.get_ref().connect(server.get_ref().bind("inproc://dealer-request")?)?;
    /// let serving = tokio::spawn(async move {
    ///     let question = server.recv_multipart().await?;
    ///     zmq::Result::Ok(server.send_multipart(question).await?)
    /// });
    /// assert_eq!(client.request("hello").await?, ["hello"]);
    /// # serving.await.unwrap()
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn request(&mut self, request: impl Into<Multipart>) -> Result<Multipart> {
        let number = self.sent.next_request().to_be_bytes();
        self.send_multipart(request.into().wrap([&number[..], &[]])).await?;
        loop {
            let mut reply = self.recv_multipart().await?;
            let envelope = reply.split_envelope();
            if envelope.is_some_and(|envelope| matches!(&*envelope, [id, _] if *id == number)) {
                return Ok(reply);
            }
        }
    }
}
