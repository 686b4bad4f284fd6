//! A domain without an authenticator. Origin: test_security_no_zap_handler.cpp.

use zmq::{Dealer, ErrorKind, MonitorEventKind, MonitorEvents, Rep, Result};

use crate::support::*;

/// libzmq would let everybody in.
#[test]
fn a_domain_that_nobody_watches_over_is_not_bound() -> Result<()> {
    let server = context()?.socket(Dealer)?;
    let refused = server.set_zap_domain("TEST")?.bind(free("tcp")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("no authenticator"), "{refused}");
    Ok(())
}

#[test]
fn a_domain_that_is_not_enforced_keeps_nobody_out() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    server.set_zap_domain("TEST")?.set_zap_enforce_domain(false)?;
    client.connect(server.bind(free("tcp"))?)?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn a_domain_that_is_enforced_keeps_everybody_out_once_the_authenticator_is_gone() -> Result<()> {
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
    assert!(!server.events()?.is_writable(), "the server has no peer");
    expect_nothing(&server);
    Ok(())
}
