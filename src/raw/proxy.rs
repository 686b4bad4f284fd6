//! Waiting for several sockets with `zmq_poll`, which works on every platform.

use std::ffi::{c_int, c_long, c_short};

use super::bell::Bell;
use super::shared::SharedSignal;
use super::socket::RawSocket;
use super::{check, milliseconds, sys};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};

/// The most items that are waited for at once: three sockets and a bell.
const MOST: usize = 4;
/// The timeout of `zmq_poll` that never expires.
const FOREVER: c_long = -1;

/// A socket with its interest and its readiness, both as bits of `ZMQ_POLLIN` and `ZMQ_POLLOUT`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) socket: &'a RawSocket,
    pub(crate) interest: c_int,
    pub(crate) ready: c_int,
    /// The signal of a shared socket, without which it must not be asked.
    signal: Option<&'a SharedSignal>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(socket: &'a RawSocket) -> Self {
        Self { socket, interest: 0, ready: 0, signal: None }
    }

    pub(crate) fn with_signal(self, signal: Option<&'a SharedSignal>) -> Self {
        Self { signal, ..self }
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
        count += 1;
        // zmq_poll would wait for a shared socket with a poller of libzmq, which aborts if another socket was shut down.
        if let Some(signal) = asked.signal {
            (item.fd, item.events) = (signal.poll_fd(), sys::ZMQ_POLLIN as c_short);
            continue;
        }
        *entered = Some(asked.socket.enter()?);
        item.socket = asked.socket.as_ptr();
        // zmq_poll ignores a socket without events, and would not notice a shutdown.
        item.events = (asked.interest | sys::ZMQ_POLLERR) as c_short;
    }
    // The bell comes after the sockets.
    if let (Some(bell), Some(item)) = (bell, items.get_mut(asked.len())) {
        (item.fd, item.events) = (bell.poll_fd(), sys::ZMQ_POLLIN as c_short);
        count += 1;
    }
    let rings = |items: &[sys::zmq_pollitem_t; MOST], asked: &[Asked<'_>]| {
        bell.is_some() && items.get(asked.len()).is_some_and(|item| item.revents != 0)
    };
    loop {
        let mut found = ask_shared(asked)?;
        let timeout = match asked.iter().find_map(|asked| asked.signal) {
            Some(_) if found => 0,
            Some(_) => milliseconds(SharedSignal::look_again(Deadline::NEVER).left()).into(),
            None => FOREVER,
        };
        // SAFETY: HANDLE, ONE THREAD and NOT REENTERED of every socket, all of which were entered above; the descriptors of
        // signals and of the bell are open; the pointer is to `count` items that outlive the call.
        match check(unsafe { sys::zmq_poll(items.as_mut_ptr(), count, timeout) }) {
            Ok(_) => {}
            // Every wait in a forked child fails with this errno.
            Err(Errno::EINTR) => {
                asked.iter().try_for_each(|asked| asked.socket.life().check())?;
                continue;
            }
            Err(errno) => return Err(errno.into()),
        }
        for (asked, item) in asked.iter_mut().zip(&items) {
            match asked.signal {
                Some(signal) if item.revents != 0 => signal.clear(),
                Some(_) => {}
                None => {
                    asked.ready = item.revents.into();
                    found |= asked.ready != 0;
                }
            }
        }
        if found || rings(&items, asked) {
            return Ok(rings(&items, asked));
        }
    }
}

/// Sets the readiness of the shared sockets, and returns `true` if one of them is ready for its interest.
fn ask_shared(asked: &mut [Asked<'_>]) -> Result<bool, Failure> {
    let mut found = false;
    for asked in asked.iter_mut().filter(|asked| asked.signal.is_some()) {
        asked.ready = asked.socket.get_int(sys::ZMQ_EVENTS)? & asked.interest;
        found |= asked.ready != 0;
    }
    Ok(found)
}
