//! A proxy between a fast publisher and a slow subscriber. Origin: test_proxy_hwm.cpp.

use zmq::{Proxy, Result, Sub, Subscription, XPub, XSub};

use crate::support::*;

const HWM: u32 = 10;
const BYTES: usize = 50_000;

#[test]
fn the_publisher_waits_for_the_subscriber_and_no_message_is_lost() -> Result<()> {
    let context = context()?;
    let (front, back) = (context.socket(XSub)?, context.socket(XPub)?);
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    front.set_send_hwm(HWM)?.set_recv_hwm(HWM)?;
    for socket in [&back, &publisher] {
        socket.set_send_hwm(HWM)?.set_recv_hwm(HWM)?.set_no_drop(true)?;
    }
    subscriber.set_recv_hwm(HWM)?.subscribe("")?;
    publisher.connect(front.bind(free("inproc"))?)?;
    subscriber.connect(back.bind(free("inproc"))?)?;
    let proxy = Proxy::builder(front, back).spawn()?;
    let subscribed = publisher.recv_subscription_timeout(PATIENCE)?;
    assert_eq!(subscribed, Some(Subscription::Subscribe("".into())));

    // Each connection holds the sum of the limits of its ends, and the proxy holds one message.
    let mut sent = 0_u8;
    eventually("all queues are full", || {
        while publisher.try_send(vec![sent; BYTES]).is_ok() {
            sent += 1;
        }
        // The publisher notices free room during calls on its socket.
        publisher.events().unwrap();
        // The proxy answers even if all queues are full.
        assert!(proxy.statistics().front.received.messages <= sent.into());
        u32::from(sent) >= 4 * HWM
    });
    assert!(u32::from(sent) <= 4 * HWM + 2, "{sent}");
    for number in 0..sent {
        expect(&subscriber, vec![number; BYTES].as_slice());
    }
    expect_nothing(&subscriber);
    let statistics = proxy.stop()?.statistics;
    assert_eq!(statistics.front.received.messages, sent.into());
    assert_eq!(statistics.back.sent.bytes, u64::from(sent) * BYTES as u64);
    Ok(())
}
