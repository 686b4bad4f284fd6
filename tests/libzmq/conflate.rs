//! Queues that keep only the newest message. Origin: test_conflate.cpp.
//!
//! Only the sending end conflates: with a conflating receiver, a multipart message of the peer makes libzmq abort.

use zmq::{ErrorKind, Pull, Push, Result};

use crate::support::*;

#[test]
fn only_the_newest_queued_message_arrives() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let endpoint = fixed("tcp");
    source.set_conflate(true)?.connect(&endpoint)?;
    assert!(source.conflate()?);
    for number in 0..20_u8 {
        source.send([number])?;
    }
    assert_eq!(source.send_multipart(["two", "frames"]).unwrap_err().kind(), ErrorKind::InvalidInput);
    sink.bind(&endpoint)?;
    expect(&sink, [19].as_slice());
    expect_nothing(&sink);
    Ok(())
}
