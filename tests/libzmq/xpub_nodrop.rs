//! Publishers that block instead of dropping messages. Origin: test_xpub_nodrop.cpp.

use std::time::Duration;

use zmq::{Result, Sub, Subscription, XPub};

use crate::support::*;

#[test]
fn a_full_subscriber_makes_the_send_fail_and_no_message_is_dropped() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    let endpoint = publisher.set_send_hwm(2000)?.bind(free("inproc"))?;
    publisher.set_no_drop(true)?;
    subscriber.subscribe("")?.connect(endpoint)?;
    assert_eq!(publisher.recv_subscription()?, Subscription::Subscribe("".into()));
    for _ in 1..2000 {
        publisher.send("")?;
    }
    assert_eq!(drain(&subscriber)?, 1999);

    publisher.set_send_timeout(Some(Duration::ZERO))?;
    // The publisher notices free room during calls on its socket.
    publisher.events()?;
    let mut sent = 0;
    while let Ok(()) = publisher.send("") {
        sent += 1;
    }
    let refused = publisher.send("one too many").unwrap_err();
    assert!(refused.error.is_timed_out());
    assert_eq!(refused.into_message(), "one too many");
    assert!(sent >= 2000, "{sent}");
    assert_eq!(drain(&subscriber)?, sent);
    Ok(())
}
