//! A domain without an authenticator. Origin: test_security_no_zap_handler.cpp.

use zmq::{Dealer, Result};

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
