//! How an operation waits: what it tries, what it hears, and when only a signal can help.

use std::io;
use std::task::{Context, Poll, ready};

use super::Runtime;
use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::socket::Socket;
use crate::socket::kinds::{Ability, Kind};

/// How many operations in a row a socket may still do before the runtime's other tasks get their turn.
#[derive(Debug)]
pub(super) struct Budget(u32);

impl Budget {
    const FULL: Self = Self(128);

    pub(super) const fn new() -> Self {
        Self::FULL
    }

    /// Takes one operation; `false` where none is left.
    #[inline]
    pub(super) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    /// Takes one operation, or gives the other tasks their turn first.
    #[inline]
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.take() {
            return Poll::Ready(());
        }
        *self = Self::FULL;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Asks the runtime for the next signal.
#[inline]
pub(super) fn poll_signal<R: Runtime>(runtime: &R, cx: &mut Context<'_>, operation: Operation) -> Poll<Result<()>> {
    runtime.poll_signal(cx).map_err(|error| io_error(operation, &error))
}

#[cold]
pub(super) fn io_error(operation: Operation, error: &io::Error) -> Error {
    let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
    Error::new(operation, errno).because(format!("the runtime cannot wait for the socket: {error}"))
}

/// How far an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is to be tried.
    New,
    /// It was tried in vain, and libzmq may have more to say.
    Tried,
    /// All that libzmq had to say was heard, and nobody else asked since: only a signal changes anything.
    Heard,
}

/// Polls a receive, or anything else that hears all that libzmq has to say when it would block.
#[inline]
pub(super) fn poll_receive<T>(
    stage: &mut Stage,
    mut attempt: impl FnMut() -> Result<Option<T>>,
    mut signal: impl FnMut(Operation) -> Poll<Result<()>>,
) -> Poll<Result<T>> {
    loop {
        if *stage == Stage::Heard {
            ready!(signal(Operation::Receive))?;
        }
        match attempt() {
            Ok(Some(received)) => return Poll::Ready(Ok(received)),
            Ok(None) => *stage = Stage::Heard,
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// Polls a send; `message` is taken when it is sent or refused.
///
/// One that would block has not heard all that libzmq has to say: that takes a look at the events.
pub(super) fn poll_send<K: Kind, M>(
    socket: &Socket<K>,
    stage: &mut Stage,
    message: &mut Option<M>,
    attempt: impl Fn(M) -> Result<(), SendError<M>>,
    mut signal: impl FnMut(Operation) -> Poll<Result<()>>,
) -> Poll<Result<(), SendError<M>>> {
    loop {
        let may_send = match stage {
            Stage::New => Ok(true),
            // By this look, a router's peer that left may be gone: a send finds that, and the events do not say it.
            Stage::Tried => socket.events().map(|events| events.is_writable() || is_router(socket)),
            Stage::Heard => ready!(signal(Operation::Send)).map(|()| true),
        };
        // Polled after its end, it waits for ever.
        let Some(to_send) = message.take() else { return Poll::Pending };
        match may_send {
            Err(error) => return Poll::Ready(Err(SendError { error, message: to_send })),
            Ok(false) => *message = Some(to_send),
            Ok(true) => match unsent(attempt(to_send)) {
                Ok(None) => return Poll::Ready(Ok(())),
                Ok(left) => *message = left,
                Err(refused) => return Poll::Ready(Err(refused)),
            },
        }
        *stage = match stage {
            Stage::Tried => Stage::Heard,
            Stage::New | Stage::Heard => Stage::Tried,
        };
    }
}

fn is_router<K: Kind>(socket: &Socket<K>) -> bool {
    socket.socket_type().can(Ability::Routes)
}

/// Returns what a send that was tried leaves to be sent.
#[inline]
pub(super) fn unsent<M>(tried: Result<(), SendError<M>>) -> Result<Option<M>, SendError<M>> {
    match tried {
        Ok(()) => Ok(None),
        Err(refused) if refused.error.is_would_block() => Ok(Some(refused.message)),
        Err(refused) => Err(refused),
    }
}
