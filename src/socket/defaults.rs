//! Defaults of sockets that differ from the defaults of libzmq.

use super::Core;
use super::core::option_error;
use super::kinds::Fact;
use crate::error::{Errno, Operation, Result};
use crate::raw;
use crate::sys;

impl Core {
    /// Sets the crate's defaults on a new socket.
    pub(super) fn set_defaults(&self) -> Result<()> {
        if self.socket_type.has(Fact::SendsSubscriptions) {
            // Subscriptions and joins are sent to publishers as messages. libzmq silently drops those above the
            // high-water mark, also when it repeats them after a reconnect.
            self.set_default(sys::ZMQ_SNDHWM, "send_hwm", 0)?;
        }
        if self.socket_type.has(Fact::LooksForSubscriptions) {
            // Only first frames are subscriptions. Otherwise libzmq removes later frames that look like subscriptions,
            // even the last frame of a message.
            match self.set_default(sys::ZMQ_ONLY_FIRST_SUBSCRIBE, "only_first_subscribe", 1) {
                // This libzmq lacks the option.
                Err(error) if error.errno() == Errno::EINVAL => {}
                set => set?,
            }
        }
        Ok(())
    }

    fn set_default(&self, option: i32, name: &str, value: i32) -> Result<()> {
        let set = self.raw.set(option, &raw::Value::Int(value));
        set.map_err(|errno| option_error(Operation::OpenSocket, name, errno))
    }
}
