//! Sends that failed, with the message.

use std::fmt;
use std::io;

use super::{Errno, Error, ErrorKind};

/// A send that failed, together with the message, which is handed back.
///
/// `?` turns it into an [`Error`], or into an [`io::Error`], where the message is not needed.
///
/// # Examples
/// ```
/// use zmq::{Context, Message, Push};
///
/// let socket = Context::new()?.socket(Push)?;
/// let refused = socket.try_send("nobody listens").unwrap_err();
/// assert!(refused.is_would_block());
/// let message: Message = refused.into_message();
/// assert_eq!(message, "nobody listens");
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// An error type of the program's own takes it by a second conversion, beside that of [`Error`]:
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
    /// Why it failed.
    pub error: Error,
    /// What was not sent.
    pub message: M,
}

impl<M> SendError<M> {
    /// Returns what went wrong, in one word.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Returns libzmq's number.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.error.errno()
    }

    /// Returns `true` if the send would have to block and may not: see [`Error::is_would_block`].
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        self.error.is_would_block()
    }

    /// Returns `true` if a timeout expired: see [`Error::is_timed_out`].
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.error.is_timed_out()
    }

    /// Returns `true` if the context was shut down: see [`Error::is_terminated`].
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.error.is_terminated()
    }

    /// Returns the message.
    #[must_use]
    pub fn into_message(self) -> M {
        self.message
    }

    /// Returns the error; the message is dropped.
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

/// The message is left out: it may hold anything, and a log is no place for it.
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
