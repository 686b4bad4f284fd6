//! Routing IDs that the connecting socket assigns to its peers. Origin: test_connect_rid.cpp.

use zmq::{ErrorKind, Result, Router, Stream};

use crate::support::*;

#[test]
fn a_stream_addresses_its_peer_by_the_assigned_id() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Stream)?, context.socket(Stream)?);
    let endpoint = server.set_notify(false)?.bind(free("tcp"))?;
    client.connect_as(&endpoint, "conn1")?;
    client.send_stream("conn1", "hi 1")?;

    let [id, hi] = take_all(&server)?.into_array().unwrap();
    assert_eq!(id[0], 0, "libzmq generated the ID");
    assert_eq!(hi, "hi 1");
    server.unbind(&endpoint)
}

fn router_to_router(named: bool) -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Router)?, context.socket(Router)?);
    if named {
        server.set_routing_id("X")?;
        client.set_routing_id("Y")?;
    }
    let endpoint = server.bind(free("tcp"))?;
    client.connect_as(&endpoint, "conn1")?;
    client.send_multipart(["conn1", "hi 1"])?;

    let [id, hi] = take_all(&server)?.into_array().unwrap();
    assert_eq!(hi, "hi 1");
    match named {
        true => assert_eq!(id, "Y"),
        false => assert_eq!(id[0], 0, "libzmq generated the ID"),
    }
    server.send_multipart((id, "ok"))?;
    // Regardless of the server's own ID.
    expect(&client, ["conn1", "ok"]);
    server.unbind(&endpoint)
}

#[test]
fn a_router_addresses_an_unnamed_router_by_the_assigned_id() -> Result<()> {
    router_to_router(false)
}

#[test]
fn a_router_addresses_a_named_router_by_the_assigned_id() -> Result<()> {
    router_to_router(true)
}

#[test]
fn a_connection_made_while_messages_are_queued_gets_its_own_id() -> Result<()> {
    let context = context()?;
    let [x, y, z] = [context.socket(Router)?, context.socket(Router)?, context.socket(Router)?];
    for (router, id) in [(&x, "X"), (&y, "Y"), (&z, "Z")] {
        router.set_routing_id(id)?;
    }
    y.connect_as(x.bind(free("tcp"))?, "X")?;
    y.send_multipart(["X", "hi 1"])?;
    eventually("the message arrives", || x.events().unwrap().is_readable());

    // Any peer could have connected as Z, so the safe call refuses a router that is bound.
    let z_endpoint = z.bind(free("tcp"))?;
    assert_eq!(x.connect_as(&z_endpoint, "Z").unwrap_err().kind(), ErrorKind::WrongState);
    // SAFETY: the only connected peer has chosen Y.
    unsafe { x.connect_as_unchecked(&z_endpoint, "Z") }?;
    x.send_multipart(["Z", "hi 2"])?;
    expect(&z, ["X", "hi 2"]);
    expect_nothing(&y);
    expect(&x, ["Y", "hi 1"]);
    Ok(())
}

/// Without the check, libzmq would abort the process.
#[test]
fn an_id_is_assigned_only_once() -> Result<()> {
    let context = context()?;
    let server = context.socket(Router)?;
    let endpoint = server.bind(free("tcp"))?;
    let router = context.socket(Router)?;
    router.connect_as(&endpoint, "conn1")?;
    assert_eq!(router.connect_as(&endpoint, "conn1").unwrap_err().kind(), ErrorKind::AddressInUse);
    let stream = context.socket(Stream)?;
    stream.connect_as(&endpoint, "conn1")?;
    assert_eq!(stream.connect_as(&endpoint, "conn1").unwrap_err().kind(), ErrorKind::AddressInUse);
    Ok(())
}
