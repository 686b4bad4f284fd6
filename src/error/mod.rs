//! Errors: what failed, on what, and why.
//!
//! [`Errno`] is libzmq's number, [`ErrorKind`] the word for it, and [`Error`] tells both together with the operation and
//! its subject.

mod errno;

use std::fmt;
use std::io;

use crate::macros::words;
use crate::socket::kinds::SocketType;

use errno::Suffix;

pub use errno::{Errno, ErrorKind};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this crate: what failed, on what, and why.
///
/// It prints as a sentence that names all three, with the remedy where there is one.
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
pub struct Error {
    detail: Option<Box<Detail>>,
    errno: Errno,
    kind: ErrorKind,
    operation: Operation,
    socket: Option<SocketType>,
}

/// What an error on a hot path does without: the texts.
#[derive(Default)]
struct Detail {
    subject: Option<Box<str>>,
    value: Option<Box<str>>,
    reason: Option<Box<str>>,
}

impl Error {
    /// An operation that libzmq refused.
    #[cold]
    pub(crate) fn new(operation: Operation, errno: Errno) -> Self {
        let plain = |errno: Errno, kind| Self { detail: None, errno, kind, operation, socket: None };
        match errno {
            Errno::FORKED => plain(Errno::EINTR, ErrorKind::Forked)
                .because("the process was forked, and what was made before the fork belongs to the parent"),
            Errno::REENTERED => plain(Errno::EFSM, ErrorKind::Reentered)
                .because("the socket is in use further up in this thread's calls"),
            Errno::ENDED => plain(Errno::ENOTSOCK, ErrorKind::Ended)
                .because("the monitored socket is gone, or another monitor took this one's place"),
            errno => plain(errno, errno.kind()),
        }
    }

    /// An operation on an endpoint or an option that libzmq refused.
    #[cold]
    pub(crate) fn on(operation: Operation, subject: impl Into<Box<str>>, errno: Errno) -> Self {
        let mut error = Self::new(operation, errno);
        error.detail().subject = Some(subject.into());
        error
    }

    /// A value that the crate refuses before libzmq sees it.
    #[cold]
    pub(crate) fn invalid(operation: Operation, subject: impl Into<Box<str>>, reason: impl Into<Box<str>>) -> Self {
        Self::on(operation, subject, Errno::EINVAL).because(reason)
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

    /// Whether the operation would have to wait, or waited for as long as its timeout allows.
    #[must_use]
    pub fn is_would_block(&self) -> bool {
        self.kind == ErrorKind::WouldBlock
    }

    /// What the number alone does not say, where operation and socket type do.
    fn hint(&self) -> Option<&'static str> {
        Some(match (self.kind, self.operation, self.socket?) {
            (ErrorKind::WrongState, Operation::Send, SocketType::Req) => "a reply has to be received first",
            (ErrorKind::WrongState, Operation::Receive, SocketType::Req) => "a request has to be sent first",
            (ErrorKind::WrongState, Operation::Send, SocketType::Rep) => "a request has to be received first",
            (ErrorKind::WrongState, Operation::Receive, SocketType::Rep) => "a reply has to be sent first",
            (ErrorKind::NotSupported, Operation::Send, _) => "sockets of this type only receive",
            (ErrorKind::NotSupported, Operation::Receive, _) => "sockets of this type only send",
            (ErrorKind::HostUnreachable, Operation::Send, _) => "no peer has the routing id in the first frame",
            (ErrorKind::WouldBlock, Operation::Send, _) => "no peer can take the message now",
            (ErrorKind::WouldBlock, Operation::Receive, _) => "no message is there",
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.operation)?;
        let detail = self.detail.as_deref();
        if let Some(subject) = detail.and_then(|detail| detail.subject.as_deref()) {
            match self.operation.takes_a_name() {
                true => write!(f, " {subject}")?,
                false => write!(f, " {subject:?}")?,
            }
        } else if let Some(socket) = self.socket {
            write!(f, " on a {socket} socket")?;
        }
        if let Some(value) = detail.and_then(|detail| detail.value.as_deref()) {
            write!(f, " to {value}")?;
        }
        match (detail.and_then(|detail| detail.reason.as_deref()), self.hint()) {
            // The crate's own words for an EINVAL are the whole story.
            (Some(reason), _) if self.errno == Errno::EINVAL => write!(f, ": {reason}"),
            (Some(reason), _) => write!(f, ": {reason}{}", Suffix(self.errno)),
            (None, Some(hint)) => write!(f, ": {hint}{}", Suffix(self.errno)),
            (None, None) => write!(f, ": {}", self.errno),
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

words! {
    /// What was attempted when an [`Error`] came up.
    Operation {
        /// Checking the libzmq that is loaded.
        LoadLibrary = "use the libzmq that is loaded",
        /// Making a context.
        CreateContext = "create a context",
        /// Setting an option of a context.
        SetContextOption = "set the context's",
        /// Reading an option of a context.
        GetContextOption = "read the context's",
        /// Shutting a context down.
        Shutdown = "shut the context down",
        /// Reading a socket type from text.
        ParseSocketType = "read the socket type",
        /// Reading a security mechanism from text.
        ParseMechanism = "read the mechanism",
        /// Reading a capability from text.
        ParseCapability = "read the capability",
        /// Reading an endpoint from text.
        ParseEndpoint = "read the endpoint",
        /// Opening a socket.
        OpenSocket = "open a socket of type",
        /// Binding a socket.
        Bind = "bind",
        /// Connecting a socket.
        Connect = "connect",
        /// Unbinding a socket.
        Unbind = "unbind",
        /// Disconnecting a socket.
        Disconnect = "disconnect",
        /// Setting an option of a socket.
        SetOption = "set",
        /// Reading an option of a socket.
        GetOption = "read",
        /// Sending.
        Send = "send",
        /// Receiving.
        Receive = "receive",
        /// Making a message.
        CreateMessage = "create a message",
        /// Reading a message as text.
        ReadText = "read the message as text",
        /// Waiting for sockets.
        Wait = "wait",
        /// Handing a socket to an asynchronous runtime.
        Register = "register with the runtime",
        /// Making a poller.
        CreatePoller = "create a poller",
        /// Adding to a poller, or changing what is waited for.
        AddToPoller = "add to the poller",
        /// Taking out of a poller.
        RemoveFromPoller = "find in the poller",
        /// Encoding bytes in Z85.
        EncodeZ85 = "encode in Z85",
        /// Decoding a text in Z85.
        DecodeZ85 = "decode the Z85 text",
        /// Making a pair of CURVE keys.
        CreateKeyPair = "create a CURVE key pair",
        /// Deriving the public key from the secret one.
        DerivePublicKey = "derive the public key",
        /// Reading a public key from text or bytes.
        ReadPublicKey = "read the public key",
        /// Reading a secret key from text or bytes.
        ReadSecretKey = "read the secret key",
        /// Adding a timer to a set.
        AddTimer = "add a timer",
        /// Changing the interval of a timer.
        SetTimerInterval = "set the interval of timer",
        /// Starting the interval of a timer anew.
        ResetTimer = "reset timer",
        /// Guarding a timer.
        GuardTimer = "guard timer",
        /// Monitoring a socket.
        Monitor = "monitor the socket",
        /// Waiting until a peer is connected.
        WaitConnected = "wait for a peer",
        /// Starting a proxy.
        StartProxy = "start the proxy",
        /// Passing messages on in a proxy, or steering one.
        Proxy = "run the proxy",
        /// Starting an authenticator.
        StartAuthenticator = "start the authenticator",
        /// Reading a range of addresses from text.
        ReadAddressRange = "read the address range",
        /// Reading a certificate from a file.
        LoadCertificate = "load the certificate",
        /// Writing a certificate to a file.
        SaveCertificate = "save the certificate",
        /// Setting a property of a certificate.
        SetMetadata = "set the certificate's property",
        /// Reading a directory of certificates.
        ReadCertificates = "read the certificates in",
        /// Making a socket as a configuration says.
        ApplyConfig = "apply the configuration",
    }
}

impl Operation {
    /// Whether its subject is a word of the API, which prints bare, rather than a user's text, which prints in quotes.
    fn takes_a_name(self) -> bool {
        use Operation::{AddTimer, GuardTimer, ResetTimer, SetTimerInterval};
        use Operation::{CreateMessage, GetContextOption, GetOption, OpenSocket, SetContextOption, SetOption};
        matches!(self, CreateMessage | GetContextOption | GetOption | OpenSocket | SetContextOption | SetOption)
            || matches!(self, AddTimer | GuardTimer | ResetTimer | SetTimerInterval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_a_pointer_and_an_errno_wide() {
        assert_eq!(size_of::<Error>(), size_of::<*const ()>() + 8);
        assert_eq!(size_of::<Option<Error>>(), size_of::<Error>());
    }

    #[test]
    fn an_unknown_errno_survives_and_prints_as_the_system_names_it() {
        let errno = Errno::from_raw(libc::ELOOP);
        assert_eq!(errno.to_raw(), libc::ELOOP);
        assert_eq!(errno.kind(), ErrorKind::Other);
        assert_eq!(errno.to_string(), io::Error::from_raw_os_error(libc::ELOOP).to_string());
        let errno = Errno::from_raw(999_999);
        assert!(errno.to_string().contains("999999"), "{errno}");
        assert_eq!(format!("{errno:?}"), "Errno(999999)");
    }

    #[test]
    fn a_sentence_names_operation_subject_and_errno() {
        let error = Error::on(Operation::Bind, "tcp://127.0.0.1:5555", Errno::EADDRINUSE);
        let text = r#"cannot bind "tcp://127.0.0.1:5555": the address is already in use (EADDRINUSE)"#;
        assert_eq!(error.to_string(), text);
        assert_eq!(error.subject(), Some("tcp://127.0.0.1:5555"));
        let error = Error::new(Operation::Send, Errno::EFSM).on_socket(Some(SocketType::Req));
        assert_eq!(error.to_string(), "cannot send on a REQ socket: a reply has to be received first (EFSM)");
        let error = Error::on(Operation::SetOption, "send_hwm", Errno::EINVAL).with_value("-3").because("too small");
        assert_eq!(error.to_string(), "cannot set send_hwm to -3: too small");
    }

    #[test]
    fn an_io_error_keeps_kind_and_source() {
        let error = io::Error::from(Error::new(Operation::Receive, Errno::EAGAIN));
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let source = error.get_ref().and_then(|source| source.downcast_ref::<Error>());
        assert_eq!(source.map(Error::errno), Some(Errno::EAGAIN));
    }
}
