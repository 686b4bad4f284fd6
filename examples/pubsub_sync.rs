//! Three subscribers and a publisher that waits for all of them, so that none loses a message, the first one included.
//!
//! What is published before a subscription has arrived is lost to that subscriber. Instead of sleeping, or of asking
//! through other sockets, the publisher is an XPUB: it receives the subscriptions, every single one with `verbose`. It
//! also waits where a subscriber is slow, with `no_drop`, instead of dropping messages at the high-water mark.
//!
//! Guide: chapter 2, "Node Coordination" <https://zguide.zeromq.org/docs/chapter2/>.
//! Alone it is all of them: `cargo run --example pubsub_sync`. As processes, in any order:
//! ```text
//! cargo run --example pubsub_sync -- publish tcp://127.0.0.1:5561 SUBSCRIBERS   (SUBSCRIBERS: how many there will be)
//! cargo run --example pubsub_sync -- subscribe tcp://127.0.0.1:5561 NAME
//! ```
//!
//! Prints, alone:
//! ```text
//! publisher: 3 subscribers are there
//! subscriber 1: 10000/10000
//! subscriber 2: 10000/10000
//! subscriber 3: 10000/10000
//! ```

use std::time::Duration;
use std::{env, error, result, thread};

use zmq::{Context, Socket, Sub, Subscription, XPub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// How long anybody waits for the other side.
const PATIENCE: Duration = Duration::from_secs(30);
const MESSAGES: u32 = 10_000;

fn main() -> Result {
    let context = Context::builder().linger(PATIENCE).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let (publisher, endpoint) = bind(&context, "tcp://127.0.0.1:*")?;
            let subscribers = ["1", "2", "3"].map(|name| {
                let (context, endpoint) = (context.clone(), endpoint.clone());
                thread::spawn(move || subscribe(&context, &endpoint, name))
            });
            publish(&publisher, subscribers.len())?;
            for subscriber in subscribers {
                println!("{}", subscriber.join().map_err(|_| "a subscriber panicked")??);
            }
        }
        ["publish", endpoint, subscribers] => {
            let (publisher, endpoint) = bind(&context, endpoint)?;
            println!("publisher: at {endpoint}");
            publish(&publisher, subscribers.parse()?)?;
        }
        ["subscribe", endpoint, name] => println!("{}", subscribe(&context, endpoint, name)?),
        _ => return Err("usage: pubsub_sync [publish ENDPOINT SUBSCRIBERS | subscribe ENDPOINT NAME]".into()),
    }
    Ok(())
}

fn bind(context: &Context, endpoint: &str) -> Result<(Socket<XPub>, String)> {
    let socket = context.socket(XPub)?;
    socket.set_recv_timeout(PATIENCE)?.set_send_timeout(PATIENCE)?;
    // By default a second subscription to the same prefix is not received: it changes nothing for the publisher.
    socket.set_verbose(true)?.set_no_drop(true)?;
    let endpoint = socket.bind(endpoint)?;
    Ok((socket, endpoint.into()))
}

/// Waits until so many have subscribed, and then publishes.
fn publish(socket: &Socket<XPub>, subscribers: usize) -> Result {
    let mut present = 0;
    while present < subscribers {
        present += usize::from(matches!(socket.recv_subscription()?, Subscription::Subscribe(_)));
    }
    println!("publisher: {present} subscribers are there");
    (0..MESSAGES).try_for_each(|number| Ok(socket.send(number.to_be_bytes())?))
}

/// Subscribes to everything, and counts what comes in the right order, from the first message to the last.
fn subscribe(context: &Context, endpoint: &str, name: &str) -> Result<String> {
    let socket = context.socket(Sub)?;
    socket.set_recv_timeout(PATIENCE)?.set_linger(Duration::ZERO)?;
    socket.subscribe("")?.connect(endpoint)?;
    let mut count = 0;
    while count < MESSAGES {
        let message = socket.recv()?;
        if message != count.to_be_bytes() {
            return Err(format!("subscriber {name} got {message:?} after {count} messages").into());
        }
        count += 1;
    }
    Ok(format!("subscriber {name}: {count}/{MESSAGES}"))
}
