//! Sends of a mandatory router to a peer whose queue is full. Origin: test_router_mandatory_hwm.cpp.

use zmq::{Dealer, Result, Router};

use crate::support::*;

#[test]
fn a_full_peer_makes_the_send_fail_until_it_reads() -> Result<()> {
    const BYTES: usize = 65_536;
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    router.set_mandatory(true)?.set_send_hwm(1)?.set_send_buffer(Some(4096))?;
    dealer.set_routing_id("X")?.set_recv_hwm(1)?.set_recv_buffer(Some(4096))?;
    dealer.connect(router.bind(free("tcp"))?)?;
    dealer.send("Hello")?;
    expect(&router, ["X", "Hello"]);

    let mut sent = 0_u8;
    let mut send = || match router.try_send_multipart(("X", vec![sent; BYTES])) {
        Ok(()) => {
            sent += 1;
            assert!(sent < 20, "the limit was never reached");
            true
        }
        Err(refused) => {
            assert!(refused.error.is_would_block(), "{refused}");
            false
        }
    };
    while send() {}
    // The connection may take one more message by moving one from the sender's queue to the receiver's.
    expect(&dealer, vec![0; BYTES].as_slice());
    eventually("the queue has room again", &mut send);
    while send() {}
    assert!(sent > 1);
    for number in 1..sent {
        expect(&dealer, vec![number; BYTES].as_slice());
    }
    expect_nothing(&dealer);
    Ok(())
}
