//! Types that exist for options.

use std::borrow::Cow;
use std::ffi::c_int;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::curve::{PublicKey, SecretKey};
use crate::error::{Error, Failure, Operation};
use crate::password::Password;
use crate::raw::{FromOption, IntoOption, RawSocket, Value};
use crate::sys;

/// A set of a context's I/O threads.
///
/// # Examples
/// ```
/// use zmq::socket::Affinity;
/// use zmq::{Context, Push};
///
/// let socket = Context::builder().io_threads(2).build()?.socket(Push)?;
/// socket.set_affinity(Affinity::threads([1]))?.bind("tcp://127.0.0.1:*")?;
/// assert_eq!(socket.affinity()?.bits(), 0b10);
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Affinity(u64);

impl Affinity {
    /// All threads. This is the default.
    pub const ALL: Self = Self(0);

    /// Creates the set of these threads, counted from 0. Threads above 63 are ignored, because libzmq cannot represent
    /// them.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::socket::Affinity::threads([0, 2]).bits(), 0b101);
    /// ```
    #[must_use]
    pub fn threads(threads: impl IntoIterator<Item = u32>) -> Self {
        let bits = threads.into_iter().filter_map(|thread| 1_u64.checked_shl(thread));
        Self(bits.fold(0, |set, bit| set | bit))
    }

    /// Creates a set from libzmq's bits: bit 0 is thread 0. Zero means all threads.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::socket::Affinity::from_bits(0b101), zmq::socket::Affinity::threads([0, 2]));
    /// ```
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns libzmq's bits.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::socket::Affinity::ALL.bits(), 0);
    /// ```
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl IntoOption for Affinity {
    fn encode(&self) -> Result<Value<'_>, String> {
        Ok(Value::Bits(self.0))
    }
    fn show(&self) -> String {
        format!("{:#b}", self.0)
    }
}

impl FromOption for Affinity {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        u64::read(socket, option).map(Self)
    }
}

/// A security mechanism, by which the two ends of a connection authenticate each other.
///
/// Prints as ZeroMQ's name (`"CURVE"`), and parses from it, ignoring case. [`Other`](Self::Other) prints as its number.
///
/// # Examples
/// ```
/// use zmq::Mechanism;
///
/// let mechanism: Mechanism = "curve".parse()?;
/// assert_eq!(mechanism, Mechanism::Curve);
/// assert_eq!(mechanism.to_string(), "CURVE");
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mechanism {
    /// No authentication and no encryption. Maps to `ZMQ_NULL`.
    Null,
    /// Username and password, without encryption. Maps to `ZMQ_PLAIN`.
    Plain,
    /// Public keys, with encryption. Maps to `ZMQ_CURVE`.
    Curve,
    /// GSSAPI. Maps to `ZMQ_GSSAPI`.
    Gssapi,
    /// A mechanism that the crate does not know, by its number.
    Other(i32),
}

impl Mechanism {
    fn from_raw(number: c_int) -> Self {
        match number {
            sys::ZMQ_NULL => Self::Null,
            sys::ZMQ_PLAIN => Self::Plain,
            sys::ZMQ_CURVE => Self::Curve,
            sys::ZMQ_GSSAPI => Self::Gssapi,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.pad("NULL"),
            Self::Plain => f.pad("PLAIN"),
            Self::Curve => f.pad("CURVE"),
            Self::Gssapi => f.pad("GSSAPI"),
            Self::Other(number) => number.fmt(f),
        }
    }
}

/// Parses ZeroMQ's name, ignoring case, or a number.
impl FromStr for Mechanism {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        if let Ok(number) = word.parse() {
            return Ok(Self::from_raw(number));
        }
        let known = [Self::Null, Self::Plain, Self::Curve, Self::Gssapi];
        known.into_iter().find(|mechanism| mechanism.to_string().eq_ignore_ascii_case(word)).ok_or_else(|| {
            let reason = "unknown mechanism; the mechanisms are NULL, PLAIN, CURVE and GSSAPI";
            Error::invalid(Operation::ParseMechanism, word, reason)
        })
    }
}

impl FromOption for Mechanism {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        socket.get_int(option).map(Self::from_raw)
    }
}

impl IntoOption for PublicKey {
    fn encode(&self) -> Result<Value<'_>, String> {
        Ok(Value::Bytes(Cow::Borrowed(self.as_bytes())))
    }
    fn show(&self) -> String {
        self.to_string()
    }
}

impl IntoOption for SecretKey {
    fn encode(&self) -> Result<Value<'_>, String> {
        Ok(Value::Bytes(Cow::Borrowed(self.as_bytes())))
    }
    fn show(&self) -> String {
        "a secret".to_owned()
    }
}

impl IntoOption for Password {
    fn encode(&self) -> Result<Value<'_>, String> {
        match self.as_bytes().len() {
            1..=255 => Ok(Value::Bytes(Cow::Borrowed(self.as_bytes()))),
            _ => Err("it must have 1 to 255 bytes".to_owned()),
        }
    }
    fn show(&self) -> String {
        "a secret".to_owned()
    }
}

/// A key that was not set is all zeros.
impl FromOption for Option<PublicKey> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        let mut key = [0; 32];
        socket.get_into(option, &mut key)?;
        Ok(Some(PublicKey::from_bytes(key)).filter(|_| key != [0; 32]))
    }
}

/// A key that was not set is all zeros.
impl FromOption for Option<SecretKey> {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        let mut key = Zeroizing::new([0; 32]);
        socket.get_into(option, &mut *key)?;
        Ok(Some(SecretKey::from_bytes(&key)).filter(|key| *key.as_bytes() != [0; 32]))
    }
}

/// The type of a GSSAPI name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameType {
    /// A service on a host. Maps to `ZMQ_GSSAPI_NT_HOSTBASED`.
    HostBased,
    /// A local user. Maps to `ZMQ_GSSAPI_NT_USER_NAME`.
    UserName,
    /// A Kerberos principal. Maps to `ZMQ_GSSAPI_NT_KRB5_PRINCIPAL`.
    Krb5Principal,
    /// A type that the crate does not know, by its number.
    Other(i32),
}

impl IntoOption for NameType {
    fn encode(&self) -> Result<Value<'_>, String> {
        Ok(Value::Int(match *self {
            Self::HostBased => sys::ZMQ_GSSAPI_NT_HOSTBASED,
            Self::UserName => sys::ZMQ_GSSAPI_NT_USER_NAME,
            Self::Krb5Principal => sys::ZMQ_GSSAPI_NT_KRB5_PRINCIPAL,
            Self::Other(number) => number,
        }))
    }
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl FromOption for NameType {
    fn read(socket: &RawSocket, option: c_int) -> Result<Self, Failure> {
        Ok(match socket.get_int(option)? {
            sys::ZMQ_GSSAPI_NT_HOSTBASED => Self::HostBased,
            sys::ZMQ_GSSAPI_NT_USER_NAME => Self::UserName,
            sys::ZMQ_GSSAPI_NT_KRB5_PRINCIPAL => Self::Krb5Principal,
            other => Self::Other(other),
        })
    }
}

/// The TCP keepalive settings, by which TCP detects dead peers. `None` leaves a setting to the system.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::{Context, Push, TcpKeepalive};
///
/// let socket = Context::new()?.socket(Push)?;
/// let keepalive = TcpKeepalive { on: Some(true), idle: Some(Duration::from_secs(60)), ..TcpKeepalive::default() };
/// socket.set_tcp_keepalive(keepalive)?;
/// assert_eq!(socket.tcp_keepalive()?, keepalive);
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "TCP has these four settings")]
pub struct TcpKeepalive {
    /// Enables the probes. Maps to `ZMQ_TCP_KEEPALIVE`.
    pub on: Option<bool>,
    /// The idle time before the first probe, in whole seconds, rounded up. Maps to `ZMQ_TCP_KEEPALIVE_IDLE`.
    pub idle: Option<Duration>,
    /// The pause between probes, in whole seconds, rounded up. Maps to `ZMQ_TCP_KEEPALIVE_INTVL`.
    pub interval: Option<Duration>,
    /// The number of unanswered probes after which the connection is lost. Maps to `ZMQ_TCP_KEEPALIVE_CNT`.
    pub count: Option<u32>,
}

/// The heartbeat settings, by which ZeroMQ detects dead peers.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::{Context, Heartbeat, Push};
///
/// let socket = Context::new()?.socket(Push)?;
/// let heartbeat = Heartbeat { timeout: Some(Duration::from_secs(3)), ..Heartbeat::every(Duration::from_secs(1)) };
/// socket.set_heartbeat(heartbeat)?;
/// assert_eq!(socket.heartbeat()?, heartbeat);
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the protocol has these three settings")]
pub struct Heartbeat {
    /// The pause between two pings, in milliseconds, rounded up. Default: zero, which sends none. Maps to
    /// `ZMQ_HEARTBEAT_IVL`.
    pub interval: Duration,
    /// The timeout for the answer to a ping. Default: `None`, which is the same as the interval. Maps to
    /// `ZMQ_HEARTBEAT_TIMEOUT`.
    pub timeout: Option<Duration>,
    /// The time of silence after which the peer considers this end gone, in tenths of a second, rounded up, at most
    /// 6553.5 s. Default: `None`, which sends no such time to the peer. Maps to `ZMQ_HEARTBEAT_TTL`.
    pub time_to_live: Option<Duration>,
}

impl Heartbeat {
    /// Creates settings that ping at this interval, with defaults for the rest.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::Heartbeat;
    ///
    /// let heartbeat = Heartbeat::every(Duration::from_secs(1));
    /// assert_eq!((heartbeat.interval, heartbeat.timeout), (Duration::from_secs(1), None));
    /// ```
    #[must_use]
    pub fn every(interval: Duration) -> Self {
        Self { interval, ..Self::default() }
    }
}
