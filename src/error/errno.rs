//! Error numbers and their texts. The table below is the only place that describes an errno.

use std::ffi::c_int;
use std::fmt;
use std::io;

/// The numbers, by their C names: the system's, and ZeroMQ's own.
mod numbers {
    pub(super) use libc::*;

    pub(super) use crate::sys::errno::*;
}

/// An error number: one of the system's, or one of libzmq's own.
///
/// Every number is a valid value of this type. The constants name the numbers that libzmq documents.
///
/// # Examples
/// ```
/// use zmq::{Errno, ErrorKind};
///
/// assert_eq!(Errno::ETERM.kind(), ErrorKind::ContextTerminated);
/// assert_eq!(Errno::EADDRINUSE.to_string(), "the address is already in use (EADDRINUSE)");
/// ```
#[doc(alias = "zmq_strerror")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(c_int);

impl Errno {
    /// Creates an errno from any number.
    ///
    /// # Examples
    /// ```
    /// use zmq::Errno;
    ///
    /// let errno = Errno::from_raw(Errno::EAGAIN.to_raw());
    /// assert_eq!(errno, Errno::EAGAIN);
    /// assert_eq!(format!("{:?}", Errno::from_raw(999_999)), "Errno(999999)");
    /// ```
    #[must_use]
    pub const fn from_raw(number: c_int) -> Self {
        Self(number)
    }

    /// Returns the number.
    ///
    /// # Examples
    /// ```
    /// assert_ne!(zmq::Errno::ETERM.to_raw(), 0);
    /// ```
    #[must_use]
    pub const fn to_raw(self) -> c_int {
        self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "{text}{}", Suffix(*self)),
            // The system's own text; for unknown numbers it is "unknown error".
            None => io::Error::from_raw_os_error(self.0).fmt(f),
        }
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Errno({})", self.0),
        }
    }
}

/// Declares [`Errno`]'s constants and [`ErrorKind`]'s variants.
///
/// `Kind = ERRNO, "text";` declares a kind with its errno. The lines of `also` assign further errnos to existing kinds,
/// and the lines of `ours` declare kinds that libzmq has no number for.
macro_rules! errnos {
    (
        kinds { $($(#[$doc:meta])* $kind:ident = $errno:ident, $text:literal;)* }
        also { $($also:ident => $also_kind:ident, $also_text:literal;)* }
        ours { $($(#[$our_doc:meta])* $our_kind:ident;)* }
    ) => {
        impl Errno {
            $(
                #[doc = concat!("`", stringify!($errno), "`: ", $text, ".")]
                pub const $errno: Self = Self(numbers::$errno);
            )*
            $(
                #[doc = concat!("`", stringify!($also), "`: ", $also_text, ".")]
                pub const $also: Self = Self(numbers::$also);
            )*

            /// Returns the C name, or `None` for a number that the crate does not know.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::Errno::EAGAIN.name(), Some("EAGAIN"));
            /// ```
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$errno => Some(stringify!($errno)),)*
                    $(Self::$also => Some(stringify!($also)),)*
                    _ => None,
                }
            }

            /// Returns the category of this number.
            ///
            /// # Examples
            /// ```
            /// assert_eq!(zmq::Errno::EAGAIN.kind(), zmq::ErrorKind::WouldBlock);
            /// ```
            #[must_use]
            pub fn kind(self) -> ErrorKind {
                match self {
                    $(Self::$errno => ErrorKind::$kind,)*
                    $(Self::$also => ErrorKind::$also_kind,)*
                    _ => ErrorKind::Other,
                }
            }

            fn text(self) -> Option<&'static str> {
                match self {
                    $(Self::$errno => Some($text),)*
                    $(Self::$also => Some($also_text),)*
                    _ => None,
                }
            }
        }

        /// The category of an error.
        ///
        /// Several errnos may share a kind; [`Error::errno`](crate::Error::errno) returns the number itself.
        ///
        /// # Examples
        /// ```
        /// use zmq::{Context, ErrorKind, Pull};
        ///
        /// let socket = Context::new()?.socket(Pull)?;
        /// match socket.bind("tcp://127.0.0.1") {
        ///     Err(error) if error.kind() == ErrorKind::AddressInUse => println!("another server is running"),
        ///     Err(error) if error.kind() == ErrorKind::InvalidEndpoint => println!("check the configuration: {error}"),
        ///     result => drop(result?),
        /// }
        /// # Ok::<(), zmq::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(
                $(#[$doc])*
                #[doc = concat!("\n\nMaps to `", stringify!($errno), "`.")]
                $kind,
            )*
            $($(#[$our_doc])* $our_kind,)*
            /// Anything that the crate has no word for: [`Error::errno`](crate::Error::errno) has the number.
            Other,
        }
    };
}

errnos! {
    kinds {
        /// A non-blocking operation would have to block.
        WouldBlock = EAGAIN, "the operation would block";
        /// The context was shut down. Every call on its sockets fails with this kind.
        ContextTerminated = ETERM, "the context was terminated";
        /// A signal arrived. The crate retries interrupted calls, so this occurs only for operations that cannot be
        /// retried.
        Interrupted = EINTR, "interrupted by a signal";
        /// The socket's state does not allow the operation. An example is a second request before the reply.
        WrongState = EFSM, "the operation is not possible in the socket's current state";
        /// The socket type, or this build of libzmq, does not support the operation.
        NotSupported = ENOTSUP, "not supported";
        /// A value is invalid.
        InvalidInput = EINVAL, "an argument is invalid";
        /// Another socket is bound to the address.
        AddressInUse = EADDRINUSE, "the address is already in use";
        /// The address does not belong to this machine.
        AddressNotAvailable = EADDRNOTAVAIL, "the address is not available on this machine";
        /// The network interface does not exist.
        NoSuchDevice = ENODEV, "no such interface or device";
        /// No peer has this address or routing ID.
        HostUnreachable = EHOSTUNREACH, "the peer cannot be reached";
        /// The peer refused the connection.
        ConnectionRefused = ECONNREFUSED, "the connection was refused";
        /// A timeout of a send, a receive, a wait or the network expired. The errno is `EAGAIN` if libzmq measured the
        /// time.
        TimedOut = ETIMEDOUT, "timed out";
        /// The endpoint is not in use, or the directory of an IPC path does not exist.
        NotFound = ENOENT, "no such endpoint or file";
        /// The path does not fit a socket address.
        NameTooLong = ENAMETOOLONG, "the name is too long";
        /// This build of libzmq does not support the transport.
        UnsupportedProtocol = EPROTONOSUPPORT, "this libzmq does not know the transport";
        /// The transport does not support this type of socket.
        IncompatibleProtocol = ENOCOMPATPROTO, "the transport cannot carry this type of socket";
        /// The operating system denied the operation.
        PermissionDenied = EACCES, "permission denied";
        /// The limit of sockets or file descriptors is reached. Dropped sockets count until libzmq has closed them.
        LimitReached = EMFILE, "the limit of sockets or file descriptors is reached";
        /// There is not enough memory.
        OutOfMemory = ENOMEM, "out of memory";
        /// The context has no I/O thread for the operation.
        NoIoThread = EMTHREAD, "the context has no I/O thread for it";
        /// The handle is invalid. Only `unsafe` code can cause this.
        InvalidHandle = ENOTSOCK, "not a valid socket";
        /// The peer violated the protocol.
        Protocol = EPROTO, "protocol error";
    }
    also {
        EFAULT => InvalidHandle, "not a valid handle";
        EBADF => InvalidHandle, "not a valid file descriptor";
        EPERM => PermissionDenied, "operation not permitted";
        ENFILE => LimitReached, "the system's limit of file descriptors is reached";
        ENOBUFS => OutOfMemory, "no buffer space";
        EMSGSIZE => InvalidInput, "the message is too long";
        EAFNOSUPPORT => UnsupportedProtocol, "the address family is not supported";
        ENETDOWN => HostUnreachable, "the network is down";
        ENETUNREACH => HostUnreachable, "the network cannot be reached";
        ENETRESET => HostUnreachable, "the network dropped the connection";
        ECONNABORTED => HostUnreachable, "the connection was aborted";
        ECONNRESET => HostUnreachable, "the connection was reset by the peer";
        ENOTCONN => HostUnreachable, "not connected";
        EPIPE => HostUnreachable, "the connection is broken";
        EINPROGRESS => Other, "in progress";
        EBUSY => Other, "the resource is busy";
    }
    ours {
        /// The endpoint cannot be parsed, or libzmq would misinterpret it.
        InvalidEndpoint;
        /// The peer was lost in the middle of a multipart message, and no part of the message was delivered.
        PeerLost;
        /// The process was forked; objects created before the fork belong to the parent.
        Forked;
        /// The socket is already in use further up this thread's call stack. This happens if a call frees a message
        /// whose owner's `Drop` uses the socket again.
        Reentered;
        /// The monitored socket was closed, or another monitor replaced this one, and every event was received.
        Ended;
        /// The loaded libzmq is incompatible with the version that the program was built against.
        LibraryMismatch;
    }
}

/// The C name in parentheses, if the errno has one.
pub(super) struct Suffix(pub(super) Errno);

impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}
