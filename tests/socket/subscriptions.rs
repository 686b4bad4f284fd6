//! Subscriptions: sent by SUB and XSUB sockets, received and controlled by XPUB sockets.

use std::time::Duration;

use proptest::prelude::{any, prop};
use proptest::{prop_assert_eq, proptest};
use zmq::sys::build::PATCHES;
use zmq::{
    ErrorKind, Message, Multipart, Pub, Result, Socket, SocketType, Sub, Subscription, Topic, Version, XPub, XSub,
};

use crate::common::{PATIENCE, context, eventually, free, in_child, pair, skip, take, take_all, this_test};

fn subscribe(prefix: &str) -> Subscription {
    Subscription::Subscribe(prefix.into())
}

fn unsubscribe(prefix: &str) -> Subscription {
    Subscription::Unsubscribe(prefix.into())
}

fn next(publisher: &Socket<XPub>) -> Result<Subscription> {
    Ok(publisher.recv_subscription_timeout(PATIENCE)?.expect("a subscription arrives"))
}

/// Opens a bound XPUB socket and two connected subscribers.
fn publisher_and_two(set_up: impl FnOnce(&Socket<XPub>) -> Result<()>) -> Result<(Socket<XPub>, [Socket<Sub>; 2])> {
    let context = context()?;
    let (publisher, one, other) = (context.socket(XPub)?, context.socket(Sub)?, context.socket(Sub)?);
    set_up(&publisher)?;
    let endpoint = publisher.bind(free("inproc"))?;
    one.connect(&endpoint)?;
    other.connect(&endpoint)?;
    Ok((publisher, [one, other]))
}

#[test]
fn a_subscriber_receives_messages_that_begin_with_a_prefix() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (publisher, subscriber) = pair(&context()?, transport, (XPub, Sub))?;
        subscriber.subscribe("weather.")?.subscribe([0xff, 0])?;
        assert_eq!(next(&publisher)?, subscribe("weather."));
        assert_eq!(next(&publisher)?, Subscription::Subscribe([0xff, 0][..].into()));
        for text in ["weather", "news.", "weather.sunny", "Weather.", ""] {
            publisher.send(text)?;
        }
        publisher.send_multipart((&[0xff, 0, 1], "weather is not the topic"))?;
        assert_eq!(take(&subscriber)?, "weather.sunny");
        assert_eq!(take_all(&subscriber)?, Multipart::from((&[0xff, 0, 1], "weather is not the topic")));
        assert_eq!(subscriber.try_recv()?, None);
    }
    Ok(())
}

#[test]
fn an_empty_prefix_matches_every_message() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (XPub, Sub))?;
    subscriber.subscribe("")?;
    assert_eq!(next(&publisher)?, subscribe(""));
    publisher.send("")?;
    publisher.send("anything")?;
    assert_eq!((take(&subscriber)?, take(&subscriber)?), ("".into(), "anything".into()));
    Ok(())
}

#[test]
fn subscriptions_to_the_same_prefix_are_counted() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (XPub, Sub))?;
    subscriber.subscribe("A")?.subscribe("A")?.unsubscribe("A")?.unsubscribe("never subscribed")?.subscribe("mark")?;
    assert_eq!((next(&publisher)?, next(&publisher)?), (subscribe("A"), subscribe("mark")));
    publisher.send("A is received")?;
    assert_eq!(take(&subscriber)?, "A is received");
    subscriber.unsubscribe("A")?;
    assert_eq!(next(&publisher)?, unsubscribe("A"));
    publisher.send("A is not received")?;
    publisher.send("mark")?;
    assert_eq!(take(&subscriber)?, "mark");
    Ok(())
}

#[test]
fn a_guard_ends_its_own_subscription_only() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (XPub, Sub))?;
    let (one, other) = (subscriber.subscribed("A")?, subscriber.subscribed("A")?);
    assert_eq!(format!("{one:?}"), "Subscribed(\"A\")");
    assert_eq!(one.topic(), &Topic::new("A"));
    drop(one);
    subscriber.subscribe("mark")?;
    assert_eq!((next(&publisher)?, next(&publisher)?), (subscribe("A"), subscribe("mark")));
    publisher.send("A is received")?;
    assert_eq!(take(&subscriber)?, "A is received");
    drop(other);
    assert_eq!(next(&publisher)?, unsubscribe("A"));
    Ok(())
}

#[test]
fn a_guard_may_outlive_its_context() -> Result<()> {
    let subscriber = context()?.socket(Sub)?;
    let guard = subscriber.subscribed("A")?;
    subscriber.context().shutdown();
    drop(guard);
    assert!(subscriber.subscribed("B").unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn a_publisher_sees_the_first_subscription_and_the_last_unsubscription() -> Result<()> {
    let (publisher, [one, other]) = publisher_and_two(|_| Ok(()))?;
    one.subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    other.subscribe("A")?.subscribe("mark")?;
    assert_eq!(next(&publisher)?, subscribe("mark"));
    one.unsubscribe("A")?.subscribe("another mark")?;
    assert_eq!(next(&publisher)?, subscribe("another mark"));
    other.unsubscribe("A")?;
    assert_eq!(next(&publisher)?, unsubscribe("A"));
    Ok(())
}

#[test]
fn a_verbose_publisher_sees_every_subscription() -> Result<()> {
    let (publisher, [one, other]) = publisher_and_two(|publisher| publisher.set_verbose(true).map(drop))?;
    one.subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    other.subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    one.unsubscribe("A")?.subscribe("mark")?;
    assert_eq!(next(&publisher)?, subscribe("mark"));
    Ok(())
}

#[test]
fn a_more_verbose_publisher_sees_every_unsubscription_too() -> Result<()> {
    let (publisher, [one, other]) = publisher_and_two(|publisher| publisher.set_verboser(true).map(drop))?;
    one.subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    other.subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    one.unsubscribe("A")?;
    assert_eq!(next(&publisher)?, unsubscribe("A"));
    // The weaker option replaces the stronger one.
    publisher.set_verbose(true)?;
    one.subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    one.unsubscribe("A")?.subscribe("mark")?;
    assert_eq!(next(&publisher)?, subscribe("mark"));
    Ok(())
}

#[test]
fn a_disconnected_subscriber_is_unsubscribed() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (publisher, subscriber) = pair(&context()?, transport, (XPub, Sub))?;
        subscriber.subscribe("A")?;
        assert_eq!(next(&publisher)?, subscribe("A"));
        drop(subscriber);
        assert_eq!(next(&publisher)?, unsubscribe("A"));
    }
    Ok(())
}

#[test]
fn a_receive_without_a_subscription_returns_none() -> Result<()> {
    let publisher = context()?.socket(XPub)?;
    assert_eq!(publisher.try_recv_subscription()?, None);
    assert_eq!(publisher.recv_subscription_timeout(Duration::from_millis(1))?, None);
    publisher.context().shutdown();
    assert!(publisher.recv_subscription().unwrap_err().is_terminated());
    Ok(())
}

fn supports_manual() -> bool {
    zmq::version() >= Version { major: 4, minor: 3, patch: 5 }
}

#[test]
fn hazard_xpub_manual_434_an_old_libzmq_is_refused() -> Result<()> {
    let publisher = context()?.socket(XPub)?;
    // SAFETY: the socket has no subscriber.
    let set = unsafe { publisher.set_manual_unchecked(true) }.map(drop);
    if supports_manual() {
        return set;
    }
    let error = set.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    let text = "cannot set manual: libzmq before 4.3.5 may crash with it; load a newer version (ENOTSUP)";
    assert_eq!(error.to_string(), text);
    // SAFETY: the option is already off.
    unsafe { publisher.set_manual_unchecked(false)? };
    Ok(())
}

#[test]
fn a_manual_publisher_controls_the_subscriptions_of_a_peer() -> Result<()> {
    if !supports_manual() {
        skip("libzmq before 4.3.5 crashes with a manual XPUB");
        return Ok(());
    }
    // SAFETY: the subscribers stay connected until all their messages are received.
    let (publisher, [one, other]) =
        publisher_and_two(|publisher| unsafe { publisher.set_manual_unchecked(true) }.map(drop))?;
    one.subscribe("wanted")?;
    assert_eq!(next(&publisher)?, subscribe("wanted"));
    publisher.subscribe_peer("w")?.subscribe_peer("given")?;
    other.subscribe("")?;
    assert_eq!(next(&publisher)?, subscribe(""));
    publisher.subscribe_peer("given")?;
    for text in ["wanted", "w is not in the subscription", "given"] {
        publisher.send(text)?;
    }
    assert_eq!(take(&one)?, "wanted");
    assert_eq!(take(&other)?, "given");
    // The most recently received subscription belongs to the second subscriber.
    publisher.unsubscribe_peer("given")?.subscribe_peer("end")?;
    publisher.send("given")?;
    publisher.send("end")?;
    assert_eq!(take(&other)?, "end");
    assert_eq!(one.try_recv()?, None);
    Ok(())
}

/// Returns `true` if manual mode is safe with this libzmq.
fn is_manual_fixed() -> bool {
    PATCHES.iter().any(|patch| patch.id == "xpub-manual")
}

#[test]
fn safe_code_has_manual_mode_only_with_a_fixed_library() -> Result<()> {
    let publisher = context()?.socket(XPub)?;
    for set in [Socket::set_manual, Socket::set_manual_last_value] {
        match set(&publisher, true) {
            Ok(_) => assert!(is_manual_fixed()),
            Err(error) => {
                assert!(!is_manual_fixed(), "{error}");
                assert_eq!(error.kind(), ErrorKind::NotSupported);
                assert!(error.to_string().contains("without the fix \"xpub-manual\""), "{error}");
            }
        }
    }
    let error = context()?.socket(SocketType::Pub)?.set_manual_last_value(true).unwrap_err();
    assert_eq!(error.to_string(), "cannot set manual_last_value: PUB sockets do not have it (ENOTSUP)");
    Ok(())
}

#[test]
fn a_publisher_that_is_not_manual_controls_no_subscriptions() -> Result<()> {
    let publisher = context()?.socket(XPub)?;
    let errors = [publisher.subscribe_peer("A").unwrap_err(), publisher.unsubscribe_peer("A").unwrap_err()];
    assert_eq!(errors.map(|error| error.kind()), [ErrorKind::InvalidInput; 2]);
    Ok(())
}

#[test]
fn a_welcome_message_is_sent_to_matching_subscribers() -> Result<()> {
    let context = context()?;
    let publisher = context.socket(XPub)?;
    let endpoint = publisher.set_welcome_message("welcome, all")?.bind(free("inproc"))?;
    let (greeted, other) = (context.socket(Sub)?, context.socket(Sub)?);
    other.subscribe("news")?.connect(&endpoint)?;
    assert_eq!(next(&publisher)?, subscribe("news"));
    greeted.subscribe("welcome")?.connect(&endpoint)?;
    assert_eq!(next(&publisher)?, subscribe("welcome"));
    publisher.send("news")?;
    assert_eq!(take(&greeted)?, "welcome, all");
    assert_eq!(take(&other)?, "news");
    publisher.set_welcome_message("")?;
    let late = context.socket(Sub)?;
    late.subscribe("welcome")?.subscribe("mark")?.connect(&endpoint)?;
    assert_eq!(next(&publisher)?, subscribe("mark"));
    publisher.send("mark")?;
    assert_eq!(take(&late)?, "mark");
    Ok(())
}

#[test]
fn a_publisher_drops_at_the_limit_unless_no_drop_is_set() -> Result<()> {
    for no_drop in [false, true] {
        let context = context()?;
        let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
        publisher.set_send_hwm(1)?.set_no_drop(no_drop)?;
        subscriber.set_recv_hwm(1)?.subscribe("")?;
        subscriber.connect(publisher.bind(free("inproc"))?)?;
        next(&publisher)?;
        // An inproc pipe has room for the sum of both high-water marks.
        publisher.try_send("1")?;
        publisher.try_send("2")?;
        match publisher.try_send("3") {
            Ok(()) => assert!(!no_drop),
            Err(refused) => {
                assert!(no_drop && refused.error.is_would_block());
                assert_eq!(refused.message, "3");
            }
        }
        assert_eq!((take(&subscriber)?, take(&subscriber)?), ("1".into(), "2".into()));
        // libzmq reports the free room to the publisher in the background. Until then, the publisher may drop messages.
        eventually("a message gets through", || {
            publisher.try_send("4").is_ok() && subscriber.try_recv().unwrap() == Some("4".into())
        });
    }
    Ok(())
}

#[test]
fn a_pub_socket_supports_no_drop_as_well() -> Result<()> {
    let publisher = context()?.socket(Pub)?;
    publisher.set_no_drop(true)?;
    publisher.try_send("dropped, because there is no subscriber")?;
    Ok(())
}

#[test]
fn an_xsub_socket_subscribes_by_messages() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "tcp", (XPub, XSub))?;
    subscriber.send_subscribe("A")?;
    assert_eq!(next(&publisher)?, subscribe("A"));
    publisher.send("A is received")?;
    assert_eq!(take(&subscriber)?, "A is received");
    subscriber.send_unsubscribe("A")?;
    assert_eq!(next(&publisher)?, unsubscribe("A"));
    Ok(())
}

#[test]
fn other_messages_of_an_xsub_socket_are_sent_upstream() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "tcp", (XPub, XSub))?;
    for message in [Multipart::from("\u{2}"), Multipart::from(""), Multipart::from(["question", "", "more"])] {
        subscriber.send_multipart(message.clone())?;
        // libzmq 4.3.4 sends every frame as a separate message. Only the last one ends the multipart message.
        let mut frames = Multipart::new();
        while frames.len() < message.len() {
            let Subscription::Message(part) = next(&publisher)? else { panic!("a message must arrive") };
            frames.extend(part);
        }
        assert_eq!(frames, message);
    }
    Ok(())
}

#[test]
fn matching_can_be_inverted() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    publisher.set_invert_matching(true)?;
    subscriber.set_invert_matching(true)?.subscribe("A")?;
    subscriber.connect(publisher.bind(free("inproc"))?)?;
    next(&publisher)?;
    publisher.send("A is excluded")?;
    publisher.send("B is received")?;
    assert_eq!(take(&subscriber)?, "B is received");
    Ok(())
}

/// libzmq 4.3.4 frees a prefix recursively, and overflows its stack with 200 kB.
#[test]
fn a_long_prefix_is_refused() {
    in_child(this_test!(), || {
        let context = context().expect("a context");
        let (sub, xsub) = (context.socket(Sub).expect("a socket"), context.socket(XSub).expect("a socket"));
        let (longest, too_long) = (vec![b'x'; 2048], vec![b'x'; 2_000_000]);
        sub.subscribe(&longest).expect("the prefix is allowed").unsubscribe(&longest).expect("the prefix is allowed");
        sub.subscribe(&longest).expect("the prefix is allowed");
        xsub.send_subscribe(&longest).expect("the prefix is allowed");
        let text = "the prefix has 2000000 bytes, at most 2048 are possible";
        let errors = [
            (sub.subscribe(&too_long).map(drop).unwrap_err(), "cannot set subscribe"),
            (sub.unsubscribe(&too_long).map(drop).unwrap_err(), "cannot set unsubscribe"),
            (sub.subscribed(&too_long).map(drop).unwrap_err(), "cannot set subscribe"),
            (xsub.send_subscribe(&too_long).unwrap_err().error, "cannot send on a XSUB socket"),
            (xsub.send_unsubscribe(&too_long).unwrap_err().error, "cannot send on a XSUB socket"),
        ];
        for (error, operation) in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert_eq!(error.to_string(), format!("{operation}: {text}"));
        }
        drop((sub, xsub));
        context.terminate(PATIENCE).expect("the prefixes are freed");
    });
}

#[test]
fn a_topic_converts_from_byte_containers_and_prints_escaped() {
    let topics: [Topic; 4] = ["a\n".into(), b"a\n".into(), b"a\n"[..].into(), Topic::new(String::from("a\n"))];
    assert!(topics.iter().all(|topic| topic == &topics[0] && topic.as_ref() == b"a\n"));
    assert_eq!(format!("{:?}", topics[0]), "\"a\\n\"");
    assert!(Topic::new("a") < Topic::new("b"));
}

proptest! {
    #[test]
    fn a_topic_matches_messages_that_begin_with_it(prefix in any::<Vec<u8>>(), rest in any::<Vec<u8>>()) {
        let topic = Topic::new(&prefix);
        prop_assert_eq!(topic.matches([&prefix[..], &rest].concat()), true);
        prop_assert_eq!(topic.matches(&rest), rest.starts_with(&prefix));
    }

    #[test]
    fn every_received_message_reads_as_a_subscription_or_a_message(frames in prop::collection::vec(any::<Vec<u8>>(), 0..4)) {
        let received: Multipart = frames.iter().map(Message::from).collect();
        let expected = match &frames[..] {
            [frame] if frame.first() == Some(&1) => Subscription::Subscribe(frame[1..].into()),
            [frame] if frame.first() == Some(&0) => Subscription::Unsubscribe(frame[1..].into()),
            _ => Subscription::Message(received.clone()),
        };
        prop_assert_eq!(Subscription::from_multipart(received), expected);
    }

    #[test]
    fn a_subscription_round_trips_through_its_frame(subscribes in any::<bool>(), prefix in any::<Vec<u8>>()) {
        let frame = [&[u8::from(subscribes)], &prefix[..]].concat();
        let read = Subscription::from_multipart(Message::from(frame).into());
        let topic = Topic::new(prefix);
        let expected = if subscribes { Subscription::Subscribe(topic) } else { Subscription::Unsubscribe(topic) };
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn no_message_is_lost_after_the_subscription_was_received() -> Result<()> {
    for transport in ["tcp", "ipc"] {
        for round in 0..150_u32 {
            let context = context()?;
            let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
            subscriber.subscribe("")?.connect(publisher.bind(free(transport))?)?;
            assert_eq!(publisher.recv_subscription_timeout(PATIENCE)?, Some(Subscription::Subscribe("".into())));
            publisher.send(round.to_be_bytes())?;
            assert_eq!(take(&subscriber)?, round.to_be_bytes());
        }
    }
    Ok(())
}
