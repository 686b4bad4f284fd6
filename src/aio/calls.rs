//! The calls that a whole socket and its halves have alike, each with its promises written once.

/// Gives a type that has `receive` the calls that receive.
macro_rules! receiving {
    ($type:ident) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Receives a message, or one frame of a multipart message.
            ///
            /// # Errors
            /// Those of [`Socket::recv`] but for the timeout.
            ///
            /// # Cancel safety
            /// A message is taken only when it is returned: one that is cancelled loses nothing.
            pub async fn recv(&mut self) -> Result<Message>
            where
                K: Receives,
            {
                self.receive(Socket::try_recv).await
            }

            /// Receives a whole multipart message.
            ///
            /// # Errors
            /// Those of [`Socket::recv_multipart`] but for the timeout.
            ///
            /// # Cancel safety
            /// All frames are taken together, when they are returned: one that is cancelled loses nothing and tears
            /// nothing.
            pub async fn recv_multipart(&mut self) -> Result<Multipart>
            where
                K: Receives,
            {
                self.receive(Socket::try_recv_multipart).await
            }

            /// Receives up to `max` messages: waits for the first, and takes those that are there then. They are added to
            /// `messages`; their number is returned. See [`Socket::recv_many`].
            ///
            /// # Errors
            /// Those of [`Socket::recv_many`] but for the timeout.
            ///
            /// # Cancel safety
            /// Messages are taken only when their number is returned: one that is cancelled loses nothing.
            pub async fn recv_many(&mut self, messages: &mut Vec<Message>, max: usize) -> Result<usize>
            where
                K: Receives,
            {
                if max == 0 {
                    return Ok(0);
                }
                let some = |count| if count > 0 { Some(count) } else { None };
                self.receive(|socket| socket.try_recv_many(messages, max).map(some)).await
            }

            /// Waits until a receive does not wait.
            ///
            /// # Errors
            /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
            ///
            /// # Cancel safety
            /// It changes nothing.
            pub async fn readable(&mut self) -> Result<()>
            where
                K: Receives,
            {
                self.receive(|socket| Ok(socket.events()?.is_readable().then_some(()))).await
            }
        }
    };
}

/// Gives a type that has `transmit` and `until` the calls that send; the expression sends a message as it is.
macro_rules! sending {
    ($type:ident, |$this:ident, $message:ident| $send:expr) => {
        impl<K: Kind, R: Runtime> $type<K, R> {
            /// Sends a message, after what a sink was given and has not sent.
            ///
            /// # Errors
            /// Those of [`Socket::send`] but for the timeout; every error hands the message back.
            ///
            /// # Cancel safety
            /// One that is cancelled has sent nothing, and the message is dropped with it.
            /// [`writable`](Self::writable) and [`Socket::try_send`] keep it.
            pub async fn send(&mut self, message: impl IntoMessage) -> Result<(), SendError<Message>>
            where
                K: Sends,
            {
                #[cfg(feature = "futures")]
                if self.sent.outgoing.is_some() {
                    if let Err(error) = self.send_given().await {
                        return Err(SendError { error, message: message.into() });
                    }
                }
                let ($this, $message) = (self, message);
                $send
            }

            /// Sends a multipart message, after what a sink was given and has not sent.
            ///
            /// # Errors
            /// Those of [`Socket::send_multipart`] but for the timeout; every error hands the message back.
            ///
            /// # Cancel safety
            /// All frames are sent together: one that is cancelled has sent nothing, and the message is dropped with it.
            pub async fn send_multipart(&mut self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>>
            where
                K: Sends,
            {
                #[cfg(feature = "futures")]
                if self.sent.outgoing.is_some() {
                    if let Err(error) = self.send_given().await {
                        return Err(SendError { error, message: message.into() });
                    }
                }
                self.transmit(message.into(), |socket, message| socket.try_send_multipart(message)).await
            }

            /// Waits until a send does not wait.
            ///
            /// # Errors
            /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
            ///
            /// # Cancel safety
            /// It changes nothing.
            pub async fn writable(&mut self) -> Result<()>
            where
                K: Sends,
            {
                self.until(|socket| Ok(socket.events()?.is_writable().then_some(()))).await
            }
        }
    };
}

pub(super) use {receiving, sending};
