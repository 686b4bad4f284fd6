//! The subscriptions that a publisher receives. Origin: test_xpub_verbose.cpp.

use zmq::{Context, Result, Socket, Sub, Subscription, XPub};

use crate::support::*;

/// Asserts that the publisher receives exactly these subscriptions. Over `inproc` they arrive at once.
fn expect_subscriptions<const N: usize>(publisher: &Socket<XPub>, expected: [Subscription; N]) {
    for subscription in expected {
        assert_eq!(publisher.try_recv_subscription().unwrap(), Some(subscription));
    }
    expect_nothing(publisher);
}

fn subscribe(topic: &str) -> Subscription {
    Subscription::Subscribe(topic.into())
}

fn unsubscribe(topic: &str) -> Subscription {
    Subscription::Unsubscribe(topic.into())
}

fn with_subscribers(context: &Context, count: usize) -> Result<(Socket<XPub>, Vec<Socket<Sub>>)> {
    let publisher = context.socket(XPub)?;
    let subscribers = connected(context, Sub, count, publisher.bind(free("inproc"))?)?;
    Ok((publisher, subscribers))
}

#[test]
fn a_verbose_publisher_receives_a_repeated_subscription() -> Result<()> {
    let (publisher, subscribers) = with_subscribers(&context()?, 1)?;
    let subscriber = &subscribers[0];
    subscriber.subscribe("A")?.subscribe("B")?.subscribe("A")?;
    expect_subscriptions(&publisher, [subscribe("A"), subscribe("B")]);

    publisher.set_verbose(true)?;
    subscriber.subscribe("A")?;
    expect_subscriptions(&publisher, [subscribe("A")]);

    for topic in ["A", "B"] {
        publisher.send(topic)?;
        expect(subscriber, topic);
    }
    Ok(())
}

#[test]
fn a_verbose_publisher_receives_the_subscription_of_a_second_subscriber() -> Result<()> {
    let (publisher, subscribers) = with_subscribers(&context()?, 2)?;
    let [one, other] = &subscribers[..] else { unreachable!() };
    one.subscribe("A")?;
    expect_subscriptions(&publisher, [subscribe("A")]);
    other.subscribe("A")?;
    expect_subscriptions(&publisher, []);
    one.subscribe("B")?;
    expect_subscriptions(&publisher, [subscribe("B")]);

    publisher.set_verbose(true)?;
    other.subscribe("A")?;
    expect_subscriptions(&publisher, [subscribe("A")]);

    publisher.send("A")?;
    publisher.send("B")?;
    expect(one, "A");
    expect(one, "B");
    expect(other, "A");
    expect_nothing(other);
    Ok(())
}

#[test]
fn a_publisher_receives_only_the_last_unsubscription_of_a_subscriber() -> Result<()> {
    let (publisher, subscribers) = with_subscribers(&context()?, 1)?;
    let subscriber = &subscribers[0];
    subscriber.unsubscribe("A")?;
    expect_subscriptions(&publisher, []);
    subscriber.subscribe("A")?.subscribe("A")?;
    expect_subscriptions(&publisher, [subscribe("A")]);
    subscriber.unsubscribe("A")?;
    expect_subscriptions(&publisher, []);
    subscriber.unsubscribe("A")?;
    expect_subscriptions(&publisher, [unsubscribe("A")]);
    subscriber.unsubscribe("A")?;
    expect_subscriptions(&publisher, []);

    publisher.set_verboser(true)?;
    subscriber.subscribe("A")?;
    expect_subscriptions(&publisher, [subscribe("A")]);
    publisher.send("A")?;
    expect(subscriber, "A");
    subscriber.unsubscribe("A")?.unsubscribe("A")?;
    expect_subscriptions(&publisher, [unsubscribe("A")]);
    Ok(())
}

#[test]
fn a_verboser_publisher_receives_the_unsubscription_of_each_subscriber() -> Result<()> {
    let (publisher, subscribers) = with_subscribers(&context()?, 2)?;
    let [one, other] = &subscribers[..] else { unreachable!() };
    for subscriber in [one, other] {
        subscriber.subscribe("A")?;
    }
    expect_subscriptions(&publisher, [subscribe("A")]);
    one.unsubscribe("A")?;
    expect_subscriptions(&publisher, []);
    other.unsubscribe("A")?;
    expect_subscriptions(&publisher, [unsubscribe("A")]);

    publisher.set_verboser(true)?;
    for subscriber in [one, other] {
        subscriber.subscribe("A")?;
    }
    expect_subscriptions(&publisher, [subscribe("A"), subscribe("A")]);
    publisher.send("A")?;
    for subscriber in [one, other] {
        expect(subscriber, "A");
        subscriber.unsubscribe("A")?;
        expect_subscriptions(&publisher, [unsubscribe("A")]);
    }
    other.unsubscribe("A")?;
    expect_subscriptions(&publisher, []);
    Ok(())
}
