//! Sockets that keep only the newest message: the other data that they keep, and the time for which they keep it.

use std::time::Duration;

use zmq::{Context, Endpoint, Pub, Pull, Push, Result, Socket, Sub};

use crate::common::{PATIENCE, context, dead_endpoint, eventually, free, set_raw, take};

const TOPICS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Returns `true` if every topic reaches the subscriber.
fn all_arrive(publisher: &Socket<Pub>, subscriber: &Socket<Sub>) -> Result<bool> {
    // The last subscribed topic. When its message arrives, the other subscriptions have arrived or are lost.
    let last = "9";
    let mut received = None;
    eventually("the last topic arrives", || {
        let sent = publisher.send(last);
        received = subscriber.recv_timeout(Duration::from_millis(20)).unwrap_or(None);
        sent.is_ok() && received.is_some()
    });
    while subscriber.recv_timeout(Duration::from_millis(50))?.is_some() {}
    for topic in TOPICS {
        publisher.send(topic)?;
        if subscriber.recv_timeout(Duration::from_millis(500))?.is_none_or(|message| message != topic) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn conflate_control_a_publisher_knows_all_subscriptions() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
        publisher.set_conflate(true)?;
        for topic in TOPICS {
            subscriber.subscribe(topic)?;
        }
        publisher.connect(subscriber.bind(free(transport))?)?;
        assert!(all_arrive(&publisher, &subscriber)?, "over {transport}");
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn conflate_control_a_subscriber_sends_all_subscriptions() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        for before in [true, false] {
            let context = context()?;
            let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
            // By the raw option, because the safe API requires a promise that no multipart message arrives.
            set_raw(&subscriber, zmq::sys::ZMQ_CONFLATE, &1_i32.to_ne_bytes());
            let endpoint = publisher.bind(free(transport))?;
            if !before {
                subscriber.connect(&endpoint)?;
            }
            for topic in TOPICS {
                subscriber.subscribe(topic)?;
            }
            if before {
                subscriber.connect(&endpoint)?;
            }
            assert!(all_arrive(&publisher, &subscriber)?, "over {transport}, subscribed before: {before}");
        }
    }
    Ok(())
}

fn conflating(context: &Context, endpoint: &Endpoint) -> Result<Socket<Push>> {
    let source = context.socket(Push)?;
    source.set_conflate(true)?.set_linger(Some(PATIENCE))?.connect(endpoint)?;
    Ok(source)
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn conflate_newest_the_last_message_outlives_the_socket() -> Result<()> {
    let endpoint = dead_endpoint()?;
    let context = Context::new()?;
    let source = conflating(&context, &endpoint)?;
    for text in ["old", "older", "newest"] {
        source.send(text)?;
    }
    drop(source);
    let sink = crate::common::context()?.socket(Pull)?;
    eventually("the port can be bound", || sink.bind(&endpoint).is_ok());
    assert_eq!(sink.recv_timeout(Duration::from_secs(5))?.as_deref(), Some(&b"newest"[..]));
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn conflate_newest_is_the_last_that_arrives() -> Result<()> {
    const LAST: u32 = 200_000;
    let context = Context::new()?;
    let sink = context.socket(Pull)?;
    let source = conflating(&context, &sink.bind(free("inproc"))?)?;
    let sending = std::thread::spawn(move || -> Result<_> {
        for number in 1..=LAST {
            source.send(number.to_be_bytes())?;
        }
        Ok(source)
    });
    let mut newest = 0;
    while newest < LAST {
        let message = take(&sink)?;
        let number = u32::from_be_bytes(message[..].try_into().expect("four bytes"));
        assert!(number > newest, "{number} after {newest}");
        newest = number;
    }
    sending.join().expect("a sender that does not panic").map(drop)
}
