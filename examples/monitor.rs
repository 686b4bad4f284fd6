//! Prints connection events of two sockets as they happen: the peer connects, disconnects, and is retried.
//!
//! To see a connection from its start, open the monitor before you call `bind` or `connect`. A connection carries
//! messages after `HandshakeSucceeded`. If you need only that event, call `connect_and_wait` or `wait_connected`
//! instead of sleeping. Subscriptions arrive after that event, so a publisher has to wait for the subscriptions
//! themselves: see the example `pubsub_sync`.
//!
//! The ZeroMQ Guide has no example for monitors. The C function is `zmq_socket_monitor`, and the pattern is that of
//! chapter 1, "Ask and Ye Shall Receive" <https://zguide.zeromq.org/docs/chapter1/>.
//!
//! To run it: `cargo run --example monitor`.
//!
//! Prints, with a different port and interval in each run:
//! ```text
//! server: Listening at tcp://127.0.0.1:41873
//! client: Connected at tcp://127.0.0.1:41873
//! client: HandshakeSucceeded at tcp://127.0.0.1:41873
//! server: Accepted at tcp://127.0.0.1:41873
//! server: HandshakeSucceeded at tcp://127.0.0.1:41873
//! server: Closed at tcp://127.0.0.1:41873
//! server: the socket closed, and its monitor ended
//! client: Disconnected at tcp://127.0.0.1:41873
//! client: ConnectRetried at tcp://127.0.0.1:41873, next attempt in 117 ms
//! ```

use std::error::Error;
use std::time::Duration;

use zmq::{Context, ErrorKind, Monitor, MonitorEvent, MonitorEvents, Rep, Req};

/// The limit for each wait for an event.
const TIMEOUT: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::builder().linger(Duration::ZERO).build()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    // For all events, use `MonitorEvents::all()`. The events here arrive in the same order in every run.
    let peers = MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::LISTENING | MonitorEvents::ACCEPTED;
    let of_server = server.monitor(peers | MonitorEvents::CLOSED)?;
    let losses = MonitorEvents::DISCONNECTED | MonitorEvents::CONNECT_RETRIED;
    let of_client = client.monitor(losses | MonitorEvents::CONNECTED | MonitorEvents::HANDSHAKE_SUCCEEDED)?;

    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    print_next("server", &of_server)?;
    client.connect(&endpoint)?;
    print_next("client", &of_client)?;
    print_next("client", &of_client)?;
    print_next("server", &of_server)?;
    print_next("server", &of_server)?;

    drop(server);
    print_next("server", &of_server)?;
    match of_server.recv_timeout(TIMEOUT) {
        Err(error) if error.kind() == ErrorKind::Ended => println!("server: the socket closed, and its monitor ended"),
        other => return Err(format!("the monitor did not end: {other:?}").into()),
    }
    print_next("client", &of_client)?;
    print_next("client", &of_client)
}

/// Prints the next event, without its file descriptor, which differs from run to run and which `{event}` would print.
fn print_next(who: &str, monitor: &Monitor) -> Result<(), Box<dyn Error>> {
    let event = monitor.recv_timeout(TIMEOUT)?.ok_or("no event arrived in time")?;
    match event {
        MonitorEvent::ConnectRetried { endpoint, interval, .. } => {
            println!("{who}: ConnectRetried at {endpoint}, next attempt in {} ms", interval.as_millis());
        }
        other => println!("{who}: {} at {}", other.kind(), other.endpoint()),
    }
    Ok(())
}
