//! Routers that receive a message when a peer connects or disconnects. Origin: test_router_notify.cpp.
//!
//! The option belongs to libzmq's draft API. If the build lacks it, the tests check that it is refused.

use zmq::{Context, Dealer, Endpoint, ErrorKind, Kind, Result, Router, Socket, sys};

use crate::common::wire::Wire;
use crate::support::*;

const CONNECT: i32 = sys::ZMQ_NOTIFY_CONNECT;
const DISCONNECT: i32 = sys::ZMQ_NOTIFY_DISCONNECT;

fn notify<K: Kind>(socket: &Socket<K>, what: i32) -> Result<bool> {
    // SAFETY: libzmq checks and stores the number.
    unsafe { set_draft(socket, sys::ZMQ_ROUTER_NOTIFY, &what.to_ne_bytes()) }
}

/// Opens a router with these notifications, if this libzmq supports them.
fn router(context: &Context, what: i32) -> Result<Option<(Socket<Router>, Endpoint)>> {
    let router = context.socket(Router)?;
    if !notify(&router, what)? {
        return Ok(None);
    }
    let endpoint = router.bind(free("tcp"))?;
    Ok(Some((router, endpoint)))
}

fn dealer(context: &Context, id: &str, endpoint: &Endpoint) -> Result<Socket<Dealer>> {
    let dealer = context.socket(Dealer)?;
    dealer.set_routing_id(id)?.connect(endpoint)?;
    Ok(dealer)
}

#[test]
fn the_option_takes_every_combination_of_notifications() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    if !notify(&router, 0)? {
        return Ok(());
    }
    let told = |what: i32| assert_eq!(router.raw_option(sys::ZMQ_ROUTER_NOTIFY, 4).unwrap(), what.to_ne_bytes());
    for what in [CONNECT, DISCONNECT, 0, CONNECT | DISCONNECT] {
        notify(&router, what)?;
        told(what);
    }
    for wrong in [-1, (CONNECT | DISCONNECT) + 1] {
        assert_eq!(notify(&router, wrong).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    told(CONNECT | DISCONNECT);
    let dealer = context.socket(Dealer)?;
    assert_eq!(notify(&dealer, CONNECT).unwrap_err().kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[test]
fn a_peer_that_connects_or_disconnects_is_an_empty_message() -> Result<()> {
    for what in [CONNECT, DISCONNECT, CONNECT | DISCONNECT] {
        let context = context()?;
        let Some((router, endpoint)) = router(&context, what)? else { return Ok(()) };
        for id in ["X", "Y"] {
            let dealer = dealer(&context, id, &endpoint)?;
            if what & CONNECT != 0 {
                expect(&router, [id, ""]);
            }
            dealer.send("Hello")?;
            expect(&router, [id, "Hello"]);
            drop(dealer);
            if what & DISCONNECT != 0 {
                expect(&router, [id, ""]);
            }
        }
    }
    Ok(())
}

#[test]
fn a_peer_without_a_handshake_is_not_reported() -> Result<()> {
    let context = context()?;
    let Some((router, endpoint)) = router(&context, CONNECT | DISCONNECT)? else { return Ok(()) };
    let mut wire = Wire::connect(&endpoint);
    wire.send(b"not-a-handshake");
    drop(wire);
    let _dealer = dealer(&context, "X", &endpoint)?;
    expect(&router, ["X", ""]);
    expect_nothing(&router);
    Ok(())
}

#[test]
fn a_message_that_its_peer_does_not_complete_is_dropped() -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    if !notify(&router, DISCONNECT)? {
        return Ok(());
    }
    // Large enough for the handshake, but not for the second frame, which makes the router disconnect.
    let endpoint = router.set_max_message_size(Some(64))?.bind(free("tcp"))?;
    let dealer = context.socket(Dealer)?;
    dealer.set_routing_id("X")?.set_reconnect_interval(None)?.connect(&endpoint)?;
    dealer.send_multipart(["Hello".to_owned(), "*".repeat(127)])?;
    expect(&router, ["X", ""]);
    expect_nothing(&router);
    Ok(())
}
