//! The failures of the raw layer.

use super::Errno;

/// The reason why a call of the raw layer failed: a number of libzmq or the system, or one of the crate's own reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// libzmq or the system refused the call.
    Errno(Errno),
    /// The process was forked after the context was created.
    Forked,
    /// Another call on the socket is running further up this thread's call stack.
    Reentered,
    /// The last event of the monitor has already been received.
    Ended,
    /// The system cannot start another thread.
    NoThread,
    /// A send would continue a message of which frames were already sent. The sender decides how to proceed.
    Begun,
    /// A receive would overtake a frame that was received before. The raw layer returns that frame first.
    Kept,
}

impl Failure {
    /// Returns `true` if libzmq or the system returned this number.
    #[inline]
    pub(crate) fn is(self, errno: Errno) -> bool {
        self == Self::Errno(errno)
    }

    /// Returns the number that libzmq uses for similar failures.
    pub(crate) fn errno(self) -> Errno {
        match self {
            Self::Errno(errno) => errno,
            Self::Forked => Errno::EINTR,
            Self::Reentered | Self::Begun | Self::Kept => Errno::EFSM,
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
