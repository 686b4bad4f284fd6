//! A server that comes late. Origin: test_bind_after_connect_tcp.cpp.

use zmq::{Dealer, Result};

use crate::support::*;

over! {
    inproc: what_was_sent_before_the_bind_arrives;
    ipc: what_was_sent_before_the_bind_arrives;
    tcp: what_was_sent_before_the_bind_arrives;
}

fn what_was_sent_before_the_bind_arrives(transport: &str) -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let endpoint = fixed(transport);
    client.connect(&endpoint)?;
    for text in ["foobar", "baz", "buzz"] {
        client.send(text)?;
    }
    server.bind(&endpoint)?;
    for text in ["foobar", "baz", "buzz"] {
        expect(&server, text);
    }
    Ok(())
}
