//! Wildcard addresses and wildcard ports. Origin: test_unbind_wildcard.cpp.

use zmq::{Rep, Req, Result};

use crate::support::*;

/// Binds, connects to the resolved endpoint, and removes both.
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
fn a_wildcard_address_is_bound_and_unbound() -> Result<()> {
    round("tcp://*:*", false)
}

#[test]
fn a_wildcard_address_with_ipv6_is_bound_and_unbound() -> Result<()> {
    round("tcp://*:*", has_ipv6())
}

#[test]
fn a_wildcard_port_is_bound_and_unbound() -> Result<()> {
    round(&format!("tcp://{}:*", loopback()), false)
}

#[test]
fn a_wildcard_port_with_ipv6_is_bound_and_unbound() -> Result<()> {
    round(&format!("tcp://{}:*", loopback()), has_ipv6())
}

#[test]
fn a_wildcard_port_of_an_ipv6_address_is_bound_and_unbound() -> Result<()> {
    if has_ipv6() { round("tcp://[::1]:*", true) } else { Ok(()) }
}
