//! Authentication without a mechanism. Origin: test_security_null.cpp.

use zmq::{Context, Dealer, Result};

use crate::common::wire;
use crate::support::*;
use crate::zap::Zap;

/// Spawns an authenticator that accepts the clients of the domain `TEST`.
fn authenticator(context: &Context) -> Result<Zap> {
    Zap::spawn(context, |request| {
        assert_eq!((request.version().as_bytes(), request.mechanism().as_bytes()), (&b"1.0"[..], &b"NULL"[..]));
        assert!(request.credentials().is_empty());
        let status = if request.domain() == "TEST" { "200" } else { "400" };
        request.reply(status, "anonymous")
    })
}

#[test]
fn without_a_domain_the_authenticator_is_not_asked() -> Result<()> {
    let context = context()?;
    let zap = authenticator(&context)?;
    let (server, client) = pair(&context, "tcp", (Dealer, Dealer))?;
    bounce(&server, &client);
    assert!(zap.is_idle());
    Ok(())
}

#[test]
fn the_authenticator_refuses_clients_of_another_domain() -> Result<()> {
    let context = context()?;
    let zap = authenticator(&context)?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    client.connect(server.set_zap_domain("WRONG")?.bind(free("tcp"))?)?;
    client.send("let me in")?;
    let request = zap.answered();
    assert_eq!(request.domain(), "WRONG");
    assert_eq!(request.address(), "127.0.0.1");
    assert!(!server.events()?.is_writable(), "the server accepted a peer");
    expect_nothing(&server);
    Ok(())
}

#[test]
fn the_authenticator_accepts_clients_of_the_right_domain() -> Result<()> {
    let context = context()?;
    let zap = authenticator(&context)?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    client.connect(server.set_zap_domain("TEST")?.bind(free("tcp"))?)?;
    bounce(&server, &client);
    assert_eq!(zap.answered().domain(), "TEST");
    Ok(())
}

#[test]
fn a_peer_of_zmtp_1_which_has_no_authentication_is_refused() -> Result<()> {
    let context = context()?;
    let zap = authenticator(&context)?;
    let server = context.socket(Dealer)?;
    wire::expect_unversioned_to_be_turned_away(&server.set_zap_domain("WRONG")?.bind(free("tcp"))?);
    expect_nothing(&server);
    assert!(zap.is_idle());
    Ok(())
}
