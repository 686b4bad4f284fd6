//! The options of sockets, one line each.
//!
//! A line has the getter, the setter and the C name; the documentation stands on the setter. The type says how the value
//! is encoded: `raw/value.rs` has one implementation for each.

use std::time::Duration;

use super::Socket;
use super::kinds::{Kind, Routes};
use crate::error::Result;
use crate::macros::options;
use crate::sys;

options! {
    impl<K: Kind> Socket<K> {
        /// Sets how many messages may wait for one peer before the socket blocks or drops, by its kind (0: no limit;
        /// default 1000).
        ///
        /// It applies to connections that exist, and to those to come. Over `inproc` the limit is the sum of this and
        /// the peer's [`recv_hwm`](Self::recv_hwm).
        send_hwm -> u32, set_send_hwm(u32) = ZMQ_SNDHWM;

        /// Sets how many messages of one peer may wait to be received (0: no limit; default 1000).
        recv_hwm -> u32, set_recv_hwm(u32) = ZMQ_RCVHWM;

        /// Sets how long a send may wait; `None`, the default, is for ever. The unit is the millisecond, rounded up.
        configured_send_timeout -> Option<Duration>, set_send_timeout(Option<Duration>) = ZMQ_SNDTIMEO;

        /// Sets how long a receive may wait; `None`, the default, is for ever. The unit is the millisecond, rounded up.
        configured_recv_timeout -> Option<Duration>, set_recv_timeout(Option<Duration>) = ZMQ_RCVTIMEO;

        /// Sets how long unsent messages outlive the socket; `None`, libzmq's default, keeps them for ever, and with
        /// them the drop of the context. SUB and XSUB sockets have zero as their default.
        linger -> Option<Duration>, set_linger(Option<Duration>) = ZMQ_LINGER;
    }
    impl<K: Routes> Socket<K> {
    }
}
