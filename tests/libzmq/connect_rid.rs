//! Routing ids that the connecting end gives its peers. Origin: test_connect_rid.cpp.

use zmq::{ErrorKind, Result, Router, Stream};

use crate::support::*;

#[test]
fn a_stream_addresses_its_peer_by_the_name_that_it_gave() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Stream)?, context.socket(Stream)?);
    let endpoint = server.set_notify(false)?.bind(free("tcp"))?;
    client.connect_as(&endpoint, "conn1")?;
    client.send_stream("conn1", "hi 1")?;

    let [id, hi] = take_all(&server)?.into_array().unwrap();
    assert_eq!(id[0], 0, "libzmq made the id up");
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
        false => assert_eq!(id[0], 0, "libzmq made the id up"),
    }
    server.send_multipart((id, "ok"))?;
    // Whatever the server calls itself.
    expect(&client, ["conn1", "ok"]);
    server.unbind(&endpoint)
}

#[test]
fn a_router_addresses_an_unnamed_router_by_the_name_that_it_gave() -> Result<()> {
    router_to_router(false)
}

#[test]
fn a_router_addresses_a_named_router_by_the_name_that_it_gave() -> Result<()> {
    router_to_router(true)
}

#[test]
fn a_connection_that_is_made_while_messages_wait_gets_its_own_name() -> Result<()> {
    let context = context()?;
    let [x, y, z] = [context.socket(Router)?, context.socket(Router)?, context.socket(Router)?];
    for (router, id) in [(&x, "X"), (&y, "Y"), (&z, "Z")] {
        router.set_routing_id(id)?;
    }
    y.connect_as(x.bind(free("tcp"))?, "X")?;
    y.send_multipart(["X", "hi 1"])?;
    eventually("the message is there", || x.events().unwrap().is_readable());

    // A stranger could have come as Z, so that the safe way is closed once the router is bound.
    let z_endpoint = z.bind(free("tcp"))?;
    assert_eq!(x.connect_as(&z_endpoint, "Z").unwrap_err().kind(), ErrorKind::WrongState);
    // SAFETY: the one peer that came has chosen Y.
    unsafe { x.connect_as_unchecked(&z_endpoint, "Z") }?;
    x.send_multipart(["Z", "hi 2"])?;
    expect(&z, ["X", "hi 2"]);
    expect_nothing(&y);
    expect(&x, ["Y", "hi 1"]);
    Ok(())
}

/// libzmq would abort the process.
#[test]
fn a_name_is_given_once() -> Result<()> {
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
