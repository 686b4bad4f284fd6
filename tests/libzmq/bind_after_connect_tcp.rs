//! A server that binds after its clients have connected. Origin: test_bind_after_connect_tcp.cpp.

use zmq::{Dealer, Result};

use crate::support::*;

over! {
    inproc: messages_sent_before_the_bind_arrive;
    ipc: messages_sent_before_the_bind_arrive;
    tcp: messages_sent_before_the_bind_arrive;
}

fn messages_sent_before_the_bind_arrive(transport: &str) -> Result<()> {
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
