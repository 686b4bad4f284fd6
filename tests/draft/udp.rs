//! Helpers for datagrams.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use zmq::{Endpoint, Result};

use crate::common::PATIENCE;

/// The interval between two datagrams to a socket that may not be bound yet.
pub(crate) const AGAIN: Duration = Duration::from_millis(20);

/// Repeats `send` until `receive` returns something. libzmq binds UDP sockets on its I/O thread, some time after the
/// call, and datagrams that come earlier are lost.
pub(crate) fn resent<T>(mut send: impl FnMut(), mut receive: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        send();
        if let Some(received) = receive()? {
            return Ok(received);
        }
        assert!(start.elapsed() < PATIENCE, "nothing arrived");
    }
}

pub(crate) fn address(endpoint: &Endpoint) -> SocketAddr {
    endpoint.address().parse().unwrap()
}

/// Returns a socket that is no socket of libzmq, and its address.
pub(crate) fn plain() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

pub(crate) fn received(socket: &UdpSocket) -> Vec<u8> {
    let mut bytes = vec![0; 20_000];
    let len = socket.recv(&mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

/// Returns `true` if this machine has the loopback address of IPv6.
pub(crate) fn has_ipv6() -> bool {
    UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

/// Returns `true` if datagrams to a multicast group arrive on this machine.
pub(crate) fn has_multicast(group: Ipv4Addr) -> bool {
    let works = || {
        let receiver = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        receiver.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
        receiver.set_read_timeout(Some(Duration::from_secs(1)))?;
        let sender = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        sender.send_to(b"?", (IpAddr::from(group), receiver.local_addr()?.port()))?;
        receiver.recv(&mut [0])
    };
    works().is_ok()
}
