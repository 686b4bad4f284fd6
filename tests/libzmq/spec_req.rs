//! The requirements of RFC 28 for REQ sockets. Origin: test_spec_req.cpp.

use std::time::Duration;

use zmq::{Rep, Req, Result, Router, Socket};

use crate::support::*;

over! {
    inproc: each_peer_gets_a_request_in_turn a_request_starts_with_an_empty_frame only_the_reply_of_the_asked_peer_is_received;
    tcp: each_peer_gets_a_request_in_turn a_request_starts_with_an_empty_frame only_the_reply_of_the_asked_peer_is_received;
}

fn each_peer_gets_a_request_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let client = context.socket(Req)?;
    let services = connected(&context, Rep, 5, client.bind(free(transport))?)?;
    let answer = |service: &Socket<Rep>| {
        service.send("reply")?;
        expect(&client, "reply");
        Ok(())
    };
    meet(&services, || Ok(client.send("meet")?), answer)?;

    let mut asked = Vec::new();
    for _ in &services {
        client.send("ABC")?;
        let service = readable(&services)?;
        expect(&services[service], "ABC");
        answer(&services[service])?;
        asked.push(service);
    }
    asked.sort_unstable();
    assert_eq!(asked, [0, 1, 2, 3, 4]);
    Ok(())
}

fn a_request_starts_with_an_empty_frame(transport: &str) -> Result<()> {
    let context = context()?;
    let (client, router) = pair(&context, transport, (Req, Router))?;
    client.send_multipart(["ABC", "DEF"])?;
    let mut request = take_all(&router)?;
    let envelope = request.split_envelope().unwrap_or_default();
    assert_eq!(envelope.len(), 2);
    assert!(!envelope[0].is_empty() && envelope[1].is_empty());
    assert_eq!(request, ["ABC", "DEF"]);

    router.send_multipart(zmq::Multipart::from("GHI").wrap(envelope))?;
    expect(&client, "GHI");
    Ok(())
}

fn only_the_reply_of_the_asked_peer_is_received(transport: &str) -> Result<()> {
    let context = context()?;
    let client = context.socket(Req)?;
    client.set_routing_id("A")?;
    let routers = connected(&context, Router, 3, client.bind(free(transport))?)?;
    let answer = |router: &Socket<Router>| {
        router.send_multipart(["A", "", "reply"])?;
        expect(&client, "reply");
        Ok(())
    };
    meet(&routers, || Ok(client.send("meet")?), answer)?;

    client.send("ABC")?;
    let asked = readable(&routers)?;
    expect(&routers[asked], ["A", "", "ABC"]);
    for (index, router) in routers.iter().enumerate() {
        if index != asked {
            router.send_multipart(["A", "", "WRONG"])?;
        }
    }
    routers[asked].send_multipart(["A", "", "GOOD"])?;
    expect(&client, "GOOD");
    Ok(())
}

#[test]
fn a_send_without_a_peer_blocks_until_its_timeout() -> Result<()> {
    let socket = context()?.socket(Req)?;
    assert!(socket.try_send("nobody").unwrap_err().error.is_would_block());
    socket.set_send_timeout(Some(Duration::from_millis(50)))?;
    assert!(socket.send("nobody").unwrap_err().error.is_timed_out());
    Ok(())
}
