//! RADIO and DISH over UDP: single receivers and multicast, and the limits of datagrams.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use zmq::{Context, Dish, ErrorKind, Radio, Result, Security};

use crate::common::{context, eventually, free, skip, take};
use crate::groups::await_group;
use crate::udp::{AGAIN, has_ipv6, has_multicast, plain, received, resent};

#[test]
fn udp_carries_groups_to_a_dish() -> Result<()> {
    let context = context()?;
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    dish.join("A")?;
    let endpoint = dish.bind("udp://127.0.0.1:*")?;
    assert!(endpoint.port().is_some_and(|port| port > 0));
    assert_eq!(dish.bound_endpoints(), std::slice::from_ref(&endpoint));
    assert_eq!(radio.connect(&endpoint)?, endpoint);
    let message = resent(
        || {
            radio.send_to_group("B", "another group").unwrap();
            radio.send_to_group("A", "hello").unwrap();
        },
        || dish.recv_timeout(AGAIN),
    )?;
    assert_eq!((message.group(), message.to_str()?), (Some("A"), "hello"));
    Ok(())
}

#[test]
fn udp_carries_groups_over_ipv6() -> Result<()> {
    if !has_ipv6() {
        skip("this system has no IPv6");
        return Ok(());
    }
    let context = Context::builder().linger(Duration::ZERO).ipv6(true).build()?;
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    dish.join("A")?;
    radio.connect(dish.bind("udp://[::1]:*")?)?;
    let message = resent(|| radio.send_to_group("A", "hello").unwrap(), || dish.recv_timeout(AGAIN))?;
    assert_eq!(message, "hello");
    Ok(())
}

#[test]
fn udp_multicast_reaches_every_dish() -> Result<()> {
    const GROUP: Ipv4Addr = Ipv4Addr::new(239, 192, 7, 7);
    if !has_multicast(GROUP) {
        skip("this system has no multicast");
        return Ok(());
    }
    let context = context()?;
    let port = plain().1.port();
    let endpoint = format!("udp://{GROUP}:{port}");
    let radio = context.socket(Radio)?;
    radio.connect(&endpoint)?;
    for _ in 0..2 {
        let dish = context.socket(Dish)?;
        dish.join("A")?.bind(&endpoint)?;
        let message = resent(|| radio.send_to_group("A", "hello").unwrap(), || dish.recv_timeout(AGAIN))?;
        assert_eq!((message.group(), message.to_str()?), (Some("A"), "hello"));
    }
    Ok(())
}

#[test]
fn udp_big_send_is_refused_on_udp_only() -> Result<()> {
    let context = context()?;
    let (peer, address) = plain();
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    let endpoint = radio.connect(format!("udp://{address}"))?;
    // The length of the group takes one byte.
    radio.send_to_group("AB", vec![b'x'; 8189])?;
    assert_eq!(received(&peer).len(), 8192);
    let refused = radio.send_to_group("AB", vec![b'x'; 8190]).unwrap_err();
    assert_eq!(
        refused.error.to_string(),
        "cannot send on a RADIO socket: over udp, group and body have at most 8191 bytes together (EMSGSIZE)"
    );
    assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::InvalidInput, 8190));

    radio.disconnect(&endpoint)?;
    dish.join("AB")?.connect(radio.bind(free("inproc"))?)?;
    if zmq::sys::build::PATCHED {
        await_group(&radio, &dish, "AB")?;
        radio.send_to_group("AB", vec![b'x'; 100_000])?;
        assert_eq!(take(&dish)?.len(), 100_000);
    }
    Ok(())
}

#[test]
fn udp_long_group_is_refused_on_udp_only() -> Result<()> {
    let context = context()?;
    let (peer, address) = plain();
    let (radio, other) = (context.socket(Radio)?, context.socket(Radio)?);
    radio.connect(format!("udp://{address}"))?;
    let group = "x".repeat(128);
    radio.send_to_group(&group[1..], "fits")?;
    assert_eq!(received(&peer), format!("\x7F{}fits", &group[1..]).into_bytes());
    let refused = radio.send_to_group(&group, "too long").unwrap_err();
    assert_eq!(refused.error.to_string(), "cannot send on a RADIO socket: over udp, a group has at most 127 bytes");
    other.send_to_group(&group, "no dish")?;
    Ok(())
}

#[test]
fn udp_endpoints_have_a_direction() -> Result<()> {
    let context = context()?;
    let (radio, dish) = (context.socket(Radio)?, context.socket(Dish)?);
    for error in [radio.bind("udp://127.0.0.1:*").unwrap_err(), dish.connect("udp://127.0.0.1:5555").unwrap_err()] {
        let reason = "over udp, RADIO sockets connect and DISH sockets bind (ENOCOMPATPROTO)";
        assert!(error.to_string().ends_with(reason), "{error}");
        assert_eq!(error.kind(), ErrorKind::IncompatibleProtocol);
    }
    assert_eq!(radio.connect("udp://*:5555").unwrap_err().kind(), ErrorKind::InvalidEndpoint);
    assert_eq!(radio.connect("udp://127.0.0.1:*").unwrap_err().kind(), ErrorKind::InvalidEndpoint);
    Ok(())
}

#[test]
fn udp_is_refused_for_secured_sockets() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    dish.set_security(&Security::plain_server())?;
    dish.set_zap_enforce_domain(false)?;
    let error = dish.bind("udp://127.0.0.1:*").unwrap_err();
    assert!(error.to_string().contains("over udp, libzmq ignores PLAIN"), "{error}");
    let radio = context()?.socket(Radio)?;
    radio.set_zap_domain("admins")?;
    let error = radio.connect("udp://127.0.0.1:5555").unwrap_err();
    assert!(error.to_string().contains("the authenticator of the domain \"admins\""), "{error}");
    assert_eq!(error.kind(), ErrorKind::IncompatibleProtocol);
    Ok(())
}

#[test]
fn udp_bind_reports_a_port_that_is_in_use() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    let (_peer, address) = plain();
    assert_eq!(dish.bind(format!("udp://{address}")).unwrap_err().kind(), ErrorKind::AddressInUse);
    let error = dish.bind("udp://192.0.2.1:5555").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressNotAvailable);
    assert!(dish.bound_endpoints().is_empty());
    Ok(())
}

#[test]
fn udp_unbind_frees_the_port() -> Result<()> {
    let dish = context()?.socket(Dish)?;
    let bound = dish.bound("udp://127.0.0.1:*")?;
    let endpoint = bound.endpoint().clone();
    if !zmq::sys::build::PATCHED {
        assert_eq!(dish.unbind(&endpoint).unwrap_err().kind(), ErrorKind::NotSupported);
        return Ok(());
    }
    bound.unbind()?;
    // Calls on the socket let libzmq continue.
    eventually("the port is free", || {
        assert_eq!(dish.try_recv(), Ok(None));
        UdpSocket::bind(endpoint.address()).is_ok()
    });
    assert_eq!(dish.unbind(&endpoint).unwrap_err().kind(), ErrorKind::NotFound);
    Ok(())
}

#[test]
fn the_limit_of_datagrams_holds_while_threads_exchange_the_endpoints() -> Result<()> {
    let radio = context()?.socket(Radio)?;
    let (_first, here) = plain();
    let (_second, there) = plain();
    let (mut old, mut new) = (format!("udp://{here}"), format!("udp://{there}"));
    radio.connect(&old)?;
    for _ in 0..2000 {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let left = scope.spawn(|| {
                start.wait();
                radio.disconnect(&old)
            });
            start.wait();
            radio.connect(&new)?;
            left.join().expect("no panic")
        })?;
        let refused = radio.try_send_to_group("A", [7; 8192]).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        std::mem::swap(&mut old, &mut new);
    }
    Ok(())
}
