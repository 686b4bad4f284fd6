//! What sockets have from the start that libzmq would have otherwise.

use super::Core;
use super::core::option_error;
use super::kinds::Fact;
use crate::error::{Errno, Operation, Result};
use crate::raw::{self, Gate};
use crate::sys;

impl<G: Gate> Core<G> {
    /// Sets what a socket that the crate opened has in place of libzmq's defaults.
    pub(super) fn set_defaults(&self) -> Result<()> {
        if self.socket_type.has(Fact::SendsSubscriptions) {
            // Subscriptions go to publishers as messages do, and libzmq drops those above the mark without an error, also
            // where it repeats them to a publisher that came back.
            self.set_default(sys::ZMQ_SNDHWM, "send_hwm", 0)?;
        }
        if self.socket_type.has(Fact::LooksForSubscriptions) {
            // Frames after the first are the program's. Otherwise libzmq takes those out that look like subscriptions, and
            // the end of the message may be one.
            match self.set_default(sys::ZMQ_ONLY_FIRST_SUBSCRIBE, "only_first_subscribe", 1) {
                // Some library that lacks it.
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
