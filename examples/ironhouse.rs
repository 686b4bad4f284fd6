//! A server accepts clients with certificates in a directory, and identifies the sender of each message, with CURVE.
//!
//! CURVE encrypts all traffic. Server and client each have a key pair, and know the other's public key in advance. If
//! you remove a certificate from the directory, the server refuses its owner's next connection.
//!
//! The ZeroMQ Guide has no chapter on CURVE, but its author describes it: <http://hintjens.com/blog:49>.
//!
//! To run server and clients in one process, with new certificates: `cargo run --example ironhouse`. To run them as two
//! processes:
//! ```text
//! mkdir -p certs/clients
//! cargo run --example curve_keys -- save certs/server.key
//! cargo run --example curve_keys -- save certs/clients/alice.key role=operator
//! cargo run --example ironhouse -- server tcp://127.0.0.1:5557 certs/server.key_secret certs/clients
//! cargo run --example ironhouse -- client tcp://127.0.0.1:5557 certs/clients/alice.key_secret certs/server.key
//! ```
//!
//! Prints, in one process:
//! ```text
//! known client: user_id=JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6 role=operator
//! unknown client: HandshakeFailedAuth 400
//! known client, after its certificate was removed: HandshakeFailedAuth 400
//! ```

use std::path::Path;
use std::time::Duration;
use std::{env, error, fs, process, result};

use zmq::auth::{Authenticator, Certificate, CertificateStore, Rules};
use zmq::{Capability, Context, Monitor, MonitorEvent, MonitorEvents, Pull, Push, Security, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);

fn main() -> Result {
    if !zmq::has(Capability::Curve) {
        println!("skipped: libzmq built without curve");
        return Ok(());
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let directory = env::temp_dir().join(format!("zmq-ironhouse-{}", process::id()));
            fs::create_dir_all(directory.join("clients"))?;
            let outcome = run_alone(&directory);
            fs::remove_dir_all(&directory)?;
            outcome
        }
        ["server", endpoint, secret, clients] => {
            let server = Server::start(endpoint, &Certificate::load(secret)?, Path::new(clients))?;
            println!("server: at {}", server.endpoint);
            println!("{}", server.next_client()?);
            Ok(())
        }
        ["client", endpoint, secret, server] => {
            let client = connect(endpoint, &Certificate::load(secret)?, &Certificate::load(server)?)?;
            client.send_timeout("hello", TIMEOUT)?;
            println!("client: sent");
            Ok(())
        }
        _ => Err("usage: ironhouse [server ENDPOINT SECRET CLIENTS | client ENDPOINT SECRET SERVER]".into()),
    }
}

/// Runs a server, and connects three clients to it.
fn run_alone(directory: &Path) -> Result {
    let (own, mut known, unknown) = (Certificate::generate()?, Certificate::generate()?, Certificate::generate()?);
    known.set_metadata("role", "operator")?;
    let file = directory.join("clients/known.key");
    known.save_public(&file)?;

    let server = Server::start("tcp://127.0.0.1:*", &own, &directory.join("clients"))?;
    for (name, certificate) in [("known", &known), ("unknown", &unknown)] {
        let client = connect(&server.endpoint, certificate, &own)?;
        // The send of the unknown client times out, because the server never accepts it.
        let _ = client.send_timeout("hello", Duration::from_millis(200));
        println!("{name} client: {}", server.next_client()?);
    }
    fs::remove_file(&file)?;
    let _late = connect(&server.endpoint, &known, &own)?;
    println!("known client, after its certificate was removed: {}", server.next_client()?);
    Ok(())
}

struct Server {
    endpoint: String,
    socket: Socket<Pull>,
    monitor: Monitor,
    /// Authenticates clients until it is dropped.
    _authenticator: Authenticator,
}

impl Server {
    fn start(endpoint: &str, own: &Certificate, clients: &Path) -> Result<Self> {
        let context = Context::builder().linger(LINGER).build()?;
        let rules = Rules::new().curve_store(CertificateStore::open(clients)?);
        let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
        let socket = context.socket(Pull)?;
        let outcomes = MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::HANDSHAKE_FAILED_AUTH;
        let monitor = socket.monitor(outcomes)?;
        let keys = own.key_pair().ok_or("the server's certificate has no secret key")?;
        let endpoint = socket.set_security(&Security::curve_server(&keys))?.bind(endpoint)?.to_string();
        Ok(Self { endpoint, socket, monitor, _authenticator: authenticator })
    }

    /// Waits for a client, and returns its user ID and role, or the reason why the server refused it.
    fn next_client(&self) -> Result<String> {
        let event = self.monitor.recv_timeout(TIMEOUT)?.ok_or("no client connected in time")?;
        if let MonitorEvent::HandshakeFailedAuth { zap_status, .. } = event {
            return Ok(format!("{} {zap_status}", event.kind()));
        }
        let message = self.socket.recv_timeout(TIMEOUT)?.ok_or("no message")?;
        let (user, role) = (message.user_id().unwrap_or_default(), message.metadata("role").unwrap_or_default());
        Ok(format!("user_id={user} role={role}"))
    }
}

/// Opens a client with its own context, as a separate program would.
fn connect(endpoint: &str, own: &Certificate, server: &Certificate) -> Result<Socket<Push>> {
    let client = Context::builder().linger(LINGER).build()?.socket(Push)?;
    let keys = own.key_pair().ok_or("the client's certificate has no secret key")?;
    // Queue messages only for a completed connection, so that none waits for a server that refused the client.
    client.set_immediate(true)?;
    client.set_security(&Security::curve_client(&keys, server.public_key()))?.connect(endpoint)?;
    Ok(client)
}
