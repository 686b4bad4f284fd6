//! Waiting for a peer to connect.

use std::time::Duration;

use super::awaited::Awaited;
use super::{Monitor, MonitorEvent, MonitorEventKind, MonitorEvents};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Ability, Kind};

/// The events that report that a peer is connected, or the reason why not.
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
    /// Blocks until the handshake with a peer succeeds, and returns that event. Earlier events are dropped.
    ///
    /// A timeout of `None` blocks forever. Every handshake counts that has succeeded since the monitor was created and
    /// was not received yet, so no peer is missed if the monitor is created before [`bind`](Socket::bind) or
    /// [`connect`](Socket::connect). STREAM sockets have no handshake; their connections count.
    ///
    /// The subscriptions of a peer follow its handshake. Messages that a PUB or XPUB socket sends before the
    /// subscriptions arrive are not delivered to that peer. A publisher that must not lose messages should be an XPUB
    /// socket, and wait for the subscription with [`recv_subscription`](Socket::recv_subscription) instead.
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the timeout expired. The error names the most informative failure
    ///   that the monitor reported: the reason of a failed handshake, rather than the end of its connection or the next
    ///   attempt.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the monitor does not report
    ///   [`HANDSHAKE_SUCCEEDED`](MonitorEvents::HANDSHAKE_SUCCEEDED).
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
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
    /// For a publisher, wait for the subscription instead:
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

    /// Waits for any peer, or for the one at an endpoint.
    fn wait_for_peer(&self, timeout: Option<Duration>, mut awaited: Option<Awaited>) -> Result<MonitorEvent> {
        let connection_events = self.connection_events()?;
        let deadline = Deadline::after(timeout);
        let mut is_awaited =
            |event: &MonitorEvent| awaited.as_mut().is_none_or(|peer| peer.is_named_until(event.endpoint(), deadline));
        let mut failure: Option<MonitorEvent> = None;
        while let Some(event) = self.recv_until(deadline)? {
            if connection_events.contains(event.kind().into()) {
                if is_awaited(&event) {
                    return Ok(event);
                }
            } else if weight(event.kind()) > 0 && is_awaited(&event) {
                failure = more_informative(failure, event);
            }
        }
        Err(timed_out(timeout, failure))
    }

    /// Returns the events that report a peer. The monitor must report at least one of them.
    pub(crate) fn connection_events(&self) -> Result<MonitorEvents> {
        let connection_events = match self.socket_type.can(Ability::Streams) {
            true => MonitorEvents::CONNECTED | MonitorEvents::ACCEPTED,
            false => MonitorEvents::HANDSHAKE_SUCCEEDED,
        };
        if self.events.intersects(connection_events) {
            return Ok(connection_events);
        }
        let reason = format!("the monitor does not report the required event: {connection_events:?}");
        Err(Error::new(Operation::WaitConnected, Errno::EINVAL).because(reason))
    }
}

/// # Waiting for connections
impl<K: Kind> Socket<K> {
    /// Connects the socket and blocks until the handshake with the peer succeeds.
    ///
    /// A timeout of `None` blocks forever. If the timeout expires, the connection attempt continues in the background,
    /// as after [`connect`](Self::connect). Only a connection to this endpoint counts, and not one to the same port of
    /// another host. If the host is a name, the call may resolve it. Transports without a handshake return at once:
    /// over `inproc`, the peer is connected, or receives the queued messages when it binds; `udp`, `pgm`, `epgm` and
    /// `norm` have no connections.
    ///
    /// If a DEALER, PUB, REQ or SUB socket is already connected to the endpoint, the call does not create a second
    /// connection, and waits for the next handshake of the existing one.
    ///
    /// Subscriptions follow the handshake. When the call returns, the subscriptions of a SUB socket, or those of the
    /// subscribers of a PUB socket, are still in transit. A publisher that must not lose messages should be an XPUB
    /// socket, and wait for subscriptions with [`recv_subscription`](Self::recv_subscription).
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the timeout expired. The error names the most informative failure,
    ///   as [`Monitor::wait_connected`] does: `HandshakeFailedAuth at tcp://127.0.0.1:5555 (status 400)`.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket already has a monitor, which this call would replace.
    ///   Call [`Monitor::wait_connected`] instead.
    /// - other errors of [`connect`](Self::connect) and [`monitor`](Self::monitor).
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

    /// Connects the socket, and returns a monitor for the peer, or `None` for a transport without a handshake.
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

    /// Blocks until the handshake with a peer that is not yet connected succeeds.
    ///
    /// A timeout of `None` blocks forever. A peer whose handshake succeeded before this call is not noticed. To avoid
    /// that, create the [`monitor`](Self::monitor) before [`bind`](Self::bind) or [`connect`](Self::connect), and call
    /// [`Monitor::wait_connected`]; for a single connection, call [`connect_and_wait`](Self::connect_and_wait). Returns
    /// at once if all endpoints of the socket are of transports without a handshake, such as `inproc`.
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the timeout expired. The error names the most informative failure,
    ///   as [`Monitor::wait_connected`] does.
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is neither bound nor connected, or it already has a
    ///   monitor.
    /// - other errors of [`monitor`](Self::monitor), such as [`LimitReached`](crate::ErrorKind::LimitReached).
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
        if self.context().is_forked() {
            return Err(Error::new(Operation::WaitConnected, Failure::Forked).on_socket(Some(self.socket_type())));
        }
        let endpoints = self.endpoints();
        if endpoints.is_empty() {
            let error = Error::new(Operation::WaitConnected, Errno::EFSM).on_socket(Some(self.socket_type()));
            return Err(error.because("the socket is neither bound nor connected, so no peer can connect"));
        }
        if !endpoints.iter().any(has_handshake) {
            return Ok(());
        }
        self.monitor_for_peers()?.wait_connected(timeout).map(drop)
    }

    /// Creates a monitor for the crate's own use, unless this would replace one.
    fn monitor_for_peers(&self) -> Result<Monitor> {
        if self.raw().is_monitored() {
            let error = Error::new(Operation::WaitConnected, Errno::EFSM).on_socket(Some(self.socket_type()));
            return Err(error.because("the socket already has a monitor; call Monitor::wait_connected"));
        }
        self.monitor(TELLING)
    }
}

/// Returns `true` if connections of this endpoint begin with a handshake that a monitor reports.
fn has_handshake(endpoint: &Endpoint) -> bool {
    !matches!(endpoint.transport(), "inproc" | "udp" | "pgm" | "epgm" | "norm")
}

/// Returns how informative an event is about the reason why no peer is connected; 0 if it is not a failure.
///
/// A failed handshake is followed by the end of its connection and by the next attempt, which are less informative.
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

/// Returns the more informative failure; of two equally informative ones the later, which is `event`.
pub(crate) fn more_informative(known: Option<MonitorEvent>, event: MonitorEvent) -> Option<MonitorEvent> {
    let least = known.as_ref().map_or(1, |known| weight(known.kind()));
    if weight(event.kind()) >= least { Some(event) } else { known }
}

/// Returns a likely explanation that the event itself does not contain.
fn hint(event: &MonitorEvent) -> &'static str {
    match event {
        MonitorEvent::HandshakeFailedAuth { zap_status: 300, .. } => ", the authenticator may accept the peer later",
        MonitorEvent::HandshakeFailedAuth { zap_status: 400, .. } => ", the authenticator refused the peer",
        MonitorEvent::HandshakeFailedAuth { .. } => ", the authenticator failed",
        MonitorEvent::HandshakeFailedNoDetail { .. } => {
            ", which may mean a wrong key, another mechanism, or a peer that does not speak ZMTP"
        }
        MonitorEvent::Disconnected { .. } => ", which may mean that the socket types are incompatible",
        _ => "",
    }
}

fn timed_out(timeout: Option<Duration>, failure: Option<MonitorEvent>) -> Error {
    let error = Error::timed_out(Operation::WaitConnected, Errno::ETIMEDOUT, timeout.unwrap_or_default());
    match failure {
        Some(event) => error.because(format!("the most informative event was {event}{}", hint(&event))),
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
            events.fold(None, more_informative).map(|event| (event.kind(), event.raw_value()))
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[Connected]), None);
        assert_eq!(told(&[ConnectRetried, Connected]), Some((ConnectRetried, 0)));
        let kinds = [HandshakeFailedNoDetail, Disconnected, ConnectRetried, HandshakeFailedNoDetail, ConnectRetried];
        assert_eq!(told(&kinds), Some((HandshakeFailedNoDetail, 3)));
        assert_eq!(told(&[HandshakeFailedAuth, HandshakeFailedNoDetail]), Some((HandshakeFailedAuth, 0)));
    }
}
