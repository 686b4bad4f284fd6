//! Publishes multipart messages: subscriptions match the first frame, and the content follows in later frames.
//!
//! A topic in a frame of its own keeps subscriptions from matching the content by accident, and lets a receiver check
//! the first frames before it decodes the others. The frames arrive together or not at all.
//!
//! Guide: chapter 2, "Pub-Sub Message Envelopes" <https://zguide.zeromq.org/docs/chapter2/>.
//!
//! To run publisher and subscriber in one process: `cargo run --example envelopes`. To run them as two processes, in
//! any order:
//! ```text
//! cargo run --example envelopes -- publish tcp://127.0.0.1:5563
//! cargo run --example envelopes -- subscribe tcp://127.0.0.1:5563
//! ```
//!
//! Prints, in one process:
//! ```text
//! [B] We would like to see this (1 + 4 + 25 bytes)
//! [B] We would like to see this (1 + 4 + 25 bytes)
//! [B] We would like to see this (1 + 4 + 25 bytes)
//! A filtered: 3
//! ```

use std::time::Duration;
use std::{env, error, result, thread};

use zmq::{Context, Multipart, Socket, Sub, Subscription, XPub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
const ROUNDS: u32 = 3;

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let (publisher, endpoint) = bind(&context, "tcp://127.0.0.1:*")?;
            let publishing = thread::spawn(move || publish(&publisher));
            subscribe(&context, &endpoint)?;
            println!("{}", publishing.join().map_err(|_| "the publisher panicked")??);
        }
        ["publish", endpoint] => {
            let (publisher, endpoint) = bind(&context, endpoint)?;
            println!("publisher: at {endpoint}");
            println!("{}", publish(&publisher)?);
        }
        ["subscribe", endpoint] => subscribe(&context, endpoint)?,
        _ => return Err("usage: envelopes [publish ENDPOINT | subscribe ENDPOINT]".into()),
    }
    Ok(())
}

fn bind(context: &Context, endpoint: &str) -> Result<(Socket<XPub>, String)> {
    let socket = context.socket(XPub)?;
    let endpoint = socket.set_recv_timeout(TIMEOUT)?.bind(endpoint)?;
    Ok((socket, endpoint.into()))
}

/// Waits for a subscriber, and then publishes messages of topic, number and text, alternating between two topics.
fn publish(socket: &Socket<XPub>) -> Result<String> {
    let Subscription::Subscribe(wanted) = socket.recv_subscription()? else {
        return Err("the first message must be a subscription".into());
    };
    let mut filtered = 0;
    for number in 1..=ROUNDS {
        for (topic, text) in [("A", "We don't want to see this"), ("B", "We would like to see this")] {
            socket.send_multipart((topic, number.to_be_bytes(), text))?;
            // The socket makes the same comparison, and sends a message only if it matches.
            filtered += u32::from(!wanted.matches(topic));
        }
    }
    Ok(format!("A filtered: {filtered}"))
}

fn subscribe(context: &Context, endpoint: &str) -> Result {
    let socket = context.socket(Sub)?;
    socket.set_recv_timeout(TIMEOUT)?.set_linger(Duration::ZERO)?;
    socket.subscribe("B")?.connect(endpoint)?;
    for number in 1..=ROUNDS {
        read(socket.recv_multipart()?, number)?;
    }
    Ok(())
}

/// Checks the number of frames and the message number before it reads the text.
fn read(message: Multipart, expected: u32) -> Result {
    let sizes: Vec<_> = message.iter().map(|frame| frame.len().to_string()).collect();
    if message.len() != 3 || message[1] != expected.to_be_bytes() {
        return Err(format!("message {expected} is missing or has {} frames", message.len()).into());
    }
    let [topic, _, text] = message.into_array().map_err(|_| "a message must have three frames")?;
    println!("[{}] {} ({} bytes)", topic.to_str()?, text.to_str()?, sizes.join(" + "));
    Ok(())
}
