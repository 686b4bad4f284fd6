//! Errors: the operation that failed, its subject and the reason.
//!
//! [`Errno`] is libzmq's number, [`ErrorKind`] its category, and [`Error`] combines them with the operation and its
//! subject.

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
#[cfg(feature = "draft")]
pub(crate) use failure::Refusal;
pub use operation::Operation;
pub use send::SendError;

/// The result type within this crate, with a choice of error type. Programs use [`zmq::Result`](crate::Result).
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate: the operation that failed, its subject and the reason.
///
/// `Display` prints a sentence that names all three, with a remedy if there is one. Two errors are equal if all their
/// parts are equal.
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
/// A non-blocking call that would have to block, such as [`try_send`](crate::Socket::try_send), fails with
/// [`WouldBlock`](ErrorKind::WouldBlock). A call whose timeout expires fails with [`TimedOut`](ErrorKind::TimedOut),
/// whether the timeout is an argument or an option of the socket, and the error names the timeout. libzmq has one
/// number for both, `EAGAIN`, which [`errno`](Self::errno) returns.
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

/// The texts, which an error on a hot path does not have.
#[derive(Clone, Default, PartialEq, Eq)]
struct Detail {
    subject: Option<Box<str>>,
    value: Option<Box<str>>,
    reason: Option<Box<str>>,
    /// The timeout that expired.
    timeout: Option<Duration>,
}

impl Error {
    /// Creates the error of a failed operation.
    #[cold]
    pub(crate) fn new(operation: Operation, failure: impl Into<Failure>) -> Self {
        let failure = failure.into();
        let errno = failure.errno();
        let plain = |kind| Self { detail: None, errno, kind, operation, socket: None };
        match failure {
            Failure::Errno(errno) => plain(errno.kind()),
            Failure::Forked => plain(ErrorKind::Forked)
                .because("the process was forked, and everything created before the fork belongs to the parent"),
            Failure::Reentered => {
                plain(ErrorKind::Reentered).because("the socket is already in use further up this thread's call stack")
            }
            Failure::Ended => {
                plain(ErrorKind::Ended).because("the monitored socket was closed, or another monitor replaced this one")
            }
            Failure::NoThread => plain(ErrorKind::LimitReached).because("the system cannot start another thread"),
            Failure::Begun => plain(ErrorKind::WrongState).because("a multipart message was begun"),
            #[cfg(feature = "draft")]
            Failure::Unchecked => plain(ErrorKind::WrongState).because("the message has to be checked first"),
            #[cfg(feature = "draft")]
            Failure::Refused(refusal) => plain(errno.kind()).because(refusal.reason()),
            Failure::Kept => plain(ErrorKind::WrongState).because("another frame has to be received first"),
        }
    }

    /// Creates the error of a failed operation on an endpoint or an option.
    #[cold]
    pub(crate) fn on(operation: Operation, subject: impl Into<Box<str>>, failure: impl Into<Failure>) -> Self {
        let mut error = Self::new(operation, failure);
        error.detail().subject = Some(subject.into());
        error
    }

    /// Creates the error of a value that the crate refuses before libzmq sees it.
    #[cold]
    pub(crate) fn invalid(operation: Operation, subject: impl Into<Box<str>>, reason: impl Into<Box<str>>) -> Self {
        Self::on(operation, subject, Errno::EINVAL).because(reason)
    }

    /// Creates the error of an operation whose timeout expired.
    #[cold]
    pub(crate) fn timed_out(operation: Operation, errno: Errno, timeout: Duration) -> Self {
        let mut error = Self::new(operation, errno).of_kind(ErrorKind::TimedOut);
        // Polling with a timeout of zero must not allocate: `expired` infers that timeout.
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

    /// Returns the category of the error.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind, Pull};
    ///
    /// let error = Context::new()?.socket(Pull)?.bind("tcp://127.0.0.1").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidEndpoint);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns libzmq's error number.
    ///
    /// An error that the crate itself detects has the number that libzmq uses for similar errors.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Errno, Pull};
    ///
    /// let error = Context::new()?.socket(Pull)?.bind("tcp://127.0.0.1").unwrap_err();
    /// assert_eq!(error.errno(), Errno::EINVAL);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "zmq_errno")]
    #[must_use]
    pub fn errno(&self) -> Errno {
        self.errno
    }

    /// Returns the operation that failed.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Operation, Pull};
    ///
    /// let error = Context::new()?.socket(Pull)?.bind("tcp://127.0.0.1").unwrap_err();
    /// assert_eq!(error.operation(), Operation::Bind);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Returns the endpoint or the option that the operation was applied to, if there is one.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull};
    ///
    /// let error = Context::new()?.socket(Pull)?.bind("tcp://127.0.0.1").unwrap_err();
    /// assert_eq!(error.subject(), Some("tcp://127.0.0.1"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.detail.as_ref()?.subject.as_deref()
    }

    /// Returns the type of the socket if the failed operation is a send or a receive.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Rep, SocketType};
    ///
    /// let refused = Context::new()?.socket(Rep)?.try_send("no request yet").unwrap_err();
    /// assert_eq!(refused.error.socket_type(), Some(SocketType::Rep));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn socket_type(&self) -> Option<SocketType> {
        self.socket
    }

    /// Returns `true` if the context was shut down, which is the regular end of a socket's life rather than a fault.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Pull)?;
    /// context.shutdown();
    /// assert!(socket.recv().unwrap_err().is_terminated());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.kind == ErrorKind::ContextTerminated
    }

    /// Returns `true` if a non-blocking operation would have to block.
    ///
    /// An expired timeout is a different kind: see [`is_timed_out`](Self::is_timed_out).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Push};
    ///
    /// let refused = Context::new()?.socket(Push)?.try_send("no peer").unwrap_err();
    /// assert!(refused.error.is_would_block());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        self.kind == ErrorKind::WouldBlock
    }

    /// Returns `true` if a timeout expired, whether it was an argument of the call or an option of the socket.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// socket.set_recv_timeout(Duration::from_millis(1))?;
    /// assert!(socket.recv().unwrap_err().is_timed_out());
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Returns an explanation that follows from the operation and the socket type rather than from the number alone.
    fn hint(&self) -> Option<&'static str> {
        Some(match (self.kind, self.operation, self.socket?) {
            (ErrorKind::WrongState, Operation::Send, asks) if asks.can(Ability::Requests) => {
                "receive the pending reply first"
            }
            (ErrorKind::WrongState, Operation::Receive, asks) if asks.can(Ability::Requests) => "send a request first",
            (ErrorKind::WrongState, Operation::Send, answers) if answers.has(Fact::Replies) => {
                "receive a request first"
            }
            (ErrorKind::WrongState, Operation::Receive, answers) if answers.has(Fact::Replies) => {
                "send the pending reply first"
            }
            (ErrorKind::NotSupported, Operation::Send, _) => "sockets of this type only receive",
            (ErrorKind::NotSupported, Operation::Receive, _) => "sockets of this type only send",
            (ErrorKind::InvalidInput, Operation::Send, sends) if sends.can(Ability::SendsDatagrams) => {
                "a datagram is two frames, an address and a body"
            }
            (ErrorKind::HostUnreachable, Operation::Send, _) => "no peer has the routing id in the first frame",
            (ErrorKind::WouldBlock, Operation::Send, _) => "no peer can take the message now",
            (ErrorKind::TimedOut, Operation::Send, _) => "no peer could take the message",
            (ErrorKind::WouldBlock, Operation::Receive, _) => "no message is available",
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
            // For EINVAL, the crate's own reason is complete without the number.
            (Some(reason), _) if self.errno == Errno::EINVAL => write!(f, ": {reason}"),
            (Some(reason), _) => write!(f, ": {reason}{}", Suffix(self.errno)),
            (None, Some(hint)) => write!(f, ": {hint}{}", Suffix(self.errno)),
            (None, None) => write!(f, ": {}", self.errno),
        }
    }
}

/// A timeout, printed in the largest unit that represents it exactly, but not beyond seconds.
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

/// Converts the error of a C function that the program called directly, through [`sys`](crate::sys).
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
