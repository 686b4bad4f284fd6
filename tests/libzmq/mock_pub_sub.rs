//! Subscriptions in both forms of the protocol. Origin: test_mock_pub_sub.cpp.

use std::thread;

use zmq::{Result, Sub, Subscription, XPub};

use crate::common::wire::{self, Wire};
use crate::support::*;

/// The first minor version with subscriptions as commands, and a version before it.
const WITH_COMMANDS: u8 = 1;
const WITHOUT_COMMANDS: u8 = 0;

fn subscriber_by_hand(minor: u8, subscription: &[u8]) -> Result<()> {
    let publisher = context()?.socket(XPub)?;
    let endpoint = publisher.bind(free("tcp"))?;
    let mut wire = Wire::shake_hands(&endpoint, minor, "SUB", None);
    wire.send(subscription);
    assert_eq!(publisher.recv_subscription_timeout(PATIENCE)?, Some(Subscription::Subscribe("A".into())));
    publisher.send("ALOL")?;
    assert_eq!(wire.receive_frame(), (0, b"ALOL".to_vec()));
    Ok(())
}

#[test]
fn a_publisher_reads_subscriptions_sent_as_commands() -> Result<()> {
    subscriber_by_hand(WITH_COMMANDS, &wire::command("SUBSCRIBE", b"A"))
}

#[test]
fn a_publisher_reads_subscriptions_sent_as_messages() -> Result<()> {
    subscriber_by_hand(WITHOUT_COMMANDS, &wire::message(b"\x01A", false))
}

fn publisher_by_hand(minor: u8, subscription: &[u8]) -> Result<()> {
    let subscriber = context()?.socket(Sub)?;
    let endpoint = subscriber.subscribe("A")?.bind(free("tcp"))?;
    thread::scope(|threads| {
        threads.spawn(|| {
            let mut wire = Wire::shake_hands(&endpoint, minor, "XPUB", None);
            assert_eq!(wire.receive(subscription.len()), subscription);
            wire.send(&wire::message(b"ALOL", false));
            // An early close could lose the message.
            wire.expect_end();
        });
        // The subscriber sends its subscription during this call.
        expect(&subscriber, "ALOL");
        drop(subscriber);
    });
    Ok(())
}

#[test]
fn a_subscriber_sends_commands_to_a_publisher_of_the_new_protocol() -> Result<()> {
    publisher_by_hand(WITH_COMMANDS, &wire::command("SUBSCRIBE", b"A"))
}

#[test]
fn a_subscriber_sends_messages_to_a_publisher_of_the_old_protocol() -> Result<()> {
    publisher_by_hand(WITHOUT_COMMANDS, &wire::message(b"\x01A", false))
}
