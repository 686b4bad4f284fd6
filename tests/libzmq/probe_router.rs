//! Peers that greet a router. Origin: test_probe_router.cpp.

use zmq::{Dealer, Result, Router};

use crate::support::*;

#[test]
fn a_probing_router_can_be_addressed_at_once() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Router)?, context.socket(Router)?);
    client.set_routing_id("X")?.set_probe_router(true)?.connect(server.bind(free("tcp"))?)?;
    expect(&server, ["X", ""]);
    server.send_multipart(["X", "Hello"])?;
    // The server chose no routing ID, so libzmq generated one.
    let [id, hello] = take_all(&client)?.into_array().unwrap();
    assert_eq!((id.len(), id[0]), (5, 0));
    assert_eq!(hello, "Hello");
    Ok(())
}

#[test]
fn a_probing_dealer_can_be_addressed_at_once() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Router)?, context.socket(Dealer)?);
    client.set_routing_id("X")?.set_probe_router(true)?.connect(server.bind(free("tcp"))?)?;
    expect(&server, ["X", ""]);
    server.send_multipart(["X", "Hello"])?;
    expect(&client, "Hello");
    Ok(())
}
