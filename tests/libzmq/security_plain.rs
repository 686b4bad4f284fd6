//! PLAIN usernames and passwords. Origin: test_security_plain.cpp.

use zmq::{Context, Dealer, Endpoint, Mechanism, Result, Socket};

use crate::common::wire;
use crate::support::*;
use crate::zap::Zap;

/// Opens a server whose authenticator accepts one username.
fn server(context: &Context) -> Result<(Zap, Socket<Dealer>, Endpoint)> {
    let zap = Zap::spawn(context, |request| {
        assert_eq!(request.mechanism(), "PLAIN");
        let known = request.credentials() == ["admin", "password"];
        request.reply(if known { "200" } else { "400" }, "anonymous")
    })?;
    let server = context.socket(Dealer)?;
    server.set_routing_id("IDENT")?.set_zap_domain("test")?.set_plain_server(true)?;
    assert_eq!(server.mechanism()?, Mechanism::Plain);
    let endpoint = server.bind(free("tcp"))?;
    Ok((zap, server, endpoint))
}

fn expect_client(context: &Context, zap: &Zap, server: &Socket<Dealer>, endpoint: &Endpoint) -> Result<()> {
    let client = context.socket(Dealer)?;
    client.set_plain_username(Some("admin"))?.set_plain_password(Some("password"))?.connect(endpoint)?;
    bounce(server, &client);
    let request = zap.answered();
    assert_eq!(request.credentials(), ["admin", "password"]);
    assert_eq!((request.domain().as_bytes(), request.routing_id().as_bytes()), (&b"test"[..], &b"IDENT"[..]));
    Ok(())
}

#[test]
fn a_client_with_the_right_password_is_accepted() -> Result<()> {
    let context = context()?;
    let (zap, server, endpoint) = server(&context)?;
    expect_client(&context, &zap, &server, &endpoint)
}

#[test]
fn a_client_with_a_wrong_password_is_refused() -> Result<()> {
    let context = context()?;
    let (zap, server, endpoint) = server(&context)?;
    let client = context.socket(Dealer)?;
    client.set_plain_username(Some("wronguser"))?.set_plain_password(Some("wrongpass"))?.connect(&endpoint)?;
    client.send("let me in")?;
    assert_eq!(zap.answered().credentials(), ["wronguser", "wrongpass"]);
    assert!(!server.events()?.is_writable(), "the server accepted a peer");
    expect_nothing(&server);
    Ok(())
}

#[test]
fn two_servers_do_not_talk_to_each_other() -> Result<()> {
    let context = context()?;
    let (zap, server, endpoint) = server(&context)?;
    let other = context.socket(Dealer)?;
    other.set_zap_domain("test")?.set_plain_server(true)?.connect(&endpoint)?;
    other.send("let me in")?;
    // The authenticator receives only the request for the client that connects next.
    expect_client(&context, &zap, &server, &endpoint)?;
    expect_nothing(&server);
    Ok(())
}

#[test]
fn a_peer_of_zmtp_1_which_has_no_passwords_is_refused() -> Result<()> {
    let context = context()?;
    let (zap, server, endpoint) = server(&context)?;
    wire::expect_unversioned_to_be_turned_away(&endpoint);
    expect_nothing(&server);
    assert!(zap.is_idle());
    Ok(())
}
