//! A message that greets each new peer. Origin: test_hello_msg.cpp.
//!
//! The option belongs to libzmq's draft API. If the build lacks it, the tests check that it is refused.

use zmq::{Dealer, Kind, Result, Router, Socket, sys};

use crate::support::*;

over! {
    inproc: a_new_peer_is_greeted both_peers_greet_each_other_in_any_order_of_bind_and_connect;
    tcp: a_new_peer_is_greeted both_peers_greet_each_other_in_any_order_of_bind_and_connect;
}

fn greet_with<K: Kind>(socket: &Socket<K>, greeting: &str) -> Result<bool> {
    // SAFETY: libzmq copies the bytes and sends them to peers unchanged.
    unsafe { set_draft(socket, sys::ZMQ_HELLO_MSG, greeting.as_bytes()) }
}

fn a_new_peer_is_greeted(transport: &str) -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    if greet_with(&router, "H")? {
        dealer.connect(router.bind(free(transport))?)?;
        expect(&dealer, "H");
    }
    Ok(())
}

fn both_peers_greet_each_other_in_any_order_of_bind_and_connect(transport: &str) -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    if greet_with(&server, "W")? && greet_with(&client, "H")? {
        let endpoint = fixed(transport);
        client.connect(&endpoint)?;
        server.bind(&endpoint)?;
        expect(&client, "W");
        expect(&server, "H");
    }
    Ok(())
}

#[cfg(feature = "draft")]
mod drafts {
    use super::*;
    use zmq::abilities::{Greets, Receives};
    use zmq::{Client, Peer, Server};

    over! {
        inproc: a_client_is_greeted peers_greet_each_other;
        tcp: a_client_is_greeted peers_greet_each_other;
    }

    fn greeted<A: Greets, B: Receives>(greeting: &Socket<A>, greeted: &Socket<B>, transport: &str) -> Result<()> {
        let endpoint = greeting.set_hello_message("H")?.bind(free(transport))?;
        greeted.connect(endpoint)?;
        assert_eq!(take(greeted)?, "H");
        Ok(())
    }

    fn a_client_is_greeted(transport: &str) -> Result<()> {
        let context = context()?;
        greeted(&context.socket(Server)?, &context.socket(Client)?, transport)
    }

    fn peers_greet_each_other(transport: &str) -> Result<()> {
        let context = context()?;
        let (one, other) = (context.socket(Peer)?, context.socket(Peer)?);
        other.set_hello_message("W")?;
        greeted(&one, &other, transport)?;
        assert_eq!(take(&one)?, "W");
        Ok(())
    }
}
