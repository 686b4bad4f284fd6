//! A domain without an authenticator. Origin: test_security_no_zap_handler.cpp.

use zmq::{Dealer, MonitorEventKind, MonitorEvents, Result, sys};

use crate::support::*;

/// libzmq asks nobody where nobody answers, and everybody is let in.
#[test]
fn without_an_authenticator_a_domain_keeps_nobody_out() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    client.connect(server.set_zap_domain("TEST")?.bind(free("tcp"))?)?;
    bounce(&server, &client);
    Ok(())
}

/// The option is one of libzmq's draft API that its usual builds have too.
#[test]
fn without_an_authenticator_a_domain_that_is_enforced_keeps_everybody_out() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    server.set_zap_domain("TEST")?;
    // SAFETY: libzmq only stores the number, and aborts with it where a PLAIN server has no domain.
    unsafe { server.set_raw_option(sys::ZMQ_ZAP_ENFORCE_DOMAIN, &1_i32.to_ne_bytes()) }?;
    let monitor = server.monitor(MonitorEvents::all() - MonitorEvents::LISTENING)?;
    client.set_reconnect_interval(None)?.connect(server.bind(free("tcp"))?)?;
    client.send("let me in")?;
    expect_events(&monitor, [MonitorEventKind::Accepted, MonitorEventKind::HandshakeFailedNoDetail]);
    assert!(!server.events()?.is_writable(), "the server has no peer");
    expect_nothing(&server);
    Ok(())
}
