//! The requirements of RFC 28 for DEALER sockets. Origin: test_spec_dealer.cpp.

use std::time::Duration;

use zmq::{Dealer, Multipart, Rep, Result};

use crate::support::*;

over! {
    inproc: each_peer_gets_a_message_in_turn messages_are_received_from_each_peer_in_turn;
    tcp: each_peer_gets_a_message_in_turn messages_are_received_from_each_peer_in_turn;
}

fn each_peer_gets_a_message_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let dealer = context.socket(Dealer)?;
    let services = connected(&context, Rep, 5, dealer.bind(free(transport))?)?;
    let answer = |service: &zmq::Socket<Rep>| {
        service.send("met")?;
        expect(&dealer, ["", "met"]);
        Ok(())
    };
    meet(&services, || Ok(dealer.send_multipart(["", "meet"])?), answer)?;

    for _ in &services {
        dealer.send_multipart(["", "ABC"])?;
    }
    for service in &services {
        expect(service, "ABC");
    }
    Ok(())
}

fn messages_are_received_from_each_peer_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let receiver = context.socket(Dealer)?;
    let senders = connected(&context, Dealer, 5, receiver.bind(free(transport))?)?;
    for _ in 0..2 {
        senders[0].send("A")?;
        expect(&receiver, "A");
    }
    takes_turns(&senders, &receiver)
}

#[test]
fn a_send_without_a_peer_blocks_until_its_timeout() -> Result<()> {
    let socket = context()?.socket(Dealer)?;
    assert!(socket.try_send("nobody").unwrap_err().error.is_would_block());
    socket.set_send_timeout(Some(Duration::from_millis(50)))?;
    let refused = socket.send("nobody").unwrap_err();
    assert!(refused.error.is_timed_out());
    assert_eq!(refused.into_message(), "nobody");
    let refused = socket.send_multipart(["", "nobody"]).unwrap_err();
    assert_eq!(refused.into_message(), Multipart::from(["", "nobody"]));
    Ok(())
}
