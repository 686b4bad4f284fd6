//! The option `immediate`: only complete connections get messages. Origin: test_immediate.cpp.

use std::net::TcpListener;

use zmq::{Dealer, Multipart, Pull, Push, Result};

use crate::support::*;

/// Returns a peer that accepts connections and never sends, so that no handshake completes.
fn silent_peer() -> (TcpListener, String) {
    let listener = listener();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    (listener, endpoint)
}

#[test]
fn without_immediate_an_unreachable_peer_gets_its_share_of_messages() -> Result<()> {
    let (_listener, silent) = silent_peer();
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(&silent)?;
    source.connect(sink.bind(free("tcp"))?)?;
    for number in 0..10_u8 {
        source.send([number])?;
    }
    for _ in 0..2 {
        source.send("end")?;
    }
    let mut seen = Vec::new();
    loop {
        let message = take(&sink)?;
        if message == "end" {
            break;
        }
        seen.push(message[0]);
    }
    assert!(seen == [0, 2, 4, 6, 8] || seen == [1, 3, 5, 7, 9], "{seen:?}");
    Ok(())
}

#[test]
fn with_immediate_all_messages_go_to_the_connected_peer() -> Result<()> {
    let (_listener, silent) = silent_peer();
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.set_immediate(true)?.connect(&silent)?;
    assert!(source.try_send("no peer yet").unwrap_err().error.is_would_block());
    source.connect(sink.bind(free("tcp"))?)?;
    for number in 0..10_u8 {
        source.send([number])?;
    }
    for number in 0..10_u8 {
        expect(&sink, Multipart::from([[number]]));
    }
    Ok(())
}

#[test]
fn with_immediate_a_peer_that_left_gets_no_message_until_it_is_back() -> Result<()> {
    let context = context()?;
    let (back, front) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let endpoint = fixed("tcp");
    back.bind(&endpoint)?;
    front.set_immediate(true)?.connect(&endpoint)?;
    bounce(&back, &front);
    front.try_send("Hello")?;

    drop(back);
    until_writable(&front, false);
    assert!(front.try_send("Hello").unwrap_err().error.is_would_block());

    let back = context.socket(Dealer)?;
    // The old socket closes in the background.
    eventually("the endpoint is free", || back.bind(&endpoint).is_ok());
    bounce(&back, &front);
    front.try_send("Hello again")?;
    expect(&back, "Hello again");
    Ok(())
}
