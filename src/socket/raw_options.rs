//! Options by their C numbers.

use std::ffi::c_int;

use super::kinds::Kind;
use super::{Socket, supported};
use crate::error::{Error, Operation, Result};
use crate::{raw, sys};

/// The size of the largest buffer that an option is read into. No option is longer.
const MOST_BYTES: usize = 1 << 16;

/// # Options by number
impl<K: Kind> Socket<K> {
    /// Returns the bytes of the option with this C number, for options that the crate has no method for.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the option is unknown, or `max_len` is too small.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - other errors of `zmq_getsockopt`.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let value = socket.raw_option(zmq::sys::ZMQ_BACKLOG, size_of::<i32>())?;
    /// assert_eq!(value, 100_i32.to_ne_bytes());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_getsockopt`.
    #[doc(alias = "zmq_getsockopt")]
    pub fn raw_option(&self, option: c_int, max_len: usize) -> Result<Vec<u8>> {
        let mut value = vec![0; max_len.min(MOST_BYTES)];
        let len = self.core.raw.get_into(option, &mut value);
        let len = len.map_err(|errno| Error::on(Operation::GetOption, format!("option {option}"), errno))?;
        value.truncate(len);
        Ok(value)
    }

    /// Sets the option with this C number, for options that the crate has no method for. Returns the socket.
    ///
    /// An empty slice is passed as a null pointer, which resets an option that is text.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the option is unknown, or the value is invalid.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - other errors of `zmq_setsockopt`.
    ///
    /// # Safety
    /// Some values make libzmq abort the process later or use freed memory. The value must be one that libzmq handles
    /// correctly for this socket, its peers, and all later operations on them.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// // SAFETY: libzmq only stores the number.
    /// unsafe { socket.set_raw_option(zmq::sys::ZMQ_BACKLOG, &7_i32.to_ne_bytes())? };
    /// assert_eq!(socket.backlog()?, 7);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_setsockopt`.
    #[doc(alias = "zmq_setsockopt")]
    #[allow(unsafe_code)]
    pub unsafe fn set_raw_option(&self, option: c_int, value: &[u8]) -> Result<&Self> {
        let bytes = if value.is_empty() { raw::Value::Unset } else { raw::Value::Bytes(value.into()) };
        let set = self.core.raw.set(option, &bytes);
        set.map_err(|errno| Error::on(Operation::SetOption, format!("option {option}"), errno))?;
        Ok(self)
    }

    /// Returns `true` if the loaded libzmq supports the option with this C number for this type of socket.
    ///
    /// The call asks libzmq, so options of newer versions are recognized too. Options that can only be set are an
    /// exception: of these, the crate knows those of 4.3.5. After a shutdown no option is supported.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Push, Router, sys};
    ///
    /// let context = Context::new()?;
    /// let (router, push) = (context.socket(Router)?, context.socket(Push)?);
    /// assert!(router.is_supported(sys::ZMQ_SNDHWM));
    /// assert!(router.is_supported(sys::ZMQ_ROUTER_MANDATORY));
    /// assert!(!push.is_supported(sys::ZMQ_ROUTER_MANDATORY));
    /// assert!(!push.is_supported(12_345));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_getsockopt`.
    #[doc(alias = "zmq_getsockopt")]
    #[must_use]
    pub fn is_supported(&self, option: c_int) -> bool {
        if self.core.raw.get_int(sys::ZMQ_TYPE).is_err() {
            return false;
        }
        match supported::set_only(option) {
            Some(needs) => needs.are_met(self.core.socket_type),
            None => {
                supported::room(option).iter().any(|len| self.core.raw.get_into(option, &mut vec![0; *len]).is_ok())
            }
        }
    }
}
