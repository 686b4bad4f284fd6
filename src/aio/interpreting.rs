//! The receiving methods that interpret the frames of a message, which a whole socket and its receiving half share.

/// Implements the methods that receive subscriptions and the events of raw TCP for a type that has `receive`.
macro_rules! interpreting {
    ($type:ident) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a subscription, an unsubscription, or a message that a subscriber sent. See
            /// [`Socket::recv_subscription`].
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_subscription`], except for timeouts.
            ///
            /// # Cancel safety
            /// A subscription is removed from the queue only when it is returned, so a dropped future loses nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// use zmq::aio::tokio::AsyncSocket;
            /// use zmq::{Context, Sub, Subscription, XPub};
            ///
            /// let context = Context::new()?;
            /// let mut publisher = AsyncSocket::open(&context, XPub)?;
            /// let subscriber = context.socket(Sub)?;
            /// subscriber.subscribe("weather")?.connect(publisher.get_ref().bind("inproc://weather")?)?;
            /// assert_eq!(publisher.recv_subscription().await?, Subscription::Subscribe("weather".into()));
            /// publisher.send("weather: sun").await?;
            /// assert_eq!(subscriber.recv()?, "weather: sun");
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub async fn recv_subscription(&mut self) -> Result<Subscription>
            where
                K: SeesSubscriptions + Receives,
            {
                self.receive(Socket::try_recv_subscription).await
            }

            /// Attempts to receive a subscription, as [`recv_subscription`](Self::recv_subscription) does, and
            /// registers the task as [`poll_recv`](Self::poll_recv) does. For an example of a poll, see
            /// [`poll_recv`](Self::poll_recv).
            ///
            /// # Errors
            /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
            /// - other errors of [`Socket::recv_subscription`], except for timeouts.
            ///
            /// # Cancel safety
            /// A subscription is removed from the queue only when it is returned. `Pending` has removed nothing.
            ///
            /// # Examples
            /// ```
            /// # #[cfg(feature = "tokio")]
            /// # #[tokio::main(flavor = "current_thread")]
            /// # async fn main() -> zmq::Result<()> {
            /// # use zmq::{Context, Sub, Subscription, XPub, aio::tokio::AsyncSocket};
            /// # let context = Context::new()?;
            /// let mut publisher = AsyncSocket::open(&context, XPub)?;
            /// let subscriber = context.socket(Sub)?;
            /// subscriber.subscribe("weather")?.connect(publisher.get_ref().bind("inproc://poll-subscription")?)?;
            /// let received = std::future::poll_fn(|cx| publisher.poll_recv_subscription(cx)).await?;
            /// assert_eq!(received, Subscription::Subscribe("weather".into()));
            /// # Ok(())
            /// # }
            /// # #[cfg(not(feature = "tokio"))]
            /// # fn main() {}
            /// ```
            pub fn poll_recv_subscription(&mut self, cx: &mut Context<'_>) -> Poll<Result<Subscription>>
            where
                K: SeesSubscriptions + Receives,
            {
                self.poll_receiving(cx, Socket::try_recv_subscription)
            }
        }
    };
}

pub(super) use interpreting;
