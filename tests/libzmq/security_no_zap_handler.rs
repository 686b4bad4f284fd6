//! A domain without an authenticator. Origin: test_security_no_zap_handler.cpp.

use zmq::{Dealer, ErrorKind, MonitorEventKind, MonitorEvents, Rep, Result};

use crate::support::*;

/// Without the check, libzmq would accept every client.
#[test]
fn a_domain_without_an_authenticator_is_not_bound() -> Result<()> {
    let server = context()?.socket(Dealer)?;
    let refused = server.set_zap_domain("TEST")?.bind(free("tcp")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("no authenticator"), "{refused}");
    Ok(())
}

#[test]
fn a_domain_that_is_not_enforced_refuses_no_client() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    server.set_zap_domain("TEST")?.set_zap_enforce_domain(false)?;
    client.connect(server.bind(free("tcp"))?)?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn an_enforced_domain_refuses_every_client_once_its_authenticator_has_ended() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let authenticator = context.socket(Rep)?;
    authenticator.bind("inproc://zeromq.zap.01")?;
    let endpoint = server.set_zap_domain("TEST")?.bind(free("tcp"))?;
    authenticator.unbind("inproc://zeromq.zap.01")?;

    let monitor = server.monitor(MonitorEvents::all())?;
    client.set_reconnect_interval(None)?.connect(endpoint)?;
    knock(&client);
    expect_events(&monitor, [MonitorEventKind::Accepted, MonitorEventKind::HandshakeFailedNoDetail]);
    assert!(!server.events()?.is_writable(), "the server accepted a peer");
    expect_nothing(&server);
    Ok(())
}
