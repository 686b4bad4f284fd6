//! A subscriber that disconnects from an inproc endpoint. Origin: test_disconnect_inproc.cpp.

use zmq::{Result, Sub, Subscription, XPub};

use crate::support::*;

#[test]
fn a_subscriber_receives_only_messages_published_while_it_is_connected() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    let endpoint = publisher.bind(free("inproc"))?;
    subscriber.subscribe("foo")?;
    publisher.send_multipart(["foo", "before"])?;

    subscriber.connect(&endpoint)?;
    assert_eq!(publisher.recv_subscription_timeout(PATIENCE)?, Some(Subscription::Subscribe("foo".into())));
    for text in ["one", "two", "three"] {
        publisher.send_multipart(["foo", text])?;
        expect(&subscriber, ["foo", text]);
    }

    subscriber.disconnect(&endpoint)?;
    eventually("the publisher receives the unsubscription", || {
        // The connection ends only after the subscriber has processed its commands too.
        subscriber.events().unwrap();
        publisher.try_recv_subscription().unwrap() == Some(Subscription::Unsubscribe("foo".into()))
    });
    publisher.send_multipart(["foo", "after"])?;
    expect_nothing(&subscriber);
    expect_nothing(&publisher);
    Ok(())
}
