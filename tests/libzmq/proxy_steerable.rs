//! Commands to a running proxy. Origin: test_proxy_steerable.cpp.

use zmq::{Dealer, Proxy, Rep, Req, Result, Router};

use crate::support::*;

#[test]
fn a_proxy_is_paused_resumed_questioned_and_stopped() -> Result<()> {
    let context = context()?;
    let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    let worker = context.socket(Rep)?;
    worker.connect(back.bind(free("inproc"))?)?;
    let endpoint = front.bind(free("tcp"))?;
    let clients = connected(&context, Req, 3, &endpoint)?;
    let proxy = Proxy::builder(front, back).spawn()?;
    for client in &clients {
        bounce(&worker, client);
    }
    let rounds = clients.len() as u64;
    let statistics = proxy.statistics();
    for (received, sent) in
        [(statistics.front.received, statistics.back.sent), (statistics.back.received, statistics.front.sent)]
    {
        assert_eq!(received, sent);
        assert_eq!(received.messages, rounds);
    }
    // In addition to its two frames, each message has the 5-byte ID of its client and an empty frame.
    assert_eq!(statistics.front.received.bytes, rounds * (5 + "request".len() + "of two frames".len()) as u64);

    proxy.pause()?;
    for client in &clients {
        client.send("while it is paused")?;
    }
    assert_eq!(proxy.statistics(), statistics);
    expect_nothing(&worker);
    proxy.resume()?;
    for _ in &clients {
        expect(&worker, "while it is paused");
        worker.send("resumed")?;
    }
    for client in &clients {
        expect(client, "resumed");
    }

    let stopped = proxy.stop()?;
    assert_eq!(stopped.statistics.front.sent.messages, 2 * rounds);
    assert!(stopped.unsent.is_empty());
    for client in &clients {
        client.send("after the stop")?;
        assert_eq!(take_all(&stopped.front)?[2], "after the stop");
    }
    expect_nothing(&worker);
    Ok(())
}
