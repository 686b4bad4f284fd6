//! Subscriptions forwarded by hand. Origin: test_sub_forward.cpp.

use zmq::{Result, Sub, Subscription, XPub, XSub};

use crate::support::*;

#[test]
fn a_device_forwards_subscriptions_upstream_and_messages_downstream() -> Result<()> {
    let context = context()?;
    let (back, front) = (context.socket(XPub)?, context.socket(XSub)?);
    // An XPUB receives the subscription, so the test knows when it has arrived.
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    publisher.connect(front.bind(free("tcp"))?)?;
    subscriber.subscribe("")?.connect(back.bind(free("tcp"))?)?;

    front.send_multipart(take_all(&back)?)?;
    assert_eq!(publisher.recv_subscription_timeout(PATIENCE)?, Some(Subscription::Subscribe("".into())));
    publisher.send("")?;
    back.send_multipart(take_all(&front)?)?;
    expect(&subscriber, "");
    Ok(())
}
