//! The requirements of RFC 28 for REP sockets. Origin: test_spec_rep.cpp.

use zmq::{Dealer, Rep, Req, Result};

use crate::support::*;

over! {
    inproc: requests_are_received_from_each_peer_in_turn the_envelope_is_kept_for_the_reply;
    tcp: requests_are_received_from_each_peer_in_turn the_envelope_is_kept_for_the_reply;
}

fn requests_are_received_from_each_peer_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let service = context.socket(Rep)?;
    let clients = connected(&context, Req, 5, service.bind(free(transport))?)?;
    for _ in 0..2 {
        bounce(&service, &clients[0]);
    }
    // Each client sends its next request as soon as it has its reply, and all clients are served equally often.
    for client in &clients {
        client.send("request")?;
    }
    let mut served = vec![0; clients.len()];
    while served.contains(&0) {
        expect(&service, "request");
        service.send("reply")?;
        let client = readable(&clients)?;
        expect(&clients[client], "reply");
        served[client] += 1;
        clients[client].send("request")?;
    }
    Ok(())
}

fn the_envelope_is_kept_for_the_reply(transport: &str) -> Result<()> {
    let context = context()?;
    let (service, dealer) = pair(&context, transport, (Rep, Dealer))?;
    for envelope in [&[""][..], &["X", "Y", ""]] {
        let enveloped = |body: &str| envelope.iter().copied().chain([body]).collect::<zmq::Multipart>();
        dealer.send_multipart(enveloped("A"))?;
        expect(&service, "A");
        service.send("B")?;
        expect(&dealer, enveloped("B"));
    }
    Ok(())
}
