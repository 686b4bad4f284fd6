//! A message in the place of a connection that was lost. Origin: test_hiccup_msg.cpp.
//!
//! The option is one of libzmq's draft API, as of 4.3.5: where it lacks it, the test sees that it is refused.

use zmq::{Dealer, Result, Router, sys};

use crate::support::*;

#[test]
fn a_lost_connection_leaves_a_message() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    // SAFETY: libzmq copies the bytes, and hands them out as they are.
    if unsafe { set_draft(&dealer, sys::ZMQ_HICCUP_MSG, b"HICCUP") }? {
        dealer.connect(router.bind(free("tcp"))?)?;
        dealer.send("HELLO")?;
        assert_eq!(take_all(&router)?[1], "HELLO");
        drop(router);
        expect(&dealer, "HICCUP");
    }
    Ok(())
}
