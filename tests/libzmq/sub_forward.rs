//! Subscriptions passed on by hand. Origin: test_sub_forward.cpp.

use zmq::{Result, Sub, Subscription, XPub, XSub};

use crate::support::*;

#[test]
fn a_device_passes_subscriptions_up_and_messages_down() -> Result<()> {
    let context = context()?;
    let (back, front) = (context.socket(XPub)?, context.socket(XSub)?);
    // A publisher that says when the subscription has reached it.
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
