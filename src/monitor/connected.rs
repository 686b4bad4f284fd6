//! Waiting until a peer is there, where a program would sleep and hope.

use std::time::{Duration, Instant};

use super::{Monitor, MonitorEvent, MonitorEventKind, MonitorEvents};
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Kind, SocketType};

/// What tells that a peer is there, or why not.
const TELLING: MonitorEvents = MonitorEvents::CONNECTED
    .union(MonitorEvents::ACCEPTED)
    .union(MonitorEvents::CONNECT_RETRIED)
    .union(MonitorEvents::ACCEPT_FAILED)
    .union(MonitorEvents::DISCONNECTED)
    .union(MonitorEvents::HANDSHAKE_SUCCEEDED)
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH);

impl Monitor {
    /// Waits until the handshake with a peer succeeds, and returns that event; those before it are dropped.
    ///
    /// `None` waits for ever. Handshakes count that succeeded since the monitor was made and were not received yet: no
    /// peer is missed where the monitor was there before [`bind`](Socket::bind) or [`connect`](Socket::connect). STREAM
    /// sockets have no handshake: their connections count.
    ///
    /// # Errors
    /// [`TimedOut`](crate::ErrorKind::TimedOut) with the last failure that the monitor was to tell of: a refusal, a
    /// handshake that failed; [`InvalidInput`](crate::ErrorKind::InvalidInput) where
    /// [`HANDSHAKE_SUCCEEDED`](MonitorEvents::HANDSHAKE_SUCCEEDED) was not asked for; those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEvents, Pub, Sub};
    ///
    /// let context = Context::new()?;
    /// let publisher = context.socket(Pub)?;
    /// let monitor = publisher.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED)?;
    /// let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
    /// let subscriber = context.socket(Sub)?;
    /// subscriber.connect(&endpoint)?;
    /// monitor.wait_connected(Duration::from_secs(10))?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn wait_connected(&self, timeout: impl Into<Option<Duration>>) -> Result<MonitorEvent> {
        self.wait_for_peer(timeout.into(), |_| true)
    }

    fn wait_for_peer(&self, timeout: Option<Duration>, fits: impl Fn(&MonitorEvent) -> bool) -> Result<MonitorEvent> {
        let telling = match self.socket_type {
            SocketType::Stream => MonitorEvents::CONNECTED | MonitorEvents::ACCEPTED,
            _ => MonitorEvents::HANDSHAKE_SUCCEEDED,
        };
        if !self.events.intersects(telling) {
            let reason = format!("the monitor was not asked for the event that tells it: {telling:?}");
            return Err(Error::new(Operation::WaitConnected, Errno::EINVAL).because(reason));
        }
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut last_failure = None;
        while let Some(event) = self.recv_until(deadline)? {
            if telling.contains(event.kind().into()) && fits(&event) {
                return Ok(event);
            }
            if is_failure(event.kind()) {
                last_failure = Some(event);
            }
        }
        Err(timed_out(timeout, last_failure))
    }
}

impl<K: Kind> Socket<K> {
    /// Connects the socket and waits until the handshake with the peer succeeds.
    ///
    /// `None` waits for ever. When the time is up the connection is left to be made in the background, as after
    /// [`connect`](Self::connect). Transports without a handshake return at once: over `inproc` the peer is there, or
    /// will have what is sent when it binds; `udp`, `pgm`, `epgm` and `norm` have no connections.
    ///
    /// # Errors
    /// [`TimedOut`](crate::ErrorKind::TimedOut), with the last failure where there was one;
    /// [`WrongState`](crate::ErrorKind::WrongState) where the socket has a monitor already, whose place would be taken:
    /// [`Monitor::wait_connected`] does it there; those of [`connect`](Self::connect) and
    /// [`monitor`](Self::monitor).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, ErrorKind, Rep, Req};
    ///
    /// let context = Context::new()?;
    /// let server = context.socket(Rep)?;
    /// let endpoint = server.bind("tcp://127.0.0.1:*")?;
    /// let client = context.socket(Req)?;
    /// client.connect_and_wait(&endpoint, Duration::from_secs(10))?;
    ///
    /// // Nobody listens on this port.
    /// let lonely = context.socket(Req)?;
    /// let error = lonely.connect_and_wait("tcp://127.0.0.1:1", Duration::from_millis(50)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TimedOut);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn connect_and_wait(
        &self,
        endpoint: impl AsRef<str>,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Endpoint> {
        let endpoint = Endpoint::parse_for(Operation::Connect, endpoint.as_ref())?;
        if !has_handshake(&endpoint) {
            return self.connect(&endpoint);
        }
        let monitor = self.monitor_for_peers()?;
        let connected = self.connect(&endpoint)?;
        monitor.wait_for_peer(timeout.into(), |event| is_of(event, &endpoint))?;
        Ok(connected)
    }

    /// Waits until the handshake with a peer succeeds that is not connected yet.
    ///
    /// `None` waits for ever. A monitor sees what happens, and not what has happened: a peer whose handshake succeeded
    /// before this call is not noticed. Where that may be the case, make the [`monitor`](Self::monitor) before
    /// [`bind`](Self::bind) or [`connect`](Self::connect), and call [`Monitor::wait_connected`]; for a single connection
    /// there is [`connect_and_wait`](Self::connect_and_wait). It returns at once where all endpoints of the socket are
    /// of transports without a handshake, such as `inproc`.
    ///
    /// # Errors
    /// [`TimedOut`](crate::ErrorKind::TimedOut), with the last failure where there was one;
    /// [`WrongState`](crate::ErrorKind::WrongState) where the socket is neither bound nor connected, and where it has a
    /// monitor already; those of [`monitor`](Self::monitor).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, ErrorKind, Rep};
    ///
    /// let server = Context::new()?.socket(Rep)?;
    /// server.bind("tcp://127.0.0.1:*")?;
    /// // Nobody comes.
    /// let error = server.wait_connected(Duration::from_millis(10)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TimedOut);
    /// assert_eq!(error.to_string(), "cannot wait for a peer: none was there within 10ms (ETIMEDOUT)");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn wait_connected(&self, timeout: impl Into<Option<Duration>>) -> Result<()> {
        let endpoints = self.endpoints();
        if endpoints.is_empty() {
            let error = Error::new(Operation::WaitConnected, Errno::EFSM).on_socket(Some(self.socket_type()));
            return Err(error.because("it is neither bound nor connected: none will come"));
        }
        if !endpoints.iter().any(has_handshake) {
            return Ok(());
        }
        self.monitor_for_peers()?.wait_connected(timeout).map(drop)
    }

    /// Makes a monitor for the crate's own use, which takes nobody's place.
    fn monitor_for_peers(&self) -> Result<Monitor> {
        if self.raw().is_monitored() {
            let error = Error::new(Operation::WaitConnected, Errno::EFSM).on_socket(Some(self.socket_type()));
            return Err(error.because("it has a monitor, whose wait_connected does it"));
        }
        self.monitor(TELLING)
    }
}

/// Whether connections of this endpoint begin with a handshake, of which a monitor tells.
fn has_handshake(endpoint: &Endpoint) -> bool {
    !matches!(endpoint.transport(), "inproc" | "udp" | "pgm" | "epgm" | "norm")
}

/// Whether the event is of a connection to this endpoint. The event has the address that a name was resolved to, so
/// that the port alone can be compared where there is one.
fn is_of(event: &MonitorEvent, endpoint: &Endpoint) -> bool {
    let same_port = |told: Endpoint| {
        told.transport() == endpoint.transport() && told.port().is_some() && told.port() == endpoint.port()
    };
    *endpoint == event.endpoint() || Endpoint::parse(event.endpoint()).is_ok_and(same_port)
}

fn is_failure(kind: MonitorEventKind) -> bool {
    use MonitorEventKind::{
        AcceptFailed, BindFailed, ConnectRetried, Disconnected, HandshakeFailedAuth, HandshakeFailedNoDetail,
        HandshakeFailedProtocol,
    };
    matches!(
        kind,
        AcceptFailed
            | BindFailed
            | ConnectRetried
            | Disconnected
            | HandshakeFailedAuth
            | HandshakeFailedNoDetail
            | HandshakeFailedProtocol
    )
}

fn timed_out(timeout: Option<Duration>, last_failure: Option<MonitorEvent>) -> Error {
    let mut reason = format!("none was there within {:?}", timeout.unwrap_or_default());
    if let Some(event) = last_failure {
        reason.push_str(&format!("; the last that happened was {event}"));
    }
    Error::new(Operation::WaitConnected, Errno::ETIMEDOUT).because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::RawEvent;

    #[test]
    fn an_event_is_of_an_endpoint_by_its_text_or_by_its_port() -> Result<()> {
        let fits = |told: &str, asked: &str| -> Result<bool> {
            let event = MonitorEvent::new(RawEvent { number: 0, value: 0, endpoint: told.to_owned() });
            Ok(is_of(&event, &Endpoint::parse(asked)?))
        };
        assert!(fits("tcp://127.0.0.1:5555", "tcp://localhost:5555")?);
        assert!(!fits("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556")?);
        assert!(!fits("ws://127.0.0.1:5555/", "tcp://127.0.0.1:5555")?);
        assert!(fits("ipc:///tmp/one", "ipc:///tmp/one")?);
        assert!(!fits("ipc:///tmp/one", "ipc:///tmp/other")?);
        Ok(())
    }
}
