//! The tasks that wait for one socket: one in order to send, and one in order to receive.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::Runtime;
use super::engine::poll_signal;
use crate::error::{Operation, Result};
use crate::events::Events;
use crate::socket::Socket;
use crate::socket::kinds::Kind;

/// The tasks that wait, one for each direction. A signal wakes both: either may be able to go on.
///
/// What a waker does, and its drop, is the program's: none of it happens while this is locked.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    sender: Option<Waker>,
    receiver: Option<Waker>,
}

/// One of the two, as the other one is told about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Half {
    Sender,
    Receiver,
}

/// How the tasks stand after an operation.
pub(super) struct Settled {
    /// Whether one of them waits still.
    pub(super) waits: bool,
    /// The other half's waker, which is to be woken.
    pub(super) other: Option<Waker>,
}

impl Waiting {
    /// Has a signal wake both tasks, of which `cx` is that of `half`, and asks the runtime for it.
    pub(super) fn poll_signal<R: Runtime>(
        self: &Arc<Self>,
        half: Half,
        runtime: &R,
        cx: &mut Context<'_>,
        operation: Operation,
    ) -> Poll<Result<()>> {
        // Before the runtime is asked, which wakes from then on.
        drop(self.replace(half, Some(cx.waker().clone())));
        let both = Waker::from(Arc::clone(self));
        poll_signal(runtime, &mut Context::from_waker(&both), operation)
    }

    /// Comes after an operation of one half, which is done or waits, and returns the other one's waker where the operation
    /// heard what that waits for.
    pub(super) fn settle<K: Kind>(&self, half: Half, socket: &Socket<K>, is_done: bool) -> Settled {
        let (own, own_waits, other_waits) = {
            let mut tasks = self.lock();
            let own = if is_done { tasks.of(half).take() } else { None };
            (own, tasks.of(half).is_some(), tasks.of(half.other()).is_some())
        };
        drop(own);
        // An error is the other half's to find.
        let heard = other_waits && socket.events().map_or(true, |events| events.intersects(half.other().waits_for()));
        let other = if heard { self.replace(half.other(), None) } else { None };
        Settled { waits: own_waits || other_waits && !heard, other }
    }

    fn replace(&self, half: Half, waker: Option<Waker>) -> Option<Waker> {
        mem::replace(self.lock().of(half), waker)
    }

    fn lock(&self) -> MutexGuard<'_, Tasks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let Tasks { sender, receiver } = mem::take(&mut *self.lock());
        [sender, receiver].into_iter().flatten().for_each(Waker::wake);
    }
}

impl Tasks {
    fn of(&mut self, half: Half) -> &mut Option<Waker> {
        match half {
            Half::Sender => &mut self.sender,
            Half::Receiver => &mut self.receiver,
        }
    }
}

impl Half {
    fn other(self) -> Self {
        match self {
            Self::Sender => Self::Receiver,
            Self::Receiver => Self::Sender,
        }
    }

    fn waits_for(self) -> Events {
        match self {
            Self::Sender => Events::WRITABLE,
            Self::Receiver => Events::READABLE,
        }
    }
}
