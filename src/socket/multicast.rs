//! Checks of multicast options and addresses. libzmq accepts invalid ones, and the libraries of these transports then
//! abort the process on a thread of their own.

use std::net::{IpAddr, ToSocketAddrs, UdpSocket};
use std::ops::RangeInclusive;

use super::Core;
use super::kinds::Ability;
use crate::endpoint::Endpoint;
use crate::error::{Error, Operation, Result};
use crate::raw;
use crate::sys;

/// The valid numbers of routers to pass. Packets store the number in one byte.
const HOPS: RangeInclusive<i32> = 1..=255;

/// The packet sizes that leave OpenPGM room for content and fit its 16-bit length.
const PACKET: RangeInclusive<i32> = 100..=65_535;

/// The maximum rate. libzmq multiplies the rate by 1000.
const HIGHEST_RATE: i32 = i32::MAX / 1000;

impl Core {
    /// Refuses options and addresses that the library of the transport does not support.
    pub(super) fn check_multicast(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let norm = endpoint.transport() == "norm";
        if !raw::has(if norm { c"norm" } else { c"pgm" }) {
            // libzmq lacks the transport and reports that itself.
            return Ok(());
        }
        let read = |option| self.raw.get_int(option).map_err(|errno| Error::on(operation, endpoint.as_str(), errno));
        let (rate, hops) = (read(sys::ZMQ_RATE)?, read(sys::ZMQ_MULTICAST_HOPS)?);
        let wrong = if rate > HIGHEST_RATE {
            Some(format!("rate is {rate}, but the maximum is {HIGHEST_RATE}"))
        } else if !HOPS.contains(&hops) {
            Some(format!("multicast_hops is {hops}, but must be from {} to {}", HOPS.start(), HOPS.end()))
        } else if norm {
            wrong_address(endpoint.address())
        } else {
            self.wrong_packet(rate, read(sys::ZMQ_MULTICAST_MAXTPDU)?)
        };
        wrong.map_or(Ok(()), |reason| Err(Error::invalid(operation, endpoint.as_str(), reason)))
    }

    /// Returns the reason if OpenPGM does not support the packet size.
    fn wrong_packet(&self, rate: i32, size: i32) -> Option<String> {
        let bytes = i64::from(rate) * 1000 / 8;
        if !PACKET.contains(&size) {
            let (least, most) = (PACKET.start(), PACKET.end());
            return Some(format!("multicast_max_tpdu is {size}, but must be from {least} to {most}"));
        }
        let sends = self.socket_type.can(Ability::Publishes);
        (sends && bytes < i64::from(size)).then(|| {
            format!(
                "rate is {rate}, which is less than one packet per second; with multicast_max_tpdu {size}, the minimum is {}",
                (size * 8 + 999) / 1000
            )
        })
    }
}

/// Returns the reason if an address is invalid for NORM: `[id,][interface;]host:port`.
fn wrong_address(address: &str) -> Option<String> {
    let address = address.split_once(',').map_or(address, |(_id, rest)| rest);
    let (interface, authority) = address.split_once(';').map_or((None, address), |(name, rest)| (Some(name), rest));
    if let Some(name) = interface.filter(|name| !is_interface(name)) {
        return Some(format!("there is no network interface {name:?}"));
    }
    let found = authority.to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some());
    (!found).then(|| format!("cannot resolve {authority:?}"))
}

/// Returns `true` if this machine has an interface with this name or address.
fn is_interface(name: &str) -> bool {
    match name.parse::<IpAddr>() {
        Ok(address) => UdpSocket::bind((address, 0)).is_ok(),
        Err(_) => raw::is_interface(name),
    }
}
