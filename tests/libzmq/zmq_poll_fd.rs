//! Descriptors and sockets in one poll. Origin: test_zmq_poll_fd.cpp.

use std::net::UdpSocket;
use std::os::fd::AsFd;

use zmq::{Events, PollItem, Rep, Result};

use crate::support::*;

#[test]
fn a_descriptor_is_ready_and_a_socket_is_not() -> Result<()> {
    let (receiver, sender) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let socket = context()?.socket(Rep)?;
    socket.bind(free("tcp"))?;
    sender.send_to(&[1; 10], receiver.local_addr().unwrap()).unwrap();

    let mut items =
        [PollItem::new(&socket, Events::READABLE), PollItem::fd(receiver.as_fd(), Events::READABLE | Events::WRITABLE)];
    // The descriptor is writable at once, while the datagram is in transit.
    eventually("the datagram arrives", || zmq::poll(&mut items, PATIENCE).unwrap() == 1 && items[1].is_readable());
    assert_eq!(items[0].ready(), Events::empty());
    assert_eq!(items[1].ready(), Events::READABLE | Events::WRITABLE);
    Ok(())
}
