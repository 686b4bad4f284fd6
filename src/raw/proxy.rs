//! What a proxy needs: waiting for several sockets with libzmq's own means, which every platform has, and a line
//! between two threads.

use std::ffi::{c_int, c_long, c_short};

use super::socket::RawSocket;
use super::{check, sys, unique_name};
use crate::error::{Errno, Failure};

/// The most sockets that are waited for at once.
const MOST: usize = 4;

/// A socket, what it is asked for, and what it is ready for: bits of `ZMQ_POLLIN` and `ZMQ_POLLOUT`.
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

    pub(crate) fn is_readable(&self) -> bool {
        self.ready & sys::ZMQ_POLLIN != 0
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.ready & sys::ZMQ_POLLOUT != 0
    }
}

/// Waits, without a limit and through signals, until one of up to four different sockets is ready for what it is asked
/// for, and notes what they are ready for. The shutdown of a context ends the wait, be it that of a socket which is asked
/// for nothing.
pub(crate) fn wait_for_any(asked: &mut [Asked<'_>]) -> Result<(), Failure> {
    let nothing = || sys::zmq_pollitem_t { socket: std::ptr::null_mut(), fd: 0, events: 0, revents: 0 };
    let mut items: [_; MOST] = std::array::from_fn(|_| nothing());
    let mut entered: [_; MOST] = std::array::from_fn(|_| None);
    let mut count = 0;
    for ((item, entered), asked) in items.iter_mut().zip(&mut entered).zip(&*asked) {
        *entered = Some(asked.socket.enter()?);
        item.socket = asked.socket.as_ptr();
        // A socket that is asked for nothing would be left alone.
        item.events = (asked.interest | sys::ZMQ_POLLERR) as c_short;
        count += 1;
    }
    loop {
        const FOR_EVER: c_long = -1;
        // SAFETY: HANDLE, ONE THREAD and NOT REENTERED of every socket, which was entered just now; the pointer is to
        // `count` items that outlive the call.
        match check(unsafe { sys::zmq_poll(items.as_mut_ptr(), count, FOR_EVER) }) {
            Ok(_) => break,
            // In a forked child every wait ends so.
            Err(Errno::EINTR) => asked.iter().try_for_each(|asked| asked.socket.life().check())?,
            Err(errno) => return Err(errno.into()),
        }
    }
    for (asked, item) in asked.iter_mut().zip(&items) {
        asked.ready = item.revents.into();
    }
    Ok(())
}

impl RawSocket {
    /// Connects two sockets of the same context.
    pub(crate) fn pair_with(&self, other: &Self) -> Result<(), Failure> {
        loop {
            let name = unique_name();
            match self.bind(&name) {
                Ok(()) => return other.connect(&name),
                // Somebody chose the same name.
                Err(Failure::Errno(Errno::EADDRINUSE)) => {}
                Err(failure) => return Err(failure),
            }
        }
    }
}
