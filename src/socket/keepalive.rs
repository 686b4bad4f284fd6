//! The valid values of TCP keepalive. libzmq accepts any number; if the system does not, every connection fails as soon
//! as it is established, without an event, and leaks its descriptor.

use std::ffi::c_int;
use std::ops::RangeInclusive;
use std::time::Duration;

#[cfg(feature = "serde")]
use super::checked_options::check_together;
use super::values::TcpKeepalive;
use crate::raw::{IntoOption, Value};
use crate::sys;

/// The valid idle times and intervals in seconds. Linux has its own limits, Windows takes milliseconds in 31 bits, and
/// other systems count ticks, a thousand per second, in 32 bits.
const SECONDS: RangeInclusive<c_int> = if cfg!(any(target_os = "linux", target_os = "android")) {
    1..=32_767
} else if cfg!(windows) {
    1..=c_int::MAX / 1000
} else {
    1..=(u32::MAX / 1000) as c_int
};

/// The valid numbers of unanswered probes.
const PROBES: RangeInclusive<c_int> =
    if cfg!(any(target_os = "linux", target_os = "android")) { 1..=127 } else { 1..=c_int::MAX };

impl TcpKeepalive {
    /// Passes the options that make up the settings to `take`.
    pub(super) fn with_options<T>(self, take: impl FnOnce(&[(c_int, &str, &dyn IntoOption)]) -> T) -> T {
        let idle = Seconds(self.idle);
        let interval = Seconds(self.interval);
        let count = Probes(self.count);
        let on = self.on.map(u32::from);
        take(&[
            (sys::ZMQ_TCP_KEEPALIVE_IDLE, "tcp_keepalive.idle", &idle),
            (sys::ZMQ_TCP_KEEPALIVE_INTVL, "tcp_keepalive.interval", &interval),
            (sys::ZMQ_TCP_KEEPALIVE_CNT, "tcp_keepalive.count", &count),
            (sys::ZMQ_TCP_KEEPALIVE, "tcp_keepalive.on", &on),
        ])
    }

    /// Returns an error if a value is invalid for every socket.
    #[cfg(feature = "serde")]
    pub(crate) fn check(self) -> crate::error::Result<()> {
        self.with_options(check_together)
    }
}

/// A duration in whole seconds, rounded up.
struct Seconds(Option<Duration>);

impl IntoOption for Seconds {
    fn encode(&self) -> Result<Value<'_>, String> {
        let seconds = |duration: Duration| duration.as_nanos().div_ceil(1_000_000_000).try_into();
        encode(self.0.map(seconds), &SECONDS, " s")
    }
    fn show(&self) -> String {
        self.0.show()
    }
}

struct Probes(Option<u32>);

impl IntoOption for Probes {
    fn encode(&self) -> Result<Value<'_>, String> {
        encode(self.0.map(TryInto::try_into), &PROBES, "")
    }
    fn show(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Encodes a number of this range; `None` leaves the setting to the system.
fn encode<E>(
    number: Option<Result<c_int, E>>,
    range: &RangeInclusive<c_int>,
    unit: &str,
) -> Result<Value<'static>, String> {
    match number {
        None => Ok(Value::Int(-1)),
        Some(Ok(number)) if range.contains(&number) => Ok(Value::Int(number)),
        Some(_) => Err(format!("{}{unit} to {}{unit} are possible", range.start(), range.end())),
    }
}
