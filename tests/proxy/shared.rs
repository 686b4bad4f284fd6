//! Proxies between sockets of thread-safe kinds.
#![cfg(feature = "draft")]

use std::thread;
use std::time::Duration;

use zmq::abilities::Open;
use zmq::{
    Channel, Client, Context, Dgram, Dish, ErrorKind, Gather, Message, Peer, Proxy, Pull, Push, Radio, Result, Scatter,
    Server, proxy,
};

use crate::common::{PATIENCE, context, eventually, free, in_time, pair, take};

#[test]
fn messages_pass_between_shared_sockets_in_order() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (front, source) = pair(&context, transport, (Gather, Scatter))?;
        let (back, sink) = pair(&context, transport, (Scatter, Gather))?;
        let running = thread::spawn(move || proxy(&front, &back));
        for number in 0..1000_u32 {
            source.send(number.to_be_bytes())?;
        }
        for number in 0..1000_u32 {
            assert_eq!(take(&sink)?, number.to_be_bytes());
        }
        // The proxy waits again.
        source.send("later")?;
        assert_eq!(take(&sink)?, "later");
        context.shutdown();
        in_time(|| running.join()).expect("no panic")?;
    }
    Ok(())
}

#[test]
fn a_channel_at_each_side_passes_messages_in_both_directions() -> Result<()> {
    let context = context()?;
    let (front, one) = pair(&context, "inproc", (Channel, Channel))?;
    let (back, other) = pair(&context, "tcp", (Channel, Channel))?;
    let relay = Proxy::builder(front, back).spawn()?;
    for number in 0..100_u32 {
        one.send(number.to_be_bytes())?;
        assert_eq!(take(&other)?, number.to_be_bytes());
        other.send("back")?;
        assert_eq!(take(&one)?, "back");
    }
    relay.pause()?;
    one.send("paused")?;
    assert_eq!(other.recv_timeout(Duration::from_millis(20))?, None);
    relay.resume()?;
    assert_eq!(take(&other)?, "paused");
    let stopped = relay.stop()?;
    assert_eq!(stopped.statistics.front.received.messages, 101);
    one.send("direct")?;
    assert_eq!(take(&stopped.front)?, "direct");
    Ok(())
}

#[test]
fn a_shared_front_waits_while_the_back_is_full() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Gather, Scatter))?;
    let (back, sink) = (context.socket(Push)?, context.socket(Pull)?);
    back.set_send_hwm(1)?;
    sink.set_recv_hwm(1)?;
    sink.connect(back.bind(free("inproc"))?)?;
    let relay = Proxy::builder(front, back).spawn()?;
    for number in 0..200_u32 {
        source.send(number.to_be_bytes())?;
    }
    for number in 0..200_u32 {
        assert_eq!(take(&sink)?, number.to_be_bytes());
    }
    assert_eq!(relay.stop()?.statistics.back.sent.messages, 200);
    Ok(())
}

#[test]
fn a_capture_receives_what_passes_between_shared_sockets() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "inproc", (Gather, Scatter))?;
    let (back, sink) = pair(&context, "inproc", (Scatter, Gather))?;
    let (captured, capture) = pair(&context, "inproc", (Pull, Push))?;
    let relay = Proxy::builder(front, back).capture(capture).spawn()?;
    source.send("hello")?;
    assert_eq!(take(&sink)?, "hello");
    assert_eq!(take(&captured)?, "hello");
    relay.stop().map(drop)
}

#[test]
fn messages_return_to_the_peers_of_a_single_server() -> Result<()> {
    let (server, client) = pair(&context()?, "tcp", (Server, Client))?;
    let echo = Proxy::single(server).spawn()?;
    for number in 0..10_u32 {
        client.send(number.to_be_bytes())?;
        assert_eq!(client.recv_timeout(PATIENCE)?, Some(Message::from(number.to_be_bytes())));
    }
    echo.stop().map(drop)
}

#[test]
fn hazard_poller_ctx_shutdown_a_proxy_with_shared_and_other_sockets_ends() -> Result<()> {
    for _ in 0..10 {
        let context = context()?;
        let (front, back) = (context.socket(Gather)?, context.socket(Push)?);
        let relay = Proxy::builder(front, back).spawn()?;
        context.shutdown();
        assert!(in_time(|| relay.join())?.is_none());
    }
    Ok(())
}

fn reason(context: &Context, front: impl Open, back: impl Open) -> Result<String> {
    let error = proxy(&context.socket(front)?, &context.socket(back)?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(error.to_string())
}

#[test]
fn shared_sockets_whose_messages_lack_something_are_refused() -> Result<()> {
    let context = context()?;
    assert_eq!(
        reason(&context, Pull, Scatter)?,
        "cannot start the proxy: a SCATTER socket cannot send multipart messages, which a PULL socket may receive"
    );
    assert!(reason(&context, Server, Client)?.contains("a SERVER socket sends by its own routing IDs"));
    assert!(reason(&context, Peer, Channel)?.contains("a PEER socket sends by its own routing IDs"));
    assert!(reason(&context, Gather, Radio)?.contains("a RADIO socket sends to groups"));
    assert!(reason(&context, Pull, Dgram)?.contains("a DGRAM socket sends to addresses"));
    assert!(reason(&context, Gather, Pull)?.contains("no message can pass"));
    let capture = context.socket(Scatter)?;
    let error = Proxy::builder(context.socket(Gather)?, context.socket(Push)?).capture(capture).spawn().unwrap_err();
    assert!(error.to_string().contains("a SCATTER socket cannot capture"), "{error}");
    Ok(())
}

#[test]
fn groups_pass_through_a_proxy() -> Result<()> {
    let context = context()?;
    let (radio, from) = pair(&context, "inproc", (Radio, Dish))?;
    let (to, dish) = pair(&context, "inproc", (Radio, Dish))?;
    from.join("weather")?;
    dish.join("weather")?;
    let relay = Proxy::builder(from, to).spawn()?;
    let mut received = None;
    eventually("a message arrives", || {
        // The first ones are lost if a RADIO does not know the group yet.
        radio.send_to_group("weather", "sunny").unwrap();
        received = dish.recv_timeout(Duration::from_millis(20)).unwrap();
        received.is_some()
    });
    let message = received.unwrap();
    assert_eq!((message.group(), message.to_str()?), (Some("weather"), "sunny"));
    relay.stop().map(drop)
}
