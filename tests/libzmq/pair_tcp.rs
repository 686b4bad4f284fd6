//! PAIR sockets over TCP. Origin: test_pair_tcp.cpp.

use zmq::{Pair, Result};

use crate::support::*;

#[test]
fn messages_go_there_and_back() -> Result<()> {
    let (server, client) = pair(&context()?, "tcp", (Pair, Pair))?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn the_server_is_found_by_name() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pair)?, context.socket(Pair)?);
    let port = server.bind("tcp://127.0.0.1:*")?.port().unwrap();
    client.connect(format!("tcp://localhost:{port}"))?;
    bounce(&server, &client);
    Ok(())
}
