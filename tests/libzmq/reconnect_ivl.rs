//! The option `reconnect_interval`. Origin: test_reconnect_ivl.cpp.

use zmq::{Pair, Result};

use crate::support::*;

over! {
    ipc: without_an_interval_a_lost_connection_stays_lost with_an_interval_a_lost_connection_is_restored;
    tcp: without_an_interval_a_lost_connection_stays_lost with_an_interval_a_lost_connection_is_restored;
}

fn without_an_interval_a_lost_connection_stays_lost(transport: &str) -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pair)?, context.socket(Pair)?);
    let endpoint = fixed(transport);
    server.bind(&endpoint)?;
    client.set_reconnect_interval(None)?.connect(&endpoint)?;
    assert_eq!(client.reconnect_interval()?, None);
    bounce(&server, &client);

    server.unbind(&endpoint)?;
    // Each end notices the end of the connection during calls on its own socket.
    eventually("both have lost the peer", || ![&server, &client].iter().any(|end| end.events().unwrap().is_writable()));
    eventually("the endpoint is free", || server.bind(&endpoint).is_ok());
    // The server has room for one peer, and a third socket takes the place.
    let other = context.socket(Pair)?;
    other.connect(&endpoint)?;
    bounce(&server, &other);
    assert!(client.try_send("lost").unwrap_err().error.is_would_block());
    drop(other);
    until_writable(&server, false);

    client.connect(&endpoint)?;
    bounce(&server, &client);
    Ok(())
}

fn with_an_interval_a_lost_connection_is_restored(transport: &str) -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pair)?, context.socket(Pair)?);
    let endpoint = fixed(transport);
    server.bind(&endpoint)?;
    client.connect(&endpoint)?;
    bounce(&server, &client);

    server.unbind(&endpoint)?;
    until_writable(&server, false);
    eventually("the endpoint is free", || server.bind(&endpoint).is_ok());
    // Messages that the client sends before it notices the loss are lost.
    until_writable(&server, true);
    bounce(&server, &client);
    Ok(())
}
