//! Unroutable messages as errors. Origin: test_router_mandatory.cpp.

#[cfg(feature = "draft")]
use zmq::socket::PeerState;
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

#[cfg(feature = "draft")]
#[test]
fn the_state_of_a_peer_shows_whether_a_message_has_room() -> Result<()> {
    let context = context()?;
    let (router, fast, slow) = (context.socket(Router)?, context.socket(Dealer)?, context.socket(Dealer)?);
    let endpoint = router.set_mandatory(true)?.set_send_hwm(10)?.bind(free("tcp"))?;
    for (dealer, id) in [(&fast, "F"), (&slow, "S")] {
        dealer.set_routing_id(id)?.connect(&endpoint)?;
        dealer.send("Hello")?;
    }
    eventually("both peers are known", || {
        ["F", "S"].iter().all(|id| router.peer_state(id) == Ok(Some(PeerState::Writable)))
    });
    assert_eq!(router.peer_state("X"), Ok(None));
    for _ in 0..2 {
        assert_eq!(take_all(&router)?[1], "Hello");
    }

    // The sizes of the system's buffers are unknown, so the messages are large.
    let body = vec![0; 1 << 20];
    while router.try_send_multipart([&b"S"[..], &body]).is_ok() {}
    assert_eq!(router.peer_state("S"), Ok(Some(PeerState::Full)));
    assert_eq!(router.peer_state("F"), Ok(Some(PeerState::Writable)));

    drop(slow);
    eventually("the peer leaves", || router.peer_state("S") == Ok(None));
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
fn only_routers_know_the_state_of_a_peer() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    assert_eq!([router.peer_state(""), router.peer_state([0; 300])], [Ok(None), Ok(None)]);
    let dealer = context.socket(Dealer)?.erase();
    let error = dealer.peer_state("X").unwrap_err();
    assert_eq!(error.to_string(), "cannot read peer_state: DEALER sockets do not have it (ENOTSUP)");
    Ok(())
}
