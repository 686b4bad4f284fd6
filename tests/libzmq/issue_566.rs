//! Peers in another context that connect and disconnect. Origin: test_issue_566.cpp.

use zmq::{Dealer, ErrorKind, Result, Router};

use crate::support::*;

#[test]
fn a_peer_of_another_context_is_reached_every_time() -> Result<()> {
    let (one, other) = (context()?, context()?);
    let router = one.socket(Router)?;
    let endpoint = router.set_mandatory(true)?.bind(free("tcp"))?;
    for cycle in 0..100 {
        let id = format!("{cycle:09}");
        let dealer = other.socket(Dealer)?;
        dealer.set_routing_id(&id)?.connect(&endpoint)?;
        eventually("the peer is connected", || match router.send_multipart([id.as_str(), "HELLO"]) {
            Ok(()) => true,
            Err(refused) => {
                assert_eq!(refused.kind(), ErrorKind::HostUnreachable);
                false
            }
        });
        expect(&dealer, "HELLO");
    }
    Ok(())
}
