//! Types that exist for options of the draft API.

use std::ffi::c_int;
use std::time::Duration;

use bitflags::bitflags;

use crate::error::Failure;
use crate::raw::{self, FromOption, IntoOption, RawSocket, Value};
use crate::sys;

bitflags! {
    /// A set of conditions under which a socket stops reconnecting to an endpoint, for
    /// [`set_reconnect_stop`](crate::Socket::set_reconnect_stop).
    ///
    /// # Examples
    /// ```
    /// use zmq::socket::ReconnectStop;
    ///
    /// let conditions = ReconnectStop::CONNECTION_REFUSED | ReconnectStop::HANDSHAKE_FAILED;
    /// assert!(conditions.contains(ReconnectStop::HANDSHAKE_FAILED));
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct ReconnectStop: i32 {
        /// The peer's system refuses the connection. Over `tcp` only. Maps to `ZMQ_RECONNECT_STOP_CONN_REFUSED`.
        #[doc(alias = "ZMQ_RECONNECT_STOP_CONN_REFUSED")]
        const CONNECTION_REFUSED = sys::ZMQ_RECONNECT_STOP_CONN_REFUSED;
        /// The connection ends before the handshake is complete. Maps to `ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED`.
        #[doc(alias = "ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED")]
        const HANDSHAKE_FAILED = sys::ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED;
        /// A connection is refused after the program has disconnected the socket from any endpoint. Over `ipc` only.
        /// libzmq 4.3.4 cannot set this condition without the others. Maps to `ZMQ_RECONNECT_STOP_AFTER_DISCONNECT`.
        #[doc(alias = "ZMQ_RECONNECT_STOP_AFTER_DISCONNECT")]
        const AFTER_DISCONNECT = sys::ZMQ_RECONNECT_STOP_AFTER_DISCONNECT;
    }
}

impl ReconnectStop {
    /// The words of configuration files.
    #[cfg(feature = "serde")]
    pub(crate) const WORDS: [(&'static str, Self); 3] = [
        ("connection_refused", Self::CONNECTION_REFUSED),
        ("handshake_failed", Self::HANDSHAKE_FAILED),
        ("after_disconnect", Self::AFTER_DISCONNECT),
    ];

    /// The bits of `AFTER_DISCONNECT` in libzmq before 4.3.5, which are those of the other two conditions.
    const OLD_AFTER_DISCONNECT: c_int = 0x3;

    /// Returns the number for libzmq of this version.
    fn to_raw(self, version: [c_int; 3]) -> c_int {
        if version < [4, 3, 5] && self.contains(Self::AFTER_DISCONNECT) {
            Self::OLD_AFTER_DISCONNECT
        } else {
            self.bits()
        }
    }

    fn from_raw(number: c_int, version: [c_int; 3]) -> Self {
        if version < [4, 3, 5] && number == Self::OLD_AFTER_DISCONNECT {
            Self::all()
        } else {
            // Unknown conditions of a newer libzmq are kept.
            Self::from_bits_retain(number)
        }
    }
}

impl IntoOption for ReconnectStop {
    fn encode(&self) -> Result<Value<'_>, String> {
        match self.difference(Self::all()).bits() {
            0 => Ok(Value::Int(self.to_raw(raw::version()))),
            unknown => Err(format!("the condition {unknown:#x} is unknown")),
        }
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl FromOption for ReconnectStop {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        socket.get_int(option).map(|number| Self::from_raw(number, raw::version()))
    }
}

bitflags! {
    /// A set of events that a ROUTER socket receives as messages, for
    /// [`set_router_notify`](crate::Socket::set_router_notify).
    ///
    /// # Examples
    /// ```
    /// use zmq::socket::RouterNotify;
    ///
    /// assert_eq!(RouterNotify::all(), RouterNotify::CONNECT | RouterNotify::DISCONNECT);
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct RouterNotify: i32 {
        /// A peer has completed its handshake. Maps to `ZMQ_NOTIFY_CONNECT`.
        #[doc(alias = "ZMQ_NOTIFY_CONNECT")]
        const CONNECT = sys::ZMQ_NOTIFY_CONNECT;
        /// The connection of a peer has ended. Maps to `ZMQ_NOTIFY_DISCONNECT`.
        #[doc(alias = "ZMQ_NOTIFY_DISCONNECT")]
        const DISCONNECT = sys::ZMQ_NOTIFY_DISCONNECT;
    }
}

impl RouterNotify {
    /// The words of configuration files.
    #[cfg(feature = "serde")]
    pub(crate) const WORDS: [(&'static str, Self); 2] = [("connect", Self::CONNECT), ("disconnect", Self::DISCONNECT)];
}

impl IntoOption for RouterNotify {
    fn encode(&self) -> Result<Value<'_>, String> {
        match self.difference(Self::all()).bits() {
            0 => Ok(Value::Int(self.bits())),
            unknown => Err(format!("the event {unknown:#x} is unknown")),
        }
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl FromOption for RouterNotify {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        socket.get_int(option).map(Self::from_bits_retain)
    }
}

/// The congestion control of the `norm` transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NormMode {
    /// A fixed rate, which [`set_rate`](crate::Socket::set_rate) sets. Maps to `ZMQ_NORM_FIXED`.
    Fixed,
    /// Congestion control by packet loss, like that of TCP. Maps to `ZMQ_NORM_CC`.
    CongestionControl,
    /// Congestion control that tolerates packet loss. Maps to `ZMQ_NORM_CCL`.
    LossTolerant,
    /// Congestion control by congestion marks of routers. Maps to `ZMQ_NORM_CCE`.
    Marked,
    /// Congestion control by congestion marks of routers only. Maps to `ZMQ_NORM_CCE_ECNONLY`.
    MarkedOnly,
    /// A mode that the crate does not know, by its number.
    Other(i32),
}

impl NormMode {
    /// The words of configuration files.
    #[cfg(feature = "serde")]
    pub(crate) const WORDS: [(&'static str, Self); 5] = [
        ("fixed", Self::Fixed),
        ("congestion_control", Self::CongestionControl),
        ("loss_tolerant", Self::LossTolerant),
        ("marked", Self::Marked),
        ("marked_only", Self::MarkedOnly),
    ];
}

impl IntoOption for NormMode {
    fn encode(&self) -> Result<Value<'_>, String> {
        Ok(Value::Int(match *self {
            Self::Fixed => sys::ZMQ_NORM_FIXED,
            Self::CongestionControl => sys::ZMQ_NORM_CC,
            Self::LossTolerant => sys::ZMQ_NORM_CCL,
            Self::Marked => sys::ZMQ_NORM_CCE,
            Self::MarkedOnly => sys::ZMQ_NORM_CCE_ECNONLY,
            Self::Other(number) => number,
        }))
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl FromOption for NormMode {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        Ok(match socket.get_int(option)? {
            sys::ZMQ_NORM_FIXED => Self::Fixed,
            sys::ZMQ_NORM_CC => Self::CongestionControl,
            sys::ZMQ_NORM_CCL => Self::LossTolerant,
            sys::ZMQ_NORM_CCE => Self::Marked,
            sys::ZMQ_NORM_CCE_ECNONLY => Self::MarkedOnly,
            other => Self::Other(other),
        })
    }
}

/// A duration in microseconds, rounded up.
pub(super) struct Microseconds(pub(super) Duration);

impl IntoOption for Microseconds {
    fn encode(&self) -> Result<Value<'_>, String> {
        let micros = c_int::try_from(self.0.as_nanos().div_ceil(1000));
        micros.map(Value::Int).map_err(|_| format!("at most {} µs (35 minutes) are possible", c_int::MAX))
    }
    fn show(&self) -> String {
        self.0.show()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conditions_have_the_numbers_of_the_loaded_version() {
        let [old, new] = [[4, 3, 4], [4, 3, 5]];
        for conditions in [ReconnectStop::empty(), ReconnectStop::CONNECTION_REFUSED, ReconnectStop::HANDSHAKE_FAILED] {
            for version in [old, new] {
                assert_eq!(conditions.to_raw(version), conditions.bits());
                assert_eq!(ReconnectStop::from_raw(conditions.bits(), version), conditions);
            }
        }
        assert_eq!(ReconnectStop::AFTER_DISCONNECT.to_raw(new), 4);
        assert_eq!(ReconnectStop::from_raw(4, new), ReconnectStop::AFTER_DISCONNECT);
        assert_eq!(ReconnectStop::AFTER_DISCONNECT.to_raw(old), 3);
        assert_eq!(ReconnectStop::from_raw(3, old), ReconnectStop::all());
        assert_eq!(
            ReconnectStop::from_raw(3, new),
            ReconnectStop::CONNECTION_REFUSED | ReconnectStop::HANDSHAKE_FAILED
        );
    }
}
