//! Unroutable messages as errors. Origin: test_router_mandatory.cpp.

use zmq::{Dealer, ErrorKind, Result, Router};

use crate::support::*;

over! {
    inproc: a_message_to_an_unknown_peer_is_an_error_if_mandatory;
    tcp: a_message_to_an_unknown_peer_is_an_error_if_mandatory;
}

fn a_message_to_an_unknown_peer_is_an_error_if_mandatory(transport: &str) -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    let endpoint = router.bind(free(transport))?;
    router.send_multipart(["UNKNOWN", "DATA"])?;

    router.set_mandatory(true)?;
    let refused = router.send_multipart(["UNKNOWN", "DATA"]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
    let text = "cannot send on a ROUTER socket: no peer has the routing id in the first frame (EHOSTUNREACH)";
    assert_eq!(refused.to_string(), text);
    assert_eq!(refused.into_message(), ["UNKNOWN", "DATA"]);

    dealer.set_routing_id("X")?.connect(&endpoint)?;
    dealer.send("Hello")?;
    expect(&router, ["X", "Hello"]);
    router.send_multipart(["X", "Hello"])?;
    expect(&dealer, "Hello");
    Ok(())
}
