//! Topics whose length is around the limit of a short frame. Origin: test_xpub_topic.cpp.

use zmq::{Result, Sub, Subscription, XPub};

use crate::support::*;

#[test]
fn long_topics_can_be_subscribed_and_unsubscribed() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "tcp", (XPub, Sub))?;
    // With its command, a topic of 245 bytes fits into a short frame, and one of 246 bytes does not. Up to 4.3.4 libzmq
    // encodes the long frame wrongly.
    let lengths: &[usize] = match zmq::version() < V4_3_5 {
        true => &[1, 244, 245, 256, 1000],
        false => &[1, 244, 245, 246, 255, 256, 1000],
    };
    for &len in lengths {
        let topic: Vec<u8> = (b'A'..=b'P').cycle().take(len).collect();
        subscriber.subscribe(&topic)?;
        let received = publisher.recv_subscription_timeout(PATIENCE)?;
        assert_eq!(received, Some(Subscription::Subscribe(topic.as_slice().into())));
        subscriber.unsubscribe(&topic)?;
        let received = publisher.recv_subscription_timeout(PATIENCE)?;
        assert_eq!(received, Some(Subscription::Unsubscribe(topic.as_slice().into())));
    }
    Ok(())
}
