//! Messages for only the newest subscriber. Origin: test_xpub_manual_last_value.cpp.
//!
//! The option belongs to libzmq's draft API but is also part of the usual builds. As in manual mode, libzmq before
//! 4.3.5 may use freed memory.

use zmq::{Context, Result, Socket, Sub, Subscription, XPub, XSub};

use crate::support::*;

/// Opens a publisher that sends the message after `subscribe_peer` only to the peer that it subscribed, if this libzmq
/// supports it.
fn publisher(context: &Context) -> Result<Option<Socket<XPub>>> {
    if zmq::version() < V4_3_5 {
        return Ok(None);
    }
    let publisher = context.socket(XPub)?;
    // SAFETY: each test receives a subscriber's subscription before the subscriber leaves, and never disables the mode.
    unsafe { publisher.set_manual_last_value_unchecked(true) }?;
    Ok(Some(publisher))
}

/// Receives the subscription to a topic, and subscribes the peer to another topic instead.
fn decide(publisher: &Socket<XPub>, asked: &str, decided: &str) -> Result<()> {
    let received = publisher.recv_subscription_timeout(PATIENCE)?;
    assert_eq!(received, Some(Subscription::Subscribe(asked.into())));
    publisher.subscribe_peer(decided).map(drop)
}

fn expect_unsubscription(publisher: &Socket<XPub>, topic: &str) -> Result<()> {
    let received = publisher.recv_subscription_timeout(PATIENCE)?;
    assert_eq!(received, Some(Subscription::Unsubscribe(topic.into())));
    Ok(())
}

#[test]
fn the_mode_includes_manual_mode() -> Result<()> {
    let context = context()?;
    let Some(publisher) = publisher(&context)? else { return Ok(()) };
    let subscriber = context.socket(XSub)?;
    subscriber.connect(publisher.bind(free("inproc"))?)?;
    for (asked, decided) in [("A", "XA"), ("B", "XB")] {
        subscriber.send_subscribe(asked)?;
        decide(&publisher, asked, decided)?;
    }
    subscriber.send_unsubscribe("A")?;
    expect_unsubscription(&publisher, "A")?;
    publisher.unsubscribe_peer("XA")?;
    for topic in ["A", "B", "XA", "XB"] {
        publisher.send(topic)?;
    }
    expect(&subscriber, "XB");
    expect_nothing(&subscriber);

    drop(subscriber);
    expect_unsubscription(&publisher, "B")?;
    publisher.unsubscribe_peer("XB").map(drop)
}

#[test]
fn the_message_after_a_subscription_goes_only_to_the_newest_subscriber() -> Result<()> {
    let context = context()?;
    let Some(publisher) = publisher(&context)? else { return Ok(()) };
    let endpoint = publisher.bind(free("inproc"))?;
    let subscribers = connected(&context, Sub, 2, &endpoint)?;
    let [old, new] = &subscribers[..] else { unreachable!() };
    for subscriber in [old, new] {
        subscriber.subscribe("A")?;
        decide(&publisher, "A", "A")?;
        publisher.send("A: the last value")?;
        expect(subscriber, "A: the last value");
    }
    expect_nothing(old);
    publisher.send("A: for all")?;
    for subscriber in [old, new] {
        expect(subscriber, "A: for all");
        expect_nothing(subscriber);
    }
    Ok(())
}

#[test]
fn the_subscriptions_of_a_subscriber_end_with_it() -> Result<()> {
    let context = context()?;
    let Some(publisher) = publisher(&context)? else { return Ok(()) };
    let endpoint = publisher.bind(free("tcp"))?;
    for (asked, decided) in [("A", "XA"), ("B", "XB")] {
        let subscriber = context.socket(XSub)?;
        subscriber.connect(&endpoint)?;
        subscriber.send_subscribe(asked)?;
        decide(&publisher, asked, decided)?;
        publisher.subscribe_peer("end")?;
        for topic in ["XA", "XB", "end"] {
            publisher.send(topic)?;
        }
        expect(&subscriber, decided);
        expect(&subscriber, "end");
        drop(subscriber);
        expect_unsubscription(&publisher, asked)?;
        publisher.unsubscribe_peer(decided)?;
    }
    Ok(())
}
