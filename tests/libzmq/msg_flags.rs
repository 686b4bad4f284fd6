//! The flags of a message. Origin: test_msg_flags.cpp.

use zmq::{Dealer, Message, Result, Router};

use crate::support::*;

#[test]
fn each_frame_has_a_flag_for_more_frames() -> Result<()> {
    let (router, dealer) = pair(&context()?, "inproc", (Router, Dealer))?;
    dealer.send_multipart(["A", "B"])?;
    assert!(take(&router)?.more(), "the routing ID");
    for (text, more) in [("A", true), ("B", false)] {
        let frame = take(&router)?;
        assert_eq!(frame, text);
        assert_eq!(frame.more(), more);
        assert_eq!(router.recv_more()?, more);
    }
    Ok(())
}

#[test]
fn bytes_that_two_messages_share_are_not_writable() -> Result<()> {
    let mut one = Message::zeroed(1024)?;
    assert!(one.get_mut().is_some());
    let mut other = one.share();
    assert!(one.get_mut().is_none() && other.get_mut().is_none());
    other.make_mut()[0] = 1;
    assert_eq!((one[0], other[0]), (0, 1));
    Ok(())
}

#[test]
fn constant_bytes_are_not_writable() {
    static PAGE: [u8; 1024] = [7; 1024];
    let mut message = Message::from_static(&PAGE);
    assert!(message.get_mut().is_none());
    message.make_mut()[0] = 1;
    assert_eq!((message[0], PAGE[0]), (1, 7));
}
