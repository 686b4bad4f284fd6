//! Subscribers that forward every unsubscription. Origin: test_xsub_verbose.cpp.
//!
//! The option belongs to the draft API of libzmq 4.3.5. If the build lacks it, the test checks that it is refused.

use zmq::{Result, Socket, Subscription, XPub, XSub, sys};

use crate::support::*;

/// Asserts that the publisher receives exactly these subscriptions. Over `inproc` they arrive at once.
fn expect_subscriptions<const N: usize>(publisher: &Socket<XPub>, expected: [Subscription; N]) {
    for subscription in expected {
        assert_eq!(publisher.try_recv_subscription().unwrap(), Some(subscription));
    }
    expect_nothing(publisher);
}

#[test]
fn a_verbose_subscriber_forwards_unsubscriptions_without_a_subscription() -> Result<()> {
    let (subscribe, unsubscribe) = (Subscription::Subscribe("A".into()), Subscription::Unsubscribe("A".into()));
    let (publisher, subscriber) = pair(&context()?, "inproc", (XPub, XSub))?;
    publisher.set_verboser(true)?;
    subscriber.send_unsubscribe("A")?;
    expect_subscriptions(&publisher, []);
    for _ in 0..2 {
        subscriber.send_subscribe("A")?;
    }
    expect_subscriptions(&publisher, [subscribe.clone(), subscribe.clone()]);
    subscriber.send_unsubscribe("A")?;
    expect_subscriptions(&publisher, []);
    subscriber.send_unsubscribe("A")?;
    expect_subscriptions(&publisher, [unsubscribe.clone()]);

    // SAFETY: libzmq only stores the number.
    if !unsafe { set_draft(&subscriber, sys::ZMQ_XSUB_VERBOSE_UNSUBSCRIBE, &1_i32.to_ne_bytes()) }? {
        return Ok(());
    }
    subscriber.send_unsubscribe("A")?;
    expect_subscriptions(&publisher, [unsubscribe.clone()]);
    for _ in 0..2 {
        subscriber.send_subscribe("A")?;
        expect_subscriptions(&publisher, [subscribe.clone()]);
    }
    for _ in 0..2 {
        subscriber.send_unsubscribe("A")?;
        expect_subscriptions(&publisher, [unsubscribe.clone()]);
    }
    Ok(())
}
