//! A socket of libzmq, closed on drop.

use std::cell::Cell;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use std::cell::OnceCell;
use std::ffi::{CStr, c_int, c_void};
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Instant;

use super::confined::Confined;
use super::kept::Kept;
use super::life::{self, BUSY, Life, NEVER};
use super::message::RawMessage;
use super::monitor::Monitored;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use super::poll::Epoll;
use super::watch::{Touched, Watches};
use super::{check, sys};
use crate::error::Errno;
use crate::socket::kinds::Any;

/// No descriptor has this number.
pub(super) const NO_FD: c_int = -1;

/// A live socket.
pub(crate) struct RawSocket(pub(super) Confined<State, Any>);

/// A socket's handle, and what the crate remembers of it.
pub(crate) struct State {
    handle: NonNull<c_void>,
    life: Arc<Life>,
    /// The epoch in which `life` was looked at last, or [`BUSY`].
    epoch: Cell<u32>,
    /// What a send without a deadline of its own passes: `ZMQ_DONTWAIT` where the option sets one, else 0.
    pub(super) send_flags: Cell<c_int>,
    pub(super) receive_flags: Cell<c_int>,
    /// Whether a send without a timeout must not wait in libzmq either.
    pub(super) waits_itself: Cell<bool>,
    /// What its latest monitor knows of it, to be told when the socket closes.
    pub(super) monitored: Cell<Option<Arc<Monitored>>>,
    released: Cell<bool>,
    /// Whether it was a monitor's receiver, and the last event was received: waits find it readable from then on.
    pub(super) ended: Cell<bool>,
    /// Whether frames were sent of a message that is not at its end. The epoch is [`NEVER`] then, so that the sends that
    /// begin a message do not have to ask.
    begun: Cell<bool>,
    /// Whether nothing was sent since it connected to a name that was not bound. The epoch is [`NEVER`] then, so that the
    /// first send notes it.
    unsent: Cell<bool>,
    /// What stands for that descriptor where the program gets it.
    #[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
    pub(super) signal: OnceCell<Box<Epoll>>,
    /// The descriptor that signals changes, which never changes itself, or [`NO_FD`] before it was asked for.
    pub(super) event_fd: Cell<c_int>,
    /// The pollers to be told when a call runs on the socket.
    watches: Watches,
    /// What was received before it was asked for.
    kept: Kept,
}

/// What a call does.
#[derive(Clone, Copy)]
enum Call {
    Send,
    Receive,
    Other,
}

/// A call that runs on a socket.
pub(super) struct Entered<'a> {
    socket: &'a RawSocket,
    epoch: u32,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.socket.epoch.set(self.epoch);
    }
}

// SAFETY: libzmq allows a socket to move between threads with a full fence in between, which every safe way to move a
// value to another thread has. It stays `!Sync`, because it is `Confined`.
unsafe impl Send for RawSocket {}

impl RawSocket {
    /// Takes a socket of the context with this life.
    ///
    /// # Safety
    /// `handle` is a live socket that nothing else uses or closes.
    pub(crate) unsafe fn from_handle(handle: NonNull<c_void>, life: Arc<Life>) -> Self {
        let socket = Self(Confined::new(State {
            handle,
            life,
            epoch: Cell::new(NEVER),
            send_flags: Cell::new(0),
            receive_flags: Cell::new(0),
            waits_itself: Cell::new(false),
            monitored: Cell::new(None),
            released: Cell::new(false),
            ended: Cell::new(false),
            begun: Cell::new(false),
            unsent: Cell::new(false),
            #[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
            signal: OnceCell::new(),
            event_fd: Cell::new(NO_FD),
            watches: Watches::default(),
            kept: Kept::default(),
        }));
        socket.note_timeouts();
        socket
    }

    /// Runs one call of libzmq on the socket: not in a forked child, not after a shutdown, not within another call.
    #[inline(always)]
    fn call(&self, ffi: impl FnOnce(*mut c_void) -> c_int) -> Result<c_int, Errno> {
        self.call_as(Call::Other, ffi)
    }

    #[inline(always)]
    fn call_as(&self, call: Call, ffi: impl FnOnce(*mut c_void) -> c_int) -> Result<c_int, Errno> {
        check(self.run(call, ffi)?)
    }

    /// Runs one call, and returns what it returned; an error says why it was not made.
    #[inline(always)]
    fn run(&self, call: Call, ffi: impl FnOnce(*mut c_void) -> c_int) -> Result<c_int, Errno> {
        let mut epoch = life::epoch();
        if self.epoch.get() != epoch {
            epoch = self.look_up(epoch, call)?;
        }
        self.epoch.set(BUSY);
        let code = ffi(self.handle.as_ptr());
        self.epoch.set(epoch);
        Ok(code)
    }

    /// Begins a call of libzmq on this and other sockets, as [`call`](Self::call) does; the value's drop ends it.
    pub(super) fn enter(&self) -> Result<Entered<'_>, Errno> {
        let mut epoch = life::epoch();
        if self.epoch.get() != epoch {
            epoch = self.look_up(epoch, Call::Other)?;
        }
        self.epoch.set(BUSY);
        Ok(Entered { socket: self, epoch })
    }

    /// Returns the epoch to keep once the call is over.
    #[cold]
    fn look_up(&self, epoch: u32, call: Call) -> Result<u32, Errno> {
        if self.epoch.get() == BUSY {
            return Err(Errno::REENTERED);
        }
        self.life.check()?;
        self.watches.note(None);
        if matches!(call, Call::Send) {
            self.unsent.set(false);
        }
        match (self.begun.get(), self.keeps(), call) {
            (true, _, Call::Send) => Err(Errno::BEGUN),
            (_, true, Call::Receive) => Err(Errno::KEPT),
            (false, false, _) if !self.unsent.get() => Ok(epoch),
            _ => Ok(NEVER),
        }
    }

    /// Has the next send find that it goes on with a message: it gets [`Errno::BEGUN`], ends that, and tries again.
    pub(crate) fn begin(&self) {
        self.begun.set(true);
        self.epoch.set(NEVER);
    }

    /// Whether frames were sent of a message that is not at its end.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.get()
    }

    /// Has the next send noted.
    pub(crate) fn note_next_send(&self) {
        self.unsent.set(true);
        self.epoch.set(NEVER);
    }

    /// Whether no send was noted since.
    pub(crate) fn has_sent_nothing(&self) -> bool {
        self.unsent.get()
    }

    /// Has the next send begin a message; returns whether it would have gone on with one.
    pub(crate) fn end(&self) -> bool {
        // A call on top of another one gets no further, and must not change what that one finds.
        self.epoch.get() != BUSY && self.begun.replace(false)
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// Has the next call look for what changed, which is slow.
    pub(super) fn doubt(&self) {
        self.epoch.set(NEVER);
    }

    /// Has `slot` of `touched` noted when a call runs on the socket after a [`look`](Self::look).
    pub(crate) fn watch(&self, touched: &Arc<Touched>, slot: usize) -> Result<(), Errno> {
        self.life.check()?;
        self.watches.add(touched, slot);
        Ok(())
    }

    pub(crate) fn unwatch(&self, touched: &Arc<Touched>) {
        self.watches.remove(touched);
    }

    /// Reads `ZMQ_EVENTS` for the poller that watches through `touched`; the next call is noted for it again.
    pub(crate) fn look(&self, touched: &Arc<Touched>) -> Result<c_int, Errno> {
        if self.epoch.get() == BUSY {
            return Err(Errno::REENTERED);
        }
        self.life.check()?;
        // Reading is a call too, of which other pollers have to know.
        self.watches.note(Some(touched));
        self.epoch.set(life::epoch());
        let events = self.get_int(sys::ZMQ_EVENTS);
        self.watches.attend(touched);
        // As if it had never looked up: so the next call does.
        self.epoch.set(NEVER);
        events
    }

    /// Whether a receive fails at once because the last event of a monitor was received.
    #[cfg(unix)]
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Repeats a call that is never left half done for as long as signals interrupt it.
    pub(super) fn call_through(&self, mut ffi: impl FnMut(*mut c_void) -> c_int) -> Result<c_int, Errno> {
        loop {
            match self.call(&mut ffi) {
                Err(Errno::EINTR) => {}
                result => return result,
            }
        }
    }

    pub(crate) fn bind(&self, endpoint: &CStr) -> Result<(), Errno> {
        self.bind_with_reason(|| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
            self.call_through(|socket| unsafe { sys::zmq_bind(socket, endpoint.as_ptr()) }).map(drop)
        })
    }

    pub(crate) fn connect(&self, endpoint: &CStr) -> Result<(), Errno> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_connect(socket, endpoint.as_ptr()) }).map(drop)
    }

    pub(crate) fn unbind(&self, endpoint: &CStr) -> Result<(), Errno> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_unbind(socket, endpoint.as_ptr()) }).map(drop)
    }

    pub(crate) fn disconnect(&self, endpoint: &CStr) -> Result<(), Errno> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_disconnect(socket, endpoint.as_ptr()) }).map(drop)
    }

    /// Sends; afterwards `message` is empty. On an error it is as it was.
    #[inline(always)]
    pub(crate) fn send(&self, message: &mut RawMessage, flags: impl FnOnce() -> c_int) -> Result<(), Errno> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
        self.call_as(Call::Send, |socket| unsafe { sys::zmq_msg_send(message.as_mut_ptr(), socket, flags()) })?;
        message.emptied();
        Ok(())
    }

    /// Sends a copy of `bytes`.
    #[inline(always)]
    pub(crate) fn send_copy(&self, bytes: &[u8], flags: impl FnOnce() -> c_int) -> Result<(), Errno> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; the bytes outlive the call.
        self.call_as(Call::Send, |socket| unsafe { sys::zmq_send(socket, bytes.as_ptr().cast(), bytes.len(), flags()) })
            .map(drop)
    }

    /// Receives into `message`, whose old content is gone in any case.
    #[inline(always)]
    pub(crate) fn receive(&self, message: &mut RawMessage, flags: impl FnOnce() -> c_int) -> Result<(), Errno> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
        let code =
            self.run(Call::Receive, |socket| unsafe { sys::zmq_msg_recv(message.as_mut_ptr(), socket, flags()) });
        if code.is_ok_and(|code| message.fill(code)) { Ok(()) } else { self.receive_otherwise(message, code) }
    }

    /// Goes on after a receive that was not made, failed, or whose message is too long to be told.
    #[cold]
    fn receive_otherwise(&self, message: &mut RawMessage, code: Result<c_int, Errno>) -> Result<(), Errno> {
        message.measure();
        code.and_then(check).map(drop).or_else(|errno| self.receive_kept(message, errno))
    }

    /// Receives a frame that is there, past those that are kept.
    pub(super) fn receive_from_libzmq(&self, message: &mut RawMessage) -> Result<(), Errno> {
        let received = self.call_through(|socket| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
            unsafe { sys::zmq_msg_recv(message.as_mut_ptr(), socket, sys::ZMQ_DONTWAIT) }
        });
        message.measure();
        received.map(drop)
    }

    /// The flags of a send that waits for as long as the option says: with a finite timeout it starts by not waiting,
    /// so that the deadline is taken only where there is something to wait for.
    #[inline]
    pub(crate) fn send_flags(&self) -> c_int {
        self.send_flags.get()
    }

    #[inline]
    pub(crate) fn receive_flags(&self) -> c_int {
        self.receive_flags.get()
    }

    /// Has every send start by not waiting, for a socket whose sends libzmq alone may wait for in vain.
    pub(crate) fn wait_itself(&self) {
        self.waits_itself.set(true);
        self.note_timeouts();
    }

    /// Sends, waiting until `deadline`, through signals.
    pub(crate) fn send_until(
        &self,
        message: &mut RawMessage,
        deadline: Option<Instant>,
        more: c_int,
    ) -> Result<(), Errno> {
        self.until(deadline, sys::ZMQ_SNDTIMEO, &mut || self.send(message, || more))
    }

    /// Receives, waiting until `deadline`, through signals.
    pub(crate) fn receive_until(&self, message: &mut RawMessage, deadline: Option<Instant>) -> Result<(), Errno> {
        self.until(deadline, sys::ZMQ_RCVTIMEO, &mut || self.receive(message, || 0))
    }

    /// Repeats `attempt`, which waits for as long as the option `timeout` says, until `deadline` (`None`: for ever).
    ///
    /// libzmq does the waiting, and so knows best what to wait for; the option is as before afterwards.
    fn until(
        &self,
        deadline: Option<Instant>,
        timeout: c_int,
        attempt: &mut dyn FnMut() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let configured = self.get_int(timeout)?;
        let mut current = configured;
        let result = loop {
            let wanted = match deadline {
                None => -1,
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    left.as_nanos().div_ceil(1_000_000).try_into().unwrap_or(c_int::MAX)
                }
            };
            if wanted != current {
                if let Err(errno) = self.set_int(timeout, wanted) {
                    break Err(errno);
                }
                current = wanted;
            }
            match attempt() {
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) if deadline.is_none_or(|deadline| Instant::now() < deadline) => {}
                result => break result,
            }
        };
        if current != configured {
            // It fails only where every call does from now on.
            let _ = self.set_int(timeout, configured);
        }
        result
    }

    pub(crate) fn as_ptr(&self) -> *mut c_void {
        self.handle.as_ptr()
    }

    pub(super) fn life(&self) -> &Arc<Life> {
        &self.life
    }

    /// Gives the socket up: the drop does not close it. Its monitor ends, which could not know when it is closed.
    pub(crate) fn release(&self) -> *mut c_void {
        if let Some(monitored) = self.monitored.take().filter(|_| !self.life.is_forked()) {
            monitored.stop();
        }
        self.released.set(true);
        self.handle.as_ptr()
    }

    /// Whether the socket was given up: it stays open after the drop.
    pub(crate) fn is_released(&self) -> bool {
        self.released.get()
    }
}

impl Drop for RawSocket {
    fn drop(&mut self) {
        // In a forked child libzmq's threads are missing, and the file descriptors are the parent's.
        if !self.released.get() && !self.life.is_forked() {
            if let Some(monitored) = self.monitored.take() {
                monitored.leave();
            }
            // SAFETY: HANDLE, and this is its end. It fails only for what is not a socket.
            unsafe { sys::zmq_close(self.handle.as_ptr()) };
        }
    }
}

impl fmt::Debug for RawSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:p}", self.handle)
    }
}
