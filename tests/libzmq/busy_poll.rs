//! Connections whose sockets the system polls. Origin: test_busy_poll.cpp.
//!
//! The option belongs to the draft API of libzmq 4.3.5. If the build lacks it, the test checks that it is refused. The
//! system may refuse to poll, which libzmq ignores.

use zmq::{Dealer, Result, sys};

use crate::support::*;

#[test]
fn messages_pass_between_polled_sockets() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    for socket in [&server, &client] {
        // SAFETY: libzmq passes the number to the system, and ignores a refusal.
        if !unsafe { set_draft(socket, sys::ZMQ_BUSY_POLL, &1_i32.to_ne_bytes()) }? {
            return Ok(());
        }
    }
    client.connect(server.bind(free("tcp"))?)?;
    bounce(&server, &client);
    Ok(())
}
