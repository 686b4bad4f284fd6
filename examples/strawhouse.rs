//! A server lets in who has a password, from an allowed address, and says why others stay outside: PLAIN and its rules.
//!
//! The straw is that the password travels in the clear: it is for networks that are trusted. The ironhouse is the other one.
//!
//! The Guide has no chapter on it; its author has: <http://hintjens.com/blog:49>.
//! One process: `cargo run --example strawhouse`.
//!
//! Prints:
//! ```text
//! admin ok
//! guest HandshakeFailedAuth 400
//! nobody HandshakeFailedProtocol
//! admin, after the address was denied: HandshakeFailedAuth 400
//! ```

use std::time::Duration;
use std::{error, result};

use zmq::auth::{Authenticator, Rules};
use zmq::{Context, Endpoint, Monitor, MonitorEvent, MonitorEvents, Pull, Push, Security, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error>>;

/// How long anybody waits for the other side.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the server tells of a client that connects.
const OUTCOMES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL);

fn main() -> Result {
    let context = Context::builder().linger(Duration::ZERO).build()?;
    let rules = Rules::new().allow("127.0.0.0/8")?.plain_user("admin", "straw");
    // It judges until it is dropped. Without one the server could not bind.
    let authenticator = Authenticator::builder(&context).rules(rules.clone()).spawn()?;

    let server = context.socket(Pull)?;
    let monitor = server.monitor(OUTCOMES)?;
    let endpoint = server.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*")?;

    let admin = Security::plain_client("admin", "straw");
    println!("admin {}", meet(&server, &monitor, &endpoint, &admin)?);
    let guest = Security::plain_client("guest", "straw");
    println!("guest {}", meet(&server, &monitor, &endpoint, &guest)?);
    println!("nobody {}", meet(&server, &monitor, &endpoint, &Security::null())?);

    // From now on; who is in would stay in.
    authenticator.set_rules(rules.deny("127.0.0.1")?);
    println!("admin, after the address was denied: {}", meet(&server, &monitor, &endpoint, &admin)?);
    Ok(())
}

/// Connects a client, and tells what became of it.
fn meet(server: &Socket<Pull>, monitor: &Monitor, endpoint: &Endpoint, security: &Security) -> Result<String> {
    // It has a context of its own, as a program of its own would.
    let client = Context::builder().linger(Duration::ZERO).build()?.socket(Push)?;
    client.set_security(security)?.connect(endpoint)?;
    let event = monitor.recv_timeout(PATIENCE)?.ok_or("nobody came")?;
    match event {
        MonitorEvent::HandshakeSucceeded { .. } => {
            client.send_timeout("hello", PATIENCE)?;
            let message = server.recv_timeout(PATIENCE)?.ok_or("no message")?;
            // Who sent it is the authenticator's word, not the client's.
            Ok(if message.user_id() == Some("admin") { "ok" } else { "is somebody else" }.to_owned())
        }
        MonitorEvent::HandshakeFailedAuth { zap_status, .. } => Ok(format!("{} {zap_status}", event.kind())),
        other => Ok(other.kind().to_string()),
    }
}
