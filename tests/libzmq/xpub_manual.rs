//! Publishers that manage the subscriptions of their peers. Origin: test_xpub_manual.cpp.
//!
//! In this mode libzmq before 4.3.5 may use freed memory, so the crate refuses the mode with those versions.

use zmq::{Context, ErrorKind, Multipart, Pub, Result, Socket, Sub, Subscription, XPub, XSub};

use crate::support::*;

/// Enables manual mode.
fn switch_on(publisher: &Socket<XPub>) -> Result<()> {
    // SAFETY: each test receives a subscriber's subscription before the subscriber leaves, and never disables the mode.
    unsafe { publisher.set_manual_unchecked(true) }.map(drop)
}

/// Opens a publisher in manual mode, if this libzmq supports it.
fn manual(context: &Context) -> Result<Option<Socket<XPub>>> {
    let publisher = context.socket(XPub)?;
    if zmq::version() < V4_3_5 {
        let refused = switch_on(&publisher).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::NotSupported);
        assert!(refused.to_string().contains("before 4.3.5"), "{refused}");
        return Ok(None);
    }
    switch_on(&publisher)?;
    Ok(Some(publisher))
}

fn expect_subscription(publisher: &Socket<XPub>, expected: Subscription) {
    assert_eq!(publisher.recv_subscription_timeout(PATIENCE).unwrap(), Some(expected));
}

fn subscribe(topic: &str) -> Subscription {
    Subscription::Subscribe(topic.into())
}

fn unsubscribe(topic: &str) -> Subscription {
    Subscription::Unsubscribe(topic.into())
}

#[test]
fn a_subscriber_receives_the_topic_that_the_publisher_chose() -> Result<()> {
    let context = context()?;
    let Some(publisher) = manual(&context)? else { return Ok(()) };
    let subscriber = context.socket(XSub)?;
    subscriber.connect(publisher.bind(free("inproc"))?)?;
    subscriber.send_subscribe("A")?;
    expect_subscription(&publisher, subscribe("A"));
    publisher.subscribe_peer("B")?;
    publisher.send("A")?;
    publisher.send("B")?;
    expect(&subscriber, "B");
    expect_nothing(&subscriber);
    Ok(())
}

#[test]
fn a_subscription_is_removed_by_the_publisher() -> Result<()> {
    let context = context()?;
    let Some(publisher) = manual(&context)? else { return Ok(()) };
    let subscriber = context.socket(XSub)?;
    subscriber.connect(publisher.bind(free("inproc"))?)?;
    for (asked, decided) in [("A", "XA"), ("B", "XB")] {
        subscriber.send_subscribe(asked)?;
        expect_subscription(&publisher, subscribe(asked));
        publisher.subscribe_peer(decided)?;
    }
    subscriber.send_unsubscribe("A")?;
    expect_subscription(&publisher, unsubscribe("A"));
    publisher.unsubscribe_peer("XA")?;
    publisher.send("XA")?;
    publisher.send("XB")?;
    expect(&subscriber, "XB");
    expect_nothing(&subscriber);

    drop(subscriber);
    expect_subscription(&publisher, unsubscribe("B"));
    publisher.unsubscribe_peer("XB")?;
    Ok(())
}

#[test]
fn the_subscriptions_of_a_subscriber_end_with_it() -> Result<()> {
    let context = context()?;
    let Some(publisher) = manual(&context)? else { return Ok(()) };
    let endpoint = publisher.bind(free("tcp"))?;
    for (asked, decided) in [("A", "XA"), ("B", "XB")] {
        let subscriber = context.socket(XSub)?;
        subscriber.connect(&endpoint)?;
        subscriber.send_subscribe(asked)?;
        expect_subscription(&publisher, subscribe(asked));
        publisher.subscribe_peer(decided)?.subscribe_peer("end")?;
        for topic in ["XA", "XB", "end"] {
            publisher.send(topic)?;
        }
        expect(&subscriber, decided);
        expect(&subscriber, "end");

        drop(subscriber);
        expect_subscription(&publisher, unsubscribe(asked));
        // The subscriber has left, so the call has no effect.
        publisher.unsubscribe_peer(decided)?;
    }
    Ok(())
}

/// A proxy played by the test, and a publisher in front of it that receives the subscriptions.
struct Proxy {
    publisher: Socket<XPub>,
    front: Socket<XSub>,
    back: Socket<XPub>,
}

impl Proxy {
    fn new(context: &Context, back: Socket<XPub>) -> Result<Self> {
        let (publisher, front) = (context.socket(XPub)?, context.socket(XSub)?);
        publisher.connect(front.bind(free("tcp"))?)?;
        Ok(Self { publisher, front, back })
    }

    /// Confirms a subscription and forwards it.
    fn confirm(&self, topic: &str) -> Result<()> {
        expect_subscription(&self.back, subscribe(topic));
        self.back.subscribe_peer(topic)?;
        Ok(self.front.send_subscribe(topic)?)
    }

    fn take_back(&self, topic: &str) -> Result<()> {
        expect_subscription(&self.back, unsubscribe(topic));
        self.back.unsubscribe_peer(topic)?;
        Ok(self.front.send_unsubscribe(topic)?)
    }

    fn publish(&self, topic: &str) -> Result<()> {
        self.publisher.send_multipart([topic, "payload"])?;
        let message = take_all(&self.front)?;
        assert_eq!(message, [topic, "payload"]);
        Ok(self.back.send_multipart(message)?)
    }
}

#[test]
fn a_proxy_forwards_the_unsubscription_of_its_last_subscriber() -> Result<()> {
    let context = context()?;
    let Some(back) = manual(&context)? else { return Ok(()) };
    let endpoint = back.bind(free("tcp"))?;
    let proxy = Proxy::new(&context, back)?;
    let mut subscribers = Vec::new();
    for _ in 0..2 {
        let subscriber = context.socket(Sub)?;
        subscriber.subscribe("1")?.connect(&endpoint)?;
        proxy.confirm("1")?;
        subscribers.push(subscriber);
    }
    expect_subscription(&proxy.publisher, subscribe("1"));
    proxy.publish("1")?;
    for subscriber in &subscribers {
        expect(subscriber, ["1", "payload"]);
    }

    let count = subscribers.len();
    drop(subscribers);
    for _ in 0..count {
        proxy.take_back("1")?;
    }
    expect_subscription(&proxy.publisher, unsubscribe("1"));
    proxy.publisher.send_multipart(["1", "no subscriber"])?;
    proxy.front.send_subscribe("end")?;
    expect_subscription(&proxy.publisher, subscribe("end"));
    proxy.publisher.send("end")?;
    expect(&proxy.front, "end");
    Ok(())
}

#[test]
fn a_proxy_forwards_several_subscriptions() -> Result<()> {
    let context = context()?;
    let Some(back) = manual(&context)? else { return Ok(()) };
    let endpoint = back.bind(free("tcp"))?;
    let proxy = Proxy::new(&context, back)?;
    let mut subscribers = Vec::new();
    for topic in ["1", "2"] {
        let subscriber = context.socket(Sub)?;
        subscriber.subscribe(topic)?.connect(&endpoint)?;
        proxy.confirm(topic)?;
        expect_subscription(&proxy.publisher, subscribe(topic));
        subscribers.push((topic, subscriber));
    }
    proxy.publish("1")?;
    proxy.publish("2")?;
    for (topic, subscriber) in &subscribers {
        expect(subscriber, [*topic, "payload"]);
        expect_nothing(subscriber);
    }
    Ok(())
}

#[test]
fn a_message_that_is_not_a_subscription_arrives_unchanged() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (XPub, XSub))?;
    subscriber.send([2, b'A'])?;
    expect_subscription(&publisher, Subscription::Message(Multipart::from([[2, b'A']])));
    Ok(())
}

#[test]
fn only_a_publisher_in_manual_mode_manages_subscriptions() -> Result<()> {
    let context = context()?;
    let publisher = context.socket(XPub)?;
    assert_eq!(publisher.subscribe_peer("A").unwrap_err().kind(), ErrorKind::InvalidInput);
    let plain = context.socket(Pub)?.erase();
    assert_eq!(plain.subscribe("A").unwrap_err().kind(), ErrorKind::NotSupported);
    Ok(())
}
