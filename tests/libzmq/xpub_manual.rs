//! Publishers that decide on subscriptions themselves. Origin: test_xpub_manual.cpp.
//!
//! libzmq before 4.3.5 may use freed memory for it, so that the crate refuses it there.

use zmq::{Context, ErrorKind, Multipart, Pub, Result, Socket, Sub, Subscription, XPub, XSub};

use crate::support::*;

/// Switches manual mode on.
fn switch_on(publisher: &Socket<XPub>) -> Result<()> {
    // SAFETY: each test receives a subscriber's subscription before the subscriber leaves, and never switches it off.
    unsafe { publisher.set_manual_unchecked(true) }.map(drop)
}

/// Opens a publisher in manual mode, where this libzmq has it.
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
fn a_subscriber_gets_what_the_publisher_decided() -> Result<()> {
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
fn a_subscription_is_taken_back_as_the_publisher_decides() -> Result<()> {
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
fn what_was_decided_for_a_subscriber_ends_with_it() -> Result<()> {
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
        // The subscriber is gone: nothing happens.
        publisher.unsubscribe_peer(decided)?;
    }
    Ok(())
}

/// A proxy that the test plays itself, with a publisher in front that says what it is asked for.
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

    /// Passes a subscription on, as it is.
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
fn a_proxy_passes_on_that_its_subscribers_left() -> Result<()> {
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
    proxy.publisher.send_multipart(["1", "nobody asked for it"])?;
    proxy.front.send_subscribe("end")?;
    expect_subscription(&proxy.publisher, subscribe("end"));
    proxy.publisher.send("end")?;
    expect(&proxy.front, "end");
    Ok(())
}

#[test]
fn a_proxy_misses_none_of_several_subscriptions() -> Result<()> {
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
fn a_message_that_is_no_subscription_comes_as_it_is() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (XPub, XSub))?;
    subscriber.send([2, b'A'])?;
    expect_subscription(&publisher, Subscription::Message(Multipart::from([[2, b'A']])));
    Ok(())
}

#[test]
fn only_a_publisher_in_manual_mode_decides() -> Result<()> {
    let context = context()?;
    let publisher = context.socket(XPub)?;
    assert_eq!(publisher.subscribe_peer("A").unwrap_err().kind(), ErrorKind::InvalidInput);
    let plain = context.socket(Pub)?.erase();
    assert_eq!(plain.subscribe("A").unwrap_err().kind(), ErrorKind::NotSupported);
    Ok(())
}
