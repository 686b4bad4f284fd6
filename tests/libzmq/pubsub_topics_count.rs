//! The number of subscribed topics. Origin: test_pubsub_topics_count.cpp.
//!
//! The option belongs to libzmq's draft API but is also part of the usual builds of 4.3.5.

use zmq::{ErrorKind, Kind, Pub, Result, Socket, Sub, sys};

use crate::support::*;

/// Returns the number of topics, or `None` if this libzmq lacks the option.
fn topics<K: Kind>(socket: &Socket<K>) -> Result<Option<i32>> {
    // A publisher processes subscriptions during calls on its socket.
    socket.events()?;
    match socket.raw_option(sys::ZMQ_TOPICS_COUNT, 4) {
        Ok(count) => Ok(Some(i32::from_ne_bytes(count.try_into().unwrap()))),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(zmq::version() < V4_3_5);
            Ok(None)
        }
    }
}

fn expect_topics(publisher: &Socket<Pub>, subscriber: &Socket<Sub>, count: i32) -> Result<()> {
    for counted in [topics(publisher)?, topics(subscriber)?] {
        assert!(counted.is_none() || counted == Some(count), "{counted:?}");
    }
    Ok(())
}

#[test]
fn topics_count_as_long_as_they_are_subscribed_to() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (Pub, Sub))?;
    expect_topics(&publisher, &subscriber, 0)?;
    for topic in ["topicprefix1", "topicprefix2", "topicprefix3"] {
        subscriber.subscribe(topic)?;
    }
    expect_topics(&publisher, &subscriber, 3)?;
    subscriber.unsubscribe("topicprefix3")?;
    expect_topics(&publisher, &subscriber, 2)?;
    subscriber.unsubscribe("topicprefix1")?.unsubscribe("topicprefix2")?;
    expect_topics(&publisher, &subscriber, 0)
}

#[test]
fn topics_with_a_common_prefix_are_counted_separately() -> Result<()> {
    let (publisher, subscriber) = pair(&context()?, "inproc", (Pub, Sub))?;
    subscriber.subscribe("a")?.subscribe("ab")?.subscribe("abc")?;
    expect_topics(&publisher, &subscriber, 3)?;
    subscriber.subscribe("xyz")?.subscribe("xy")?.subscribe("x")?;
    expect_topics(&publisher, &subscriber, 6)
}
