//! The second version of events: addresses of both ends, and the lengths of queues.

use super::ends::{Addresses, QueueLengths};
use super::{Monitor, MonitorEvent, MonitorEvents};
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::Versioned;
use crate::socket::Socket;
use crate::socket::kinds::Kind;
use crate::sys;

/// # Addresses
impl MonitorEvent {
    /// Returns the address of the socket's end of the connection, as libzmq writes it.
    ///
    /// Only a monitor that [`Socket::monitor_with_addresses`](crate::Socket::monitor_with_addresses) created reports
    /// addresses. `None` for an event of another monitor, and for a connection that is not established.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let accepted = sink.monitor_with_addresses(MonitorEvents::ACCEPTED)?;
    /// let connected = source.monitor_with_addresses(MonitorEvents::CONNECTED)?;
    /// let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    /// source.connect(&endpoint)?;
    /// let (accepted, connected) = (accepted.recv()?, connected.recv()?);
    /// assert_eq!(accepted.local_address(), Some(endpoint.as_str()));
    /// assert_eq!(accepted.local_address(), connected.remote_address());
    /// assert_eq!(accepted.remote_address(), connected.local_address());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn local_address(&self) -> Option<&str> {
        self.addresses()?.local()
    }

    /// Returns the address of the peer's end of the connection, as libzmq writes it.
    ///
    /// `None` if the monitor reports no addresses, and for a listener. See [`local_address`](Self::local_address).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let monitor = sink.monitor_with_addresses(MonitorEvents::ACCEPTED)?;
    /// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    /// let peer = monitor.recv()?.remote_address().map(str::to_owned);
    /// assert!(peer.is_some_and(|peer| peer.starts_with("tcp://127.0.0.1:")));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn remote_address(&self) -> Option<&str> {
        self.addresses()?.remote()
    }

    /// Adds the data that only the second version has.
    pub(super) fn add_versioned(&mut self, versioned: Option<Versioned>) {
        let Some(Versioned { second, local, remote }) = versioned else { return };
        if let (Self::QueueLengths { queue_lengths, .. }, Some((outbound, inbound))) = (&mut *self, second) {
            *queue_lengths = QueueLengths { outbound, inbound };
        }
        if let Some(place) = self.addresses_mut() {
            *place = Some(Box::new(Addresses::new(local, remote)));
        }
    }
}

/// # Monitoring with addresses
impl<K: Kind> Socket<K> {
    /// Creates a monitor like [`monitor`](Self::monitor), whose events also have the addresses of both ends of the
    /// connection: [`local_address`](MonitorEvent::local_address) and
    /// [`remote_address`](MonitorEvent::remote_address).
    ///
    /// The kinds and the order of the events are those of `monitor`. There are two differences:
    ///
    /// - libzmq does not report which of the two addresses is the endpoint of the socket. The monitor infers it from
    ///   the earlier events of the connection. If a connection was accepted before the monitor was created, the
    ///   [`endpoint`](MonitorEvent::endpoint) of its events is the address of the peer.
    /// - For that inference, the monitor receives [`ACCEPTED`](MonitorEvents::ACCEPTED) and
    ///   [`CONNECTED`](MonitorEvents::CONNECTED) events even if they were not requested, and drops them. A poller may
    ///   therefore report the monitor as readable although [`try_recv`](Monitor::try_recv) returns `None`.
    ///
    /// This monitor can also report [queue lengths](Self::request_queue_lengths).
    ///
    /// # Errors
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the context has fewer than two sockets left for the monitor.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): there are unknown events above 16 bits.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let monitor = sink.monitor_with_addresses(MonitorEvents::HANDSHAKE_SUCCEEDED)?;
    /// let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    /// source.connect(&endpoint)?;
    /// let event = monitor.recv()?;
    /// assert_eq!((event.endpoint(), event.local_address()), (endpoint.as_str(), Some(endpoint.as_str())));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_socket_monitor_versioned`.
    #[doc(alias = "zmq_socket_monitor_versioned")]
    pub fn monitor_with_addresses(&self, events: MonitorEvents) -> Result<Monitor> {
        self.open_monitor(events, |receiver, events| self.raw().monitor_with_addresses(receiver, events))
    }

    /// Requests the lengths of the queues of all connections. Returns `false` if the socket has no connection.
    ///
    /// The [monitor with addresses](Self::monitor_with_addresses) receives one
    /// [`QueueLengths`](crate::MonitorEventKind::QueueLengths) event for each connection, whether it was created for
    /// such events or not. The I/O threads answer the request, and the socket passes each answer on during its next
    /// call. If the program does not use the socket otherwise, call [`events`](Self::events) until the monitor has
    /// received the answers.
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket has no monitor with addresses.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq lacks the fixes of the vendored one, without
    ///   which a request during a disconnection corrupts memory.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvents, Pull, Push};
    ///
    /// # if !zmq::sys::build::PATCHED {
    /// #     return Ok(());
    /// # }
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let monitor = source.monitor_with_addresses(MonitorEvents::empty())?;
    /// source.connect(sink.bind("inproc://queue-lengths")?)?;
    /// source.send("one")?;
    /// source.send("two")?;
    ///
    /// assert!(source.request_queue_lengths()?);
    /// // Over inproc, the peer answers, during its next call.
    /// sink.events()?;
    /// source.events()?;
    /// let lengths = monitor.recv()?.queue_lengths();
    /// assert_eq!(lengths.map(|lengths| lengths.outbound), Some(2));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_socket_monitor_pipes_stats`.
    #[doc(alias = "zmq_socket_monitor_pipes_stats")]
    pub fn request_queue_lengths(&self) -> Result<bool> {
        let failed = |failure: Failure| Error::new(Operation::Monitor, failure);
        // A read of the events makes libzmq process commands, and so attach new connections.
        self.raw().get_int(sys::ZMQ_EVENTS).map_err(failed)?;
        match self.raw().request_queue_lengths() {
            Some(Ok(())) => Ok(true),
            Some(Err(Failure::Errno(Errno::EAGAIN))) => Ok(false),
            Some(Err(Failure::Errno(Errno::EINVAL))) => {
                Err(failed(Errno::EFSM.into())
                    .because("queue lengths need a monitor; call monitor_with_addresses first"))
            }
            Some(Err(failure)) => Err(failed(failure)),
            None => {
                Err(failed(Errno::ENOTSUP.into()).because("this libzmq lacks fixes that are needed for queue lengths"))
            }
        }
    }
}
