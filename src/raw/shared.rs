//! Waiting for a socket that several threads use, which has no descriptor of its own.

use std::ffi::{c_int, c_void};
use std::ptr::{self, NonNull};
use std::time::Duration;

use super::socket::RawSocket;
use super::{check, sys, uninterrupted};
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
/// **SIGNAL FIRST**: an owner of both this and the socket drops this first.
#[derive(Debug)]
pub(crate) struct SharedSignal {
    poller: NonNull<c_void>,
    fd: sys::zmq_fd_t,
}

// SAFETY: libzmq's pollers may move between threads with a full fence in between, which every safe way to move a value
// has.
unsafe impl Send for SharedSignal {}

impl SharedSignal {
    /// Creates the signal of a shared socket.
    pub(crate) fn new(socket: &RawSocket) -> Result<Self, Failure> {
        socket.life().check()?;
        // SAFETY: it takes nothing.
        let poller = NonNull::new(unsafe { sys::zmq_poller_new() }).ok_or_else(super::last_errno)?;
        let mut signal = Self { poller, fd: sys::zmq_fd_t::default() };
        let (null, events) = (ptr::null_mut(), sys::ZMQ_POLLIN as i16);
        socket.call_through(|socket| {
            // SAFETY: HANDLE: both are live, and nothing else uses the poller. libzmq does not use the null pointer.
            unsafe { sys::zmq_poller_add(poller.as_ptr(), socket, null, events) }
        })?;
        // SAFETY: the poller is live and has a shared socket, and the variable outlives the call.
        check(unsafe { sys::zmq_poller_fd(poller.as_ptr(), &raw mut signal.fd) })?;
        Ok(signal)
    }

    /// Returns the descriptor, which stays the same.
    #[expect(dead_code, reason = "pollers will use it")]
    pub(crate) fn fd(&self) -> sys::zmq_fd_t {
        self.fd
    }

    /// Clears the signal, and makes libzmq process the cause.
    pub(crate) fn clear(&self) -> Result<(), Failure> {
        let mut event =
            sys::zmq_poller_event_t { socket: ptr::null_mut(), fd: 0, user_data: ptr::null_mut(), events: 0 };
        let cleared = uninterrupted(|| {
            // SAFETY: the poller is live, SIGNAL FIRST, and the variable outlives the call.
            check(unsafe { sys::zmq_poller_wait(self.poller.as_ptr(), &raw mut event, 0) })
        });
        match cleared {
            // No event of the socket is ready.
            Ok(_) | Err(Errno::EAGAIN) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
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

impl Drop for SharedSignal {
    fn drop(&mut self) {
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
            signal.clear()?;
            match attempt(sys::ZMQ_DONTWAIT) {
                Err(Failure::Errno(Errno::EINTR)) => continue,
                Err(Failure::Errno(Errno::EAGAIN)) if !deadline.has_passed() => {}
                result => return result,
            }
            signal.wait(if super::carries("shared-attach") {
                deadline
            } else {
                deadline.min(Deadline::after(LOOK_INTERVAL))
            })?;
        }
    }
}
