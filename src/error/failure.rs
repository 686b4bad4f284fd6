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
    /// The crate refuses the call for this reason, with the number that libzmq gives for the like.
    #[cfg(feature = "draft")]
    Refused(Errno, &'static str),
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
            Self::Refused(errno, _) => errno,
            Self::Ended => Errno::ENOTSOCK,
            Self::NoThread => Errno::EAGAIN,
        }
    }
}

impl From<Errno> for Failure {
    #[inline]
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}
