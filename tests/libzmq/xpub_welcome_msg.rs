//! The message that greets a new subscriber. Origin: test_xpub_welcome_msg.cpp.

use zmq::{Result, Sub, Subscription, XPub};

use crate::support::*;

over! {
    inproc: a_new_subscriber_is_greeted;
    tcp: a_new_subscriber_is_greeted;
}

fn a_new_subscriber_is_greeted(transport: &str) -> Result<()> {
    let context = context()?;
    let publisher = context.socket(XPub)?;
    let endpoint = publisher.bind(free(transport))?;
    publisher.set_welcome_message("W")?;
    let subscriber = context.socket(Sub)?;
    subscriber.subscribe("W")?.connect(&endpoint)?;
    assert_eq!(publisher.recv_subscription_timeout(PATIENCE)?, Some(Subscription::Subscribe("W".into())));
    expect(&subscriber, "W");
    expect_nothing(&subscriber);

    publisher.set_welcome_message("")?.set_verbose(true)?;
    let late = context.socket(Sub)?;
    late.subscribe("W")?.connect(&endpoint)?;
    assert_eq!(publisher.recv_subscription_timeout(PATIENCE)?, Some(Subscription::Subscribe("W".into())));
    publisher.send("W2")?;
    expect(&late, "W2");
    Ok(())
}
