//! The routing IDs of PEER sockets. Origin: test_peer.cpp.

use zmq::{Peer, Result};

use crate::support::*;

#[test]
fn each_side_addresses_the_other_by_a_routing_id() -> Result<()> {
    let context = context()?;
    let (bound, connected) = (context.socket(Peer)?, context.socket(Peer)?);
    let id = connected.connect_peer(bound.bind(free("tcp"))?)?;
    connected.send_to(id, [1])?;
    let request = take(&bound)?;
    assert_eq!(request, [1]);
    let other = request.routing_id().expect("a routing ID");
    bound.send_to(other, [2])?;
    let reply = take(&connected)?;
    assert_eq!(reply, [2]);
    assert_eq!(reply.routing_id(), Some(id));
    Ok(())
}
