//! Requests and replies over IPC. Origin: test_reqrep_ipc.cpp.

use zmq::{Rep, Req, Result};

use crate::support::*;

#[test]
fn a_request_is_answered() -> Result<()> {
    let (server, client) = pair(&context()?, "ipc", (Rep, Req))?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn the_reply_to_a_client_that_left_is_dropped() -> Result<()> {
    let context = context()?;
    let (server, client) = pair(&context, "ipc", (Rep, Req))?;
    client.send("request")?;
    expect(&server, "request");
    drop(client);
    server.send("reply")?;

    // The server continues with the next client.
    let next = context.socket(Req)?;
    next.connect(server.bind(free("ipc"))?)?;
    bounce(&server, &next);
    Ok(())
}
