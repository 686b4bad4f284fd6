//! Messages of many frames. Origin: test_iov.cpp.

use zmq::{ErrorKind, Multipart, Pull, Push, Result};

use crate::support::*;

#[test]
fn many_frames_are_sent_and_received_by_one_call_each() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    // Short frames are stored in libzmq's structure, long ones on the heap.
    for len in [10, 100] {
        let frames: Vec<Vec<u8>> = (0..10).map(|frame| vec![b'0' + frame; len]).collect();
        source.send_multipart(frames.clone())?;
        expect(&sink, frames);
        expect_nothing(&sink);
    }
    Ok(())
}

#[test]
fn a_message_needs_a_frame() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    assert_eq!(source.send_multipart(Multipart::new()).unwrap_err().kind(), ErrorKind::InvalidInput);
    expect_nothing(&sink);
    Ok(())
}
