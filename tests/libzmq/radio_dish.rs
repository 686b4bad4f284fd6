//! RADIO and DISH sockets: groups over TCP, UDP and multicast. Origin: test_radio_dish.cpp.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::time::Duration;

use zmq::{Context, Dish, ErrorKind, Group, Message, Radio, Result, Socket};

use crate::support::*;

const SHORT: Duration = Duration::from_millis(20);

fn open(ipv6: bool) -> Result<(Context, Socket<Radio>, Socket<Dish>)> {
    let context = context()?;
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    radio.set_ipv6(ipv6)?;
    dish.set_ipv6(ipv6)?;
    Ok((context, radio, dish))
}

/// Returns the versions of IP that the machine supports: `false` is IPv4.
fn versions() -> &'static [bool] {
    if has_ipv6() { &[false, true] } else { &[false] }
}

/// Sends a message until it arrives. Earlier ones are lost: the join has not arrived, or UDP is not bound yet.
fn arrives(radio: &Socket<Radio>, dish: &Socket<Dish>, group: &str, body: &str) -> Result<()> {
    let mut received = None;
    eventually("the message arrives", || {
        radio.send_to_group(group, body).unwrap();
        received = dish.recv_timeout(SHORT).unwrap();
        received.is_some()
    });
    let message = received.unwrap_or_default();
    assert_eq!((message.group(), message.to_str()?), (Some(group), body));
    while dish.recv_timeout(SHORT)?.is_some() {}
    Ok(())
}

#[test]
fn leaving_a_group_that_was_not_joined_fails() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    assert_eq!(dish.leave("Movies").unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn joining_a_group_that_is_too_long_fails() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    assert_eq!(dish.join("A".repeat(Group::MAX_LEN + 1)).unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the crate refuses such groups with this libzmq")]
fn a_group_of_more_than_14_bytes_arrives() -> Result<()> {
    let (_context, radio, dish) = open(false)?;
    dish.join("0123456789ABCDEFGH")?.connect(radio.bind("tcp://127.0.0.1:*")?)?;
    arrives(&radio, &dish, "0123456789ABCDEFGH", "HELLO")
}

#[test]
fn joining_twice_fails() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    dish.join("Movies")?;
    assert_eq!(dish.join("Movies").unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn a_radio_does_not_bind_and_a_dish_does_not_connect_over_udp() -> Result<()> {
    for &ipv6 in versions() {
        let (_context, radio, dish) = open(ipv6)?;
        let endpoint = if ipv6 { "udp://[::1]:5556" } else { "udp://127.0.0.1:5556" };
        assert_eq!(dish.connect(endpoint).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
        assert_eq!(radio.bind("udp://*:5556").unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
    }
    Ok(())
}

#[test]
fn groups_are_joined_and_left_while_connected() -> Result<()> {
    for &ipv6 in versions() {
        let (_context, radio, dish) = open(ipv6)?;
        let endpoint = radio.bind(if ipv6 { "tcp://[::1]:*" } else { "tcp://127.0.0.1:*" })?;
        dish.join("Movies")?.connect(&endpoint)?;
        arrives(&radio, &dish, "Movies", "Godfather")?;

        radio.send_to_group("TV", "Friends")?;
        radio.send_to_group("Movies", "Godfather")?;
        assert_eq!(take(&dish)?, "Godfather");

        dish.join("TV")?;
        arrives(&radio, &dish, "TV", "Friends")?;

        // A message of the group may be underway, so the DISH itself drops it.
        dish.leave("TV")?;
        radio.send_to_group("TV", "Friends")?;
        radio.send_to_group("Movies", "Godfather")?;
        eventually("the DISH is readable", || dish.events().is_ok_and(|events| events.is_readable()));
        assert!(!radio.events()?.is_readable());
        let message = take(&dish)?;
        assert_eq!((message.group(), message.to_str()?), (Some("Movies"), "Godfather"));
        assert_eq!(dish.try_recv()?, None);
    }
    Ok(())
}

#[test]
fn udp_carries_groups() -> Result<()> {
    for &ipv6 in versions() {
        let (_context, radio, dish) = open(ipv6)?;
        let port = dish.bind("udp://*:*")?.port().unwrap_or_default();
        radio.connect(format!("udp://{}:{port}", if ipv6 { "[::1]" } else { "127.0.0.1" }))?;
        dish.join("TV")?;
        arrives(&radio, &dish, "TV", "Friends")?;
    }
    Ok(())
}

const GROUP_IPV4: Ipv4Addr = Ipv4Addr::new(226, 8, 5, 5);
const GROUP_IPV6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0x7a65, 0x726f, 0x6df1, 0x0a01);

/// Returns an endpoint with a free port, or `None` if the machine has no multicast.
fn multicast(ipv6: bool) -> Option<String> {
    let works = || {
        let any = if ipv6 { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() };
        let (receiver, sender) = (UdpSocket::bind((any, 0))?, UdpSocket::bind((any, 0))?);
        let group = if ipv6 { IpAddr::from(GROUP_IPV6) } else { GROUP_IPV4.into() };
        match group {
            IpAddr::V4(group) => receiver.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?,
            IpAddr::V6(group) => receiver.join_multicast_v6(&group, 0)?,
        }
        receiver.set_read_timeout(Some(Duration::from_secs(1)))?;
        let port = receiver.local_addr()?.port();
        sender.send_to(b"it works", (group, port))?;
        receiver.recv(&mut [0; 8])?;
        std::io::Result::Ok(if ipv6 { format!("udp://[{group}]:{port}") } else { format!("udp://{group}:{port}") })
    };
    works().ok()
}

#[test]
fn multicast_carries_groups() -> Result<()> {
    for ipv6 in [false, true] {
        let Some(endpoint) = multicast(ipv6) else {
            skip("this system has no multicast");
            continue;
        };
        let (_context, radio, dish) = open(ipv6)?;
        dish.join("TV")?.bind(&endpoint)?;
        radio.connect(&endpoint)?;
        arrives(&radio, &dish, "TV", "Friends")?;
    }
    Ok(())
}

#[test]
fn multicast_without_loop_does_not_come_back() -> Result<()> {
    for ipv6 in [false, true] {
        let Some(endpoint) = multicast(ipv6) else {
            skip("this system has no multicast");
            continue;
        };
        let (context, radio, dish) = open(ipv6)?;
        radio.set_multicast_loop(false)?;
        dish.join("TV")?.bind(&endpoint)?;
        radio.connect(&endpoint)?;
        // The messages of the other one come back, in the same socket.
        let other = context.socket(Radio)?;
        other.set_ipv6(ipv6)?;
        other.connect(&endpoint)?;
        arrives(&other, &dish, "TV", "ready")?;
        for _ in 0..10 {
            radio.send_to_group("TV", "Friends")?;
            crate::common::pass_through_the_io_thread(&context)?;
            other.send_to_group("TV", "next")?;
            assert_eq!(take(&dish)?, Message::from("next"));
        }
    }
    Ok(())
}
