//! The requirements of RFC 28 for ROUTER sockets. Origin: test_spec_router.cpp.

use zmq::{Dealer, ErrorKind, Result, Router};

use crate::support::*;

over! {
    inproc: messages_are_received_from_each_peer_in_turn a_peer_that_left_is_unreachable;
    tcp: messages_are_received_from_each_peer_in_turn a_peer_that_left_is_unreachable;
}

fn messages_are_received_from_each_peer_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind(free(transport))?;
    let mut dealers = Vec::new();
    for id in ["A", "B", "C", "D", "E"] {
        let dealer = context.socket(Dealer)?;
        dealer.set_routing_id(id)?.connect(&endpoint)?;
        dealers.push(dealer);
    }
    for _ in 0..2 {
        dealers[0].send("M")?;
        expect(&router, ["A", "M"]);
    }
    takes_turns(&dealers, &router)
}

/// Contrary to the specification, libzmq still delivers messages that the peer sent before it left.
fn a_peer_that_left_is_unreachable(transport: &str) -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let dealer = context.socket(Dealer)?;
    let endpoint = router.set_mandatory(true)?.bind(free(transport))?;
    dealer.set_routing_id("B")?.connect(&endpoint)?;
    dealer.send("here")?;
    expect(&router, ["B", "here"]);
    router.send_multipart(["B", "ABC"])?;

    dealer.disconnect(&endpoint)?;
    let mut refused = None;
    eventually("the peer has left", || {
        // Until the router notices the disconnect, it accepts messages while the queue has room.
        refused = router.try_send_multipart(["B", "DEF"]).err().filter(|refused| !refused.error.is_would_block());
        // Each socket processes the end of the connection during calls on it.
        dealer.events().is_ok() && router.events().is_ok() && refused.is_some()
    });
    let refused = refused.unwrap();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    assert_eq!(refused.into_message(), ["B", "DEF"]);
    Ok(())
}
