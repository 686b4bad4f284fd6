//! Waiting until a peer is there.

use std::time::Duration;

use super::awaited::Awaited;
use super::{Monitor, MonitorEvent, MonitorEventKind, MonitorEvents};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Ability, Kind};

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
    /// `None` waits forever. Handshakes count that succeeded since the monitor was made and were not received yet: no
    /// peer is missed where the monitor was there before [`bind`](Socket::bind) or [`connect`](Socket::connect). STREAM
    /// sockets have no handshake: their connections count.
    ///
    /// The subscriptions of a peer follow its handshake. What a PUB or XPUB socket sends before they arrive is lost to
    /// that peer, so a publisher that is to lose nothing does not wait for the handshake: it is an XPUB socket, and waits
    /// for the subscription with [`recv_subscription`](Socket::recv_subscription).
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the time is up. Among the failures that the monitor was to tell of, the
    ///   error names the most telling one: a handshake that failed, with its reason, rather than the end of its
    ///   connection or the next attempt.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the monitor was not asked for
    ///   [`HANDSHAKE_SUCCEEDED`](MonitorEvents::HANDSHAKE_SUCCEEDED).
    /// - Those of [`recv`](Self::recv).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEvents, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let sink = context.socket(Pull)?;
    /// let monitor = sink.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED)?;
    /// let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    /// let source = context.socket(Push)?;
    /// source.connect(&endpoint)?;
    /// monitor.wait_connected(Duration::from_secs(10))?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// A publisher waits for the subscription instead:
    ///
    /// ```
    /// # use zmq::{Context, Sub};
    /// use zmq::{Subscription, XPub};
    ///
    /// # let context = Context::new()?;
    /// let publisher = context.socket(XPub)?;
    /// let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
    /// let subscriber = context.socket(Sub)?;
    /// subscriber.subscribe("")?.connect(&endpoint)?;
    /// assert_eq!(publisher.recv_subscription()?, Subscription::Subscribe("".into()));
    /// publisher.send("the first message")?;
    /// assert_eq!(subscriber.recv()?, "the first message");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn wait_connected(&self, timeout: impl Into<Option<Duration>>) -> Result<MonitorEvent> {
        self.wait_for_peer(timeout.into(), None)
    }

    /// Waits for a peer, or for the one at an endpoint.
    fn wait_for_peer(&self, timeout: Option<Duration>, mut awaited: Option<Awaited>) -> Result<MonitorEvent> {
        let telling = self.telling()?;
        let deadline = Deadline::after(timeout);
        let mut is_awaited =
            |event: &MonitorEvent| awaited.as_mut().is_none_or(|peer| peer.is_named_until(event.endpoint(), deadline));
        let mut failure: Option<MonitorEvent> = None;
        while let Some(event) = self.recv_until(deadline)? {
            if telling.contains(event.kind().into()) {
                if is_awaited(&event) {
                    return Ok(event);
                }
            } else if weight(event.kind()) > 0 && is_awaited(&event) {
                failure = more_telling(failure, event);
            }
        }
        Err(timed_out(timeout, failure))
    }

    /// Returns the events that tell of a peer, one of which the monitor has to be asked for.
    pub(crate) fn telling(&self) -> Result<MonitorEvents> {
        let telling = match self.socket_type.can(Ability::Streams) {
            true => MonitorEvents::CONNECTED | MonitorEvents::ACCEPTED,
            false => MonitorEvents::HANDSHAKE_SUCCEEDED,
        };
        if self.events.intersects(telling) {
            return Ok(telling);
        }
        let reason = format!("the monitor was not asked for the event that tells it: {telling:?}");
        Err(Error::new(Operation::WaitConnected, Errno::EINVAL).because(reason))
    }
}

impl<K: Kind> Socket<K> {
    /// Connects the socket and waits until the handshake with the peer succeeds.
    ///
    /// `None` waits forever. When the time is up, the connection is left to be made in the background, as after
    /// [`connect`](Self::connect). Only this endpoint counts: peers at the same port of other hosts do not. Where the host
    /// is a name, the wait may look it up. Transports without a handshake return at once: over `inproc` the peer is there, or
    /// will have what is sent when it binds; `udp`, `pgm`, `epgm` and `norm` have no connections.
    ///
    /// A DEALER, PUB, REQ or SUB socket that is connected to the endpoint makes no second connection: the wait is for the
    /// next handshake of the first.
    ///
    /// Subscriptions follow the handshake: when the call returns, those of a SUB socket are still on their way to the
    /// publisher, or those of the subscribers to a PUB socket. A publisher that is to lose nothing is an XPUB socket and
    /// waits for them with [`recv_subscription`](Self::recv_subscription).
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the time is up. The error names the most telling failure, as that of
    ///   [`Monitor::wait_connected`] does: `HandshakeFailedAuth at tcp://127.0.0.1:5555 (status 400)`.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket has a monitor already, whose place would be taken;
    ///   [`Monitor::wait_connected`] does it there.
    /// - Those of [`connect`](Self::connect) and [`monitor`](Self::monitor).
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
    /// // No peer listens on this port.
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
        let (connected, awaited) = self.connect_monitored(endpoint.as_ref())?;
        if let Some((monitor, awaited)) = awaited {
            monitor.wait_for_peer(timeout.into(), Some(awaited))?;
        }
        Ok(connected)
    }

    /// Connects the socket, and returns what tells of the peer; `None` for a transport without a handshake.
    pub(crate) fn connect_monitored(&self, endpoint: &str) -> Result<(Endpoint, Option<(Monitor, Awaited)>)> {
        let endpoint = Endpoint::parse_for(Operation::Connect, endpoint)?;
        if !has_handshake(&endpoint) {
            return Ok((self.connect(&endpoint)?, None));
        }
        let monitor = self.monitor_for_peers()?;
        let connected = self.connect(&endpoint)?;
        let awaited = Awaited::new(endpoint, connected.clone(), self.ipv6()?);
        Ok((connected, Some((monitor, awaited))))
    }

    /// Waits until the handshake with a peer succeeds that is not connected yet.
    ///
    /// `None` waits forever. A monitor sees what happens, and not what has happened: a peer whose handshake succeeded
    /// before this call is not noticed. Where that may be the case, make the [`monitor`](Self::monitor) before
    /// [`bind`](Self::bind) or [`connect`](Self::connect), and call [`Monitor::wait_connected`]; for a single connection
    /// there is [`connect_and_wait`](Self::connect_and_wait). It returns at once where all endpoints of the socket are
    /// of transports without a handshake, such as `inproc`.
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the time is up. The error names the most telling failure, as that of
    ///   [`Monitor::wait_connected`] does.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is neither bound nor connected, or it has a monitor
    ///   already.
    /// - Those of [`monitor`](Self::monitor).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, ErrorKind, Rep};
    ///
    /// let server = Context::new()?.socket(Rep)?;
    /// server.bind("tcp://127.0.0.1:*")?;
    /// // No peer comes.
    /// let error = server.wait_connected(Duration::from_millis(10)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TimedOut);
    /// assert_eq!(error.to_string(), "wait for a peer timed out after 10 ms (ETIMEDOUT)");
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

/// Returns how much an event tells of why no peer is there; 0 where it is no failure.
///
/// A handshake that failed is followed by the end of its connection and by the next attempt, which tell nothing more.
fn weight(kind: MonitorEventKind) -> u8 {
    use MonitorEventKind::{
        AcceptFailed, BindFailed, ConnectRetried, Disconnected, HandshakeFailedAuth, HandshakeFailedNoDetail,
        HandshakeFailedProtocol,
    };
    match kind {
        HandshakeFailedAuth => 5,
        HandshakeFailedProtocol => 4,
        HandshakeFailedNoDetail => 3,
        AcceptFailed | BindFailed | Disconnected => 2,
        ConnectRetried => 1,
        _ => 0,
    }
}

/// Returns the failure that tells more, and of two that tell as much the later one, which is `event`.
pub(crate) fn more_telling(known: Option<MonitorEvent>, event: MonitorEvent) -> Option<MonitorEvent> {
    let least = known.as_ref().map_or(1, |known| weight(known.kind()));
    if weight(event.kind()) >= least { Some(event) } else { known }
}

/// Returns what the event leaves open.
fn hint(event: &MonitorEvent) -> &'static str {
    match event {
        MonitorEvent::HandshakeFailedAuth { zap_status: 300, .. } => {
            ", the authenticator lets the peer in later, perhaps"
        }
        MonitorEvent::HandshakeFailedAuth { zap_status: 400, .. } => ", the authenticator refused the peer",
        MonitorEvent::HandshakeFailedAuth { .. } => ", the authenticator failed",
        MonitorEvent::HandshakeFailedNoDetail { .. } => {
            ", which may mean a wrong key, another mechanism, or a peer that does not speak ZMTP"
        }
        MonitorEvent::Disconnected { .. } => ", which may mean that the types of the sockets do not fit",
        _ => "",
    }
}

fn timed_out(timeout: Option<Duration>, failure: Option<MonitorEvent>) -> Error {
    let error = Error::timed_out(Operation::WaitConnected, Errno::ETIMEDOUT, timeout.unwrap_or_default());
    match failure {
        Some(event) => error.because(format!("the most telling event was {event}{}", hint(&event))),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MonitorEventKind::{ConnectRetried, Connected, Disconnected, HandshakeFailedAuth, HandshakeFailedNoDetail};

    #[test]
    fn the_end_of_a_connection_and_the_next_attempt_leave_the_reason_of_a_failed_handshake() {
        let told = |kinds: &[MonitorEventKind]| {
            let events = kinds.iter().zip(0..).map(|(kind, value)| MonitorEvent::from_raw(kind.to_raw(), value, ""));
            events.fold(None, more_telling).map(|event| (event.kind(), event.raw_value()))
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[Connected]), None);
        assert_eq!(told(&[ConnectRetried, Connected]), Some((ConnectRetried, 0)));
        let kinds = [HandshakeFailedNoDetail, Disconnected, ConnectRetried, HandshakeFailedNoDetail, ConnectRetried];
        assert_eq!(told(&kinds), Some((HandshakeFailedNoDetail, 3)));
        assert_eq!(told(&[HandshakeFailedAuth, HandshakeFailedNoDetail]), Some((HandshakeFailedAuth, 0)));
    }
}
