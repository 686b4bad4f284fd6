//! A server accepts clients by address and password, and reports why it refuses the others, with PLAIN authentication.
//!
//! PLAIN sends the password unencrypted, so use it on trusted networks only. For encryption, see the example
//! `ironhouse`.
//!
//! The ZeroMQ Guide has no chapter on PLAIN, but its author describes it: <http://hintjens.com/blog:49>.
//!
//! To run it: `cargo run --example strawhouse`.
//!
//! Prints:
//! ```text
//! admin ok
//! guest HandshakeFailedAuth 400
//! anonymous HandshakeFailedProtocol
//! admin, after the address was denied: HandshakeFailedAuth 400
//! ```

use std::time::Duration;
use std::{error, result};

use zmq::auth::{Authenticator, Rules};
use zmq::{Context, Endpoint, Monitor, MonitorEvent, MonitorEvents, Pull, Push, Security, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The outcomes of a handshake, as the server's monitor reports them.
const OUTCOMES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL);

fn main() -> Result {
    let context = Context::builder().linger(Duration::ZERO).build()?;
    let rules = Rules::new().allow("127.0.0.0/8")?.plain_user("admin", "straw");
    // The authenticator runs until it is dropped. Without one, `bind` fails.
    let authenticator = Authenticator::builder(&context).rules(rules.clone()).spawn()?;

    let server = context.socket(Pull)?;
    let monitor = server.monitor(OUTCOMES)?;
    let endpoint = server.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*")?;

    let admin = Security::plain_client("admin", "straw");
    println!("admin {}", try_client(&server, &monitor, &endpoint, &admin)?);
    let guest = Security::plain_client("guest", "straw");
    println!("guest {}", try_client(&server, &monitor, &endpoint, &guest)?);
    println!("anonymous {}", try_client(&server, &monitor, &endpoint, &Security::null())?);

    // New rules apply to new connections. Existing connections stay open.
    authenticator.set_rules(rules.deny("127.0.0.1")?);
    println!("admin, after the address was denied: {}", try_client(&server, &monitor, &endpoint, &admin)?);
    Ok(())
}

/// Connects a client, and returns the outcome.
fn try_client(server: &Socket<Pull>, monitor: &Monitor, endpoint: &Endpoint, security: &Security) -> Result<String> {
    // The client has its own context, as a separate program would.
    let client = Context::builder().linger(Duration::ZERO).build()?.socket(Push)?;
    client.set_security(security)?.connect(endpoint)?;
    let event = monitor.recv_timeout(TIMEOUT)?.ok_or("no client connected in time")?;
    match event {
        MonitorEvent::HandshakeSucceeded { .. } => {
            client.send_timeout("hello", TIMEOUT)?;
            let message = server.recv_timeout(TIMEOUT)?.ok_or("no message")?;
            // The user ID comes from the authenticator, so a client cannot forge it.
            Ok(if message.user_id() == Some("admin") { "ok" } else { "has another user ID" }.to_owned())
        }
        MonitorEvent::HandshakeFailedAuth { zap_status, .. } => Ok(format!("{} {zap_status}", event.kind())),
        other => Ok(other.kind().to_string()),
    }
}
