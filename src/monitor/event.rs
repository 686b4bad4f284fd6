//! The events of monitors: their kinds and their data.

use std::ffi::c_int;
use std::fmt;
use std::time::Duration;

#[cfg(feature = "draft")]
use super::ends::{Addresses, QueueLengths};
use super::protocol::ProtocolError;
use super::table::monitor_events;
use crate::error::Errno;
use crate::raw::RawEvent;
use crate::sys;

monitor_events! {
    /// An event of a monitored socket, with its data.
    ///
    /// Read the data by a `match`, or by [`kind`](Self::kind), [`endpoint`](Self::endpoint) and the methods named like
    /// the fields.
    ///
    /// Prints as one line for a log: `HandshakeFailedAuth at tcp://127.0.0.1:5555 (status 400)`.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEvent, MonitorEvents, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?;
    /// let monitor = socket.monitor(MonitorEvents::CONNECTED | MonitorEvents::CONNECT_RETRIED)?;
    /// socket.set_reconnect_interval(Duration::from_millis(10))?;
    /// // No peer listens on this port.
    /// socket.connect("tcp://127.0.0.1:1")?;
    /// match monitor.recv()? {
    ///     MonitorEvent::Connected { endpoint, .. } => panic!("{endpoint} is there"),
    ///     MonitorEvent::ConnectRetried { endpoint, interval, .. } => {
    ///         assert_eq!(endpoint, "tcp://127.0.0.1:1");
    ///         assert!(interval >= Duration::from_millis(10));
    ///     }
    ///     other => panic!("{other} was not asked for"),
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub enum MonitorEvent;

    /// Returns the file descriptor of the connection or the listener, as a number for comparisons and logs.
    ///
    /// libzmq owns the descriptor and may have closed it, so the number may already belong to a different file.
    fd: u32 {
        /// A connection that this socket requested was established. The handshake follows.
        Connected, CONNECTED = ZMQ_EVENT_CONNECTED;
        /// The socket is listening.
        Listening, LISTENING = ZMQ_EVENT_LISTENING;
        /// A connection was accepted. The handshake follows.
        Accepted, ACCEPTED = ZMQ_EVENT_ACCEPTED;
        /// A listener, or an attempt to connect, was closed.
        Closed, CLOSED = ZMQ_EVENT_CLOSED;
        /// A connection ended, during the handshake or after it.
        ///
        /// libzmq reports the event before it notifies the socket, so a send directly after the event may still
        /// succeed, and its message is lost with the connection. Sends check for such notifications about once a
        /// millisecond at most. [`Socket::events`](crate::Socket::events) checks on each call, which shortens the
        /// period but does not close the gap, because the notification takes more than one step. To be certain that a
        /// message has arrived, have the peer reply.
        Disconnected, DISCONNECTED = ZMQ_EVENT_DISCONNECTED;
    }
    /// Returns the system's error number. It may be 0 if the peer simply closed the connection.
    errno: Errno {
        /// An attempt to connect continues in the background, which is the normal case over TCP.
        ConnectDelayed, CONNECT_DELAYED = ZMQ_EVENT_CONNECT_DELAYED;
        /// The socket could not listen.
        BindFailed, BIND_FAILED = ZMQ_EVENT_BIND_FAILED;
        /// A connection could not be accepted.
        AcceptFailed, ACCEPT_FAILED = ZMQ_EVENT_ACCEPT_FAILED;
        /// A listener or a connection could not be closed.
        CloseFailed, CLOSE_FAILED = ZMQ_EVENT_CLOSE_FAILED;
        /// The connection ended during the handshake. STREAM sockets, which have no handshake, report this for every
        /// connection that ends.
        HandshakeFailedNoDetail, HANDSHAKE_FAILED_NO_DETAIL = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    }
    /// Returns the time until libzmq tries to connect again.
    interval: Duration {
        /// An attempt to connect failed, and the next follows after the interval.
        ConnectRetried, CONNECT_RETRIED = ZMQ_EVENT_CONNECT_RETRIED;
    }
    /// Returns the protocol violation.
    protocol_error: ProtocolError {
        /// The peer or the authenticator violated the protocol.
        HandshakeFailedProtocol, HANDSHAKE_FAILED_PROTOCOL = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
    }
    /// Returns the status code of the authenticator: 300 for a temporary failure, 400 for a refusal, 500 for an
    /// internal error.
    zap_status: u32 {
        /// The authenticator refused the peer or failed.
        HandshakeFailedAuth, HANDSHAKE_FAILED_AUTH = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    }
    (endpoint) {
        /// The handshake succeeded, and messages can be exchanged with the peer. The subscriptions of a subscriber
        /// follow.
        HandshakeSucceeded, HANDSHAKE_SUCCEEDED = ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    }
    () {
        /// The last event: the monitored socket was closed, or another monitor replaced this one.
        MonitorStopped, MONITOR_STOPPED = ZMQ_EVENT_MONITOR_STOPPED;
    }
    /// Returns the lengths of the queues of the connection.
    draft queue_lengths: QueueLengths {
        /// The lengths of the queues of a connection, which
        /// [`Socket::request_queue_lengths`](crate::Socket::request_queue_lengths) requested.
        QueueLengths = ZMQ_EVENT_PIPES_STATS;
    }
}

/// A type that the number of an event is converted into.
trait FromValue {
    fn from_value(value: u32) -> Self;

    fn to_value(&self) -> u32;
}

impl FromValue for u32 {
    fn from_value(value: u32) -> Self {
        value
    }

    fn to_value(&self) -> u32 {
        *self
    }
}

impl FromValue for Errno {
    fn from_value(value: u32) -> Self {
        Self::from_raw(value as c_int)
    }

    fn to_value(&self) -> u32 {
        self.to_raw() as u32
    }
}

/// Milliseconds.
impl FromValue for Duration {
    fn from_value(value: u32) -> Self {
        Self::from_millis(value.into())
    }

    fn to_value(&self) -> u32 {
        // The duration was created from 32 bits.
        self.as_millis() as u32
    }
}

impl FromValue for ProtocolError {
    fn from_value(value: u32) -> Self {
        Self::from_raw(value)
    }

    fn to_value(&self) -> u32 {
        self.to_raw()
    }
}

/// The value of an event has room for the outbound queue only.
#[cfg(feature = "draft")]
impl FromValue for QueueLengths {
    fn from_value(value: u32) -> Self {
        Self { outbound: value.into(), inbound: 0 }
    }

    fn to_value(&self) -> u32 {
        self.outbound.try_into().unwrap_or(u32::MAX)
    }
}

impl MonitorEvent {
    pub(super) fn new(raw: RawEvent) -> Self {
        #[cfg_attr(not(feature = "draft"), expect(unused_mut, reason = "only drafts have addresses"))]
        let mut event = Self::from_raw(raw.number, raw.value, raw.endpoint);
        #[cfg(feature = "draft")]
        event.add_versioned(raw.versioned);
        event
    }
}

impl fmt::Display for MonitorEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)?;
        if !self.endpoint().is_empty() {
            write!(f, " at {}", self.endpoint())?;
        }
        if let Some(fd) = self.fd() {
            write!(f, " (fd {fd})")
        } else if let Some(errno) = self.errno() {
            if errno.to_raw() == 0 { Ok(()) } else { write!(f, " ({errno})") }
        } else if let Some(interval) = self.interval() {
            write!(f, " (in {} ms)", interval.as_millis())
        } else if let Some(error) = self.protocol_error() {
            write!(f, " ({error})")
        } else if let Some(status) = self.zap_status() {
            write!(f, " (status {status})")
        } else if let Self::Other { value, .. } = self {
            write!(f, " (value {value})")
        } else {
            #[cfg(feature = "draft")]
            if let Some(lengths) = self.queue_lengths() {
                return write!(f, " ({lengths})");
            }
            Ok(())
        }
    }
}

impl fmt::Display for MonitorEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Returns the set that contains only this kind.
impl From<MonitorEventKind> for MonitorEvents {
    fn from(kind: MonitorEventKind) -> Self {
        Self::from_bits_retain(kind.to_raw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: c_int, value: u32) -> MonitorEvent {
        let endpoint = "tcp://127.0.0.1:5555".to_owned();
        MonitorEvent::from_raw(number as u32, value, endpoint)
    }

    #[test]
    fn every_number_survives() {
        for number in (0..=0x2_0000).chain([u32::MAX]) {
            assert_eq!(MonitorEventKind::from_raw(number).to_raw(), number);
        }
        assert_eq!(MonitorEventKind::from_raw(0x8000), MonitorEventKind::Other(0x8000));
    }

    #[test]
    fn every_flag_has_a_kind_of_its_own() {
        for flag in MonitorEvents::all().iter() {
            let kind = MonitorEventKind::from_raw(flag.bits());
            assert!(!matches!(kind, MonitorEventKind::Other(_)), "{flag:?}");
            assert_eq!(MonitorEvents::from(kind), flag);
        }
        assert_eq!(MonitorEvents::all().bits(), 0x7fff);
    }

    #[test]
    fn every_number_makes_an_event_of_its_kind_that_keeps_the_value() {
        for number in 0..=0x2_0000 {
            let made = event(number as c_int, 7);
            assert_eq!(made.kind(), MonitorEventKind::from_raw(number));
            let (has_endpoint, has_value) = match made.kind() {
                MonitorEventKind::MonitorStopped => (false, false),
                MonitorEventKind::HandshakeSucceeded => (true, false),
                _ => (true, true),
            };
            assert_eq!(made.endpoint(), if has_endpoint { "tcp://127.0.0.1:5555" } else { "" });
            assert_eq!(made.raw_value(), if has_value { 7 } else { 0 });
        }
    }

    #[test]
    fn a_match_reads_what_comes_with_an_event() {
        let read = |number, value| match event(number, value) {
            MonitorEvent::Disconnected { endpoint, fd, .. } => format!("{endpoint} had the descriptor {fd}"),
            MonitorEvent::BindFailed { errno: Errno::EADDRINUSE, endpoint, .. } => format!("{endpoint} is in use"),
            MonitorEvent::ConnectRetried { interval, .. } => format!("again in {interval:?}"),
            MonitorEvent::HandshakeFailedProtocol { protocol_error, .. } => format!("{protocol_error:?}"),
            MonitorEvent::HandshakeFailedAuth { zap_status: 400, .. } => "refused".to_owned(),
            MonitorEvent::HandshakeSucceeded { endpoint, .. } => endpoint,
            MonitorEvent::MonitorStopped => "the end".to_owned(),
            MonitorEvent::Other { number, value, .. } => format!("{number}: {value}"),
            other => panic!("{other} is another event"),
        };
        assert_eq!(read(sys::ZMQ_EVENT_DISCONNECTED, 9), "tcp://127.0.0.1:5555 had the descriptor 9");
        assert_eq!(read(sys::ZMQ_EVENT_BIND_FAILED, sys::EADDRINUSE as u32), "tcp://127.0.0.1:5555 is in use");
        assert_eq!(read(sys::ZMQ_EVENT_CONNECT_RETRIED, 150), "again in 150ms");
        let protocol = sys::ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH as u32;
        assert_eq!(read(sys::ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, protocol), "ZMTP_MECHANISM_MISMATCH");
        assert_eq!(read(sys::ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400), "refused");
        assert_eq!(read(sys::ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0), "tcp://127.0.0.1:5555");
        assert_eq!(read(sys::ZMQ_EVENT_MONITOR_STOPPED, 0), "the end");
        assert_eq!(read(0x8000, 7), "32768: 7");
    }

    #[test]
    fn the_value_is_what_the_kind_says() {
        assert_eq!(event(sys::ZMQ_EVENT_ACCEPTED, 9).fd(), Some(9));
        assert_eq!(event(sys::ZMQ_EVENT_BIND_FAILED, sys::EADDRINUSE as u32).errno(), Some(Errno::EADDRINUSE));
        assert_eq!(event(sys::ZMQ_EVENT_CONNECT_RETRIED, 150).interval(), Some(Duration::from_millis(150)));
        assert_eq!(event(sys::ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400).zap_status(), Some(400));
        let protocol = sys::ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH as u32;
        let failed = event(sys::ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, protocol);
        assert_eq!(failed.protocol_error(), Some(ProtocolError::ZMTP_MECHANISM_MISMATCH));
        assert_eq!(failed.raw_value(), protocol);
        assert!(failed.fd().is_none() && failed.errno().is_none() && failed.interval().is_none());
        assert_eq!(event(sys::ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0).fd(), None);
    }

    #[test]
    fn an_event_prints_as_a_line_for_a_log() {
        let at = "at tcp://127.0.0.1:5555";
        assert_eq!(event(sys::ZMQ_EVENT_CONNECTED, 9).to_string(), format!("Connected {at} (fd 9)"));
        let refused = event(sys::ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, 400);
        assert_eq!(refused.to_string(), format!("HandshakeFailedAuth {at} (status 400)"));
        assert_eq!(event(0x8000, 7).to_string(), format!("Other(32768) {at} (value 7)"));
        let hung_up = event(sys::ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, 0);
        assert_eq!(hung_up.to_string(), format!("HandshakeFailedNoDetail {at}"));
    }
}
