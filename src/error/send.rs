//! Sends that failed, with the message.

use std::fmt;
use std::io;

use super::{Error, ErrorKind};

/// A send that failed, together with the message, which is handed back.
///
/// `?` turns it into an [`Error`] where the message is not needed.
///
/// # Examples
/// ```
/// use zmq::{Context, Message, Push};
///
/// let socket = Context::new()?.socket(Push)?;
/// let refused = socket.try_send("nobody listens").unwrap_err();
/// assert!(refused.error.is_would_block());
/// let message: Message = refused.message;
/// assert_eq!(message, "nobody listens");
/// # Ok::<(), zmq::Error>(())
/// ```
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

    /// Returns the message.
    #[must_use]
    pub fn into_message(self) -> M {
        self.message
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
