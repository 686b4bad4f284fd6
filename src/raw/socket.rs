//! A socket of libzmq, closed on drop.

use std::ffi::{CStr, c_int, c_void};
use std::fmt;
use std::ptr::NonNull;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, MutexGuard};
#[cfg(feature = "draft")]
use std::task::Waker;

use super::confined::Confined;
use super::gate::{Call, Entered, Gate};
use super::life::Life;
use super::message::RawMessage;
use super::monitor::Monitored;
#[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
use super::poll::Epoll;
#[cfg(feature = "draft")]
use super::rules::Rules;
use super::watch::Touched;
use super::{check, milliseconds, sys, uninterrupted};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};
use crate::lock::Mutex;
use crate::socket::kinds::{Ability, Any, SocketType};

/// No descriptor has this number.
pub(super) const NO_FD: c_int = -1;

/// A live socket, with the gate that decides whether calls may start.
pub(crate) struct RawSocket(pub(super) Confined<State, Any>);

/// The handle of a socket, its gate, and the notes of the raw layer.
pub(crate) struct State {
    handle: Handle,
    pub(super) gate: Gate,
    /// The flags of a send without a deadline of its own: `ZMQ_DONTWAIT` if a finite timeout is set, else 0.
    pub(super) send_flags: AtomicI32,
    pub(super) receive_flags: AtomicI32,
    /// `true` if a send without a timeout must not wait in libzmq either.
    pub(super) waits_itself: AtomicBool,
    /// The state shared with the latest monitor, which is notified when the socket closes.
    monitored: Mutex<Option<Arc<Monitored>>>,
    /// Held while a monitor of a shared socket starts.
    monitor_starts: Mutex<()>,
    released: AtomicBool,
    /// `true` if the socket is the receiver of a monitor and has received the last event. Waits then report the socket
    /// as readable.
    pub(super) ended: AtomicBool,
    /// The descriptor for the program, which becomes readable with `event_fd`.
    #[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
    pub(super) signal: OnceLock<Box<Epoll>>,
    /// libzmq's descriptor, which is always the same, or [`NO_FD`] before the first use.
    pub(super) event_fd: AtomicI32,
    /// Wakes the tasks that wait for a shared socket.
    #[cfg(feature = "draft")]
    pub(super) attach_waker: Mutex<Option<Waker>>,
    /// The rules for messages, if the socket is of a type that has some.
    #[cfg(feature = "draft")]
    pub(super) rules: Option<Rules>,
}

/// The direction of messages through a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    Send,
    Receive,
}

impl Direction {
    /// Returns the option with the timeout of the direction.
    pub(crate) fn timeout(self) -> c_int {
        match self {
            Self::Send => sys::ZMQ_SNDTIMEO,
            Self::Receive => sys::ZMQ_RCVTIMEO,
        }
    }
}

/// A pointer to a socket of libzmq.
struct Handle(NonNull<c_void>);

// SAFETY: the pointer is only used by the calls of `RawSocket`. libzmq allows a socket to move between threads with a
// full fence in between, which every safe way to move a value to another thread has.
unsafe impl Send for Handle {}
// SAFETY: a `RawSocket` is not `Sync`. Only `Confined` shares one between threads, if libzmq locks the socket.
unsafe impl Sync for Handle {}

/// A compile-time check: a shared socket has no cells outside its gate, where [`Alone`](super::alone::Alone) guards
/// them.
const _: () = {
    const fn is_sync<T: Sync>() {}
    is_sync::<State>();
};

impl RawSocket {
    /// Wraps a socket of the context with this life.
    ///
    /// # Safety
    /// `handle` is a live socket of this type, which nothing else uses or closes.
    pub(crate) unsafe fn from_handle(handle: NonNull<c_void>, life: Arc<Life>, socket_type: SocketType) -> Self {
        let shared = socket_type.can(Ability::ThreadSafe);
        // SAFETY: ONE THREAD, unless libzmq locks the socket.
        #[cfg_attr(not(feature = "draft"), expect(unused_mut))]
        let mut gate = unsafe { Gate::new(life, shared) };
        #[cfg(feature = "draft")]
        let rules = Rules::of(socket_type).inspect(|_| gate.set_rules());
        let socket = Self(Confined::new(State {
            handle: Handle(handle),
            gate,
            send_flags: AtomicI32::new(0),
            receive_flags: AtomicI32::new(0),
            waits_itself: AtomicBool::new(shared && !super::carries("shared-attach")),
            monitored: Mutex::new(None),
            monitor_starts: Mutex::new(()),
            released: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            #[cfg(all(target_os = "linux", not(zmq_portable_engine)))]
            signal: OnceLock::new(),
            event_fd: AtomicI32::new(NO_FD),
            #[cfg(feature = "draft")]
            attach_waker: Mutex::new(None),
            #[cfg(feature = "draft")]
            rules,
        }));
        socket.note_timeouts();
        socket
    }

    /// Wraps a socket whose type only libzmq knows.
    ///
    /// # Safety
    /// `handle` is a live socket of libzmq that nothing else uses or closes.
    pub(crate) unsafe fn adopt(handle: NonNull<c_void>, life: Arc<Life>) -> Self {
        let (mut number, mut len) = (0, size_of::<c_int>());
        let value = (&raw mut number).cast();
        // SAFETY: the socket is live, and the variables outlive the call. A failure leaves 0, which is a stable type.
        unsafe { sys::zmq_getsockopt(handle.as_ptr(), sys::ZMQ_TYPE, value, &raw mut len) };
        // A type that the crate does not know is one that libzmq does not lock, and the caller refuses it.
        let socket_type = SocketType::from_raw(number).unwrap_or(SocketType::Pair);
        // SAFETY: guaranteed by the caller.
        unsafe { Self::from_handle(handle, life, socket_type) }
    }

    /// Runs one call of libzmq if the gate allows it, and returns libzmq's code.
    ///
    /// # Errors
    /// The reason why the gate refused the call.
    #[inline(always)]
    pub(super) fn call(&self, call: Call, ffi: impl FnOnce(*mut c_void) -> c_int) -> Result<c_int, Failure> {
        let entered = self.gate.enter(call)?;
        let code = ffi(self.as_ptr());
        drop(entered);
        Ok(code)
    }

    /// Begins a call of libzmq on this and other sockets; the drop of the returned value ends it.
    pub(super) fn enter(&self) -> Result<Entered<'_>, Failure> {
        self.gate.enter(Call::Other)
    }

    /// Repeats a call as long as signals interrupt it. An interrupted call must have no effect.
    pub(super) fn call_through(&self, mut ffi: impl FnMut(*mut c_void) -> c_int) -> Result<c_int, Failure> {
        uninterrupted(|| Ok(check(self.call(Call::Other, &mut ffi)?)?))
    }

    pub(crate) fn bind(&self, endpoint: &CStr) -> Result<(), Failure> {
        self.bind_with_reason(|| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
            self.call_through(|socket| unsafe { sys::zmq_bind(socket, endpoint.as_ptr()) }).map(drop)
        })?;
        #[cfg(feature = "draft")]
        self.attached();
        Ok(())
    }

    pub(crate) fn connect(&self, endpoint: &CStr) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_connect(socket, endpoint.as_ptr()) })?;
        #[cfg(feature = "draft")]
        self.attached();
        Ok(())
    }

    /// Connects a PEER socket, and returns libzmq's number of the peer.
    #[cfg(feature = "draft")]
    pub(crate) fn connect_peer(&self, endpoint: &CStr) -> Result<u32, Failure> {
        let mut id = 0;
        self.call_through(|socket| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
            id = unsafe { sys::zmq_connect_peer(socket, endpoint.as_ptr()) };
            // A failure is 0.
            if id == 0 { -1 } else { 0 }
        })?;
        self.attached();
        Ok(id)
    }

    pub(crate) fn unbind(&self, endpoint: &CStr) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_unbind(socket, endpoint.as_ptr()) }).map(drop)
    }

    pub(crate) fn disconnect(&self, endpoint: &CStr) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_disconnect(socket, endpoint.as_ptr()) }).map(drop)
    }

    /// Sends `message`, which is empty afterwards. On an error the message is unchanged.
    #[inline(always)]
    pub(crate) fn send(&self, message: &mut RawMessage, flags: impl Fn() -> c_int) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
        match self.call(Call::Send, |socket| unsafe { sys::zmq_msg_send(message.as_mut_ptr(), socket, flags()) }) {
            Ok(code) => check(code)?,
            #[cfg(feature = "draft")]
            Err(Failure::Unchecked) => return self.send_by_rules(message, flags()),
            Err(failure) => return Err(failure),
        };
        message.emptied();
        Ok(())
    }

    /// Sends a copy of `bytes`.
    #[inline(always)]
    pub(crate) fn send_copy(&self, bytes: &[u8], flags: impl Fn() -> c_int) -> Result<(), Failure> {
        let sent = self.call(Call::Send, |socket| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; the bytes outlive the call.
            unsafe { sys::zmq_send(socket, bytes.as_ptr().cast(), bytes.len(), flags()) }
        });
        match sent {
            Ok(code) => check(code)?,
            #[cfg(feature = "draft")]
            Err(Failure::Unchecked) => return self.send_by_rules(&mut RawMessage::copied(bytes)?, flags()),
            Err(failure) => return Err(failure),
        };
        Ok(())
    }

    /// Receives into `message`. The old content is dropped even on an error.
    #[inline(always)]
    pub(crate) fn receive(&self, message: &mut RawMessage, flags: impl FnOnce() -> c_int) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
        match self.call(Call::Receive, |socket| unsafe { sys::zmq_msg_recv(message.as_mut_ptr(), socket, flags()) }) {
            Ok(code) if message.fill(code) => Ok(()),
            code => self.receive_otherwise(message, code),
        }
    }

    /// Completes a receive that was refused or failed, or whose message is too long for its size to be the code.
    #[cold]
    #[inline(never)]
    fn receive_otherwise(&self, message: &mut RawMessage, code: Result<c_int, Failure>) -> Result<(), Failure> {
        message.measure();
        match code {
            Ok(code) => check(code).map(drop).map_err(Failure::Errno),
            Err(failure) => self.receive_kept(message, failure),
        }
    }

    /// Receives a frame from libzmq without blocking, even if frames are kept.
    pub(super) fn receive_from_libzmq(&self, message: &mut RawMessage) -> Result<(), Failure> {
        let received = self.call_through(|socket| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED, INIT.
            unsafe { sys::zmq_msg_recv(message.as_mut_ptr(), socket, sys::ZMQ_DONTWAIT) }
        });
        message.measure();
        received.map(drop)
    }

    /// Returns the flags of a send that obeys the timeout option. With a finite timeout the first attempt does not
    /// block, so that the deadline is computed only if the send has to wait.
    #[inline]
    pub(crate) fn send_flags(&self) -> c_int {
        self.send_flags.load(Ordering::Relaxed)
    }

    /// Returns the flags of a receive that obeys the timeout option, see [`send_flags`](Self::send_flags).
    #[inline]
    pub(crate) fn receive_flags(&self) -> c_int {
        self.receive_flags.load(Ordering::Relaxed)
    }

    /// Returns the flags of a send or a receive.
    pub(crate) fn flags(&self, direction: Direction) -> c_int {
        match direction {
            Direction::Send => self.send_flags(),
            Direction::Receive => self.receive_flags(),
        }
    }

    /// Sets the first attempt of every send to be non-blocking, for sockets on which libzmq may block forever.
    pub(crate) fn wait_itself(&self) {
        self.waits_itself.store(true, Ordering::Relaxed);
        self.note_timeouts();
    }

    pub(crate) fn as_ptr(&self) -> *mut c_void {
        self.handle.0.as_ptr()
    }

    pub(super) fn life(&self) -> &Arc<Life> {
        self.gate.life()
    }

    /// Returns the state shared with the latest monitor. Do not call this in a forked child, in which the lock may be
    /// held forever.
    pub(super) fn monitored(&self) -> MutexGuard<'_, Option<Arc<Monitored>>> {
        self.monitored.lock()
    }

    /// Returns the lock under which the threads that use a shared socket start monitors.
    pub(super) fn monitor_starts(&self) -> MutexGuard<'_, ()> {
        self.monitor_starts.lock()
    }

    /// Notes the next send.
    pub(crate) fn note_next_send(&self) {
        self.gate.note_next_send();
    }

    /// Returns `true` if no send was noted since.
    pub(crate) fn has_sent_nothing(&self) -> bool {
        self.gate.has_sent_nothing()
    }

    /// Releases the socket, so that the drop does not close it. Its monitor ends, because it cannot be notified of the
    /// close.
    pub(crate) fn release(&self) -> *mut c_void {
        if !self.life().is_forked() {
            let monitored = self.monitored().take();
            if let Some(monitored) = monitored {
                monitored.stop();
            }
        }
        self.released.store(true, Ordering::Relaxed);
        self.as_ptr()
    }

    /// Returns `true` if the socket was released, and stays open after the drop.
    pub(crate) fn is_released(&self) -> bool {
        self.released.load(Ordering::Relaxed)
    }
}

/// Deadlines, multipart messages and pollers.
impl RawSocket {
    /// Returns `true` if several threads may use the socket at the same time.
    pub(crate) fn is_shared(&self) -> bool {
        self.gate.is_shared()
    }

    /// Sends, blocking until `deadline`. Signals do not end the wait.
    pub(crate) fn send_until(&self, message: &mut RawMessage, deadline: Deadline, more: c_int) -> Result<(), Failure> {
        self.until(Direction::Send, deadline, &mut |flags| self.send(message, || flags | more))
    }

    /// Receives, blocking until `deadline`. Signals do not end the wait.
    pub(crate) fn receive_until(&self, message: &mut RawMessage, deadline: Deadline) -> Result<(), Failure> {
        self.until(Direction::Receive, deadline, &mut |flags| self.receive(message, || flags))
    }

    /// Repeats `attempt`, which takes flags, until `deadline`.
    ///
    /// The wait happens in libzmq, because only libzmq knows all peers to wait for. An attempt without flags blocks for
    /// the timeout option of its direction, which is changed during the wait. Other threads would notice the change, so
    /// a shared socket waits by a poller of libzmq, and its attempts do not block.
    pub(crate) fn until(
        &self,
        direction: Direction,
        deadline: Deadline,
        attempt: &mut dyn FnMut(c_int) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        #[cfg(feature = "draft")]
        if self.is_shared() {
            return self.until_shared(deadline, attempt);
        }
        let timeout = direction.timeout();
        let configured = self.get_int(timeout)?;
        let mut current = configured;
        let result = loop {
            let wanted = milliseconds(deadline.left());
            if wanted != current {
                if let Err(failure) = self.set_int(timeout, wanted) {
                    break Err(failure);
                }
                current = wanted;
            }
            match attempt(0) {
                Err(Failure::Errno(Errno::EINTR)) => {}
                Err(Failure::Errno(Errno::EAGAIN)) if !deadline.has_passed() => {}
                result => break result,
            }
        };
        if current != configured {
            // The reset fails only if all later calls fail, too.
            let _ = self.set_int(timeout, configured);
        }
        result
    }

    /// Refuses later sends with [`Failure::Begun`], because they continue a message. The sender calls
    /// [`end`](Self::end) and tries again.
    pub(crate) fn begin(&self) {
        self.gate.begin();
    }

    /// Returns `true` if a multipart message was begun and not completed.
    pub(crate) fn has_begun(&self) -> bool {
        self.gate.has_begun()
    }

    /// Lets sends begin a message again. Returns `true` if the next send would have continued one.
    pub(crate) fn end(&self) -> bool {
        self.gate.end()
    }

    /// Notes `slot` in `touched` when a call runs on the socket after a [`look`](Self::look).
    pub(crate) fn watch(&self, touched: &Arc<Touched>, slot: usize) -> Result<(), Failure> {
        self.gate.watch(touched, slot)
    }

    pub(crate) fn unwatch(&self, touched: &Arc<Touched>) {
        self.gate.unwatch(touched);
    }

    /// Reads `ZMQ_EVENTS` for the poller that watches through `touched`; the next call is noted for that poller again.
    pub(crate) fn look(&self, touched: &Arc<Touched>) -> Result<c_int, Failure> {
        self.gate.look(touched, || self.get_int(sys::ZMQ_EVENTS))?
    }

    /// Returns `true` if a receive fails at once because the last event of a monitor was received.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

impl Drop for RawSocket {
    fn drop(&mut self) {
        // A forked child has none of libzmq's threads, and shares the descriptors with its parent.
        if !self.is_released() && !self.life().is_forked() {
            let monitored = self.monitored().take();
            if let Some(monitored) = monitored {
                monitored.leave();
            }
            // SAFETY: HANDLE, and nothing uses the socket afterwards. The call fails only for a pointer that is not a
            // socket.
            unsafe { sys::zmq_close(self.as_ptr()) };
        }
    }
}

impl fmt::Debug for RawSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:p}", self.as_ptr())
    }
}
