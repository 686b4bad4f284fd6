//! What a monitor tells: the kinds of event, and what the value of each means.

use std::ffi::c_int;
use std::fmt;
use std::time::Duration;

use super::protocol::ProtocolError;
use crate::error::Errno;
use crate::macros::monitor_events;
use crate::raw::RawEvent;
use crate::sys;

/// Something that happened to a monitored socket: what, and where.
///
/// Each kind has a value of its own meaning, which the method of that name returns; the others return `None`.
///
/// It prints as a line for a log: `HandshakeFailedAuth at tcp://127.0.0.1:5555 (status 400)`.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::{Context, MonitorEventKind, MonitorEvents, Push};
///
/// let socket = Context::new()?.socket(Push)?;
/// let monitor = socket.monitor(MonitorEvents::CONNECT_RETRIED)?;
/// socket.set_reconnect_interval(Duration::from_millis(10))?;
/// // Nobody listens on this port.
/// socket.connect("tcp://127.0.0.1:1")?;
/// let event = monitor.recv()?;
/// assert_eq!(event.kind(), MonitorEventKind::ConnectRetried);
/// assert!(event.interval().is_some_and(|interval| interval >= Duration::from_millis(10)));
/// assert_eq!(event.endpoint(), "tcp://127.0.0.1:1");
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct MonitorEvent {
    kind: MonitorEventKind,
    value: u32,
    endpoint: String,
}

/// What the value of an event is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    FileDescriptor,
    Errno,
    Interval,
    ProtocolError,
    ZapStatus,
    Nothing,
    Unknown,
}

monitor_events! {

    FileDescriptor {
        /// A connection was made that this socket asked for. The handshake is yet to come.
        Connected, CONNECTED = ZMQ_EVENT_CONNECTED;
        /// The socket listens.
        Listening, LISTENING = ZMQ_EVENT_LISTENING;
        /// A connection was accepted. The handshake is yet to come.
        Accepted, ACCEPTED = ZMQ_EVENT_ACCEPTED;
        /// A listener, or an attempt to connect, was closed.
        Closed, CLOSED = ZMQ_EVENT_CLOSED;
        /// A connection ended, be it in the middle of the handshake or after it.
        ///
        /// libzmq emits the event before it tells the socket. A send that follows the event at once may therefore still
        /// succeed, and its message is lost with the connection. Sends look for such news at most about once a millisecond;
        /// [`Socket::events`](crate::Socket::events) looks at each call, which shortens the moment and does not end it: the
        /// news comes in more than one step, each perhaps after the look. To know that a message arrived, have the peer
        /// reply.
        Disconnected, DISCONNECTED = ZMQ_EVENT_DISCONNECTED;
    }
    Errno {
        /// An attempt to connect goes on in the background, which is the rule over TCP.
        ConnectDelayed, CONNECT_DELAYED = ZMQ_EVENT_CONNECT_DELAYED;
        /// The socket could not listen.
        BindFailed, BIND_FAILED = ZMQ_EVENT_BIND_FAILED;
        /// A connection could not be accepted.
        AcceptFailed, ACCEPT_FAILED = ZMQ_EVENT_ACCEPT_FAILED;
        /// A listener or a connection could not be closed.
        CloseFailed, CLOSE_FAILED = ZMQ_EVENT_CLOSE_FAILED;
        /// The connection ended in the middle of the handshake. STREAM sockets, which have none, tell so of every
        /// connection that ends.
        HandshakeFailedNoDetail, HANDSHAKE_FAILED_NO_DETAIL = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    }
    Interval {
        /// An attempt to connect failed, and the next follows after the interval.
        ConnectRetried, CONNECT_RETRIED = ZMQ_EVENT_CONNECT_RETRIED;
    }
    ProtocolError {
        /// The peer, or the authenticator, broke the protocol.
        HandshakeFailedProtocol, HANDSHAKE_FAILED_PROTOCOL = ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;
    }
    ZapStatus {
        /// The authenticator refused the peer, or could not tell.
        HandshakeFailedAuth, HANDSHAKE_FAILED_AUTH = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    }
    Nothing {
        /// The handshake succeeded: the peer is there, and messages pass.
        HandshakeSucceeded, HANDSHAKE_SUCCEEDED = ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
        /// The monitor ends, and this is the last event: the socket is gone, or another monitor took this one's place.
        MonitorStopped, MONITOR_STOPPED = ZMQ_EVENT_MONITOR_STOPPED;
    }
}

impl MonitorEvent {
    pub(super) fn new(raw: RawEvent) -> Self {
        Self { kind: MonitorEventKind::from_raw(raw.number), value: raw.value, endpoint: raw.endpoint }
    }

    /// Returns what happened.
    #[must_use]
    pub fn kind(&self) -> MonitorEventKind {
        self.kind
    }

    /// Returns where: the endpoint that the socket is bound or connected to, as libzmq writes it. Empty for
    /// [`MonitorStopped`](MonitorEventKind::MonitorStopped).
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the file descriptor of the connection or the listener, as a number to compare and to log.
    ///
    /// libzmq owns the descriptor, and may have closed it; the number may even belong to another file by now.
    #[must_use]
    pub fn fd(&self) -> Option<u32> {
        self.value_if(Meaning::FileDescriptor)
    }

    /// Returns the system's reason. It may be 0 where the peer simply hung up.
    #[must_use]
    pub fn errno(&self) -> Option<Errno> {
        self.value_if(Meaning::Errno).map(|number| Errno::from_raw(number as c_int))
    }

    /// Returns how long libzmq waits before it tries to connect again.
    #[must_use]
    pub fn interval(&self) -> Option<Duration> {
        self.value_if(Meaning::Interval).map(|milliseconds| Duration::from_millis(milliseconds.into()))
    }

    /// Returns how the protocol was broken.
    #[must_use]
    pub fn protocol_error(&self) -> Option<ProtocolError> {
        self.value_if(Meaning::ProtocolError).map(ProtocolError::from_raw)
    }

    /// Returns the status code of the authenticator: 300 for a failure that may pass, 400 for a refusal, 500 for an
    /// error of its own.
    #[must_use]
    pub fn zap_status(&self) -> Option<u32> {
        self.value_if(Meaning::ZapStatus)
    }

    /// Returns the value as libzmq sent it, whatever it means.
    #[must_use]
    pub fn raw_value(&self) -> u32 {
        self.value
    }

    fn value_if(&self, meaning: Meaning) -> Option<u32> {
        if self.kind.meaning() == meaning { Some(self.value) } else { None }
    }
}

impl fmt::Display for MonitorEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if !self.endpoint.is_empty() {
            write!(f, " at {}", self.endpoint)?;
        }
        match self.kind.meaning() {
            Meaning::FileDescriptor => write!(f, " (fd {})", self.value),
            Meaning::Errno => match self.errno() {
                Some(errno) if errno.to_raw() != 0 => write!(f, " ({errno})"),
                _ => Ok(()),
            },
            Meaning::Interval => write!(f, " (in {} ms)", self.value),
            Meaning::ProtocolError => write!(f, " ({})", ProtocolError::from_raw(self.value)),
            Meaning::ZapStatus => write!(f, " (status {})", self.value),
            Meaning::Nothing => Ok(()),
            Meaning::Unknown => write!(f, " (value {})", self.value),
        }
    }
}

impl fmt::Debug for MonitorEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MonitorEvent({self})")
    }
}

impl fmt::Display for MonitorEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The set of this kind alone.
impl From<MonitorEventKind> for MonitorEvents {
    fn from(kind: MonitorEventKind) -> Self {
        Self::from_bits_retain(kind.to_raw().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: c_int, value: u32) -> MonitorEvent {
        let endpoint = "tcp://127.0.0.1:5555".to_owned();
        MonitorEvent::new(RawEvent { number: number as u16, value, endpoint })
    }

    #[test]
    fn every_number_of_sixteen_bits_survives() {
        for number in 0..=u16::MAX {
            assert_eq!(MonitorEventKind::from_raw(number).to_raw(), number);
        }
        assert_eq!(MonitorEventKind::from_raw(0x8000), MonitorEventKind::Other(0x8000));
    }

    #[test]
    fn every_flag_has_a_kind_of_its_own() {
        for flag in MonitorEvents::all().iter() {
            let kind = MonitorEventKind::from_raw(flag.bits() as u16);
            assert!(!matches!(kind, MonitorEventKind::Other(_)), "{flag:?}");
            assert_eq!(MonitorEvents::from(kind), flag);
        }
        assert_eq!(MonitorEvents::all().bits(), 0x7fff);
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
