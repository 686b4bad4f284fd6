//! The tasks that wait for one socket: one to send, and one to receive.

use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::Runtime;
use super::engine::poll_signal;
use crate::error::{Operation, Result};
use crate::events::Events;
use crate::lock::Mutex;
use crate::socket::Socket;
use crate::socket::kinds::{Fact, Kind};

/// The waiting tasks, one for each direction. A signal wakes both, because either may be able to continue.
///
/// Waking and dropping a waker runs code of the program, so neither happens while this is locked.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Tasks>);

#[derive(Debug, Default)]
struct Tasks {
    sender: Option<Waker>,
    receiver: Option<Waker>,
}

/// A direction.
#[derive(Clone, Copy, Debug)]
pub(super) enum Half {
    Sender,
    Receiver,
}

/// The state of the tasks after an operation.
pub(super) struct Settled {
    /// `true` if a task is still waiting.
    pub(super) waits: bool,
    /// The wakers to wake.
    woken: [Option<Waker>; 2],
}

impl Settled {
    pub(super) fn wake(self) {
        self.woken.into_iter().flatten().for_each(Waker::wake);
    }
}

impl Waiting {
    /// Registers both tasks for the next signal, of which `cx` is that of `half`, and polls the runtime for the signal.
    pub(super) fn poll_signal<R: Runtime>(
        self: &Arc<Self>,
        half: Half,
        runtime: &R,
        cx: &mut Context<'_>,
        operation: Operation,
    ) -> Poll<Result<()>> {
        // The waker is stored before polling the runtime, which may wake from then on.
        drop(self.replace(half, Some(cx.waker().clone())));
        let both = Waker::from(Arc::clone(self));
        poll_signal(runtime, &mut Context::from_waker(&both), operation)
    }

    /// Updates the tasks after an operation of one half, which is done or waits, and returns the wakers of the tasks
    /// that no longer need to wait.
    ///
    /// The operation may have processed a notification that the other half waits for. Reading the events to find out
    /// consumes the signal of changes since the attempt, so the own half has to be checked too.
    pub(super) fn settle<K: Kind>(&self, half: Half, socket: &Socket<K>, is_done: bool) -> Settled {
        let other = half.other();
        let (done, own_waits, other_waits) = {
            let mut tasks = self.0.lock();
            let done = if is_done { tasks.of(half).take() } else { None };
            (done, tasks.of(half).is_some(), tasks.of(other).is_some())
        };
        drop(done);
        if !other_waits {
            return Settled { waits: own_waits, woken: [None, None] };
        }
        let events = socket.events();
        // Each half finds an error by itself.
        let was_notified = |half: Half| events.as_ref().map_or(true, |events| events.intersects(half.waits_for()));
        let wakes_own = own_waits && was_notified(half) && (events.is_err() || half.can_proceed(socket));
        let wakes_other = was_notified(other);
        let take = |half, is_woken: bool| if is_woken { self.replace(half, None) } else { None };
        let woken = [take(half, wakes_own), take(other, wakes_other)];
        Settled { waits: own_waits && !wakes_own || !wakes_other, woken }
    }

    fn replace(&self, half: Half, waker: Option<Waker>) -> Option<Waker> {
        mem::replace(self.0.lock().of(half), waker)
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let Tasks { sender, receiver } = mem::take(&mut *self.0.lock());
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

    /// Returns `true` if readiness lets this half continue. Some sockets are writable even while the peer that a
    /// message is addressed to is full, so a send that woke its own task would loop.
    fn can_proceed<K: Kind>(self, socket: &Socket<K>) -> bool {
        match self {
            Self::Sender => !socket.socket_type().has(Fact::WritableWhenFull),
            Self::Receiver => true,
        }
    }

    fn waits_for(self) -> Events {
        match self {
            Self::Sender => Events::WRITABLE,
            Self::Receiver => Events::READABLE,
        }
    }
}
