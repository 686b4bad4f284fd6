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
//!   remains until [`Gate::end`].
//! - **Frames are kept**: a receive is refused with [`Failure::Kept`]; other calls start. The reason remains until the
//!   frames were handed out.
//! - **Messages have rules of their own**, as those of RADIO and DGRAM sockets: a send is refused with
//!   [`Failure::Unchecked`], unless it was checked. The reason remains.
//! - **A poller watches**: the call is noted for the poller, once for each time that the poller looks.
//! - **The next send is to be noted**: a send is noted; the reason remains until then.
//!
//! # Shared sockets
//! Any number of threads use a socket of a [`ThreadSafe`](crate::socket::kinds::ThreadSafe) kind at the same time,
//! because libzmq locks it. The state of its gate always requires the slow check, which marks no running call: calls of
//! other threads run at any time. libzmq's own lock does not keep a thread from entering twice; therefore no call
//! starts from within the drop of a message's owner. These sockets have no multipart messages and no descriptor. They
//! have no reasons to check, which are in [`Alone`], except rules for messages.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::alone::Alone;
use super::kept::Kept;
use super::life::{self, Life};
use super::owner;
use super::watch::{Touched, Watches};
use crate::error::Failure;

/// The state of a gate while a call runs.
const BUSY: u32 = 0;
/// The state of a gate whose next call must run the slow check.
const MUST_CHECK: u32 = 1;

const _: () = assert!(BUSY < life::FIRST_EPOCH && MUST_CHECK < life::FIRST_EPOCH, "every other state is an epoch");

/// The effect of a call on messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Send,
    /// A send of a message that obeys the rules of the socket.
    #[cfg(feature = "draft")]
    CheckedSend,
    Receive,
    Other,
}

impl Call {
    fn is_send(self) -> bool {
        #[cfg(feature = "draft")]
        if self == Self::CheckedSend {
            return true;
        }
        self == Self::Send
    }
}

/// A call that a gate allowed. The call ends when this value is dropped.
#[must_use]
pub(crate) struct Entered<'a> {
    gate: &'a Gate,
    /// The state of the gate after the call.
    next: u32,
}

impl Drop for Entered<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.gate.set_state(self.next);
    }
}

/// Decides whether a call may start on a socket.
pub(crate) struct Gate {
    /// The epoch of the last check, [`BUSY`] or [`MUST_CHECK`]. Atomic for shared sockets, whose state never changes.
    /// A relaxed load costs an instruction more than that of a `Cell`, because the compiler does not merge it with the
    /// comparison that follows.
    state: AtomicU32,
    life: Arc<Life>,
    reasons: Alone<Reasons>,
    /// `true` if messages must be checked before they are sent.
    #[cfg(feature = "draft")]
    has_rules: bool,
}

/// The reasons to check that arise from the calls of the one thread that uses a socket.
#[derive(Default)]
struct Reasons {
    /// `true` if frames were sent of a message that is not at its end.
    begun: Cell<bool>,
    /// `true` if nothing was sent since the socket connected to a name that was not bound.
    unsent: Cell<bool>,
    watches: Watches,
    kept: Kept,
}

impl Gate {
    /// Creates the gate of a socket whose context has this life.
    ///
    /// # Safety
    /// If `shared` is `false`, one thread at a time uses the gate.
    pub(super) unsafe fn new(life: Arc<Life>, shared: bool) -> Self {
        // SAFETY: guaranteed by the caller.
        let reasons = unsafe { Alone::new(shared) };
        Self {
            state: AtomicU32::new(MUST_CHECK),
            life,
            reasons,
            #[cfg(feature = "draft")]
            has_rules: false,
        }
    }

    /// Refuses all sends of messages that were not checked.
    #[cfg(feature = "draft")]
    pub(super) fn set_rules(&mut self) {
        self.has_rules = true;
    }

    /// Returns `true` if messages must be checked before they are sent.
    fn has_rules(&self) -> bool {
        #[cfg(feature = "draft")]
        return self.has_rules;
        #[cfg(not(feature = "draft"))]
        false
    }

    pub(super) fn life(&self) -> &Arc<Life> {
        &self.life
    }

    /// Returns `true` if several threads may use the socket at the same time.
    #[inline]
    pub(super) fn is_shared(&self) -> bool {
        self.reasons.get().is_none()
    }

    /// Starts a call.
    ///
    /// # Errors
    /// The reason why the call must not start.
    #[inline(always)]
    pub(super) fn enter(&self, call: Call) -> Result<Entered<'_>, Failure> {
        let epoch = life::epoch();
        let next = if self.state() == epoch {
            self.set_state(BUSY);
            epoch
        } else {
            self.check(epoch, call)?
        };
        Ok(Entered { gate: self, next })
    }

    /// Checks everything that may forbid the call, starts it, and returns the state of the gate after the call.
    #[cold]
    fn check(&self, epoch: u32, call: Call) -> Result<u32, Failure> {
        let Some(reasons) = self.reasons.get() else {
            if owner::is_dropping() {
                return Err(Failure::Reentered);
            }
            self.life.check()?;
            #[cfg(feature = "draft")]
            if call == Call::Send && self.has_rules {
                return Err(Failure::Unchecked);
            }
            return Ok(MUST_CHECK);
        };
        if self.state() == BUSY {
            return Err(Failure::Reentered);
        }
        self.life.check()?;
        reasons.watches.note(None);
        if call.is_send() {
            reasons.unsent.set(false);
        }
        let (begun, keeps) = (reasons.begun.get(), !reasons.kept.is_empty());
        let next = match call {
            Call::Send if begun => return Err(Failure::Begun),
            #[cfg(feature = "draft")]
            Call::Send if self.has_rules => return Err(Failure::Unchecked),
            Call::Receive if keeps => return Err(Failure::Kept),
            _ if begun || keeps || reasons.unsent.get() || self.has_rules() => MUST_CHECK,
            _ => epoch,
        };
        self.set_state(BUSY);
        Ok(next)
    }

    #[inline(always)]
    fn state(&self) -> u32 {
        self.state.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn set_state(&self, state: u32) {
        self.state.store(state, Ordering::Relaxed);
    }

    /// Forces the next call to check, because a reason arose.
    pub(super) fn force_recheck(&self) {
        self.set_state(MUST_CHECK);
    }

    /// Returns the kept frames, or `None` for a shared socket, which keeps none.
    pub(super) fn kept(&self) -> Option<&Kept> {
        self.reasons.get().map(|reasons| &reasons.kept)
    }

    /// Notes the next send, unless the socket is shared.
    pub(super) fn note_next_send(&self) {
        if let Some(reasons) = self.reasons.get() {
            reasons.unsent.set(true);
            self.force_recheck();
        }
    }

    /// Returns `true` if no send was noted since, `false` if there may have been one.
    pub(super) fn has_sent_nothing(&self) -> bool {
        self.reasons.get().is_some_and(|reasons| reasons.unsent.get())
    }

    /// Refuses later sends with [`Failure::Begun`], because they continue a message.
    pub(super) fn begin(&self) {
        if let Some(reasons) = self.reasons.get() {
            reasons.begun.set(true);
            self.force_recheck();
        }
    }

    /// Returns `true` if frames were sent of a message that is not at its end.
    pub(super) fn has_begun(&self) -> bool {
        self.reasons.get().is_some_and(|reasons| reasons.begun.get())
    }

    /// Lets sends begin a message again. Returns `true` if the next send would have continued one.
    pub(super) fn end(&self) -> bool {
        // A nested call is refused later, and must not change the state for the outer call.
        self.state() != BUSY && self.reasons.get().is_some_and(|reasons| reasons.begun.replace(false))
    }

    /// Notes `slot` in `touched` when a call runs after a [`look`](Self::look).
    pub(super) fn watch(&self, touched: &Arc<Touched>, slot: usize) -> Result<(), Failure> {
        self.life.check()?;
        if let Some(reasons) = self.reasons.get() {
            reasons.watches.add(touched, slot);
        }
        Ok(())
    }

    pub(super) fn unwatch(&self, touched: &Arc<Touched>) {
        if let Some(reasons) = self.reasons.get() {
            reasons.watches.remove(touched);
        }
    }

    /// Runs the call with which the poller that watches through `touched` checks the socket. The call is noted for all
    /// other pollers, and the next call is noted for this poller again.
    pub(super) fn look<T>(&self, touched: &Arc<Touched>, look: impl FnOnce() -> T) -> Result<T, Failure> {
        let Some(reasons) = self.reasons.get() else { return Ok(look()) };
        if self.state() == BUSY {
            return Err(Failure::Reentered);
        }
        self.life.check()?;
        reasons.watches.note(Some(touched));
        self.set_state(life::epoch());
        let seen = look();
        reasons.watches.attend(touched);
        self.force_recheck();
        Ok(seen)
    }
}
