//! The routing IDs of CLIENT and SERVER sockets. Origin: test_client_server.cpp.

use zmq::{Client, Result, Server, SocketType};

use crate::support::*;

#[test]
fn a_reply_reaches_the_client_by_the_routing_id_of_its_request() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Server, Client))?;
    client.send("X")?;
    let request = take(&server)?;
    assert_eq!(request, "X");
    let id = request.routing_id().expect("a routing ID");
    server.send_to(id, [2])?;
    let reply = take(&client)?;
    assert_eq!((reply.routing_id(), reply), (None, [2].into()));
    Ok(())
}

#[test]
fn a_message_of_a_client_has_one_frame() -> Result<()> {
    let (_server, client) = pair(&context()?, "inproc", (SocketType::Server, SocketType::Client))?;
    refuses_more_frames(&client);
    Ok(())
}

#[test]
fn a_message_of_a_server_has_one_frame() -> Result<()> {
    let (server, _client) = pair(&context()?, "inproc", (SocketType::Server, SocketType::Client))?;
    refuses_more_frames(&server);
    Ok(())
}
