//! The size of what is read. Origin: test_getsockopt_memset.cpp.

use zmq::{Pub, Result, Sub};

use crate::support::*;

#[test]
fn a_value_that_is_smaller_than_the_room_for_it_says_so() -> Result<()> {
    let (_publisher, subscriber) = pair(&context()?, "inproc", (Pub, Sub))?;
    assert_eq!(subscriber.raw_option(zmq::sys::ZMQ_RCVMORE, 8)?, 0_i32.to_ne_bytes());
    Ok(())
}
