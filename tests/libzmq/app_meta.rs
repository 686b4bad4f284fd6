//! Application properties of connections. Origin: test_app_meta.cpp.
//!
//! The option belongs to libzmq's draft API but is also part of the usual builds.

use zmq::{ErrorKind, Kind, Rep, Req, Result, Socket, sys, z85};

use crate::support::*;

fn set_property<K: Kind>(socket: &Socket<K>, property: &str) -> Result<()> {
    // SAFETY: libzmq checks the text and sends it to peers unchanged.
    unsafe { socket.set_raw_option(sys::ZMQ_METADATA, property.as_bytes()) }.map(drop)
}

#[test]
fn the_peer_reads_the_properties_from_each_message() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    for property in ["X-hello:world", "X-connection:backup"] {
        set_property(&server, property)?;
    }
    for property in ["X-hello:hello", "X-connection:primary", "X-bin:009c6"] {
        set_property(&client, property)?;
    }
    client.connect(server.bind(free("tcp"))?)?;

    client.send("request")?;
    let request = take(&server)?;
    assert_eq!(request.metadata("X-hello"), Some("hello"));
    assert_eq!(request.metadata("X-connection"), Some("primary"));
    assert_eq!(z85::decode(request.metadata("X-bin").unwrap())?, [0, 1, 2, 3]);
    assert_eq!(request.metadata("X-foobar"), None);
    assert_eq!(request.metadata("foobar"), None);

    server.send("reply")?;
    let reply = take(&client)?;
    assert_eq!(reply.metadata("X-hello"), Some("world"));
    assert_eq!(reply.metadata("X-connection"), Some("backup"));
    Ok(())
}

#[test]
fn an_invalid_property_is_refused() -> Result<()> {
    let socket = context()?.socket(Rep)?;
    let too_long = format!("X-{}:value", "x".repeat(300));
    for wrong in [":", "key:", ":value", "keyvalue", "", &too_long] {
        assert_eq!(set_property(&socket, wrong).unwrap_err().kind(), ErrorKind::InvalidInput, "{wrong}");
    }
    Ok(())
}
