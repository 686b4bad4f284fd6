//! Descriptors and sockets in a wait with a mask of signals. Origin: test_zmq_ppoll_fd.cpp.

use std::net::UdpSocket;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use zmq::poll::{SignalMask, poll_masked};
use zmq::{Events, PollItem, Rep, Result};

use crate::common::{in_child, this_test};
use crate::support::*;

#[test]
fn a_descriptor_is_ready_and_a_socket_is_not() -> Result<()> {
    let (receiver, sender) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let socket = context()?.socket(Rep)?;
    socket.bind(free("tcp"))?;
    sender.send_to(&[1; 10], receiver.local_addr().unwrap()).unwrap();

    let mut items =
        [PollItem::new(&socket, Events::READABLE), PollItem::fd(receiver.as_fd(), Events::READABLE | Events::WRITABLE)];
    let mask = SignalMask::empty();
    eventually("the datagram arrives", || {
        poll_masked(&mut items, PATIENCE, &mask).unwrap() == 1 && items[1].is_readable()
    });
    assert_eq!(items[0].ready(), Events::empty());
    assert_eq!(items[1].ready(), Events::READABLE | Events::WRITABLE);
    Ok(())
}

/// `zmq_ppoll` writes past the end of an array for such a descriptor.
#[test]
fn a_descriptor_above_1023_is_waited_for() {
    in_child(this_test!(), || {
        let limit = libc::rlimit { rlim_cur: 2048, rlim_max: 2048 };
        // SAFETY: the pointer is to a variable that outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let (receiver, sender) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        // SAFETY: the descriptor is open, and the command takes an integer.
        let high = unsafe { libc::fcntl(receiver.as_raw_fd(), libc::F_DUPFD, 1500) };
        assert!(high >= 1500, "{high}");
        // SAFETY: the descriptor was just opened, and nothing else owns it.
        let high = unsafe { OwnedFd::from_raw_fd(high) };
        sender.send_to(&[1; 10], receiver.local_addr().unwrap()).unwrap();
        let mut items = [PollItem::fd(high.as_fd(), Events::READABLE)];
        assert_eq!(poll_masked(&mut items, PATIENCE, &SignalMask::empty()), Ok(1));
        assert!(items[0].is_readable());
    });
}
