//! Requests: a send and the receive that belongs to it.

use super::{AsyncSocket, Runtime};
use crate::error::Result;
use crate::multipart::Multipart;
use crate::socket::kinds::{Dealer, Receives, Requests, SendsMultipart};

impl<K: Requests + SendsMultipart + Receives, R: Runtime> AsyncSocket<K, R> {
    /// Sends a request and receives its reply.
    ///
    /// The first request sets [relaxed](crate::Socket::set_relaxed) and [correlate](crate::Socket::set_correlate): a
    /// request whose reply did not come in time may be given up, and the next one is not taken in by the late reply.
    /// A peer that is a ROUTER sees the number that pairs them as a frame of the envelope.
    ///
    /// # Errors
    /// Those of [`send_multipart`](Self::send_multipart) and [`recv_multipart`](Self::recv_multipart).
    ///
    /// # Cancel safety
    /// The request may have been sent; its reply is dropped when it comes, and the socket is ready for the next request.
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
    /// // Nobody answers yet.
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
    /// Sends a request and receives its reply: an envelope of a number and an empty frame pairs them, which a REP socket
    /// hands back by itself, and a ROUTER has to.
    ///
    /// Whatever else arrives in the meantime is dropped.
    ///
    /// # Errors
    /// Those of [`send_multipart`](Self::send_multipart) and [`recv_multipart`](Self::recv_multipart).
    ///
    /// # Cancel safety
    /// The request may have been sent; its reply is dropped when the next request waits for its own.
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
