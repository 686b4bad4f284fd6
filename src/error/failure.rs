//! The failures of the raw layer.

use super::Errno;

/// The reason for which a call of the raw layer failed: a number of libzmq or the system, or one of the crate's own reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// libzmq or the system refused the call.
    Errno(Errno),
    /// The process was forked since the context was created.
    Forked,
    /// Another call on the socket runs further up in this thread's calls.
    Reentered,
    /// The last event of a monitor was received before.
    Ended,
    /// The system starts no more threads.
    NoThread,
    /// A send would continue a message of which frames were sent; the sender decides how.
    Begun,
    /// A send must be checked first; the raw layer checks it.
    #[cfg(feature = "draft")]
    Unchecked,
    /// The crate refuses the call.
    #[cfg(feature = "draft")]
    Refused(Refusal),
    /// A receive would overtake a frame that was received before; the raw layer returns that frame instead.
    Kept,
}

impl Failure {
    /// Returns `true` if libzmq or the system gave this number.
    #[inline]
    pub(crate) fn is(self, errno: Errno) -> bool {
        self == Self::Errno(errno)
    }

    /// Returns the number that libzmq gives for the like.
    pub(crate) fn errno(self) -> Errno {
        match self {
            Self::Errno(errno) => errno,
            Self::Forked => Errno::EINTR,
            Self::Reentered | Self::Begun | Self::Kept => Errno::EFSM,
            #[cfg(feature = "draft")]
            Self::Unchecked => Errno::EFSM,
            #[cfg(feature = "draft")]
            Self::Refused(refusal) => refusal.errno(),
            Self::Ended => Errno::ENOTSOCK,
            Self::NoThread => Errno::EAGAIN,
        }
    }
}

/// The reason why the crate refuses a message or an endpoint of a draft socket.
#[cfg(feature = "draft")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A RADIO would send the message to the group without a name.
    NoGroup,
    /// The group of a message over UDP has too many bytes.
    LongGroup,
    /// The message does not fit a datagram.
    LongMessage,
    /// The body of a datagram has too many bytes.
    LongBody,
    /// A DGRAM would send without an endpoint.
    Unbound,
    /// The endpoint of a DGRAM has ended.
    LostEndpoint,
    /// A RADIO may be sending messages that do not fit a datagram.
    LateUdp,
}

#[cfg(feature = "draft")]
impl Refusal {
    fn errno(self) -> Errno {
        match self {
            Self::NoGroup | Self::LongGroup => Errno::EINVAL,
            Self::LongMessage | Self::LongBody => Errno::EMSGSIZE,
            Self::Unbound | Self::LateUdp => Errno::EFSM,
            Self::LostEndpoint => Errno::ENOTCONN,
        }
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NoGroup => "the message has no group; call send_to_group, or Message::with_group",
            Self::LongGroup => "over udp, a group has at most 127 bytes",
            Self::LongMessage => "over udp, group and body have at most 8191 bytes together",
            Self::LongBody => "the body of a datagram has at most 8192 bytes",
            Self::Unbound => "the socket is not bound; bind it to a udp endpoint first",
            Self::LostEndpoint => "the system has refused the endpoint; open another socket",
            Self::LateUdp => "with this libzmq, connect udp endpoints before the first send",
        }
    }
}

impl From<Errno> for Failure {
    #[inline]
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}
