//! A publisher sends the weather of ten towns, and each subscriber filters for one town: PUB/SUB with a prefix filter.
//!
//! A late subscriber misses all earlier messages, because a publisher stores none. The publisher here is therefore an
//! XPUB socket, which is a PUB socket that also receives subscriptions, and publishes only once all subscribers
//! have connected.
//!
//! Guide: chapter 1, "Getting the Message Out" <https://zguide.zeromq.org/docs/chapter1/>.
//!
//! To run a publisher and two subscribers in one process: `cargo run --example weather`. To run a publisher and one
//! subscriber as two processes, in any order:
//! ```text
//! cargo run --example weather -- publish tcp://127.0.0.1:5556
//! cargo run --example weather -- subscribe tcp://127.0.0.1:5556 10001
//! ```
//!
//! Prints, in one process:
//! ```text
//! publisher: 2 subscriptions, 1000 reports
//! subscriber 10001: 100 reports, average temperature 34.4 F
//! subscriber 10002: 100 reports, average temperature 35.9 F
//! ```

use std::ops::Range;
use std::time::Duration;
use std::{env, error, result, thread};

use zmq::{Context, Socket, Sub, Subscription, XPub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
const TOWNS: Range<u32> = 10_000..10_010;
const REPORTS_PER_TOWN: u32 = 100;

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;

    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let publisher = context.socket(XPub)?;
            let endpoint = publisher.bind("tcp://127.0.0.1:*")?;
            let subscribers = ["10001", "10002"].map(|town| {
                let (context, endpoint) = (context.clone(), endpoint.clone());
                thread::spawn(move || subscribe(&context, endpoint.as_str(), town))
            });
            println!("{}", publish(&publisher, subscribers.len())?);
            for subscriber in subscribers {
                println!("{}", subscriber.join().map_err(|_| "a subscriber panicked")??);
            }
        }
        ["publish", endpoint] => {
            let publisher = context.socket(XPub)?;
            println!("publisher: at {}", publisher.bind(endpoint)?);
            println!("{}", publish(&publisher, 1)?);
        }
        ["subscribe", endpoint, town] => println!("{}", subscribe(&context, endpoint, town)?),
        _ => return Err("usage: weather [publish ENDPOINT | subscribe ENDPOINT TOWN]".into()),
    }
    Ok(())
}

/// Waits for `subscriptions` subscriptions, and then publishes reports on all towns in turn.
fn publish(socket: &Socket<XPub>, subscriptions: usize) -> Result<String> {
    socket.set_recv_timeout(TIMEOUT)?;
    let mut present = 0;
    while present < subscriptions {
        present += usize::from(matches!(socket.recv_subscription()?, Subscription::Subscribe(_)));
    }

    let mut random = 1;
    let mut reports = 0;
    for _ in 0..REPORTS_PER_TOWN {
        for town in TOWNS {
            random = next(random);
            let temperature = random % 70;
            // The socket sends the report only to subscribers whose prefix matches.
            socket.send(format!("{town} {temperature}"))?;
            reports += 1;
        }
    }
    Ok(format!("publisher: {present} subscriptions, {reports} reports"))
}

/// Averages the temperature of one town.
fn subscribe(context: &Context, endpoint: &str, town: &str) -> Result<String> {
    let socket = context.socket(Sub)?;
    // The socket sends only its subscription, which is of no use once the socket is dropped.
    socket.set_recv_timeout(TIMEOUT)?.set_linger(Duration::ZERO)?;
    // Without a subscription, no message arrives. The trailing space excludes 100010.
    socket.subscribe(format!("{town} "))?;
    socket.connect(endpoint)?;

    let mut sum = 0;
    for _ in 0..REPORTS_PER_TOWN {
        let report = socket.recv()?;
        let (_, temperature) = report.to_str()?.split_once(' ').ok_or("the report has no temperature")?;
        sum += temperature.parse::<u32>()?;
    }
    let average = f64::from(sum) / f64::from(REPORTS_PER_TOWN);
    Ok(format!("subscriber {town}: {REPORTS_PER_TOWN} reports, average temperature {average:.1} F"))
}

/// Returns the pseudo-random number after `random`. The sequence is fixed, so that every run prints the same.
fn next(random: u32) -> u32 {
    let mixed = random ^ (random << 13);
    let mixed = mixed ^ (mixed >> 17);
    mixed ^ (mixed << 5)
}
