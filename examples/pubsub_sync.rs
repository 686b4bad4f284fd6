//! A publisher waits for three subscribers before it publishes, so that none of them misses a message.
//!
//! A subscriber misses all messages that are published before its subscription arrives. The publisher here is therefore
//! an XPUB socket, which receives subscriptions; no sleep and no additional sockets are needed. The option `verbose`
//! makes the socket report every subscription, and `no_drop` makes it block at the high-water mark of a slow subscriber
//! instead of dropping messages.
//!
//! Guide: chapter 2, "Node Coordination" <https://zguide.zeromq.org/docs/chapter2/>.
//!
//! To run all roles in one process: `cargo run --example pubsub_sync`. To run them as processes, in any order:
//! ```text
//! cargo run --example pubsub_sync -- publish tcp://127.0.0.1:5561 SUBSCRIBERS   (SUBSCRIBERS: their number)
//! cargo run --example pubsub_sync -- subscribe tcp://127.0.0.1:5561 NAME
//! ```
//!
//! Prints, in one process:
//! ```text
//! publisher: 3 subscribers connected
//! subscriber 1: 10000/10000
//! subscriber 2: 10000/10000
//! subscriber 3: 10000/10000
//! ```

use std::time::Duration;
use std::{env, error, result, thread};

use zmq::{Context, Socket, Sub, Subscription, XPub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
const MESSAGE_COUNT: u32 = 10_000;

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
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
    socket.set_recv_timeout(TIMEOUT)?.set_send_timeout(TIMEOUT)?;
    // By default, an XPUB socket does not report further subscriptions to the same prefix.
    socket.set_verbose(true)?.set_no_drop(true)?;
    let endpoint = socket.bind(endpoint)?;
    Ok((socket, endpoint.into()))
}

/// Waits for `subscribers` subscriptions, and then publishes.
fn publish(socket: &Socket<XPub>, subscribers: usize) -> Result {
    let mut present = 0;
    while present < subscribers {
        present += usize::from(matches!(socket.recv_subscription()?, Subscription::Subscribe(_)));
    }
    println!("publisher: {present} subscribers connected");
    (0..MESSAGE_COUNT).try_for_each(|number| Ok(socket.send(number.to_be_bytes())?))
}

/// Subscribes to all messages, and checks that they arrive in order, from the first to the last.
fn subscribe(context: &Context, endpoint: &str, name: &str) -> Result<String> {
    let socket = context.socket(Sub)?;
    socket.set_recv_timeout(TIMEOUT)?.set_linger(Duration::ZERO)?;
    socket.subscribe("")?.connect(endpoint)?;
    let mut count = 0;
    while count < MESSAGE_COUNT {
        let message = socket.recv()?;
        if message != count.to_be_bytes() {
            return Err(format!("subscriber {name} got {message:?} after {count} messages").into());
        }
        count += 1;
    }
    Ok(format!("subscriber {name}: {count}/{MESSAGE_COUNT}"))
}
