//! A forwarder between publishers and subscribers, looked into, held up, questioned and stopped while it runs.
//!
//! XSUB faces the publishers and XPUB the subscribers, so that subscriptions travel one way and messages the other. A third
//! socket gets a copy of all that passes, subscriptions included, with the side that it came from: the tap. One that is
//! not read loses messages, and does not hold the forwarder up. A fourth takes orders, which over TCP may come from
//! another process; the program's own come through the handle.
//!
//! Guide: chapter 2, "The Dynamic Discovery Problem", and chapter 5, "Pub-Sub Tracing (Espresso Pattern)"
//! <https://zguide.zeromq.org/docs/chapter5/>.
//! One process: `cargo run --example proxy_tap`.
//!
//! Prints:
//! ```text
//! tap: from the back: sub A
//! tap: from the front: A-000, A-001 and so on, 20 messages
//! paused: 0 seen
//! resumed: 20 seen
//! stats: in 40 out 40, 41 to the tap
//! stopped: 20 in the tap, 0 held
//! ```

use std::error::Error;
use std::ops::Range;
use std::time::Duration;

use zmq::proxy::ProxyDirection;
use zmq::{Context, Message, Pair, Proxy, Rep, Req, Socket, Sub, Subscription, XPub, XSub};

/// How long anybody waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long nothing has to come for.
const MOMENT: Duration = Duration::from_millis(50);
/// How many messages the publisher sends at a time, under either of two topics.
const BATCH: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::builder().linger(PATIENCE).build()?;
    let (front, back) = (context.socket(XSub)?, context.socket(XPub)?);
    let (capture, tap) = (context.socket(Pair)?, context.socket(Pair)?);
    let (control, remote) = (context.socket(Rep)?, context.socket(Req)?);
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    publisher.set_recv_timeout(PATIENCE)?.connect(front.bind("inproc://publishers")?)?;
    subscriber.subscribe("A")?.connect(back.bind("inproc://subscribers")?)?;
    tap.set_recv_timeout(PATIENCE)?.connect(capture.bind("inproc://tap")?)?;
    remote.set_recv_timeout(PATIENCE)?.connect(control.bind("inproc://control")?)?;
    let forwarder = Proxy::builder(front, back).capture_with_direction(capture).control(control).spawn()?;

    // The subscription passes the forwarder, and the tap, on its way to the publisher.
    publisher.recv_subscription()?;
    let mut first = tap.recv_multipart()?;
    let from = ProxyDirection::take_from(&mut first).ok_or("the tap got no direction")?;
    match Subscription::from_multipart(first) {
        Subscription::Subscribe(topic) => {
            println!("tap: from the {from}: sub {}", String::from_utf8_lossy(topic.prefix()));
        }
        other => return Err(format!("the tap got {other:?}").into()),
    }
    // Of the messages those under B do not even reach the forwarder: the publisher knows that nobody wants them.
    publish(&publisher, 0..BATCH)?;
    count(&subscriber, BATCH, PATIENCE)?;
    let (first, second) = (tap.recv_multipart()?, tap.recv_multipart()?);
    let mut tapped = 2;
    while tapped < BATCH {
        tap.recv_multipart()?;
        tapped += 1;
    }
    let [from, first] = first.into_array().map_err(|other| format!("the tap got {other:?}"))?;
    let second = second.last().map_or(Ok(""), Message::to_str)?;
    println!("tap: from the {}: {}, {second} and so on, {tapped} messages", from.to_str()?, first.to_str()?);

    order(&remote, "PAUSE")?;
    publish(&publisher, BATCH..2 * BATCH)?;
    println!("paused: {} seen", count(&subscriber, BATCH, MOMENT)?);
    order(&remote, "RESUME")?;
    println!("resumed: {} seen", count(&subscriber, BATCH, PATIENCE)?);

    let passed = forwarder.statistics();
    let (received, sent) = (passed.front.received.messages, passed.back.sent.messages);
    println!("stats: in {received} out {sent}, {} to the tap", passed.captured.messages);
    let stopped = forwarder.stop()?;
    let mut left = 0;
    while tap.try_recv_multipart()?.is_some() {
        left += 1;
    }
    println!("stopped: {left} in the tap, {} held", stopped.unsent.len());
    Ok(())
}

/// Gives an order, which counts from the reply on.
fn order(remote: &Socket<Req>, word: &str) -> Result<(), Box<dyn Error>> {
    remote.send(word)?;
    match remote.recv()? {
        done if done.is_empty() => Ok(()),
        refused => Err(refused.to_str()?.into()),
    }
}

fn publish(socket: &Socket<XPub>, numbers: Range<usize>) -> zmq::Result<()> {
    for number in numbers {
        socket.send(format!("A-{number:03}"))?;
        socket.send(format!("B-{number:03}"))?;
    }
    Ok(())
}

/// Receives as many messages, and returns how many came before none came for `timeout`.
fn count(socket: &Socket<Sub>, most: usize, timeout: Duration) -> zmq::Result<usize> {
    for count in 0..most {
        if socket.recv_timeout(timeout)?.is_none() {
            return Ok(count);
        }
    }
    Ok(most)
}
