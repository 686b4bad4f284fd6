//! Waiting for a socket that several threads use, which has no descriptor of its own.

use std::ffi::{c_int, c_void};
#[cfg(unix)]
use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;
#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
use std::task::Waker;
use std::time::Duration;

use super::life::Life;
use super::socket::RawSocket;
use super::{check, sys};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};

/// The time after which a wait checks for peers that another thread has attached, in a libzmq that does not signal them.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// A poller of libzmq for one shared socket.
///
/// Its descriptor becomes readable when the events of the socket may have changed, no matter which thread caused that.
/// After [`clear`](Self::clear) it is unreadable until the next change. Each waiting thread needs a signal of its own,
/// because a thread that clears a signal takes it from the others.
///
/// libzmq signals only changes that it has not processed yet. To wait, clear the signal, then read `ZMQ_EVENTS`, which
/// makes libzmq process all changes, and wait for the descriptor only if there are no events.
///
/// **SIGNAL FIRST**: an owner of both this and the socket drops this first.
#[derive(Debug)]
pub(crate) struct SharedSignal {
    poller: NonNull<c_void>,
    fd: sys::zmq_fd_t,
    life: Arc<Life>,
}

// SAFETY: libzmq's pollers may move between threads with a full fence in between, which every safe way to move a value
// has.
unsafe impl Send for SharedSignal {}
// SAFETY: the methods with a shared reference use the descriptor only, and not the poller.
#[cfg(unix)]
unsafe impl Sync for SharedSignal {}

impl SharedSignal {
    /// Creates the signal of a socket, or returns `None` if the socket is not shared.
    pub(crate) fn of(socket: &RawSocket) -> Result<Option<Self>, Failure> {
        if socket.is_shared() { Self::new(socket).map(Some) } else { Ok(None) }
    }

    /// Creates the signal of a shared socket.
    fn new(socket: &RawSocket) -> Result<Self, Failure> {
        socket.life().check()?;
        // SAFETY: it takes nothing.
        let poller = NonNull::new(unsafe { sys::zmq_poller_new() }).ok_or_else(super::last_errno)?;
        let mut signal = Self { poller, fd: sys::zmq_fd_t::default(), life: Arc::clone(socket.life()) };
        let (null, events) = (ptr::null_mut(), sys::ZMQ_POLLIN as i16);
        socket.call_through(|socket| {
            // SAFETY: HANDLE: both are live, and nothing else uses the poller. libzmq does not use the null pointer.
            unsafe { sys::zmq_poller_add(poller.as_ptr(), socket, null, events) }
        })?;
        // SAFETY: the poller is live and has a shared socket, and the variable outlives the call.
        check(unsafe { sys::zmq_poller_fd(poller.as_ptr(), &raw mut signal.fd) })?;
        Ok(signal)
    }

    /// Returns the deadline of one wait, after which a longer wait checks the socket again.
    pub(crate) fn look_again(deadline: Deadline) -> Deadline {
        if super::carries("shared-attach") { deadline } else { deadline.min(Deadline::after(LOOK_INTERVAL)) }
    }

    /// Returns the descriptor for `zmq_poll`, which stays the same.
    pub(crate) fn poll_fd(&self) -> sys::zmq_fd_t {
        self.fd
    }

    /// Clears the signal, however often it was raised.
    ///
    /// libzmq itself takes one signal at a time, which costs a wait that finds nothing for each of the others.
    #[cfg(unix)]
    pub(crate) fn clear(&self) {
        // The parent of a forked child uses the same descriptor.
        if self.life.is_forked() {
            return;
        }
        let mut signals = [0_u64; 64];
        let (buffer, size) = (signals.as_mut_ptr().cast(), size_of_val(&signals));
        loop {
            // SAFETY: the descriptor is open while the poller is live and does not block, and the pointer is to `size`
            // bytes. libzmq reads it only after it has found it readable, in calls that are not made for this poller.
            let count = unsafe { libc::read(self.fd, buffer, size) };
            // A counter is read in one piece. A socket pair holds one byte for each signal.
            if usize::try_from(count).is_ok_and(|count| count == size) {
                continue;
            }
            if count < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted {
                continue;
            }
            return;
        }
    }

    /// Clears the signal once. A signal that was raised several times stays raised.
    #[cfg(not(unix))]
    pub(crate) fn clear(&self) {
        let mut event =
            sys::zmq_poller_event_t { socket: ptr::null_mut(), fd: 0, user_data: ptr::null_mut(), events: 0 };
        // An error, which the socket's next call reports too, needs no handling here.
        // SAFETY: the poller is live, SIGNAL FIRST, one thread uses it, and the variable outlives the call.
        unsafe { sys::zmq_poller_wait(self.poller.as_ptr(), &raw mut event, 0) };
    }

    /// Waits until the descriptor is readable or the deadline passes. A signal of the system ends the wait early.
    fn wait(&self, deadline: Deadline) -> Result<(), Failure> {
        let timeout = super::milliseconds(deadline.left());
        let mut item =
            sys::zmq_pollitem_t { socket: ptr::null_mut(), fd: self.fd, events: sys::ZMQ_POLLIN as i16, revents: 0 };
        // SAFETY: the descriptor is open while the poller is live, and the variable is one item, which outlives the call.
        match check(unsafe { sys::zmq_poll(&raw mut item, 1, timeout.into()) }) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(unix)]
impl AsFd for SharedSignal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is open while the poller is live, and the result borrows the poller.
        unsafe { BorrowedFd::borrow_raw(self.fd) }
    }
}

impl Drop for SharedSignal {
    fn drop(&mut self) {
        // In a forked child, a lock of the socket may be held forever.
        if self.life.is_forked() {
            return;
        }
        let mut poller = self.poller.as_ptr();
        // SAFETY: the poller is live, SIGNAL FIRST, and nothing uses it afterwards.
        unsafe { sys::zmq_poller_destroy(&raw mut poller) };
    }
}

impl RawSocket {
    /// Repeats `attempt`, which must not block, until `deadline`, for a shared socket.
    pub(super) fn until_shared(
        &self,
        deadline: Deadline,
        attempt: &mut dyn FnMut(c_int) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let signal = SharedSignal::new(self)?;
        loop {
            signal.clear();
            // A send that would block has not processed all changes.
            self.get_int(sys::ZMQ_EVENTS)?;
            match attempt(sys::ZMQ_DONTWAIT) {
                Err(Failure::Errno(Errno::EINTR)) => continue,
                Err(Failure::Errno(Errno::EAGAIN)) if !deadline.has_passed() => {}
                result => return result,
            }
            signal.wait(SharedSignal::look_again(deadline))?;
        }
    }

    /// Wakes `waker` after each bind and connect, in a libzmq that does not signal the peers that these calls attach.
    #[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
    pub(crate) fn wake_on_attach(&self, waker: &Waker) {
        if !super::carries("shared-attach") {
            let before = self.attach_waker.lock().replace(waker.clone());
            drop(before);
        }
    }

    /// Wakes the tasks that wait for a peer.
    pub(super) fn attached(&self) {
        if self.is_shared() && !super::carries("shared-attach") {
            let waker = self.attach_waker.lock().clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}
