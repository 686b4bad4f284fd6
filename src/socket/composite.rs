//! Options that are more than a value: several at once, or with a check.

use std::ffi::c_int;
use std::time::Duration;

use super::kinds::{Ability, ConflatesReceived, ConflatesSent, Kind};
use super::values::{Heartbeat, TcpKeepalive};
use super::{Socket, known};
use crate::error::{Errno, Error, Operation, Result};
use crate::raw::IntoOption;
use crate::{raw, sys};

/// The most room that an option is read into: none is longer.
const MOST_BYTES: usize = 1 << 16;

impl<K: Kind> Socket<K> {
    /// Sets how many messages may wait for one peer before the socket blocks or drops, by its kind (0: no limit;
    /// default 1000).
    ///
    /// Over `inproc` the limit is the sum of this and the peer's [`recv_hwm`](Self::recv_hwm). Returns the socket, so
    /// that setters chain.
    ///
    /// SUB and XSUB sockets have no limit by default, unlike in libzmq: subscriptions count as messages, and libzmq drops
    /// those above the limit without an error.
    ///
    /// # Errors
    /// [`WrongState`](crate::ErrorKind::WrongState) after the first bind or connect, with a libzmq up to 4.3.5, which may use
    /// freed memory where the limit changes while a peer goes away.
    ///
    /// Maps to `ZMQ_SNDHWM`.
    pub fn set_send_hwm(&self, messages: u32) -> Result<&Self> {
        self.check_detached("send_hwm")?;
        self.set_option(sys::ZMQ_SNDHWM, "send_hwm", messages)
    }

    /// Returns what [`set_send_hwm`](Self::set_send_hwm) sets.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_SNDHWM`.
    pub fn send_hwm(&self) -> Result<u32> {
        self.get_option(sys::ZMQ_SNDHWM, "send_hwm")
    }

    /// Sets how many messages of one peer may wait to be received (0: no limit; default 1000). Returns the socket, so
    /// that setters chain.
    ///
    /// # Errors
    /// As for [`set_send_hwm`](Self::set_send_hwm).
    ///
    /// Maps to `ZMQ_RCVHWM`.
    pub fn set_recv_hwm(&self, messages: u32) -> Result<&Self> {
        self.check_detached("recv_hwm")?;
        self.set_option(sys::ZMQ_RCVHWM, "recv_hwm", messages)
    }

    /// Returns what [`set_recv_hwm`](Self::set_recv_hwm) sets.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_RCVHWM`.
    pub fn recv_hwm(&self) -> Result<u32> {
        self.get_option(sys::ZMQ_RCVHWM, "recv_hwm")
    }

    /// Refuses to change limits of pipes that may be closing, whose other end libzmq may have freed.
    fn check_detached(&self, name: &str) -> Result<()> {
        if !self.core.memory.is_attached() || raw::version() > [4, 3, 5] {
            return Ok(());
        }
        let error = Error::on(Operation::SetOption, name, Errno::EFSM);
        Err(error.because("set it before the socket binds or connects: up to 4.3.5 libzmq may crash otherwise"))
    }

    /// Sets how TCP finds out that a silent peer is gone, for connections to come. Returns the socket, so that setters
    /// chain.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that the system would refuse to every connection, which
    /// libzmq does not tell: nothing is set then. On Linux times are of 1 s to 32767 s, and 1 to 127 probes may go
    /// unanswered.
    ///
    /// Maps to `ZMQ_TCP_KEEPALIVE`, `ZMQ_TCP_KEEPALIVE_IDLE`, `ZMQ_TCP_KEEPALIVE_INTVL` and `ZMQ_TCP_KEEPALIVE_CNT`.
    pub fn set_tcp_keepalive(&self, keepalive: TcpKeepalive) -> Result<&Self> {
        keepalive.with_options(|options| self.set_together(options))
    }

    /// Returns what [`set_tcp_keepalive`](Self::set_tcp_keepalive) sets.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_TCP_KEEPALIVE`, `ZMQ_TCP_KEEPALIVE_IDLE`, `ZMQ_TCP_KEEPALIVE_INTVL` and `ZMQ_TCP_KEEPALIVE_CNT`.
    pub fn tcp_keepalive(&self) -> Result<TcpKeepalive> {
        let read = |option: c_int, name: &str| self.get_option::<Option<u32>>(option, name);
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Ok(TcpKeepalive {
            on: read(sys::ZMQ_TCP_KEEPALIVE, "tcp_keepalive.on")?.map(|on| on != 0),
            idle: read(sys::ZMQ_TCP_KEEPALIVE_IDLE, "tcp_keepalive.idle")?.map(seconds),
            interval: read(sys::ZMQ_TCP_KEEPALIVE_INTVL, "tcp_keepalive.interval")?.map(seconds),
            count: read(sys::ZMQ_TCP_KEEPALIVE_CNT, "tcp_keepalive.count")?,
        })
    }

    /// Sets the SOCKS5 proxy, as `host:port`, through which TCP connections to come are made; `None`, the default, uses
    /// none. Returns the socket, so that setters chain.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty text and one with a NUL,
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// # Safety
    /// The proxy is there, and refuses no connection, until the socket is closed: where one fails libzmq up to 4.3.5 uses
    /// memory that it freed, as soon as the socket closes or disconnects before the next attempt, and aborts as a rule.
    ///
    /// Maps to `ZMQ_SOCKS_PROXY`.
    #[allow(unsafe_code)]
    pub unsafe fn set_socks_proxy(&self, proxy: Option<&str>) -> Result<&Self> {
        self.set_option(sys::ZMQ_SOCKS_PROXY, "socks_proxy", proxy)
    }

    /// Sets how ZeroMQ finds out that a silent peer is gone, for connections to come. Returns the socket, so that
    /// setters chain.
    ///
    /// A peer answers pings only while it reads. A peer whose queues are full for longer than the timeout is disconnected
    /// as if it were gone, so choose a timeout above the longest pause of a slow reader.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a time that is too long: nothing is set then.
    ///
    /// Maps to `ZMQ_HEARTBEAT_IVL`, `ZMQ_HEARTBEAT_TIMEOUT` and `ZMQ_HEARTBEAT_TTL`.
    pub fn set_heartbeat(&self, heartbeat: Heartbeat) -> Result<&Self> {
        heartbeat.with_options(|options| self.set_together(options))
    }

    /// Sets all of these, or none where a value is not possible.
    fn set_together(&self, options: &[(c_int, &str, &dyn IntoOption)]) -> Result<&Self> {
        check_together(options)?;
        for (option, name, value) in options {
            self.set_option(*option, name, *value)?;
        }
        Ok(self)
    }

    /// Returns what [`set_heartbeat`](Self::set_heartbeat) sets.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_HEARTBEAT_IVL`, `ZMQ_HEARTBEAT_TIMEOUT` and `ZMQ_HEARTBEAT_TTL`.
    pub fn heartbeat(&self) -> Result<Heartbeat> {
        let interval: Duration = self.get_option(sys::ZMQ_HEARTBEAT_IVL, "heartbeat.interval")?;
        let timeout: Option<Duration> = self.get_option(sys::ZMQ_HEARTBEAT_TIMEOUT, "heartbeat.timeout")?;
        let time_to_live: Duration = self.get_option(sys::ZMQ_HEARTBEAT_TTL, "heartbeat.time_to_live")?;
        Ok(Heartbeat {
            interval,
            timeout: timeout.filter(|timeout| *timeout != interval),
            time_to_live: Some(time_to_live).filter(|time| !time.is_zero()),
        })
    }

    /// Returns an option as libzmq stores it, by its C number: for what the crate has no method for.
    ///
    /// # Errors
    /// Those of `zmq_getsockopt`, [`InvalidInput`](crate::ErrorKind::InvalidInput) for an unknown option among them.
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
    pub fn raw_option(&self, option: c_int, max_len: usize) -> Result<Vec<u8>> {
        let mut value = vec![0; max_len.min(MOST_BYTES)];
        let len = self.core.raw.get_into(option, &mut value);
        let len = len.map_err(|errno| Error::on(Operation::GetOption, format!("option {option}"), errno))?;
        value.truncate(len);
        Ok(value)
    }

    /// Sets an option by its C number and its bytes: for what the crate has no method for. Returns the socket.
    ///
    /// No bytes are passed as a null pointer, which takes a text back.
    ///
    /// # Errors
    /// Those of `zmq_setsockopt`, [`InvalidInput`](crate::ErrorKind::InvalidInput) for an unknown option among them.
    ///
    /// # Safety
    /// Some options let libzmq abort the process later, or use memory that it freed: the value is one that libzmq
    /// handles, for this socket, its peers, and what is done with them.
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
    #[allow(unsafe_code)]
    pub unsafe fn set_raw_option(&self, option: c_int, value: &[u8]) -> Result<&Self> {
        let bytes = if value.is_empty() { raw::Value::Unset } else { raw::Value::Bytes(value.into()) };
        let set = self.core.raw.set(option, &bytes);
        set.map_err(|errno| Error::on(Operation::SetOption, format!("option {option}"), errno))?;
        Ok(self)
    }

    /// Whether the libzmq that is loaded, and this type of socket, have an option, by its C number.
    ///
    /// libzmq is asked, so that options of newer versions are found too, unless they can only be set: of those the crate
    /// knows the ones of 4.3.5. After a shutdown there is none.
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
    #[must_use]
    pub fn is_supported(&self, option: c_int) -> bool {
        if self.core.raw.get_int(sys::ZMQ_TYPE).is_err() {
            return false;
        }
        match known::set_only(option) {
            Some(needs) => needs.are_met(self.core.socket_type),
            None => known::room(option).iter().any(|len| self.core.raw.get_into(option, &mut vec![0; *len]).is_ok()),
        }
    }
}

impl<K: Kind> Socket<K> {
    /// Sets whether only the newest message waits for each peer, instead of up to the high-water mark (default off).
    /// Returns the socket, so that setters chain.
    ///
    /// Such a socket sends single frames only: a multipart message is an error. Over `inproc` it connects to names that
    /// are bound. Set it before the first bind or connect.
    ///
    /// An installed libzmq drops the newest message with the socket if no peer has it by then, whatever the linger. It
    /// also conflates subscriptions on their way to a PUB socket: of ten that arrive together, the socket knows one. The
    /// vendored libzmq does neither.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) on an untyped socket that is not PUSH or PUB.
    ///
    /// Maps to `ZMQ_CONFLATE`.
    pub fn set_conflate(&self, on: bool) -> Result<&Self>
    where
        K: ConflatesSent,
    {
        if !self.core.socket_type.can(Ability::ConflatesSent) {
            let error = Error::on(Operation::SetOption, "conflate", Errno::ENOTSUP);
            return Err(error.because("only PUSH and PUB sockets can be asked for it in safety"));
        }
        self.set_conflation(on)
    }
}

impl<K: Kind> Socket<K> {
    /// Sets whether only the newest message of each peer waits to be received, instead of up to the high-water mark
    /// (default off). Returns the socket, so that setters chain. Set it before the first bind or connect.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// # Safety
    /// No peer ever sends the socket a multipart message: libzmq aborts the process when one arrives. A peer on the
    /// network has to be trusted with that.
    ///
    /// Maps to `ZMQ_CONFLATE`.
    #[allow(unsafe_code)]
    pub unsafe fn set_conflate_received(&self, on: bool) -> Result<&Self>
    where
        K: ConflatesReceived,
    {
        self.set_conflation(on)
    }
}

impl<K: Kind> Socket<K> {
    pub(crate) fn set_conflation(&self, on: bool) -> Result<&Self> {
        self.set_option(sys::ZMQ_CONFLATE, "conflate", on)?;
        // The connections that are there keep what they were made with.
        let kept = self.core.outgoing.conflates() && self.core.memory.is_attached();
        self.core.outgoing.set_conflates(on || kept);
        Ok(self)
    }

    /// Whether only the newest message waits, in either direction.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_CONFLATE`.
    pub fn conflate(&self) -> Result<bool> {
        self.get_option(sys::ZMQ_CONFLATE, "conflate")
    }
}

impl Heartbeat {
    /// Hands the options that it stands for to `take`.
    fn with_options<T>(self, take: impl FnOnce(&[(c_int, &str, &dyn IntoOption)]) -> T) -> T {
        // libzmq has no value for "as the interval" that could be set.
        let timeout = self.timeout.unwrap_or(self.interval);
        let time_to_live = TimeToLive(self.time_to_live);
        take(&[
            (sys::ZMQ_HEARTBEAT_TTL, "heartbeat.time_to_live", &time_to_live),
            (sys::ZMQ_HEARTBEAT_TIMEOUT, "heartbeat.timeout", &timeout),
            (sys::ZMQ_HEARTBEAT_IVL, "heartbeat.interval", &self.interval),
        ])
    }

    /// Refuses what no socket can be set to.
    #[cfg(feature = "serde")]
    pub(crate) fn check(self) -> Result<()> {
        self.with_options(check_together)
    }
}

pub(super) fn check_together(options: &[(c_int, &str, &dyn IntoOption)]) -> Result<()> {
    for (_, name, value) in options {
        let invalid = |reason| Error::invalid(Operation::SetOption, *name, reason).with_value(value.show());
        value.encode().map_err(invalid)?;
    }
    Ok(())
}

/// A duration in tenths of a second, rounded up, of which the protocol has 16 bits.
struct TimeToLive(Option<Duration>);

impl IntoOption for TimeToLive {
    fn encode(&self) -> Result<raw::Value<'_>, String> {
        let tenths = self.0.unwrap_or_default().as_nanos().div_ceil(100_000_000);
        let tenths = u16::try_from(tenths).map_err(|_| "at most 6553.5 s are possible".to_owned())?;
        Ok(raw::Value::Int(c_int::from(tenths) * 100))
    }
    fn show(&self) -> String {
        self.0.show()
    }
}
