//! Requests that do not wait for the reply to the last one. Origin: test_req_relaxed.cpp.

use zmq::{Context, ErrorKind, Events, Rep, Req, Result, Router, Socket};

use crate::support::*;

/// Opens a relaxed client with connected services. Each service has answered once, so the client asks them in turn.
fn relaxed(context: &Context, count: usize) -> Result<(Socket<Req>, Vec<Socket<Rep>>)> {
    let client = context.socket(Req)?;
    client.set_relaxed(true)?.set_correlate(true)?;
    let services = connected(context, Rep, count, client.bind(free("tcp"))?)?;
    let answer = |service: &Socket<Rep>| {
        service.send("reply")?;
        expect(&client, "reply");
        Ok(())
    };
    meet(&services, || Ok(client.send("meet")?), answer)?;
    Ok((client, services))
}

/// Sends a request and returns the service that received it.
fn ask<'a>(client: &Socket<Req>, services: &'a [Socket<Rep>], request: &str) -> Result<&'a Socket<Rep>> {
    client.send_multipart([request, "second frame"])?;
    let service = &services[readable(services)?];
    expect(service, [request, "second frame"]);
    Ok(service)
}

#[test]
fn a_second_request_discards_the_reply_to_the_first() -> Result<()> {
    let (client, services) = relaxed(&context()?, 3)?;
    assert_eq!(client.events()?, Events::WRITABLE);
    let first = ask(&client, &services, "A")?;
    assert_eq!(client.events()?, Events::WRITABLE);
    let second = ask(&client, &services, "C")?;
    assert_eq!(client.events()?, Events::WRITABLE);

    first.send("WRONG")?;
    second.send("OK")?;
    expect(&client, "OK");

    let third = ask(&client, &services, "E")?;
    third.send_multipart(["F", "G"])?;
    expect(&client, ["F", "G"]);
    Ok(())
}

#[test]
fn a_new_request_discards_an_unread_reply() -> Result<()> {
    let (client, services) = relaxed(&context()?, 2)?;
    ask(&client, &services, "H")?.send("BAD")?;
    eventually("the reply arrives", || client.events().unwrap().is_readable());
    ask(&client, &services, "I")?.send("GOOD")?;
    expect(&client, "GOOD");
    Ok(())
}

#[test]
fn abandoned_requests_leave_the_connections_open() -> Result<()> {
    let (client, services) = relaxed(&context()?, 2)?;
    let first = ask(&client, &services, "A")?;
    let second = ask(&client, &services, "C")?;
    first.send("late")?;
    second.send("OK")?;
    expect(&client, "OK");
    // The next turn is the first service's.
    let third = ask(&client, &services, "J")?;
    assert!(std::ptr::eq(first, third));
    Ok(())
}

#[test]
fn only_the_last_request_sent_before_a_service_connects_is_answered() -> Result<()> {
    let context = context()?;
    let (client, router) = (context.socket(Req)?, context.socket(Router)?);
    let endpoint = fixed("tcp");
    client.set_relaxed(true)?.set_correlate(true)?.connect(&endpoint)?;
    client.send("given up")?;
    client.send("answered")?;
    router.bind(&endpoint)?;
    for _ in 0..2 {
        router.send_multipart(take_all(&router)?)?;
    }
    expect(&client, "answered");
    // The client has its reply and does not look for another one.
    assert_eq!(client.try_recv().unwrap_err().kind(), ErrorKind::WrongState);
    Ok(())
}
