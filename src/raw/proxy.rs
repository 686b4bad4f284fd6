//! Waiting for several sockets with `zmq_poll`, which works on every platform.

use std::ffi::{c_int, c_long, c_short};

use super::bell::Bell;
use super::socket::RawSocket;
use super::{check, sys};
use crate::error::{Errno, Failure};

/// The most items that are waited for at once: three sockets and a bell.
const MOST: usize = 4;

/// A socket with its interest and its readiness, both as bits of `ZMQ_POLLIN` and `ZMQ_POLLOUT`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) socket: &'a RawSocket,
    pub(crate) interest: c_int,
    pub(crate) ready: c_int,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(socket: &'a RawSocket) -> Self {
        Self { socket, interest: 0, ready: 0 }
    }

    /// Asks whether something can be received.
    pub(crate) fn to_receive(self) -> Self {
        Self { interest: self.interest | sys::ZMQ_POLLIN, ..self }
    }

    pub(crate) fn is_readable(&self) -> bool {
        self.ready & sys::ZMQ_POLLIN != 0
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.ready & sys::ZMQ_POLLOUT != 0
    }
}

/// Blocks until one of at most three different sockets is ready for its interest, or until the bell rings. Sets the
/// readiness of the sockets, and returns `true` if the bell rings.
///
/// Signals do not end the wait. The shutdown of a socket's context ends it, even if the socket has no interest.
pub(crate) fn wait_for_any(asked: &mut [Asked<'_>], bell: Option<&Bell>) -> Result<bool, Failure> {
    let nothing = || sys::zmq_pollitem_t { socket: std::ptr::null_mut(), fd: 0, events: 0, revents: 0 };
    let mut items: [_; MOST] = std::array::from_fn(|_| nothing());
    let mut entered: [_; MOST] = std::array::from_fn(|_| None);
    let mut count = 0;
    for ((item, entered), asked) in items.iter_mut().zip(&mut entered).zip(&*asked) {
        *entered = Some(asked.socket.enter()?);
        item.socket = asked.socket.as_ptr();
        // zmq_poll ignores a socket without events, and would not notice a shutdown.
        item.events = (asked.interest | sys::ZMQ_POLLERR) as c_short;
        count += 1;
    }
    // The bell comes after the sockets.
    if let (Some(bell), Some(item)) = (bell, items.get_mut(asked.len())) {
        (item.fd, item.events) = (bell.poll_fd(), sys::ZMQ_POLLIN as c_short);
        count += 1;
    }
    loop {
        const FOREVER: c_long = -1;
        // SAFETY: HANDLE, ONE THREAD and NOT REENTERED of every socket, all of which were entered above; the pointer is
        // to `count` items that outlive the call.
        match check(unsafe { sys::zmq_poll(items.as_mut_ptr(), count, FOREVER) }) {
            Ok(_) => break,
            // Every wait in a forked child fails with this errno.
            Err(Errno::EINTR) => asked.iter().try_for_each(|asked| asked.socket.life().check())?,
            Err(errno) => return Err(errno.into()),
        }
    }
    for (asked, item) in asked.iter_mut().zip(&items) {
        asked.ready = item.revents.into();
    }
    let rings = |item: &sys::zmq_pollitem_t| item.revents != 0;
    Ok(bell.is_some() && items.get(asked.len()).is_some_and(rings))
}
