//! The tasks that wait for one socket: one in order to send, and one in order to receive.

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
    /// `true` if a task is still waiting.
    pub(super) waits: bool,
    /// The wakers that are to be woken.
    woken: [Option<Waker>; 2],
}

impl Settled {
    pub(super) fn wake(self) {
        self.woken.into_iter().flatten().for_each(Waker::wake);
    }
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

    /// Comes after an operation of one half, which is done or waits, and returns the wakers of those that need not wait any
    /// more.
    ///
    /// The operation may have heard what the other half waits for. The look that says so takes away the signal of what came
    /// since the operation was tried, and so it is to tell the own half too.
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
        // An error is for each of them to find.
        let heard = |half: Half| events.as_ref().map_or(true, |events| events.intersects(half.waits_for()));
        let wakes_own = own_waits && heard(half) && (events.is_err() || half.can_go_on(socket));
        let wakes_other = heard(other);
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

    /// Returns `true` if readiness lets this half continue. Some sockets are writable while the peer that
    /// a message is for is full, so a send that woke its own task would loop.
    fn can_go_on<K: Kind>(self, socket: &Socket<K>) -> bool {
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
