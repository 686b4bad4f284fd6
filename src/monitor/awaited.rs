//! The endpoint that a wait is for, and the connections that libzmq makes for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use crate::endpoint::Endpoint;

/// An endpoint, as the events of its connections may name it.
///
/// The first attempt to connect has the endpoint as libzmq wrote it then. Later ones over TCP have the address to which
/// its host was resolved last, without the source.
pub(super) struct Awaited {
    /// As it was given.
    given: Endpoint,
    /// As libzmq wrote it.
    connected: Endpoint,
    /// Whether the socket uses IPv6.
    ipv6: bool,
    /// The addresses that were asked about, and whether the host has them.
    addresses: RefCell<HashMap<IpAddr, bool>>,
}

impl Awaited {
    pub(super) fn new(given: Endpoint, connected: Endpoint, ipv6: bool) -> Self {
        Self { given, connected, ipv6, addresses: RefCell::default() }
    }

    /// Whether an event that names this endpoint is of a connection to the one that is awaited.
    ///
    /// Where the host is a name, this may look it up, until `deadline`.
    pub(super) fn is_named(&self, named: &str, deadline: Option<Instant>) -> bool {
        if self.connected == named || self.given == named {
            return true;
        }
        let Ok(named) = Endpoint::parse(named) else { return false };
        // Over WebSocket libzmq keeps the text; other transports have no hosts.
        if named.transport() != "tcp" || self.given.transport() != "tcp" || named.port() != self.given.port() {
            return false;
        }
        let (Some(named), Some(host)) = (named.host(), self.given.host()) else { return false };
        let Some((address, zone)) = numeric(named) else { return false };
        match numeric(host) {
            Some((own, own_zone)) => own == address && are_one_zone(own_zone, zone),
            None => self.has(host, address, deadline),
        }
    }

    /// Whether the host of this name has the address.
    fn has(&self, host: &str, address: IpAddr, deadline: Option<Instant>) -> bool {
        if let Some(known) = self.addresses.borrow().get(&address) {
            return *known;
        }
        // Now rather than once: a host may have moved since.
        let found = look_up(host, deadline);
        let mut addresses = self.addresses.borrow_mut();
        // Where the system has no IPv6, libzmq takes an IPv4 address all the same.
        addresses.extend(found.into_iter().filter(|found| self.ipv6 || found.is_ipv4()).map(|found| (found, true)));
        *addresses.entry(address).or_insert(false)
    }
}

/// Reads an address and its zone; an IPv4 address within IPv6 is the IPv4 address.
fn numeric(host: &str) -> Option<(IpAddr, Option<&str>)> {
    let (address, zone) = host.split_once('%').map_or((host, None), |(address, zone)| (address, Some(zone)));
    Some((address.parse::<IpAddr>().ok()?.to_canonical(), zone))
}

/// Whether two zones may be the same: one may be the interface's name, and the other its number.
fn are_one_zone(one: Option<&str>, other: Option<&str>) -> bool {
    let is_number = |zone: &str| zone.bytes().all(|byte| byte.is_ascii_digit());
    match (one, other) {
        (Some(one), Some(other)) => one == other || is_number(one) != is_number(other),
        _ => true,
    }
}

/// Returns the addresses of a host; none where the answer takes too long.
fn look_up(host: &str, deadline: Option<Instant>) -> Vec<IpAddr> {
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    let ask = move || {
        let found = (host.as_str(), 0).to_socket_addrs();
        let _ = sender.send(found.map(|found| found.map(|found| found.ip().to_canonical()).collect::<Vec<_>>()));
    };
    // On a thread of its own, because the system's resolver has deadlines of its own.
    if thread::Builder::new().name("zmq-resolve".to_owned()).spawn(ask).is_err() {
        return Vec::new();
    }
    let found = match deadline {
        Some(deadline) => receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok(),
        None => receiver.recv().ok(),
    };
    found.and_then(Result::ok).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;

    fn is_named(given: &str, named: &str) -> Result<bool> {
        let endpoint = Endpoint::parse(given)?;
        Ok(Awaited::new(endpoint.clone(), endpoint, true).is_named(named, None))
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
        let awaited = Awaited::new(endpoint.clone(), endpoint, false);
        assert!(!awaited.is_named("tcp://[::1]:5555", None));
        assert!(awaited.is_named("tcp://127.0.0.1:5555", None));
        Ok(())
    }

    #[test]
    fn the_written_form_of_libzmq_names_the_connection() -> Result<()> {
        let (given, connected) = (Endpoint::parse("ws://127.0.0.1:80")?, Endpoint::parse("ws://127.0.0.1:80/")?);
        assert!(Awaited::new(given, connected, false).is_named("ws://127.0.0.1:80/", None));
        Ok(())
    }
}
