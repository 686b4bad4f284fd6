//! Errors: what failed, on what, and why.
//!
//! [`Errno`] is libzmq's number, [`ErrorKind`] the word for it, and [`Error`] tells both together with the operation and
//! its subject.

mod errno;
mod failure;
mod operation;
mod send;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::time::Duration;

use crate::socket::kinds::{Ability, Fact, SocketType};

use errno::Suffix;

pub use errno::{Errno, ErrorKind};
pub(crate) use failure::Failure;
pub use operation::Operation;
pub use send::SendError;

/// A result within this crate, whose error may be another. [`zmq::Result`](crate::Result) is the one for programs.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate: what failed, on what, and why.
///
/// It prints as a sentence that names all three, with the remedy where there is one. Two errors are equal when
/// all of that is.
///
/// # Examples
/// ```
/// use zmq::{Context, ErrorKind, Push};
///
/// let socket = Context::new()?.socket(Push)?;
/// let error = socket.bind("tcp://127.0.0.1:99999").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
/// assert_eq!(error.to_string(), r#"cannot bind "tcp://127.0.0.1:99999": port 99999 is above 65535"#);
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// # Timeouts
/// A call that would have to block and may not, such as [`try_send`](crate::Socket::try_send), is
/// [`WouldBlock`](ErrorKind::WouldBlock). A call whose timeout expires is [`TimedOut`](ErrorKind::TimedOut), whether the
/// timeout is an argument or an option of the socket, and the error says how long it was. libzmq has one number for both,
/// `EAGAIN`, which [`errno`](Self::errno) returns.
///
/// ```
/// use std::time::Duration;
/// use zmq::{Context, Errno, ErrorKind, Pull};
///
/// let socket = Context::new()?.socket(Pull)?;
/// socket.set_recv_timeout(Some(Duration::from_millis(20)))?;
/// let error = socket.recv().unwrap_err();
/// assert_eq!((error.kind(), error.errno()), (ErrorKind::TimedOut, Errno::EAGAIN));
/// assert_eq!(error.to_string(), "receive on a PULL socket timed out after 20 ms (EAGAIN)");
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    detail: Option<Box<Detail>>,
    errno: Errno,
    kind: ErrorKind,
    operation: Operation,
    socket: Option<SocketType>,
}

/// What an error on a hot path does without: the texts.
#[derive(Clone, Default, PartialEq, Eq)]
struct Detail {
    subject: Option<Box<str>>,
    value: Option<Box<str>>,
    reason: Option<Box<str>>,
    /// The timeout that expired.
    timeout: Option<Duration>,
}

impl Error {
    /// An operation that failed.
    #[cold]
    pub(crate) fn new(operation: Operation, failure: impl Into<Failure>) -> Self {
        let failure = failure.into();
        let errno = failure.errno();
        let plain = |kind| Self { detail: None, errno, kind, operation, socket: None };
        match failure {
            Failure::Errno(errno) => plain(errno.kind()),
            Failure::Forked => plain(ErrorKind::Forked)
                .because("the process was forked, and what was made before the fork belongs to the parent"),
            Failure::Reentered => {
                plain(ErrorKind::Reentered).because("the socket is in use further up in this thread's calls")
            }
            Failure::Ended => plain(ErrorKind::Ended)
                .because("the monitored socket is gone, or another monitor took this one's place"),
            Failure::NoThread => plain(ErrorKind::LimitReached).because("the system starts no more threads"),
            Failure::Begun => plain(ErrorKind::WrongState).because("a multipart message was begun"),
            Failure::Kept => plain(ErrorKind::WrongState).because("another frame has to be received first"),
        }
    }

    /// An operation on an endpoint or an option that failed.
    #[cold]
    pub(crate) fn on(operation: Operation, subject: impl Into<Box<str>>, failure: impl Into<Failure>) -> Self {
        let mut error = Self::new(operation, failure);
        error.detail().subject = Some(subject.into());
        error
    }

    /// A value that the crate refuses before libzmq sees it.
    #[cold]
    pub(crate) fn invalid(operation: Operation, subject: impl Into<Box<str>>, reason: impl Into<Box<str>>) -> Self {
        Self::on(operation, subject, Errno::EINVAL).because(reason)
    }

    /// An operation whose timeout expired.
    #[cold]
    pub(crate) fn timed_out(operation: Operation, errno: Errno, timeout: Duration) -> Self {
        let mut error = Self::new(operation, errno).of_kind(ErrorKind::TimedOut);
        // A program that polls with a timeout of zero pays for no allocation: `expired` knows it without a note.
        if !(timeout.is_zero() && errno == Errno::EAGAIN) {
            error.detail().timeout = Some(timeout);
        }
        error
    }

    #[must_use]
    pub(crate) fn because(mut self, reason: impl Into<Box<str>>) -> Self {
        self.detail().reason = Some(reason.into());
        self
    }

    #[must_use]
    pub(crate) fn with_value(mut self, value: impl Into<Box<str>>) -> Self {
        self.detail().value = Some(value.into());
        self
    }

    #[must_use]
    pub(crate) fn of_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    #[must_use]
    pub(crate) fn on_socket(mut self, socket: Option<SocketType>) -> Self {
        self.socket = socket;
        self
    }

    fn detail(&mut self) -> &mut Detail {
        self.detail.get_or_insert_default()
    }

    /// Returns what went wrong, in one word.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns libzmq's number.
    ///
    /// What the crate refuses by itself has the number that libzmq gives for the like.
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// Returns what was attempted.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns what it was attempted on, where that has a name: an endpoint, or an option.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.detail.as_ref()?.subject.as_deref()
    }

    /// Returns the type of the socket, where a send or a receive failed on one.
    #[must_use]
    pub fn socket_type(&self) -> Option<SocketType> {
        self.socket
    }

    /// Whether the context was shut down: the end of a socket's life rather than a fault.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.kind == ErrorKind::ContextTerminated
    }

    /// Returns `true` if the operation would have to block and may not.
    ///
    /// A timeout that expired is another kind: see [`is_timed_out`](Self::is_timed_out).
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        self.kind == ErrorKind::WouldBlock
    }

    /// Returns `true` if a timeout expired: the call's own, or one that is set on the socket.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.kind == ErrorKind::TimedOut
    }

    /// Returns the timeout that expired.
    fn expired(&self) -> Option<Duration> {
        let unnoted = self.kind == ErrorKind::TimedOut && self.errno == Errno::EAGAIN;
        let noted = self.detail.as_ref().and_then(|detail| detail.timeout);
        noted.or(unnoted.then_some(Duration::ZERO))
    }

    /// What the number alone does not say, where operation and socket type do.
    fn hint(&self) -> Option<&'static str> {
        Some(match (self.kind, self.operation, self.socket?) {
            (ErrorKind::WrongState, Operation::Send, asks) if asks.can(Ability::Requests) => {
                "a reply has to be received first"
            }
            (ErrorKind::WrongState, Operation::Receive, asks) if asks.can(Ability::Requests) => {
                "a request has to be sent first"
            }
            (ErrorKind::WrongState, Operation::Send, answers) if answers.has(Fact::Replies) => {
                "a request has to be received first"
            }
            (ErrorKind::WrongState, Operation::Receive, answers) if answers.has(Fact::Replies) => {
                "a reply has to be sent first"
            }
            (ErrorKind::NotSupported, Operation::Send, _) => "sockets of this type only receive",
            (ErrorKind::NotSupported, Operation::Receive, _) => "sockets of this type only send",
            (ErrorKind::HostUnreachable, Operation::Send, _) => "no peer has the routing id in the first frame",
            (ErrorKind::WouldBlock, Operation::Send, _) => "no peer can take the message now",
            (ErrorKind::TimedOut, Operation::Send, _) => "no peer could take the message",
            (ErrorKind::WouldBlock, Operation::Receive, _) => "no message is there",
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expired = self.expired();
        if expired.is_none() {
            f.write_str("cannot ")?;
        }
        self.operation.fmt(f)?;
        let detail = self.detail.as_deref();
        if let Some(subject) = detail.and_then(|detail| detail.subject.as_deref()) {
            match self.operation.has_bare_subject() {
                true => write!(f, " {subject}")?,
                false => write!(f, " {subject:?}")?,
            }
        } else if let Some(socket) = self.socket {
            write!(f, " on a {socket} socket")?;
        }
        if let Some(value) = detail.and_then(|detail| detail.value.as_deref()) {
            write!(f, " to {value}")?;
        }
        let reason = detail.and_then(|detail| detail.reason.as_deref());
        if let Some(timeout) = expired {
            write!(f, " timed out after {}", Timeout(timeout))?;
            if let Some(reason) = reason.or(self.hint()) {
                write!(f, ": {reason}")?;
            }
            return Suffix(self.errno).fmt(f);
        }
        match (reason, self.hint()) {
            // The crate's own words for an EINVAL are the whole story.
            (Some(reason), _) if self.errno == Errno::EINVAL => write!(f, ": {reason}"),
            (Some(reason), _) => write!(f, ": {reason}{}", Suffix(self.errno)),
            (None, Some(hint)) => write!(f, ": {hint}{}", Suffix(self.errno)),
            (None, None) => write!(f, ": {}", self.errno),
        }
    }
}

/// A timeout in the unit that it was most likely written in.
struct Timeout(Duration);

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(timeout) = self;
        match (timeout.as_secs(), timeout.subsec_nanos()) {
            (1.., 0) => write!(f, "{} s", timeout.as_secs()),
            (_, nanos) if nanos % 1_000_000 == 0 => write!(f, "{} ms", timeout.as_millis()),
            _ => write!(f, "{} µs", timeout.as_micros()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("errno", &self.errno)
            .field("message", &format_args!("{self}"))
            .finish()
    }
}

impl std::error::Error for Error {}

/// An error of a C function that the program called itself, through [`sys`](crate::sys).
///
/// # Examples
/// ```
/// use zmq::{Errno, Error, Operation};
///
/// let error = Error::from(Errno::EADDRINUSE);
/// assert_eq!(error.operation(), Operation::CallLibrary);
/// assert_eq!(error.to_string(), "cannot call libzmq: the address is already in use (EADDRINUSE)");
/// ```
impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        Self { detail: None, errno, kind: errno.kind(), operation: Operation::CallLibrary, socket: None }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::WouldBlock => io::ErrorKind::WouldBlock,
            ErrorKind::Interrupted => io::ErrorKind::Interrupted,
            ErrorKind::AddressInUse => io::ErrorKind::AddrInUse,
            ErrorKind::AddressNotAvailable => io::ErrorKind::AddrNotAvailable,
            ErrorKind::HostUnreachable => io::ErrorKind::HostUnreachable,
            ErrorKind::ConnectionRefused => io::ErrorKind::ConnectionRefused,
            ErrorKind::TimedOut => io::ErrorKind::TimedOut,
            ErrorKind::PermissionDenied => io::ErrorKind::PermissionDenied,
            ErrorKind::NotFound => io::ErrorKind::NotFound,
            ErrorKind::OutOfMemory => io::ErrorKind::OutOfMemory,
            ErrorKind::PeerLost => io::ErrorKind::BrokenPipe,
            ErrorKind::NotSupported | ErrorKind::UnsupportedProtocol | ErrorKind::IncompatibleProtocol => {
                io::ErrorKind::Unsupported
            }
            ErrorKind::InvalidInput | ErrorKind::InvalidEndpoint | ErrorKind::NameTooLong => {
                io::ErrorKind::InvalidInput
            }
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
