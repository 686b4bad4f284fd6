//! Error numbers, and the words for them: everything that is known of an errno stands in the one table below.

use std::ffi::c_int;
use std::fmt;
use std::io;

/// The numbers, by their C names: the system's, and ZeroMQ's own.
mod numbers {
    pub(super) use libc::*;

    pub(super) use crate::sys::errno::*;
}

/// An error number of libzmq: one of the system's, or one of its own.
///
/// Every number is a value of this type; the constants name those that libzmq documents.
///
/// # Examples
/// ```
/// use zmq::{Errno, ErrorKind};
///
/// assert_eq!(Errno::ETERM.kind(), ErrorKind::ContextTerminated);
/// assert_eq!(Errno::EADDRINUSE.to_string(), "the address is already in use (EADDRINUSE)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(c_int);

impl Errno {
    /// Wraps a number, whichever it is.
    #[must_use]
    pub const fn from_raw(number: c_int) -> Self {
        Self(number)
    }

    /// Returns the number.
    #[must_use]
    pub const fn to_raw(self) -> c_int {
        self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => write!(f, "{text}{}", Suffix(*self)),
            // The system's own words for a number of the system; it says "unknown error" for others.
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
/// `Kind = ERRNO, "text";` makes a kind with its errno; the lines of `also` give further errnos to a kind that exists;
/// those of `ours` are kinds that libzmq has no number for.
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
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$errno => Some(stringify!($errno)),)*
                    $(Self::$also => Some(stringify!($also)),)*
                    _ => None,
                }
            }

            /// Returns the kind of error that this number stands for.
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

        /// What went wrong, in words.
        ///
        /// Several errnos may share a kind: [`Error::errno`](crate::Error::errno) has the number itself.
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
        /// The operation would have to block, and may not.
        WouldBlock = EAGAIN, "the operation would block";
        /// The context was shut down: every call on its sockets ends with this.
        ContextTerminated = ETERM, "the context was terminated";
        /// A signal arrived. The crate repeats the call, so that this surfaces only through what cannot be repeated.
        Interrupted = EINTR, "interrupted by a signal";
        /// The socket's state does not allow it: a second request before the reply, for example.
        WrongState = EFSM, "the operation is not possible in the socket's current state";
        /// The socket type, or this build of libzmq, cannot do it.
        NotSupported = ENOTSUP, "not supported";
        /// A value is not acceptable.
        InvalidInput = EINVAL, "an argument is invalid";
        /// Another socket holds the address.
        AddressInUse = EADDRINUSE, "the address is already in use";
        /// The address is not one of this machine's.
        AddressNotAvailable = EADDRNOTAVAIL, "the address is not one of this machine's";
        /// There is no such network interface.
        NoSuchDevice = ENODEV, "no such interface or device";
        /// No peer is known under this address or routing id.
        HostUnreachable = EHOSTUNREACH, "the peer cannot be reached";
        /// The peer refused the connection.
        ConnectionRefused = ECONNREFUSED, "the connection was refused";
        /// A timeout expired: that of a send, a receive or a wait, whose errno is `EAGAIN` where libzmq kept the time, or
        /// one of the network.
        TimedOut = ETIMEDOUT, "timed out";
        /// Something that was named does not exist: an endpoint that is not in use, or the directory of an ipc path.
        NotFound = ENOENT, "no such endpoint or file";
        /// A path does not fit a socket address.
        NameTooLong = ENAMETOOLONG, "the name is too long";
        /// This build of libzmq does not know the transport.
        UnsupportedProtocol = EPROTONOSUPPORT, "this libzmq does not know the transport";
        /// The transport cannot carry this type of socket.
        IncompatibleProtocol = ENOCOMPATPROTO, "the transport cannot carry this type of socket";
        /// The operating system refused it.
        PermissionDenied = EACCES, "permission denied";
        /// A limit on sockets or file descriptors is reached, to which dropped sockets count until libzmq has closed them.
        LimitReached = EMFILE, "the limit of sockets or file descriptors is reached";
        /// There is not enough memory.
        OutOfMemory = ENOMEM, "out of memory";
        /// The context has no I/O thread for it.
        NoIoThread = EMTHREAD, "the context has no I/O thread for it";
        /// A handle is not valid: only `unsafe` code can cause it.
        InvalidHandle = ENOTSOCK, "not a valid socket";
        /// The peer broke the protocol.
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
        /// An endpoint cannot be parsed, or libzmq would take it for something else.
        InvalidEndpoint;
        /// The peer was lost in the middle of a multipart message, of which nothing was delivered.
        PeerLost;
        /// The process was forked: what was made before belongs to the parent.
        Forked;
        /// The socket is in use further up in this thread's calls: a message that it freed had an owner whose `Drop`
        /// came back to it.
        Reentered;
        /// The monitored socket is gone, or another monitor took this one's place, and every event was received.
        Ended;
        /// The libzmq that is loaded does not fit the one that the program was built against.
        LibraryMismatch;
    }
}

/// The C name in parentheses, where the errno has one.
pub(super) struct Suffix(pub(super) Errno);

impl fmt::Display for Suffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.name() {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}
