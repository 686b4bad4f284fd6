//! A message that a socket receives when its connection is lost. Origin: test_hiccup_msg.cpp.
//!
//! The option belongs to the draft API of libzmq 4.3.5. If the build lacks it, the test checks that it is refused.

use zmq::{Dealer, Result, Router, sys};

use crate::support::*;

#[test]
fn a_lost_connection_leaves_a_message() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    // SAFETY: libzmq copies the bytes and delivers them unchanged.
    if unsafe { set_draft(&dealer, sys::ZMQ_HICCUP_MSG, b"HICCUP") }? {
        dealer.connect(router.bind(free("tcp"))?)?;
        dealer.send("HELLO")?;
        assert_eq!(take_all(&router)?[1], "HELLO");
        drop(router);
        expect(&dealer, "HICCUP");
    }
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
fn a_client_that_loses_its_server_receives_a_message() -> Result<()> {
    if zmq::version() < V4_3_5 {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(zmq::Server)?, context.socket(zmq::Client)?);
    client.set_hiccup_message("HICCUP")?.connect(server.bind(free("tcp"))?)?;
    client.send("HELLO")?;
    assert_eq!(take(&server)?, "HELLO");
    drop(server);
    assert_eq!(take(&client)?, "HICCUP");
    Ok(())
}
