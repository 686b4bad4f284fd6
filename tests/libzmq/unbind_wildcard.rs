//! Wildcards of addresses and ports. Origin: test_unbind_wildcard.cpp.

use zmq::{Rep, Req, Result};

use crate::support::*;

/// Binds, connects to what came of it, and takes both back.
fn round(endpoint: &str, ipv6: bool) -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    server.set_ipv6(ipv6)?;
    client.set_ipv6(ipv6)?;
    let bound = server.bind(endpoint)?;
    assert!(bound.port().is_some_and(|port| port != 0), "{bound}");
    client.connect(&bound)?;
    bounce(&server, &client);
    client.disconnect(&bound)?;
    server.unbind(&bound)
}

#[test]
fn every_address_of_this_machine() -> Result<()> {
    round("tcp://*:*", false)
}

#[test]
fn every_address_of_this_machine_with_ipv6() -> Result<()> {
    round("tcp://*:*", has_ipv6())
}

#[test]
fn any_port_of_an_address() -> Result<()> {
    round(&format!("tcp://{}:*", loopback()), false)
}

#[test]
fn any_port_of_an_address_with_ipv6() -> Result<()> {
    round(&format!("tcp://{}:*", loopback()), has_ipv6())
}

#[test]
fn any_port_of_an_ipv6_address() -> Result<()> {
    if has_ipv6() { round("tcp://[::1]:*", true) } else { Ok(()) }
}
