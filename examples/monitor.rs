//! What happens to the connections of two sockets, as it happens: the peer comes, goes, and is looked for.
//!
//! A monitor that is there before `bind` or `connect` sees a connection from its beginning. Messages pass from
//! `HandshakeSucceeded` on: `connect_and_wait` and `wait_connected` wait for that alone, where a program would otherwise
//! sleep. Subscriptions follow it, so that a publisher waits for them instead: see the example `pubsub_sync`.
//!
//! The Guide has no example of it; the C function is `zmq_socket_monitor`, the pattern that of chapter 1, "Ask and Ye
//! Shall Receive" <https://zguide.zeromq.org/docs/chapter1/>.
//! One process: `cargo run --example monitor`.
//!
//! Prints, with another port and interval each time:
//! ```text
//! server: Listening at tcp://127.0.0.1:41873
//! client: Connected at tcp://127.0.0.1:41873
//! client: HandshakeSucceeded at tcp://127.0.0.1:41873
//! server: Accepted at tcp://127.0.0.1:41873
//! server: HandshakeSucceeded at tcp://127.0.0.1:41873
//! server: Closed at tcp://127.0.0.1:41873
//! server: the socket is gone, and its monitor ended
//! client: Disconnected at tcp://127.0.0.1:41873
//! client: ConnectRetried at tcp://127.0.0.1:41873, next attempt in 117 ms
//! ```

use std::error::Error;
use std::time::Duration;

use zmq::{Context, ErrorKind, Monitor, MonitorEvent, MonitorEvents, Rep, Req};

/// How long anybody waits for an event.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::builder().linger(Duration::ZERO).build()?;
    let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    // There are more events, `MonitorEvents::all()`; these come in the same order each time.
    let peers = MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::LISTENING | MonitorEvents::ACCEPTED;
    let of_server = server.monitor(peers | MonitorEvents::CLOSED)?;
    let losses = MonitorEvents::DISCONNECTED | MonitorEvents::CONNECT_RETRIED;
    let of_client = client.monitor(losses | MonitorEvents::CONNECTED | MonitorEvents::HANDSHAKE_SUCCEEDED)?;

    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    tell("server", &of_server)?;
    client.connect(&endpoint)?;
    tell("client", &of_client)?;
    tell("client", &of_client)?;
    tell("server", &of_server)?;
    tell("server", &of_server)?;

    drop(server);
    tell("server", &of_server)?;
    match of_server.recv_timeout(PATIENCE) {
        Err(error) if error.kind() == ErrorKind::Ended => println!("server: the socket is gone, and its monitor ended"),
        other => return Err(format!("the monitor went on: {other:?}").into()),
    }
    tell("client", &of_client)?;
    tell("client", &of_client)
}

/// Prints the next event. `{event}` would print all of it, with the file descriptor that no two runs share.
fn tell(who: &str, monitor: &Monitor) -> Result<(), Box<dyn Error>> {
    let event = monitor.recv_timeout(PATIENCE)?.ok_or("nothing happened for long")?;
    match event {
        MonitorEvent::ConnectRetried { endpoint, interval, .. } => {
            println!("{who}: ConnectRetried at {endpoint}, next attempt in {} ms", interval.as_millis());
        }
        other => println!("{who}: {} at {}", other.kind(), other.endpoint()),
    }
    Ok(())
}
