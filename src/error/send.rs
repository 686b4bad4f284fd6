//! Errors of sends, which return the message.

use std::fmt;
use std::io;

use super::{Errno, Error, ErrorKind};

/// The error of a send, together with the message that was not sent.
///
/// `?` converts it into an [`Error`] or an [`io::Error`] and drops the message.
///
/// # Examples
/// ```
/// use zmq::{Context, Message, Push};
///
/// let socket = Context::new()?.socket(Push)?;
/// let refused = socket.try_send("no peer listens").unwrap_err();
/// assert!(refused.is_would_block());
/// let message: Message = refused.into_message();
/// assert_eq!(message, "no peer listens");
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// To convert it into an error type of your own, add a second conversion next to that of [`Error`]:
///
/// ```
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error(transparent)]
///     Zmq(#[from] zmq::Error),
///     // Others.
/// }
///
/// impl<M> From<zmq::SendError<M>> for AppError {
///     fn from(refused: zmq::SendError<M>) -> Self {
///         refused.into_error().into()
///     }
/// }
///
/// fn greet(socket: &zmq::Socket<zmq::Push>) -> Result<(), AppError> {
///     socket.set_send_hwm(10)?;
///     socket.send("hello")?;
///     socket.send_multipart(["hello", "again"])?;
///     Ok(())
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SendError<M> {
    /// The error.
    pub error: Error,
    /// The message that was not sent.
    pub message: M,
}

impl<M> SendError<M> {
    /// Returns the category of the error.
    ///
    /// # Examples
    /// ```
    /// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let refused = socket.try_send("no peer is connected").unwrap_err();
    /// assert_eq!(refused.kind(), zmq::ErrorKind::WouldBlock);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Returns libzmq's error number.
    ///
    /// # Examples
    /// ```
    /// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let refused = socket.try_send("no peer is connected").unwrap_err();
    /// assert_eq!(refused.errno(), zmq::Errno::EAGAIN);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.error.errno()
    }

    /// Returns `true` if a non-blocking send would have to block. See [`Error::is_would_block`].
    ///
    /// # Examples
    /// ```
    /// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let refused = socket.try_send("no peer is connected").unwrap_err();
    /// assert!(refused.is_would_block());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        self.error.is_would_block()
    }

    /// Returns `true` if a timeout expired. See [`Error::is_timed_out`].
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let refused = socket.send_timeout("no peer is connected", Duration::from_millis(1)).unwrap_err();
    /// assert!(refused.is_timed_out());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.error.is_timed_out()
    }

    /// Returns `true` if the context was shut down. See [`Error::is_terminated`].
    ///
    /// # Examples
    /// ```
    /// # let context = zmq::Context::new()?;
    /// let socket = context.socket(zmq::Push)?;
    /// context.shutdown();
    /// assert!(socket.send("too late").unwrap_err().is_terminated());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.error.is_terminated()
    }

    /// Returns the message.
    ///
    /// # Examples
    /// ```
    /// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let refused = socket.try_send("no peer is connected").unwrap_err();
    /// let message: zmq::Message = refused.into_message();
    /// assert_eq!(message, "no peer is connected");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn into_message(self) -> M {
        self.message
    }

    /// Returns the error and drops the message.
    ///
    /// # Examples
    /// ```
    /// # let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let error: zmq::Error = socket.try_send("no peer is connected").unwrap_err().into_error();
    /// assert_eq!(error.operation(), zmq::Operation::Send);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Omits the message, which may contain secrets that must not appear in logs.
impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<M> std::error::Error for SendError<M> {}

impl<M> From<SendError<M>> for Error {
    fn from(refused: SendError<M>) -> Self {
        refused.error
    }
}

impl<M> From<SendError<M>> for io::Error {
    fn from(refused: SendError<M>) -> Self {
        refused.error.into()
    }
}
