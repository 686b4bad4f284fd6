//! One frame on its way to libzmq, and how long it waits.

use std::ffi::c_int;
use std::time::{Duration, Instant};

use super::Core;
use super::kinds::{Fact, SocketType};
use super::wait::Transfer;
use crate::error::Errno;
use crate::raw::{FromOption, RawMessage};
use crate::sys;

/// How long a send waits before it looks whether the peer is gone for which libzmq waits.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// The send of one frame.
pub(super) struct Sending<'a> {
    pub(super) core: &'a Core,
    pub(super) message: &'a mut RawMessage,
    pub(super) more: c_int,
    /// Whether the frame begins a message.
    pub(super) begins: bool,
}

impl Sending<'_> {
    /// Whether an attempt in vain is followed by a look.
    fn looks(&self) -> bool {
        self.begins && may_wait_in_vain(self.core.socket_type)
    }
}

impl Transfer for Sending<'_> {
    #[inline]
    fn configured_flags(&self) -> c_int {
        self.core.raw.send_flags()
    }

    fn configured_timeout(&self) -> Result<Option<Duration>, Errno> {
        FromOption::read(&self.core.raw, sys::ZMQ_SNDTIMEO)
    }

    #[inline]
    fn attempt(&mut self, flags: c_int) -> Result<(), Errno> {
        self.core.raw.send(self.message, || flags | self.more)
    }

    fn until(&mut self, deadline: Option<Instant>) -> Result<(), Errno> {
        if !self.looks() {
            return self.core.raw.send_until(self.message, deadline, self.more);
        }
        loop {
            match self.look() {
                Err(Errno::EAGAIN) => {}
                result => return result,
            }
            let look = Instant::now() + LOOK_INTERVAL;
            let until = deadline.map_or(look, |deadline| deadline.min(look));
            match self.core.raw.send_until(self.message, Some(until), self.more) {
                Err(Errno::EAGAIN) if deadline.is_none_or(|deadline| until < deadline) => {}
                result => return result,
            }
        }
    }

    fn look(&mut self) -> Result<(), Errno> {
        if !self.looks() {
            return Err(Errno::EAGAIN);
        }
        self.core.raw.get_int(sys::ZMQ_EVENTS)?;
        loop {
            match self.attempt(sys::ZMQ_DONTWAIT) {
                Err(Errno::EINTR) => {}
                result => return result,
            }
        }
    }
}

/// Whether a send may wait for a peer that is gone.
///
/// To libzmq a peer that left is there until what it sent was read to the end; and if its queue is full, it counts as one
/// that is slow. A look at the events reads on to that end, unless a message comes first.
pub(super) fn may_wait_in_vain(socket_type: SocketType) -> bool {
    socket_type.has(Fact::OutwaitsPeers)
}
