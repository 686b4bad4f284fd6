//! A message that a socket receives when a peer leaves. Origin: test_disconnect_msg.cpp.
//!
//! The option belongs to libzmq's draft API. If the build lacks it, the tests check that it is refused.

use zmq::{Dealer, Result, Router, sys};

use crate::support::*;

over! {
    inproc: a_peer_that_closes_leaves_a_message a_peer_that_disconnects_leaves_a_message;
    tcp: a_peer_that_closes_leaves_a_message a_peer_that_disconnects_leaves_a_message;
}

fn left(transport: &str, closes: bool) -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    // SAFETY: libzmq copies the bytes and delivers them unchanged.
    if !unsafe { set_draft(&router, sys::ZMQ_DISCONNECT_MSG, b"D") }? {
        return Ok(());
    }
    let endpoint = router.bind(free(transport))?;
    dealer.set_routing_id("X")?.connect(&endpoint)?;
    dealer.send("H")?;
    expect(&router, ["X", "H"]);
    if closes {
        drop(dealer);
        expect(&router, ["X", "D"]);
    } else {
        dealer.disconnect(&endpoint)?;
        let mut received = None;
        eventually("the router receives the disconnect message", || {
            // The connection ends only after the dealer has processed its commands too.
            dealer.events().unwrap();
            received = router.try_recv_multipart().unwrap();
            received.is_some()
        });
        assert_eq!(received, Some(["X", "D"].into()));
    }
    Ok(())
}

fn a_peer_that_closes_leaves_a_message(transport: &str) -> Result<()> {
    left(transport, true)
}

fn a_peer_that_disconnects_leaves_a_message(transport: &str) -> Result<()> {
    left(transport, false)
}

#[cfg(feature = "draft")]
mod drafts {
    use super::*;
    use zmq::abilities::{Greets, Receives, SeesDisconnects};
    use zmq::{Client, Peer, Server, Socket};

    over! {
        inproc: a_server_notices_a_client_that_closes a_peer_notices_a_peer_that_closes;
        tcp: a_server_notices_a_client_that_closes a_peer_notices_a_peer_that_closes;
    }

    /// The peer greets the socket, and closes.
    fn noticed<A: SeesDisconnects + Receives, B: Greets>(
        socket: &Socket<A>,
        peer: Socket<B>,
        transport: &str,
    ) -> Result<()> {
        let endpoint = socket.set_disconnect_message("D")?.bind(free(transport))?;
        peer.set_hello_message("H")?.connect(endpoint)?;
        assert_eq!(take(socket)?, "H");
        drop(peer);
        assert_eq!(take(socket)?, "D");
        Ok(())
    }

    fn a_server_notices_a_client_that_closes(transport: &str) -> Result<()> {
        let context = context()?;
        noticed(&context.socket(Server)?, context.socket(Client)?, transport)
    }

    fn a_peer_notices_a_peer_that_closes(transport: &str) -> Result<()> {
        let context = context()?;
        noticed(&context.socket(Peer)?, context.socket(Peer)?, transport)
    }
}
