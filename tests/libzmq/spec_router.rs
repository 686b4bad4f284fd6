//! What RFC 28 asks of ROUTER sockets. Origin: test_spec_router.cpp.

use zmq::{Dealer, ErrorKind, Result, Router};

use crate::support::*;

over! {
    inproc: messages_are_taken_from_each_peer_in_turn a_peer_that_left_cannot_be_reached;
    tcp: messages_are_taken_from_each_peer_in_turn a_peer_that_left_cannot_be_reached;
}

fn messages_are_taken_from_each_peer_in_turn(transport: &str) -> Result<()> {
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

/// What the peer sent before it left can still be received with libzmq, against the specification.
fn a_peer_that_left_cannot_be_reached(transport: &str) -> Result<()> {
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
        // Until the router hears of it, it sends, for as long as there is room.
        refused = router.try_send_multipart(["B", "DEF"]).err().filter(|refused| !refused.error.is_would_block());
        // Both read what the end of the connection is about when something is asked of them.
        dealer.events().is_ok() && router.events().is_ok() && refused.is_some()
    });
    let refused = refused.unwrap();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    assert_eq!(refused.into_message(), ["B", "DEF"]);
    Ok(())
}
