//! The ends of a connection: their addresses, and the queues between them.

use std::fmt;

/// The addresses of the two ends of a connection, as far as they are known. See
/// [`MonitorEvent::local_address`](crate::MonitorEvent::local_address) and
/// [`MonitorEvent::remote_address`](crate::MonitorEvent::remote_address).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Addresses {
    local: String,
    remote: String,
}

impl Addresses {
    /// Creates the addresses from libzmq's texts, which are empty for an unknown address.
    pub(super) fn new(local: String, remote: String) -> Self {
        Self { local, remote }
    }

    /// Returns the address of the end of the socket, or `None` if there is no connection yet.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvent, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = socket.monitor_with_addresses(MonitorEvents::LISTENING)?;
    /// let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    /// let MonitorEvent::Listening { addresses: Some(addresses), .. } = monitor.recv()? else { panic!() };
    /// assert_eq!((addresses.local(), addresses.remote()), (Some(endpoint.as_str()), None));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn local(&self) -> Option<&str> {
        known(&self.local)
    }

    /// Returns the address of the peer's end, or `None` if there is no peer yet.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, MonitorEvent, MonitorEvents, Push};
    ///
    /// let socket = Context::new()?.socket(Push)?;
    /// let monitor = socket.monitor_with_addresses(MonitorEvents::CONNECT_DELAYED)?;
    /// socket.connect("tcp://127.0.0.1:5555")?;
    /// let MonitorEvent::ConnectDelayed { addresses: Some(addresses), .. } = monitor.recv()? else { panic!() };
    /// assert_eq!((addresses.local(), addresses.remote()), (None, Some("tcp://127.0.0.1:5555")));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn remote(&self) -> Option<&str> {
        known(&self.remote)
    }
}

/// The lengths of the two queues of a connection, in messages. See
/// [`Socket::request_queue_lengths`](crate::Socket::request_queue_lengths).
///
/// Prints as `2 outbound, 0 inbound`.
///
/// # Accuracy
/// The other end of a queue reports the messages that it has taken in batches of half the high-water mark. Until the
/// next report, such messages still count, so a length is at most that much too high. A queue without a high-water mark
/// has no reports, and its length is the number of all messages since the connection was established.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct QueueLengths {
    /// The messages that wait to be sent to the peer.
    pub outbound: u64,
    /// The messages of the peer that wait to be received.
    pub inbound: u64,
}

impl fmt::Display for QueueLengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} outbound, {} inbound", self.outbound, self.inbound)
    }
}

fn known(address: &str) -> Option<&str> {
    if address.is_empty() { None } else { Some(address) }
}
