//! The properties of a message's sender. Origin: test_metadata.cpp.

use zmq::{Context, Dealer, Multipart, Req, Result, Router};

use crate::support::*;
use crate::zap::Zap;

/// Spawns an authenticator that accepts every client and adds a property for the server.
fn authenticator(context: &Context) -> Result<Zap> {
    Zap::spawn(context, |request| {
        assert_eq!(request.mechanism(), "NULL");
        let metadata = b"\x05Hello\0\0\0\x05World";
        Multipart::from((request.version(), request.id(), "200", "OK", "anonymous", metadata))
    })
}

#[test]
fn each_message_has_the_properties_of_its_connection_and_of_the_authenticator() -> Result<()> {
    let context = context()?;
    let zap = authenticator(&context)?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    client.connect(server.set_zap_domain("DOMAIN")?.bind(free("tcp"))?)?;
    client.send("This is a message")?;
    let message = take(&server)?;
    assert_eq!(zap.answered().domain(), "DOMAIN");
    assert_eq!(message.metadata("Hello"), Some("World"));
    assert_eq!(message.metadata_bytes("Hello"), Some(&b"World"[..]));
    assert_eq!(message.socket_type(), Some("DEALER"));
    assert_eq!(message.user_id(), Some("anonymous"));
    assert_eq!(message.peer_address(), Some("127.0.0.1"));
    assert_eq!(message.metadata("No Such"), None);
    Ok(())
}

#[test]
fn every_frame_has_the_properties_even_if_the_router_has_prefetched_it() -> Result<()> {
    let context = context()?;
    let _zap = authenticator(&context)?;
    let (server, client) = (context.socket(Router)?, context.socket(Req)?);
    client.connect(server.set_zap_domain("DOMAIN")?.bind(free("tcp"))?)?;
    client.send("This is a message")?;
    // Reading the events makes the router fetch the message.
    eventually("the message arrives", || server.events().unwrap().is_readable());
    let frames = take_all(&server)?;
    assert_eq!(frames.len(), 3);
    // Up to 4.3.4 the routing ID, a frame that libzmq adds, has no properties then.
    let without = usize::from(zmq::version() < V4_3_5);
    assert!(frames[without..].iter().all(|frame| frame.metadata("Hello") == Some("World")));
    Ok(())
}
