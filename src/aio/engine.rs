//! The waiting of operations: attempts, pending notifications of libzmq, and signals.

use std::io;
use std::task::{Context, Poll, ready};

use super::Runtime;
use crate::error::{Errno, Error, Operation, Result, SendError};
use crate::socket::Socket;
use crate::socket::kinds::{Ability, Kind};

/// The number of operations that a socket may still run before it yields to other tasks.
#[derive(Debug)]
pub(super) struct Budget(u32);

impl Budget {
    /// The number of operations of a full budget.
    pub(super) const OPERATIONS: u32 = 128;
    const FULL: Self = Self(Self::OPERATIONS);

    pub(super) const fn new() -> Self {
        Self::FULL
    }

    /// Takes one operation from the budget. Returns `false` if none is left.
    #[inline]
    pub(super) fn take(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }

    /// Takes one operation from the budget, or yields to other tasks first.
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

/// Polls the runtime for the next signal.
#[inline]
pub(super) fn poll_signal<R: Runtime>(runtime: &R, cx: &mut Context<'_>, operation: Operation) -> Poll<Result<()>> {
    runtime.poll_signal(cx).map_err(|error| io_error(operation, &error))
}

#[cold]
pub(super) fn io_error(operation: Operation, error: &io::Error) -> Error {
    let errno = Errno::from_raw(error.raw_os_error().unwrap_or(0));
    Error::new(operation, errno).because(format!("the runtime cannot wait for the socket: {error}"))
}

/// The stage of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not attempted yet.
    New,
    /// Attempted without success, and libzmq may have pending notifications.
    Tried,
    /// All notifications of libzmq were processed, and no other call was made since, so only a signal can bring
    /// progress.
    Drained,
}

/// Polls a receive, or another operation that processes all notifications of libzmq if it would block.
#[inline]
pub(super) fn poll_receive<T>(
    stage: &mut Stage,
    mut attempt: impl FnMut() -> Result<Option<T>>,
    mut signal: impl FnMut(Operation) -> Poll<Result<()>>,
) -> Poll<Result<T>> {
    loop {
        if *stage == Stage::Drained {
            ready!(signal(Operation::Receive))?;
        }
        match attempt() {
            Ok(Some(received)) => return Poll::Ready(Ok(received)),
            Ok(None) => *stage = Stage::Drained,
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

/// Polls a send; `message` is taken when it is sent or refused.
///
/// A send that would block has not processed all notifications of libzmq; reading the events does.
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
            // Reading the events may have removed a router's peer that left. A send detects this, but the events do not
            // report it.
            Stage::Tried => socket.events().map(|events| events.is_writable() || is_router(socket)),
            Stage::Drained => ready!(signal(Operation::Send)).map(|()| true),
        };
        // A poll after the end stays pending forever.
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
            Stage::Tried => Stage::Drained,
            Stage::New | Stage::Drained => Stage::Tried,
        };
    }
}

fn is_router<K: Kind>(socket: &Socket<K>) -> bool {
    socket.socket_type().can(Ability::Routes)
}

/// Returns the message that an attempted send has left to be sent.
#[inline]
pub(super) fn unsent<M>(tried: Result<(), SendError<M>>) -> Result<Option<M>, SendError<M>> {
    match tried {
        Ok(()) => Ok(None),
        Err(refused) if refused.error.is_would_block() => Ok(Some(refused.message)),
        Err(refused) => Err(refused),
    }
}
