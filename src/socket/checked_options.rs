//! Options that consist of several values or need a check.

use std::ffi::c_int;
use std::sync::MutexGuard;
use std::time::Duration;

use super::Socket;
use super::kinds::{Ability, ConflatesReceived, ConflatesSent, Kind};
use super::values::{Heartbeat, TcpKeepalive};
use crate::error::{Errno, Error, Operation, Result};
use crate::raw::{IntoOption, Value};
use crate::{raw, sys};

/// # High-water marks
impl<K: Kind> Socket<K> {
    /// Sets the send high-water mark: the maximum number of messages queued for each peer. At the limit the socket
    /// blocks or drops messages, depending on its kind.
    ///
    /// Default: 1000 (no limit on SUB, XSUB and DISH sockets). `0` means no limit. The maximum is 2147483647.
    ///
    /// Over `inproc` the limit is the sum of this value and the peer's [`recv_hwm`](Self::recv_hwm).
    ///
    /// SUB, XSUB and DISH sockets have no limit by default, unlike in libzmq: subscriptions and joins count as messages,
    /// and libzmq silently drops those above the limit.
    ///
    /// Returns the socket, so that setters chain.
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is bound or connected, and libzmq is not newer than
    ///   4.3.5. Such versions may use freed memory if the limit changes while a peer disconnects.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the number is too large.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?;
    /// socket.set_send_hwm(10)?.connect("inproc://not-bound-yet")?;
    /// for number in 0..10 {
    ///     socket.try_send([number])?;
    /// }
    /// assert!(socket.try_send("the queue is full").unwrap_err().is_would_block());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_SNDHWM`.
    #[doc(alias("ZMQ_SNDHWM", "set_sndhwm"))]
    pub fn set_send_hwm(&self, messages: u32) -> Result<&Self> {
        let _attaching = self.expect_detached("send_hwm")?;
        self.set_option(sys::ZMQ_SNDHWM, "send_hwm", messages)
    }

    /// Returns the value set by [`set_send_hwm`](Self::set_send_hwm).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// assert_eq!(socket.send_hwm()?, 1000);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_SNDHWM`.
    #[doc(alias = "get_sndhwm")]
    pub fn send_hwm(&self) -> Result<u32> {
        self.get_option(sys::ZMQ_SNDHWM, "send_hwm")
    }

    /// Sets the receive high-water mark: the maximum number of received messages queued for each peer.
    ///
    /// Default: 1000. `0` means no limit. The maximum is 2147483647.
    ///
    /// Returns the socket, so that setters chain.
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is bound or connected, and libzmq is not newer than
    ///   4.3.5.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the number is too large.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// socket.set_recv_hwm(10)?.bind("inproc://jobs")?;
    /// assert_eq!(socket.recv_hwm()?, 10);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_RCVHWM`.
    #[doc(alias("ZMQ_RCVHWM", "set_rcvhwm"))]
    pub fn set_recv_hwm(&self, messages: u32) -> Result<&Self> {
        let _attaching = self.expect_detached("recv_hwm")?;
        self.set_option(sys::ZMQ_RCVHWM, "recv_hwm", messages)
    }

    /// Returns the value set by [`set_recv_hwm`](Self::set_recv_hwm).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// assert_eq!(socket.recv_hwm()?, 1000);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_RCVHWM`.
    #[doc(alias = "get_rcvhwm")]
    pub fn recv_hwm(&self) -> Result<u32> {
        self.get_option(sys::ZMQ_RCVHWM, "recv_hwm")
    }

    /// Refuses to change the limits of pipes that may be closing: libzmq may have freed their other end. The returned
    /// guard keeps other threads from attaching a shared socket.
    fn expect_detached(&self, name: &str) -> Result<Option<MutexGuard<'_, ()>>> {
        let attaching = self.core.attaching(Operation::SetOption, name)?;
        if !self.core.memory.is_attached() || raw::version() > [4, 3, 5] {
            return Ok(attaching);
        }
        let error = Error::on(Operation::SetOption, name, Errno::EFSM);
        Err(error.because("set it before the first bind or connect; libzmq up to 4.3.5 may crash otherwise"))
    }
}

impl<K: Kind> Socket<K> {
    /// Refuses to turn `immediate` off if a connection may have been made with it and this libzmq aborts when such a
    /// connection is lost later. The returned guard keeps other threads from attaching a shared socket.
    pub(super) fn expect_changeable(
        &self,
        option: c_int,
        name: &str,
        value: &Value<'_>,
    ) -> Result<Option<MutexGuard<'_, ()>>> {
        if option != sys::ZMQ_IMMEDIATE || !matches!(value, Value::Int(0)) || raw::carries("immediate-off") {
            return Ok(None);
        }
        let attaching = self.core.attaching(Operation::SetOption, name)?;
        if !self.core.memory.is_attached() || !self.immediate()? {
            return Ok(attaching);
        }
        let error = Error::on(Operation::SetOption, name, Errno::EFSM);
        Err(error.because("this libzmq aborts if it loses a connection from before; open another socket"))
    }
}

/// # Heartbeat and keepalive
impl<K: Kind> Socket<K> {
    /// Sets the TCP keepalive of new connections, by which TCP detects dead peers. Returns the socket,
    /// so that setters chain.
    ///
    /// # Errors
    /// If this fails, no value is changed.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the system would reject a value for every connection, which
    ///   libzmq does not report. On Linux, times range from 1 s to 32767 s, and the count from 1 to 127 probes.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Push, TcpKeepalive};
    ///
    /// let socket = Context::new()?.socket(Push)?;
    /// let idle = Some(Duration::from_secs(60));
    /// socket.set_tcp_keepalive(TcpKeepalive { on: Some(true), idle, ..TcpKeepalive::default() })?;
    /// assert_eq!(socket.tcp_keepalive()?.idle, idle);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_TCP_KEEPALIVE`, `ZMQ_TCP_KEEPALIVE_IDLE`, `ZMQ_TCP_KEEPALIVE_INTVL` and `ZMQ_TCP_KEEPALIVE_CNT`.
    #[doc(alias("ZMQ_TCP_KEEPALIVE", "ZMQ_TCP_KEEPALIVE_IDLE", "ZMQ_TCP_KEEPALIVE_INTVL", "ZMQ_TCP_KEEPALIVE_CNT"))]
    pub fn set_tcp_keepalive(&self, keepalive: TcpKeepalive) -> Result<&Self> {
        keepalive.with_options(|options| self.set_together(options))
    }

    /// Returns the values set by [`set_tcp_keepalive`](Self::set_tcp_keepalive).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// assert_eq!(socket.tcp_keepalive()?, zmq::TcpKeepalive::default());
    /// # Ok::<(), zmq::Error>(())
    /// ```
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

    /// Sets the heartbeat of new connections, by which ZeroMQ detects dead peers. Returns the socket,
    /// so that setters chain.
    ///
    /// A peer answers pings only while it reads. A peer whose queues are full for longer than the timeout is
    /// disconnected as if it were gone, so choose a timeout above the longest pause of a slow reader.
    ///
    /// # Errors
    /// If this fails, no value is changed.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a time is too long.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Heartbeat, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?;
    /// socket.set_heartbeat(Heartbeat::every(Duration::from_secs(1)))?;
    /// assert_eq!(socket.heartbeat()?.interval, Duration::from_secs(1));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_HEARTBEAT_IVL`, `ZMQ_HEARTBEAT_TIMEOUT` and `ZMQ_HEARTBEAT_TTL`.
    #[doc(alias("ZMQ_HEARTBEAT_IVL", "ZMQ_HEARTBEAT_TIMEOUT", "ZMQ_HEARTBEAT_TTL"))]
    pub fn set_heartbeat(&self, heartbeat: Heartbeat) -> Result<&Self> {
        heartbeat.with_options(|options| self.set_together(options))
    }

    /// Sets all of these options, or none if a value is invalid.
    fn set_together(&self, options: &[(c_int, &str, &dyn IntoOption)]) -> Result<&Self> {
        check_together(options)?;
        for (option, name, value) in options {
            self.set_option(*option, name, *value)?;
        }
        Ok(self)
    }

    /// Returns the values set by [`set_heartbeat`](Self::set_heartbeat).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// assert_eq!(socket.heartbeat()?, zmq::Heartbeat::default());
    /// # Ok::<(), zmq::Error>(())
    /// ```
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
}

/// # Proxy of connections
impl<K: Kind> Socket<K> {
    /// Sets the SOCKS5 proxy for new TCP connections, as `host:port`. Returns the socket, so that setters chain.
    ///
    /// Default: `None`, which uses no proxy.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the text is empty, too long, or contains a NUL byte.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Safety
    /// The proxy must be reachable and must accept every connection until the socket is closed. If a connection to the
    /// proxy fails, libzmq up to 4.3.5 uses freed memory, and usually aborts, when the socket is closed or disconnected
    /// before the next attempt.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// // SAFETY: the socket never connects, so that no connection to the proxy fails.
    /// unsafe { socket.set_socks_proxy(Some("127.0.0.1:1080"))? };
    /// assert_eq!(socket.socks_proxy()?.as_deref(), Some("127.0.0.1:1080"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_SOCKS_PROXY`.
    #[doc(alias = "ZMQ_SOCKS_PROXY")]
    #[allow(unsafe_code)]
    pub unsafe fn set_socks_proxy(&self, proxy: Option<&str>) -> Result<&Self> {
        self.set_option(sys::ZMQ_SOCKS_PROXY, "socks_proxy", proxy)
    }
}

/// # Conflation
impl<K: Kind> Socket<K> {
    /// Sets whether only the newest message is kept for each peer, instead of a queue up to the high-water mark.
    /// Returns the socket, so that setters chain.
    ///
    /// Default: `false`. PUSH and PUB sockets only. Set it before the first bind or connect.
    ///
    /// A conflating socket sends single frames only: sending a multipart message fails. Over `inproc`, the socket can
    /// only connect to endpoints that are already bound.
    ///
    /// Installed builds of libzmq drop the newest message when the socket is dropped before a peer has received the
    /// message, regardless of the linger period. They also conflate subscriptions on their way to a PUB socket: of ten
    /// that arrive together, the socket knows one. The vendored libzmq does neither.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is untyped and neither PUSH nor PUB.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// socket.set_conflate(true)?;
    /// assert!(socket.conflate()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_CONFLATE`.
    #[doc(alias = "ZMQ_CONFLATE")]
    pub fn set_conflate(&self, on: bool) -> Result<&Self>
    where
        K: ConflatesSent,
    {
        if !self.core.socket_type.can(Ability::ConflatesSent) {
            let error = Error::on(Operation::SetOption, "conflate", Errno::ENOTSUP);
            return Err(error.because("only PUSH and PUB sockets support it safely"));
        }
        self.set_conflation(on)
    }
}

impl<K: Kind> Socket<K> {
    /// Sets whether only the newest message of each peer is kept for receiving, instead of a queue up to the high-water
    /// mark. Returns the socket, so that setters chain.
    ///
    /// Default: `false`. SUB, PULL and DEALER sockets only. Set it before the first bind or connect.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Safety
    /// No peer may ever send the socket a multipart message: libzmq aborts the process when one arrives. Peers on the
    /// network have to be trusted in this respect.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// // SAFETY: all peers of this program send single frames.
    /// unsafe { socket.set_conflate_received(true)? };
    /// assert!(socket.conflate()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_CONFLATE`.
    #[doc(alias = "ZMQ_CONFLATE")]
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
        // Existing connections keep the setting they were created with.
        let kept = self.core.outgoing.conflates() && self.core.memory.is_attached();
        self.core.outgoing.set_conflates(on || kept);
        Ok(self)
    }

    /// Returns `true` if only the newest message is kept, in either direction.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// assert!(!socket.conflate()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_CONFLATE`.
    #[doc(alias("ZMQ_CONFLATE", "is_conflate"))]
    pub fn conflate(&self) -> Result<bool> {
        self.get_option(sys::ZMQ_CONFLATE, "conflate")
    }
}

impl Heartbeat {
    /// Passes the options that make up the heartbeat to `take`.
    fn with_options<T>(self, take: impl FnOnce(&[(c_int, &str, &dyn IntoOption)]) -> T) -> T {
        // libzmq has no value for "the same as the interval" that can be set.
        let timeout = self.timeout.unwrap_or(self.interval);
        let time_to_live = TimeToLive(self.time_to_live);
        take(&[
            (sys::ZMQ_HEARTBEAT_TTL, "heartbeat.time_to_live", &time_to_live),
            (sys::ZMQ_HEARTBEAT_TIMEOUT, "heartbeat.timeout", &timeout),
            (sys::ZMQ_HEARTBEAT_IVL, "heartbeat.interval", &self.interval),
        ])
    }

    /// Returns an error if a value is invalid for every socket.
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

/// A duration in tenths of a second, rounded up. The protocol has 16 bits for it.
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
