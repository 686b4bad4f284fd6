//! The options of a socket, as libzmq stores them.

use std::ffi::c_int;
use std::sync::atomic::Ordering;

use super::socket::RawSocket;
use super::sys;
use super::value::Value;
use crate::error::Failure;

/// The size of a buffer for the value of any socket option. The longest values are endpoints with a path, which has at
/// most 4,096 bytes.
pub(crate) const LONGEST_VALUE: usize = 8192;

impl RawSocket {
    pub(super) fn set_int(&self, option: c_int, value: c_int) -> Result<(), Failure> {
        self.set_bytes(option, &value.to_ne_bytes())
    }

    fn set_bytes(&self, option: c_int, value: &[u8]) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; the value outlives the call, which reads at most `len` bytes.
        self.call_through(|socket| unsafe { sys::zmq_setsockopt(socket, option, value.as_ptr().cast(), value.len()) })
            .map(drop)
    }

    pub(crate) fn set(&self, option: c_int, value: &Value<'_>) -> Result<(), Failure> {
        match value {
            Value::Int(value) => self.set_int(option, *value),
            Value::Wide(value) => self.set_bytes(option, &value.to_ne_bytes()),
            Value::Bits(value) => self.set_bytes(option, &value.to_ne_bytes()),
            Value::Bytes(value) => self.set_bytes(option, value),
            Value::Unset => self.unset(option),
        }?;
        if option == sys::ZMQ_SNDTIMEO || option == sys::ZMQ_RCVTIMEO {
            self.note_timeouts();
        }
        Ok(())
    }

    /// Resets a text. libzmq requires a null pointer for this, and the pointer of an empty slice is not null.
    fn unset(&self, option: c_int) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; libzmq does not read a null pointer with length 0.
        self.call_through(|socket| unsafe { sys::zmq_setsockopt(socket, option, std::ptr::null(), 0) }).map(drop)
    }

    pub(super) fn note_timeouts(&self) {
        let flags = |option, waits_itself| match self.get_int(option) {
            Ok(0) | Err(_) => 0,
            Ok(1..) => sys::ZMQ_DONTWAIT,
            Ok(_) if waits_itself => sys::ZMQ_DONTWAIT,
            Ok(_) => 0,
        };
        let waits_itself = self.waits_itself.load(Ordering::Relaxed);
        self.send_flags.store(flags(sys::ZMQ_SNDTIMEO, waits_itself), Ordering::Relaxed);
        self.receive_flags.store(flags(sys::ZMQ_RCVTIMEO, false), Ordering::Relaxed);
    }

    pub(crate) fn get_int(&self, option: c_int) -> Result<c_int, Failure> {
        self.get_array(option).map(c_int::from_ne_bytes).map(|value| self.with_kept(option, value))
    }

    /// Reads an option whose value has exactly this size.
    pub(crate) fn get_array<const N: usize>(&self, option: c_int) -> Result<[u8; N], Failure> {
        let mut value = [0; N];
        self.get_into(option, &mut value)?;
        Ok(value)
    }

    pub(crate) fn get_bytes(&self, option: c_int) -> Result<Vec<u8>, Failure> {
        let mut value = vec![0; LONGEST_VALUE];
        let len = self.get_into(option, &mut value)?;
        value.truncate(len);
        Ok(value)
    }

    /// Reads an option into `value` and returns the number of bytes.
    pub(crate) fn get_into(&self, option: c_int, value: &mut [u8]) -> Result<usize, Failure> {
        let room = value.len();
        let mut len = room;
        self.call_through(|socket| {
            len = room;
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `value` has room for `len` bytes, and libzmq writes no more.
            unsafe { sys::zmq_getsockopt(socket, option, value.as_mut_ptr().cast(), &raw mut len) }
        })?;
        Ok(len.min(room))
    }
}
