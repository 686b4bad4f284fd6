//! Inspects, pauses, queries and stops a forwarder between publishers and subscribers while it runs.
//!
//! The forwarder's XSUB socket faces the publishers and its XPUB socket the subscribers, so subscriptions travel one
//! way and messages the other. A third socket, the tap, gets a copy of all traffic, including subscriptions, and the
//! side from which each message came. A tap that is not read loses messages but does not block the forwarder. A fourth
//! socket receives commands, which can come from another process over TCP. The program itself controls the forwarder
//! through the handle.
//!
//! Guide: chapter 2, "The Dynamic Discovery Problem", and chapter 5, "Pub-Sub Tracing (Espresso Pattern)"
//! <https://zguide.zeromq.org/docs/chapter5/>.
//!
//! To run it: `cargo run --example proxy_tap`.
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

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
/// The time for which no message may arrive from a paused forwarder.
const PAUSE: Duration = Duration::from_millis(50);
/// The number of messages that the publisher sends at a time for each of two topics.
const BATCH_SIZE: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::builder().linger(LINGER).build()?;
    let (front, back) = (context.socket(XSub)?, context.socket(XPub)?);
    let (capture, tap) = (context.socket(Pair)?, context.socket(Pair)?);
    let (control, remote) = (context.socket(Rep)?, context.socket(Req)?);
    let (publisher, subscriber) = (context.socket(XPub)?, context.socket(Sub)?);
    publisher.set_recv_timeout(TIMEOUT)?.connect(front.bind("inproc://publishers")?)?;
    subscriber.subscribe("A")?.connect(back.bind("inproc://subscribers")?)?;
    tap.set_recv_timeout(TIMEOUT)?.connect(capture.bind("inproc://tap")?)?;
    remote.set_recv_timeout(TIMEOUT)?.connect(control.bind("inproc://control")?)?;
    let forwarder = Proxy::builder(front, back).capture_with_direction(capture).control(control).spawn()?;

    // The forwarder passes the subscription to the publisher, and copies it to the tap.
    publisher.recv_subscription()?;
    let mut first = tap.recv_multipart()?;
    let from = ProxyDirection::take_from(&mut first).ok_or("the tap got no direction")?;
    match Subscription::from_multipart(first) {
        Subscription::Subscribe(topic) => {
            println!("tap: from the {from}: sub {}", String::from_utf8_lossy(topic.prefix()));
        }
        other => return Err(format!("the tap got {other:?}").into()),
    }
    // Messages on topic B do not reach the forwarder: the publisher knows that B has no subscriber.
    publish(&publisher, 0..BATCH_SIZE)?;
    count(&subscriber, BATCH_SIZE, TIMEOUT)?;
    let (first, second) = (tap.recv_multipart()?, tap.recv_multipart()?);
    let mut tapped = 2;
    while tapped < BATCH_SIZE {
        tap.recv_multipart()?;
        tapped += 1;
    }
    let [from, first] = first.into_array().map_err(|other| format!("the tap got {other:?}"))?;
    let second = second.last().map_or(Ok(""), Message::to_str)?;
    println!("tap: from the {}: {}, {second} and so on, {tapped} messages", from.to_str()?, first.to_str()?);

    command(&remote, "PAUSE")?;
    publish(&publisher, BATCH_SIZE..2 * BATCH_SIZE)?;
    println!("paused: {} seen", count(&subscriber, BATCH_SIZE, PAUSE)?);
    command(&remote, "RESUME")?;
    println!("resumed: {} seen", count(&subscriber, BATCH_SIZE, TIMEOUT)?);

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

/// Sends a command, and waits for the reply that confirms it.
fn command(remote: &Socket<Req>, word: &str) -> Result<(), Box<dyn Error>> {
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

/// Receives at most `most` messages, stopping after `timeout` without one, and returns their number.
fn count(socket: &Socket<Sub>, most: usize, timeout: Duration) -> zmq::Result<usize> {
    for count in 0..most {
        if socket.recv_timeout(timeout)?.is_none() {
            return Ok(count);
        }
    }
    Ok(most)
}
