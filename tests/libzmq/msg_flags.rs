//! What a message tells of itself. Origin: test_msg_flags.cpp.

use zmq::{Dealer, Message, Result, Router};

use crate::support::*;

#[test]
fn each_frame_tells_whether_more_follow() -> Result<()> {
    let (router, dealer) = pair(&context()?, "inproc", (Router, Dealer))?;
    dealer.send_multipart(["A", "B"])?;
    assert!(take(&router)?.more(), "the routing id");
    for (text, more) in [("A", true), ("B", false)] {
        let frame = take(&router)?;
        assert_eq!(frame, text);
        assert_eq!(frame.more(), more);
        assert_eq!(router.recv_more()?, more);
    }
    Ok(())
}

#[test]
fn bytes_that_two_messages_have_are_not_written_to() -> Result<()> {
    let mut one = Message::zeroed(1024)?;
    assert!(one.get_mut().is_some());
    let mut other = one.share();
    assert!(one.get_mut().is_none() && other.get_mut().is_none());
    other.make_mut()[0] = 1;
    assert_eq!((one[0], other[0]), (0, 1));
    Ok(())
}

#[test]
fn constant_bytes_are_not_written_to() {
    static PAGE: [u8; 1024] = [7; 1024];
    let mut message = Message::from_static(&PAGE);
    assert!(message.get_mut().is_none());
    message.make_mut()[0] = 1;
    assert_eq!((message[0], PAGE[0]), (1, 7));
}
