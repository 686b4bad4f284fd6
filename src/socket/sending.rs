//! One frame on its way to libzmq, and how long it waits.

use std::ffi::c_int;
use std::time::{Duration, Instant};

use super::Core;
use super::kinds::Fact;
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
        self.begins && self.core.socket_type.has(Fact::OutwaitsPeers)
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
