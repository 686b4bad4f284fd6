//! Options that are more than a value: several at once, or with a check.

use std::ffi::c_int;
use std::time::Duration;

use super::kinds::{ConflatesReceived, ConflatesSent, HasRoutingId, Kind, NamesPeers, SocketType};
use super::values::{Heartbeat, TcpKeepalive};
use super::{Core, Socket};
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::{raw, sys};

impl<K: Kind> Socket<K> {
    /// Sets how many messages may wait for one peer before the socket blocks or drops, by its kind (0: no limit;
    /// default 1000).
    ///
    /// Over `inproc` the limit is the sum of this and the peer's [`recv_hwm`](Self::recv_hwm). Returns the socket, so
    /// that setters chain.
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
        if !self.core.attached.get() || raw::version() > [4, 3, 5] {
            return Ok(());
        }
        let error = Error::on(Operation::SetOption, name, Errno::EFSM);
        Err(error.because("set it before the socket binds or connects: up to 4.3.5 libzmq may crash otherwise"))
    }

    /// Sets how TCP finds out that a silent peer is gone, for connections to come. Returns the socket, so that setters
    /// chain.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a value that is too large.
    ///
    /// Maps to `ZMQ_TCP_KEEPALIVE`, `ZMQ_TCP_KEEPALIVE_IDLE`, `ZMQ_TCP_KEEPALIVE_INTVL` and `ZMQ_TCP_KEEPALIVE_CNT`.
    pub fn set_tcp_keepalive(&self, keepalive: TcpKeepalive) -> Result<&Self> {
        let seconds =
            |duration: Duration| u32::try_from(duration.as_nanos().div_ceil(1_000_000_000)).unwrap_or(u32::MAX);
        // The first may be refused only for what it is not, so that all are set or none.
        self.set_option(sys::ZMQ_TCP_KEEPALIVE_IDLE, "tcp_keepalive.idle", keepalive.idle.map(seconds))?
            .set_option(sys::ZMQ_TCP_KEEPALIVE_INTVL, "tcp_keepalive.interval", keepalive.interval.map(seconds))?
            .set_option(sys::ZMQ_TCP_KEEPALIVE_CNT, "tcp_keepalive.count", keepalive.count)?
            .set_option(sys::ZMQ_TCP_KEEPALIVE, "tcp_keepalive.on", keepalive.on.map(u32::from))
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

    /// Sets how ZeroMQ finds out that a silent peer is gone, for connections to come. Returns the socket, so that
    /// setters chain.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a time that is too long.
    ///
    /// Maps to `ZMQ_HEARTBEAT_IVL`, `ZMQ_HEARTBEAT_TIMEOUT` and `ZMQ_HEARTBEAT_TTL`.
    pub fn set_heartbeat(&self, heartbeat: Heartbeat) -> Result<&Self> {
        const UNIT: u128 = 100;
        let tenths = |duration: Duration| {
            let milliseconds = duration.as_nanos().div_ceil(UNIT * 1_000_000) * UNIT;
            Duration::from_millis(milliseconds.try_into().unwrap_or(u64::MAX))
        };
        // libzmq has no value for "as the interval" that could be set.
        let timeout = heartbeat.timeout.unwrap_or(heartbeat.interval);
        let time_to_live = heartbeat.time_to_live.map_or(Duration::ZERO, tenths);
        self.set_option(sys::ZMQ_HEARTBEAT_TTL, "heartbeat.time_to_live", time_to_live)?
            .set_option(sys::ZMQ_HEARTBEAT_TIMEOUT, "heartbeat.timeout", timeout)?
            .set_option(sys::ZMQ_HEARTBEAT_IVL, "heartbeat.interval", heartbeat.interval)
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
        let mut value = vec![0; max_len];
        let len = self.core.raw.get_into(option, &mut value);
        let len = len.map_err(|errno| Error::on(Operation::GetOption, format!("option {option}"), errno))?;
        value.truncate(len);
        Ok(value)
    }

    /// Sets an option by its C number and its bytes: for what the crate has no method for. Returns the socket.
    ///
    /// # Errors
    /// Those of `zmq_setsockopt`, [`InvalidInput`](crate::ErrorKind::InvalidInput) for an unknown option among them.
    ///
    /// # Safety
    /// Some options let libzmq abort the process later, or use memory that it freed: the value is one that libzmq
    /// handles, for this socket, its peers, and what is done with them.
    ///
    /// Maps to `zmq_setsockopt`.
    #[allow(unsafe_code)]
    pub unsafe fn set_raw_option(&self, option: c_int, value: &[u8]) -> Result<&Self> {
        let set = self.core.set_value(option, &raw::Value::Bytes(value.into()));
        set.map_err(|errno| Error::on(Operation::SetOption, format!("option {option}"), errno))?;
        Ok(self)
    }
}

impl<K: HasRoutingId> Socket<K> {
    /// Sets the routing id under which the peers of connections to come know the socket: 1 to 255 bytes, of which the
    /// first is not zero. Returns the socket, so that setters chain.
    ///
    /// It has to be unique among the peers of a ROUTER.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another length, or a zero at the front, which libzmq keeps for ids
    /// that it makes up itself.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Dealer)?;
    /// socket.set_routing_id("worker-7")?;
    /// assert_eq!(socket.routing_id()?, b"worker-7");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_ROUTING_ID`.
    pub fn set_routing_id(&self, id: impl AsRef<[u8]>) -> Result<&Self> {
        let id = id.as_ref();
        let invalid = |reason| Error::invalid(Operation::SetOption, "routing_id", reason).to_value(show(id));
        check_routing_id(id).map_err(invalid)?;
        self.set_option(sys::ZMQ_ROUTING_ID, "routing_id", id)
    }
}

impl<K: NamesPeers> Socket<K> {
    /// Connects, and chooses the routing id under which the socket knows the peer: 1 to 255 bytes, of which the first is
    /// not zero.
    ///
    /// Each id can be used once in the life of a socket. libzmq aborts the process where a peer has the id already, so
    /// that the socket is asked before: a peer that chose the id itself gets an empty message then, and the connection
    /// is refused. Random ids of 16 bytes and more cannot be guessed by a peer that means to collide.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and [`AddressInUse`](crate::ErrorKind::AddressInUse) for an id that was used.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dealer, Router};
    ///
    /// let context = Context::new()?;
    /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    /// router.connect_as(dealer.bind("inproc://peer")?, "peer")?;
    /// router.send_multipart(["peer", "hello"])?;
    /// assert_eq!(dealer.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_CONNECT_ROUTING_ID`.
    pub fn connect_as(&self, endpoint: impl AsRef<str>, routing_id: impl AsRef<[u8]>) -> Result<Endpoint> {
        let (text, id) = (endpoint.as_ref(), routing_id.as_ref());
        Endpoint::parse_for(Operation::Connect, text)?;
        let refused = |reason: String| Error::invalid(Operation::Connect, text, reason);
        check_routing_id(id).map_err(|reason| refused(format!("as {}: {reason}", show(id))))?;
        if self.core.has_named(id) || self.core.is_routed(id)? {
            let reason = format!("as {}: the socket has, or had, a peer of this routing id", show(id));
            return Err(Error::on(Operation::Connect, text, Errno::EADDRINUSE).because(reason));
        }
        self.set_option(sys::ZMQ_CONNECT_ROUTING_ID, "connect_routing_id", id)?;
        self.core.named.borrow_mut().insert(id.into());
        self.core.connect(text)
    }
}

impl Core {
    fn has_named(&self, id: &[u8]) -> bool {
        self.named.borrow().contains(id)
    }
}

impl<K: ConflatesSent> Socket<K> {
    /// Sets whether only the newest message waits for each peer, instead of up to the high-water mark (default off).
    /// Returns the socket, so that setters chain.
    ///
    /// Such a socket sends single frames only: a multipart message is an error. Set it before the first bind or connect.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) on an untyped socket that is not PUSH or PUB.
    ///
    /// Maps to `ZMQ_CONFLATE`.
    pub fn set_conflate(&self, on: bool) -> Result<&Self> {
        if !matches!(self.core.socket_type, SocketType::Push | SocketType::Pub) {
            let error = Error::on(Operation::SetOption, "conflate", Errno::ENOTSUP);
            return Err(error.because("only PUSH and PUB sockets can be asked for it in safety"));
        }
        self.set_option(sys::ZMQ_CONFLATE, "conflate", on)?;
        self.core.conflates.set(on);
        Ok(self)
    }
}

impl<K: ConflatesReceived> Socket<K> {
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
    pub unsafe fn set_conflate_received(&self, on: bool) -> Result<&Self> {
        self.set_option(sys::ZMQ_CONFLATE, "conflate", on)
    }
}

impl<K: Kind> Socket<K> {
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

fn check_routing_id(id: &[u8]) -> Result<(), String> {
    match id {
        [] => Err("a routing id has at least one byte".to_owned()),
        [0, ..] => Err("libzmq keeps a zero at the front for routing ids that it makes up itself".to_owned()),
        _ if id.len() > 255 => Err(format!("it has {} bytes, at most 255 are possible", id.len())),
        _ => Ok(()),
    }
}

fn show(id: &[u8]) -> String {
    format!("\"{}\"", id.escape_ascii())
}
