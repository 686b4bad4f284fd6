//! The size of the value of a raw option. Origin: test_getsockopt_memset.cpp.

use zmq::{Pub, Result, Sub};

use crate::support::*;

#[test]
fn a_raw_option_has_the_size_of_its_value() -> Result<()> {
    let (_publisher, subscriber) = pair(&context()?, "inproc", (Pub, Sub))?;
    assert_eq!(subscriber.raw_option(zmq::sys::ZMQ_RCVMORE, 8)?, 0_i32.to_ne_bytes());
    Ok(())
}
