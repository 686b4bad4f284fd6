//! A domain without an authenticator. Origin: test_security_no_zap_handler.cpp.

use zmq::{Dealer, Result};

use crate::support::*;

/// libzmq asks nobody where nobody answers, and everybody is let in. The crate wants that to be asked for.
#[test]
fn without_an_authenticator_a_domain_keeps_nobody_out_if_it_is_not_enforced() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    server.set_zap_enforce_domain(false)?;
    client.connect(server.set_zap_domain("TEST")?.bind(free("tcp"))?)?;
    bounce(&server, &client);
    Ok(())
}
