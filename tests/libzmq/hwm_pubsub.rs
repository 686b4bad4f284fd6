//! The number of messages that a publisher holds for a subscriber. Origin: test_hwm_pubsub.cpp.

use zmq::{Context, Result, Socket, Sub, Subscription, XPub};

use crate::support::*;

over! {
    inproc: as_many_messages_as_the_limit_arrive no_message_is_lost_if_the_publisher_blocks;
    ipc: as_many_messages_as_the_limit_arrive no_message_is_lost_if_the_publisher_blocks;
    tcp: as_many_messages_as_the_limit_arrive no_message_is_lost_if_the_publisher_blocks the_queue_has_room_again_after_reading;
}

/// Opens a publisher with this limit and a subscriber to all topics, whose subscription has arrived.
fn subscribed(context: &Context, transport: &str, send_hwm: u32, recv_hwm: u32) -> Result<(Socket<XPub>, Socket<Sub>)> {
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    let endpoint = publisher.set_send_hwm(send_hwm)?.bind(free(transport))?;
    subscriber.set_recv_hwm(recv_hwm)?.subscribe("")?.connect(&endpoint)?;
    let known = publisher.recv_subscription_timeout(PATIENCE)?;
    assert_eq!(known, Some(Subscription::Subscribe("".into())));
    Ok((publisher, subscriber))
}

fn publish(publisher: &Socket<XPub>, count: u32) -> Result<()> {
    (0..count).try_for_each(|number| Ok(publisher.send(number.to_be_bytes())?))
}

fn expect_all(subscriber: &Socket<Sub>, count: u32) {
    for number in 0..count {
        expect(subscriber, number.to_be_bytes().as_slice());
    }
    expect_nothing(subscriber);
}

fn as_many_messages_as_the_limit_arrive(transport: &str) -> Result<()> {
    for limit in [100, 1000] {
        let (publisher, subscriber) = subscribed(&context()?, transport, limit, 1000)?;
        publish(&publisher, limit)?;
        expect_all(&subscriber, limit);
    }
    Ok(())
}

#[test]
fn messages_above_the_limits_are_dropped() -> Result<()> {
    let (publisher, subscriber) = subscribed(&context()?, "inproc", 10, 5)?;
    publish(&publisher, 100)?;
    expect_all(&subscriber, 15);
    Ok(())
}

fn no_message_is_lost_if_the_publisher_blocks(transport: &str) -> Result<()> {
    const MESSAGES: usize = 6000;
    let (publisher, subscriber) = subscribed(&context()?, transport, 2000, 1000)?;
    publisher.set_no_drop(true)?;
    let (mut sent, mut received, mut full) = (0, 0, 0);
    eventually("everything arrives", || {
        sent += fill(&publisher, MESSAGES - sent).unwrap();
        full += usize::from(sent < MESSAGES);
        received += drain(&subscriber).unwrap();
        received == MESSAGES
    });
    // The number of messages in a network connection is up to the system.
    if transport == "inproc" {
        assert!(full > 0, "the limit was never reached");
    }
    Ok(())
}

fn the_queue_has_room_again_after_reading(transport: &str) -> Result<()> {
    let (publisher, subscriber) = subscribed(&context()?, transport, 11_024, 11_024)?;
    for count in [9999, 1100] {
        publish(&publisher, count)?;
        expect_all(&subscriber, count);
    }
    Ok(())
}
