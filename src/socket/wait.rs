//! Waiting in sends and receives that do not succeed immediately.

use std::ffi::c_int;
use std::time::Duration;

use super::Core;
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation};
use crate::raw::{Direction, FromOption, RawSocket, uninterrupted};
use crate::sys;

/// The time after which a send checks if libzmq waits for a peer that has left.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// The time for which a send or a receive waits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wait {
    /// For the socket's own timeout.
    Configured,
    Never,
    /// `None` is forever. The socket's timeout is ignored.
    For(Option<Duration>),
}

/// One attempt at a send or a receive, with these flags.
pub(super) type Attempt<'a> = &'a mut dyn FnMut(c_int) -> Result<(), Failure>;

impl Wait {
    /// Returns the flags of the first attempt.
    #[inline]
    pub(super) fn first_flags(self, configured: c_int) -> c_int {
        match self {
            Self::Configured => configured,
            Self::Never | Self::For(_) => sys::ZMQ_DONTWAIT,
        }
    }

    /// Waits and retries after a failed first attempt. With `looks`, the events are read after each attempt that would block,
    /// because this makes libzmq process the end of peers.
    #[cold]
    pub(super) fn go_on(
        self,
        raw: &RawSocket,
        direction: Direction,
        looks: bool,
        mut failure: Failure,
        attempt: Attempt<'_>,
    ) -> Result<(), Failure> {
        let flags = self.first_flags(raw.flags(direction));
        if failure.is(Errno::EINTR) {
            match uninterrupted(|| attempt(flags)) {
                Ok(()) => return Ok(()),
                Err(next) => failure = next,
            }
        }
        let timeout = match self {
            _ if !failure.is(Errno::EAGAIN) => return Err(failure),
            Self::Never | Self::For(Some(Duration::ZERO)) => return look(raw, looks, attempt),
            Self::For(timeout) => timeout,
            // libzmq has waited itself, or must not wait.
            Self::Configured if flags != sys::ZMQ_DONTWAIT => return look(raw, looks, attempt),
            Self::Configured => <Option<Duration>>::read(raw, direction.timeout())?,
        };
        let deadline = Deadline::after(timeout);
        if !looks {
            return raw.until(direction, deadline, attempt);
        }
        loop {
            match look(raw, looks, attempt) {
                Err(failure) if failure.is(Errno::EAGAIN) => {}
                result => return result,
            }
            let until = deadline.min(Deadline::after(LOOK_INTERVAL));
            match raw.until(direction, until, attempt) {
                Err(failure) if failure.is(Errno::EAGAIN) && until < deadline => {}
                result => return result,
            }
        }
    }

    /// Returns the error of a send or a receive that waited in this way.
    #[cold]
    pub(super) fn error(self, core: &Core, direction: Direction, failure: impl Into<Failure>) -> Error {
        let (operation, failure) = (operation(direction), failure.into());
        let timeout = match self {
            _ if !failure.is(Errno::EAGAIN) => None,
            Self::Never => None,
            Self::For(timeout) => timeout,
            Self::Configured => <Option<Duration>>::read(&core.raw, direction.timeout()).unwrap_or_default(),
        };
        let error = timeout.map(|timeout| Error::timed_out(operation, Errno::EAGAIN, timeout));
        error.unwrap_or_else(|| Error::new(operation, failure)).on_socket(Some(core.socket_type))
    }
}

/// Retries after an attempt that would block, if reading the events may change the outcome.
fn look(raw: &RawSocket, looks: bool, attempt: Attempt<'_>) -> Result<(), Failure> {
    if !looks {
        return Err(Failure::Errno(Errno::EAGAIN));
    }
    raw.get_int(sys::ZMQ_EVENTS)?;
    uninterrupted(|| attempt(sys::ZMQ_DONTWAIT))
}

fn operation(direction: Direction) -> Operation {
    match direction {
        Direction::Send => Operation::Send,
        Direction::Receive => Operation::Receive,
    }
}
