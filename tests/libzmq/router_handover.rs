//! Two peers with the same routing ID. Origin: test_router_handover.cpp.

use zmq::{Context, Dealer, Endpoint, Result, Router, Socket};

use crate::support::*;

over! {
    inproc: with_handover_the_new_peer_takes_over without_handover_the_new_peer_is_refused;
    tcp: with_handover_the_new_peer_takes_over without_handover_the_new_peer_is_refused;
}

fn dealer_x(context: &Context, endpoint: &Endpoint) -> Result<Socket<Dealer>> {
    let dealer = context.socket(Dealer)?;
    // A refused peer would reconnect and take over in its turn.
    dealer.set_routing_id("X")?.set_reconnect_interval(None)?.connect(endpoint)?;
    Ok(dealer)
}

fn with_handover_the_new_peer_takes_over(transport: &str) -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.set_handover(true)?.bind(free(transport))?;
    let one = dealer_x(&context, &endpoint)?;
    one.send("from the first")?;
    expect(&router, ["X", "from the first"]);
    let other = dealer_x(&context, &endpoint)?;
    other.send("from the second")?;
    expect(&router, ["X", "from the second"]);

    router.send_multipart(["X", "Hello"])?;
    expect(&other, "Hello");
    expect_nothing(&one);
    Ok(())
}

fn without_handover_the_new_peer_is_refused(transport: &str) -> Result<()> {
    let context = context()?;
    let router = context.socket(Router)?;
    let endpoint = router.bind(free(transport))?;
    let one = dealer_x(&context, &endpoint)?;
    one.send("from the first")?;
    expect(&router, ["X", "from the first"]);
    let other = dealer_x(&context, &endpoint)?;
    other.send("from the second")?;

    one.send("from the first again")?;
    expect(&router, ["X", "from the first again"]);
    expect_nothing(&router);
    router.send_multipart(["X", "Hello"])?;
    expect(&one, "Hello");
    expect_nothing(&other);
    Ok(())
}
