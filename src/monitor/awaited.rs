//! The endpoint that a wait is for, and the connections that libzmq creates for it.

use std::collections::HashMap;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use crate::deadline::Deadline;
use crate::endpoint::Endpoint;

/// An endpoint, in all forms in which the events of its connections may name it.
///
/// The first attempt to connect has the endpoint as libzmq wrote it then. Later attempts over TCP have the address to
/// which the host was resolved last, without the source.
pub(crate) struct Awaited {
    /// The endpoint as it was given.
    given: Endpoint,
    /// The endpoint as libzmq wrote it.
    connected: Endpoint,
    /// `true` if the socket uses IPv6.
    ipv6: bool,
    /// The addresses that were looked up, each with whether the host has it.
    addresses: HashMap<IpAddr, bool>,
}

/// The answer to whether an event is of the awaited connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Yes,
    No,
    /// Yes if the host has this address, which [`Awaited::learn`] records.
    IfHostHas(IpAddr),
}

impl Awaited {
    pub(super) fn new(given: Endpoint, connected: Endpoint, ipv6: bool) -> Self {
        Self { given, connected, ipv6, addresses: HashMap::new() }
    }

    /// Returns whether an event that names this endpoint is of the awaited connection.
    pub(crate) fn is_named(&self, named: &str) -> Named {
        if self.connected == named || self.given == named {
            return Named::Yes;
        }
        let Ok(named) = Endpoint::parse(named) else { return Named::No };
        // Over WebSocket, libzmq keeps the text; other transports have no hosts.
        if named.transport() != "tcp" || self.given.transport() != "tcp" || named.port() != self.given.port() {
            return Named::No;
        }
        let (Some(named), Some(host)) = (named.host(), self.given.host()) else { return Named::No };
        let Some((address, zone)) = numeric(named) else { return Named::No };
        let is_own = match numeric(host) {
            Some((own, own_zone)) => own == address && are_one_zone(own_zone, zone),
            None => match self.addresses.get(&address) {
                Some(known) => *known,
                None => return Named::IfHostHas(address),
            },
        };
        if is_own { Named::Yes } else { Named::No }
    }

    /// Returns the answer of [`is_named`](Self::is_named), resolving the host until `deadline` if necessary.
    pub(super) fn is_named_until(&mut self, named: &str, deadline: Deadline) -> bool {
        match self.is_named(named) {
            Named::Yes => true,
            Named::No => false,
            Named::IfHostHas(address) => self.learn(look_up(self.host(), deadline), address),
        }
    }

    /// Returns the host's name, which is called only if there is one.
    pub(crate) fn host(&self) -> String {
        self.given.host().unwrap_or_default().to_owned()
    }

    /// Records the addresses that were found for the host, and returns `true` if `address` is among them.
    pub(crate) fn learn(&mut self, found: Vec<IpAddr>, address: IpAddr) -> bool {
        // If the system has no IPv6, libzmq uses an IPv4 address nevertheless.
        self.addresses
            .extend(found.into_iter().filter(|found| self.ipv6 || found.is_ipv4()).map(|found| (found, true)));
        *self.addresses.entry(address).or_insert(false)
    }
}

/// Parses an address and its zone. An IPv4-mapped IPv6 address becomes the IPv4 address.
fn numeric(host: &str) -> Option<(IpAddr, Option<&str>)> {
    let (address, zone) = host.split_once('%').map_or((host, None), |(address, zone)| (address, Some(zone)));
    Some((address.parse::<IpAddr>().ok()?.to_canonical(), zone))
}

/// Returns `true` if two zones may be the same, because a zone is the interface's name or its number.
fn are_one_zone(one: Option<&str>, other: Option<&str>) -> bool {
    let is_number = |zone: &str| zone.bytes().all(|byte| byte.is_ascii_digit());
    match (one, other) {
        (Some(one), Some(other)) => one == other || is_number(one) != is_number(other),
        _ => true,
    }
}

/// Returns the addresses of a host, or none if resolving takes too long.
fn look_up(host: String, deadline: Deadline) -> Vec<IpAddr> {
    let (sender, receiver) = mpsc::channel();
    ask(host, move |found| drop(sender.send(found)));
    let found = match deadline.left() {
        Some(left) => receiver.recv_timeout(left).ok(),
        None => receiver.recv().ok(),
    };
    found.unwrap_or_default()
}

/// Resolves a host and passes its addresses to `answer`. The result is not cached, because a host may have moved.
///
/// This runs on a thread of its own, because the system's resolver has its own deadlines. If no thread can be started,
/// `answer` is dropped.
pub(crate) fn ask(host: String, answer: impl FnOnce(Vec<IpAddr>) + Send + 'static) {
    let ask = move || {
        let found = (host.as_str(), 0).to_socket_addrs().map(|found| found.map(|found| found.ip().to_canonical()));
        answer(found.map_or_else(|_| Vec::new(), Iterator::collect));
    };
    let _ = thread::Builder::new().name("zmq-resolve".to_owned()).spawn(ask);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;

    fn is_named(given: &str, named: &str) -> Result<bool> {
        let endpoint = Endpoint::parse(given)?;
        Ok(Awaited::new(endpoint.clone(), endpoint, true).is_named_until(named, Deadline::NEVER))
    }

    #[test]
    fn a_connection_is_named_by_the_text_or_by_the_address_of_its_host() -> Result<()> {
        for (given, named) in [
            ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5555"),
            ("tcp://localhost:5555", "tcp://localhost:5555"),
            ("tcp://localhost:5555", "tcp://127.0.0.1:5555"),
            ("tcp://127.0.0.1:05555", "tcp://127.0.0.1:5555"),
            ("tcp://127.0.0.2:0;127.0.0.1:5555", "tcp://127.0.0.2:0;127.0.0.1:5555"),
            ("tcp://127.0.0.2:0;127.0.0.1:5555", "tcp://127.0.0.1:5555"),
            ("tcp://lo:0;localhost:5555", "tcp://127.0.0.1:5555"),
            ("tcp://127.0.0.1:5555", "tcp://[::ffff:127.0.0.1]:5555"),
            ("tcp://[0:0::1]:5555", "tcp://[::1]:5555"),
            ("tcp://[fe80::1%2]:5555", "tcp://[fe80::1%eth0]:5555"),
            ("ipc:///tmp/one", "ipc:///tmp/one"),
            ("ws://localhost:5555/path", "ws://localhost:5555/path"),
        ] {
            assert!(is_named(given, named)?, "{given} is {named}");
        }
        Ok(())
    }

    #[test]
    fn a_port_transport_or_interface_in_common_makes_no_connection_the_same() -> Result<()> {
        for (given, named) in [
            ("tcp://127.0.0.1:5555", "tcp://127.0.0.2:5555"),
            ("tcp://127.0.0.1:5555", "tcp://127.0.0.1:5556"),
            ("tcp://localhost:5555", "tcp://127.0.0.2:5555"),
            ("tcp://127.0.0.1:5555", "tcp://localhost:5555"),
            ("tcp://127.0.0.2:0;127.0.0.1:5555", "tcp://127.0.0.2:5555"),
            ("tcp://[::1]:5555", "tcp://[::2]:5555"),
            ("tcp://[::1]:5555", "tcp://127.0.0.1:5555"),
            ("tcp://[fe80::1%eth0]:5555", "tcp://[fe80::1%eth1]:5555"),
            ("tcp://127.0.0.1:5555", "ws://127.0.0.1:5555/"),
            ("ws://127.0.0.1:5555/one", "ws://127.0.0.1:5555/other"),
            ("ipc:///tmp/one", "ipc:///tmp/other"),
            ("ipc:///tmp/one", "ipc:///tmp/one/more"),
            ("tcp://127.0.0.1:5555", ""),
        ] {
            assert!(!is_named(given, named)?, "{given} is not {named}");
        }
        Ok(())
    }

    #[test]
    fn a_name_of_a_socket_without_ipv6_has_no_such_address() -> Result<()> {
        let endpoint = Endpoint::parse("tcp://localhost:5555")?;
        let mut awaited = Awaited::new(endpoint.clone(), endpoint, false);
        assert!(!awaited.is_named_until("tcp://[::1]:5555", Deadline::NEVER));
        assert!(awaited.is_named_until("tcp://127.0.0.1:5555", Deadline::NEVER));
        Ok(())
    }

    #[test]
    fn the_written_form_of_libzmq_names_the_connection() -> Result<()> {
        let (given, connected) = (Endpoint::parse("ws://127.0.0.1:80")?, Endpoint::parse("ws://127.0.0.1:80/")?);
        assert!(Awaited::new(given, connected, false).is_named_until("ws://127.0.0.1:80/", Deadline::NEVER));
        Ok(())
    }
}
