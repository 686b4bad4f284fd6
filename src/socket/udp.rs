//! UDP endpoints. libzmq opens them on an I/O thread, where an error has no way to the caller. Therefore the errors
//! that a program can act on are found here.

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use super::Core;
use super::kinds::{Ability, Fact};
use super::values::Mechanism;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, ErrorKind, Failure, Operation, Result};
use crate::raw::{self, FromOption, RawSocket, Value};
use crate::sys;

impl Core {
    /// Refuses UDP endpoints that the socket cannot use in this direction, and other endpoints for DGRAM sockets.
    pub(super) fn check_udp(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let failed = |failure: Failure| Error::on(operation, endpoint.as_str(), failure);
        let refused = |reason: &str| Err(failed(Errno::ENOCOMPATPROTO.into()).because(reason));
        let (connects, binds) = (self.socket_type.has(Fact::ConnectsUdp), self.socket_type.has(Fact::BindsUdp));
        let is_allowed = if operation == Operation::Bind { binds } else { connects };
        if self.socket_type.can(Ability::SendsDatagrams) {
            if endpoint.transport() != "udp" {
                return refused("DGRAM sockets only bind to udp endpoints");
            }
            if endpoint.has_ipv6_address() {
                let reason = "DGRAM sockets only support IPv4";
                let error = Error::invalid(operation, endpoint.as_str(), reason);
                return Err(error.of_kind(ErrorKind::InvalidEndpoint));
            }
            if !is_allowed {
                return refused("DGRAM sockets bind, and each datagram names its receiver");
            }
            return self.check_first(operation, endpoint);
        }
        if endpoint.transport() != "udp" || !(connects || binds) {
            return Ok(());
        }
        if !is_allowed {
            return refused("over udp, RADIO sockets connect and DISH sockets bind");
        }
        match Mechanism::read(&self.raw, sys::ZMQ_MECHANISM).map_err(failed)? {
            Mechanism::Null => Ok(()),
            other => refused(&format!("over udp, libzmq ignores {other}: it would send and accept messages of anyone")),
        }
    }

    /// Refuses a second endpoint of a DGRAM socket, which libzmq would silently not bind.
    fn check_first(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        if !self.memory.had_udp_endpoint() {
            return Ok(());
        }
        let reason = "a DGRAM socket binds to one endpoint only, and once; open another socket";
        Err(Error::on(operation, endpoint.as_str(), Errno::EFSM).because(reason))
    }

    /// Binds to a UDP endpoint, and returns the resolved endpoint.
    pub(super) fn bind_udp(&self, endpoint: &Endpoint) -> Result<Endpoint> {
        self.check_transport(Operation::Bind, endpoint)?;
        let failed = |failure: Failure| Error::on(Operation::Bind, endpoint.as_str(), failure);
        let ipv6 = bool::read(&self.raw, sys::ZMQ_IPV6).map_err(failed)?;
        let is_dgram = self.socket_type.can(Ability::SendsDatagrams);
        let resolved = resolve(endpoint, ipv6 && !is_dgram).map_err(|errno| failed(errno.into()))?;
        // This libzmq would bind a DGRAM socket to IPv6, and abort at the first datagram.
        let is_hidden = ipv6 && is_dgram && !raw::carries("udp-dgram-ipv6");
        if is_hidden {
            self.raw.set(sys::ZMQ_IPV6, &Value::Int(0)).map_err(failed)?;
        }
        let bound = self.bind_raw(&resolved);
        if is_hidden {
            self.raw.set(sys::ZMQ_IPV6, &Value::Int(1)).map_err(failed)?;
        }
        bound?;
        self.memory.add_udp_endpoint(&resolved);
        self.raw.begin_datagrams().map_err(failed)?;
        self.entry.registry().bound(self.entry.id(), &resolved);
        Ok(resolved)
    }

    /// Connects to a UDP endpoint by the call `connect`.
    pub(super) fn connect_udp<T>(
        &self,
        endpoint: &Endpoint,
        connect: impl FnOnce(&RawSocket, &CStr) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        raw::expect_descriptors(1)?;
        self.raw.begin_datagrams()?;
        let connected = connect(&self.raw, endpoint.as_c_str());
        if connected.is_ok() {
            self.memory.add_udp_endpoint(endpoint);
        } else if !self.memory.has_udp_endpoint() {
            self.raw.end_datagrams();
        }
        connected
    }

    /// Refuses to unbind a UDP endpoint with a libzmq that does not find it.
    pub(super) fn check_unbind_udp(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        if operation != Operation::Unbind || endpoint.transport() != "udp" || raw::carries("udp-unbind") {
            return Ok(());
        }
        let reason = "this libzmq cannot unbind udp endpoints; drop the socket";
        Err(Error::on(operation, endpoint.as_str(), Errno::ENOTSUP).because(reason))
    }

    /// Notes that the socket has left an endpoint.
    pub(super) fn left_udp(&self, endpoint: &Endpoint) {
        if endpoint.transport() == "udp" && self.memory.remove_udp_endpoint(endpoint) {
            self.raw.end_datagrams();
        }
    }
}

/// Returns the endpoint with a port that is free, if it has a wildcard.
///
/// # Errors
/// - `EADDRINUSE`: another socket is bound to the address. libzmq would bind to it nevertheless, and one of the
///   sockets would receive nothing.
/// - `EADDRNOTAVAIL`: this machine does not have the address.
/// - `EACCES`: the process may not use the port.
fn resolve(endpoint: &Endpoint, ipv6: bool) -> Result<Endpoint, Errno> {
    let any = if ipv6 { Ipv6Addr::UNSPECIFIED.into() } else { IpAddr::from(Ipv4Addr::UNSPECIFIED) };
    let host = endpoint.host().unwrap_or_default();
    let address = if host == "*" { Some(any) } else { host.parse::<IpAddr>().ok() };
    let is_shared = address.is_some_and(|address| address.is_multicast());
    match (endpoint.port().filter(|&port| port > 0), address) {
        // Several sockets can share the port of a multicast group. libzmq finds out whether it knows a name.
        (Some(_), None) => Ok(endpoint.clone()),
        (Some(_), Some(_)) if is_shared => Ok(endpoint.clone()),
        (Some(port), Some(address)) => probe(address, port).map(|_| endpoint.clone()),
        (None, address) => {
            let port = probe(address.filter(|_| !is_shared).unwrap_or(any), 0)?;
            let host = endpoint.address().rsplit_once(':').map_or("", |(host, _)| host);
            Ok(Endpoint::from_libzmq(format!("udp://{host}:{port}").into_bytes()))
        }
    }
}

/// Binds to an address for a moment, and returns the port.
fn probe(address: IpAddr, port: u16) -> Result<u16, Errno> {
    match UdpSocket::bind((address, port)).and_then(|socket| socket.local_addr()) {
        Ok(bound) => Ok(bound.port()),
        Err(error) => match error.kind() {
            io::ErrorKind::AddrInUse => Err(Errno::EADDRINUSE),
            io::ErrorKind::AddrNotAvailable => Err(Errno::EADDRNOTAVAIL),
            io::ErrorKind::PermissionDenied => Err(Errno::EACCES),
            // libzmq finds out the same, or not.
            _ if port > 0 => Ok(port),
            _ => Err(Errno::EADDRNOTAVAIL),
        },
    }
}
