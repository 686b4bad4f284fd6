//! The gate of a socket, which decides whether a call may start.
//!
//! A call must not start in a forked child, after a shutdown, or while another call on the same socket runs on the same
//! thread. Some calls have to be noted first, and others must not reach libzmq at all. Checking each of these before
//! every message would cost more than the message. Therefore the state of a gate is one number. If the number is the
//! current [epoch](life::epoch) of the process, the call starts. For any other value, the slow check decides.
//!
//! ```text
//!                     a call starts
//!        +----------------------------------------+
//!        |                                        v
//!   +---------+          the call ends        +------+    another call
//!   |  ready  | <---------------------------- | busy | ----------------> Reentered
//!   +---------+                               +------+
//!        |                                     ^    |
//!        | a reason to check                   |    | the call ends,
//!        | arises                  a checked   |    | and a reason
//!        v                        call starts  |    v remains
//!   +----------------------------------------------------+   a check fails
//!   |                     must check                     | ----------------> Forked, ETERM, Begun, Kept
//!   +----------------------------------------------------+
//! ```
//!
//! The reasons to check, and the outcome of the slow check for each:
//!
//! - **The socket is new, or the epoch advanced**: a context was shut down, or the process was forked. If it was this
//!   socket's context, every call is refused.
//! - **A multipart message was begun**: a send is refused with [`Failure::Begun`]; other calls start. The reason
//!   remains until [`OneThread::end`].
//! - **Frames are kept**: a receive is refused with [`Failure::Kept`]; other calls start. The reason remains until the
//!   frames were handed out.
//! - **A poller watches**: the call is noted for the poller, once for each time that the poller looks.
//! - **The next send is to be noted**: a send is noted; the reason remains until then.
//!
//! # Gates for one thread, and for any thread
//! Every stable kind of socket has [`OneThread`]. [`AnyThread`] is for the kinds that libzmq locks itself. It is
//! `Sync`, and has neither multipart messages nor pollers, because those sockets have no `ZMQ_SNDMORE` and no
//! descriptor. `RawSocket` is generic over its gate. Descriptors, pollers, proxies, multipart messages and deadlines,
//! which change the socket's timeout for the time of a call, are methods of `RawSocket<OneThread>` alone.
//!
//! A kind gets `AnyThread` in these steps, none of which changes how calls start:
//!
//! 1. `Kind` names its gate (`type Gate: Gate`), and `Socket<K>` holds a `Core<K::Gate>`. The compiler then names each
//!    method that needs `OneThread`: it gets the bound of an ability, such as `SendsMultipart`, which only kinds with
//!    that gate have.
//! 2. `socket/memory.rs` takes a lock in place of its `RefCell`.
//! 3. The kind is `ThreadSafe`, which makes its sockets `Sync`.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::kept::Kept;
use super::life::{self, Life};
use super::owner;
use super::watch::{Touched, Watches};
use crate::error::Failure;
use crate::socket::kinds::Any;

/// The state of a gate while a call runs.
const BUSY: u32 = 0;
/// The state of a gate whose next call must run the slow check.
const MUST_CHECK: u32 = 1;

const _: () = assert!(BUSY < life::FIRST_EPOCH && MUST_CHECK < life::FIRST_EPOCH, "every other state is an epoch");

/// The effect of a call on messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Send,
    Receive,
    Other,
}

/// A call that a gate allowed. The call ends when this value is dropped.
#[must_use]
pub(crate) struct Entered<'a, G: Gate> {
    gate: &'a G,
    /// The state of the gate after the call.
    next: u32,
}

impl<G: Gate> Drop for Entered<'_, G> {
    #[inline(always)]
    fn drop(&mut self) {
        self.gate.leave(self.next);
    }
}

/// Decides whether a call may start on a socket.
pub(crate) trait Gate: Sized {
    /// The type that determines in [`Confined`](super::confined::Confined) if threads may share the socket.
    type Threads;

    /// Creates the gate of a socket whose context has this life.
    fn new(life: Arc<Life>) -> Self;

    fn life(&self) -> &Arc<Life>;

    /// Starts a call.
    ///
    /// # Errors
    /// The reason why the call must not start.
    fn enter(&self, call: Call) -> Result<Entered<'_, Self>, Failure>;

    /// Ends a call.
    fn leave(&self, next: u32);

    /// Returns the kept frames, or `None` for a gate without kept frames.
    fn kept(&self) -> Option<&Kept>;

    /// Forces the next call to check, because a reason arose.
    fn force_recheck(&self);

    /// Notes the next send.
    fn note_next_send(&self);

    /// Returns `true` if no send was noted since, `false` if there may have been one.
    fn has_sent_nothing(&self) -> bool;
}

/// The gate of a socket that is used by one thread at a time.
pub(crate) struct OneThread {
    /// The epoch of the last check, [`BUSY`] or [`MUST_CHECK`].
    state: Cell<u32>,
    life: Arc<Life>,
    /// `true` if frames were sent of a message that is not at its end.
    begun: Cell<bool>,
    /// `true` if nothing was sent since the socket connected to a name that was not bound.
    unsent: Cell<bool>,
    watches: Watches,
    kept: Kept,
}

impl Gate for OneThread {
    type Threads = Any;

    fn new(life: Arc<Life>) -> Self {
        Self {
            state: Cell::new(MUST_CHECK),
            life,
            begun: Cell::default(),
            unsent: Cell::default(),
            watches: Watches::default(),
            kept: Kept::default(),
        }
    }

    fn life(&self) -> &Arc<Life> {
        &self.life
    }

    #[inline(always)]
    fn enter(&self, call: Call) -> Result<Entered<'_, Self>, Failure> {
        let epoch = life::epoch();
        let next = if self.state.get() == epoch { epoch } else { self.slow_check(epoch, call)? };
        self.state.set(BUSY);
        Ok(Entered { gate: self, next })
    }

    #[inline(always)]
    fn leave(&self, next: u32) {
        self.state.set(next);
    }

    fn kept(&self) -> Option<&Kept> {
        Some(&self.kept)
    }

    fn force_recheck(&self) {
        self.state.set(MUST_CHECK);
    }

    fn note_next_send(&self) {
        self.unsent.set(true);
        self.force_recheck();
    }

    fn has_sent_nothing(&self) -> bool {
        self.unsent.get()
    }
}

impl OneThread {
    /// Checks everything that may forbid the call, and returns the state of the gate after the call.
    #[cold]
    fn slow_check(&self, epoch: u32, call: Call) -> Result<u32, Failure> {
        if self.state.get() == BUSY {
            return Err(Failure::Reentered);
        }
        self.life.check()?;
        self.watches.note(None);
        if call == Call::Send {
            self.unsent.set(false);
        }
        let (begun, keeps) = (self.begun.get(), !self.kept.is_empty());
        match call {
            Call::Send if begun => Err(Failure::Begun),
            Call::Receive if keeps => Err(Failure::Kept),
            _ if begun || keeps || self.unsent.get() => Ok(MUST_CHECK),
            _ => Ok(epoch),
        }
    }

    /// Refuses later sends with [`Failure::Begun`], because they continue a message.
    pub(super) fn begin(&self) {
        self.begun.set(true);
        self.force_recheck();
    }

    /// Returns `true` if frames were sent of a message that is not at its end.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.get()
    }

    /// Lets sends begin a message again. Returns `true` if the next send would have continued one.
    pub(super) fn end(&self) -> bool {
        // A nested call is refused later, and must not change the state for the outer call.
        self.state.get() != BUSY && self.begun.replace(false)
    }

    /// Notes `slot` in `touched` when a call runs after a [`look`](Self::look).
    pub(super) fn watch(&self, touched: &Arc<Touched>, slot: usize) -> Result<(), Failure> {
        self.life.check()?;
        self.watches.add(touched, slot);
        Ok(())
    }

    pub(super) fn unwatch(&self, touched: &Arc<Touched>) {
        self.watches.remove(touched);
    }

    /// Runs the call with which the poller that watches through `touched` checks the socket. The call is noted for all
    /// other pollers, and the next call is noted for this poller again.
    pub(super) fn look<T>(&self, touched: &Arc<Touched>, look: impl FnOnce() -> T) -> Result<T, Failure> {
        if self.state.get() == BUSY {
            return Err(Failure::Reentered);
        }
        self.life.check()?;
        self.watches.note(Some(touched));
        self.state.set(life::epoch());
        let seen = look();
        self.watches.attend(touched);
        self.force_recheck();
        Ok(seen)
    }
}

/// The gate of a socket that any number of threads use at the same time.
///
/// It has no mark for a call that runs, because calls of other threads run at any time. libzmq's own lock does not keep
/// a thread from entering twice; therefore no call starts from within the drop of a message's owner. No sends are
/// noted.
pub(crate) struct AnyThread {
    /// The epoch of the last check that allowed a call.
    checked: AtomicU32,
    life: Arc<Life>,
}

impl Gate for AnyThread {
    type Threads = Self;

    fn new(life: Arc<Life>) -> Self {
        Self { checked: AtomicU32::new(MUST_CHECK), life }
    }

    fn life(&self) -> &Arc<Life> {
        &self.life
    }

    #[inline(always)]
    fn enter(&self, _call: Call) -> Result<Entered<'_, Self>, Failure> {
        if owner::is_dropping() {
            return Err(Failure::Reentered);
        }
        let epoch = life::epoch();
        if self.checked.load(Ordering::Relaxed) != epoch {
            self.life.check()?;
            // If another thread stores an older epoch in the meantime, the next call checks again.
            self.checked.store(epoch, Ordering::Relaxed);
        }
        Ok(Entered { gate: self, next: epoch })
    }

    #[inline(always)]
    fn leave(&self, _next: u32) {}

    fn kept(&self) -> Option<&Kept> {
        None
    }

    fn force_recheck(&self) {
        self.checked.store(MUST_CHECK, Ordering::Relaxed);
    }

    fn note_next_send(&self) {}

    fn has_sent_nothing(&self) -> bool {
        false
    }
}
