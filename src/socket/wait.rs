//! How long a call waits, and what it does when it did not succeed at once.

use std::time::{Duration, Instant};

use super::Core;
use crate::error::{Errno, Error, Failure, Operation};
use crate::raw::FromOption;
use crate::sys;

/// How long a send or a receive waits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    /// For as long as the socket's timeout says.
    Configured,
    Never,
    /// `None` is forever, whatever the socket's timeout is.
    For(Option<Duration>),
}

/// One direction of a socket: what [`Wait`] needs to know of it.
pub(super) trait Transfer {
    /// What the first attempt of [`Wait::Configured`] passes.
    fn configured_flags(&self) -> i32;
    fn configured_timeout(&self) -> Result<Option<Duration>, Failure>;
    fn attempt(&mut self, flags: i32) -> Result<(), Failure>;
    fn until(&mut self, deadline: Option<Instant>) -> Result<(), Failure>;

    /// Tries once more after an attempt that would block, where libzmq has more to say than it said to that.
    fn look(&mut self) -> Result<(), Failure> {
        Err(Failure::Errno(Errno::EAGAIN))
    }
}

impl Wait {
    /// Makes the first attempt, which is all that a call does where nothing has to be waited for.
    #[inline]
    pub(super) fn run(self, transfer: &mut impl Transfer) -> Result<(), Failure> {
        let flags = self.first_flags(transfer.configured_flags());
        match transfer.attempt(flags) {
            Ok(()) => Ok(()),
            Err(failure) => self.go_on(transfer, flags, failure),
        }
    }

    /// Returns the flags of the first attempt.
    #[inline]
    pub(super) fn first_flags(self, configured: i32) -> i32 {
        match self {
            Self::Configured => configured,
            Self::Never | Self::For(_) => sys::ZMQ_DONTWAIT,
        }
    }

    /// Goes on after a first attempt that failed.
    #[cold]
    pub(super) fn go_on(self, transfer: &mut impl Transfer, flags: i32, mut failure: Failure) -> Result<(), Failure> {
        while failure.is(Errno::EINTR) {
            match transfer.attempt(flags) {
                Ok(()) => return Ok(()),
                Err(next) => failure = next,
            }
        }
        let timeout = match self {
            _ if !failure.is(Errno::EAGAIN) => return Err(failure),
            Self::Never | Self::For(Some(Duration::ZERO)) => return transfer.look(),
            Self::For(timeout) => timeout,
            // libzmq waited itself, or was told not to.
            Self::Configured if flags != sys::ZMQ_DONTWAIT => return transfer.look(),
            Self::Configured => transfer.configured_timeout()?,
        };
        // A time that is too far away for the clock is forever.
        transfer.until(timeout.and_then(|timeout| Instant::now().checked_add(timeout)))
    }

    /// Returns the error of a send or a receive that waited like this.
    #[cold]
    pub(super) fn error(self, core: &Core, operation: Operation, failure: Failure) -> Error {
        let timeout = match self {
            _ if !failure.is(Errno::EAGAIN) => None,
            Self::Never => None,
            Self::For(timeout) => timeout,
            Self::Configured => {
                let option = if operation == Operation::Send { sys::ZMQ_SNDTIMEO } else { sys::ZMQ_RCVTIMEO };
                <Option<Duration>>::read(&core.raw, option).unwrap_or_default()
            }
        };
        let error = timeout.map(|timeout| Error::timed_out(operation, Errno::EAGAIN, timeout));
        error.unwrap_or_else(|| Error::new(operation, failure)).on_socket(Some(core.socket_type))
    }
}
