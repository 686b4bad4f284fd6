//! A server lets in whose certificate is in a directory, and knows whose message is whose, all encrypted: CURVE.
//!
//! Either side has a pair of keys, and knows the public one of the other beforehand. Take a certificate out of the
//! directory, and its owner stays outside from the next connection on.
//!
//! The Guide has no chapter on it; its author has: <http://hintjens.com/blog:49>.
//! Alone it makes the certificates itself: `cargo run --example ironhouse`. As two processes:
//! ```text
//! mkdir -p certs/clients
//! cargo run --example curve_keys -- save certs/server.key
//! cargo run --example curve_keys -- save certs/clients/alice.key role=operator
//! cargo run --example ironhouse -- server tcp://127.0.0.1:5557 certs/server.key_secret certs/clients
//! cargo run --example ironhouse -- client tcp://127.0.0.1:5557 certs/clients/alice.key_secret certs/server.key
//! ```
//!
//! Prints, alone:
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

/// How long anybody waits for the other side.
const PATIENCE: Duration = Duration::from_secs(30);

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
            let told = alone(&directory);
            fs::remove_dir_all(&directory)?;
            told
        }
        ["server", endpoint, secret, clients] => {
            let server = Server::start(endpoint, &Certificate::load(secret)?, Path::new(clients))?;
            println!("server: at {}", server.endpoint);
            println!("{}", server.next_client()?);
            Ok(())
        }
        ["client", endpoint, secret, server] => {
            let client = connect(endpoint, &Certificate::load(secret)?, &Certificate::load(server)?)?;
            client.send_timeout("hello", PATIENCE)?;
            println!("client: sent");
            Ok(())
        }
        _ => Err("usage: ironhouse [server ENDPOINT SECRET CLIENTS | client ENDPOINT SECRET SERVER]".into()),
    }
}

/// Lets three clients meet a server.
fn alone(directory: &Path) -> Result {
    let (own, mut known, unknown) = (Certificate::generate()?, Certificate::generate()?, Certificate::generate()?);
    known.set_metadata("role", "operator")?;
    let file = directory.join("clients/known.key");
    known.save_public(&file)?;

    let server = Server::start("tcp://127.0.0.1:*", &own, &directory.join("clients"))?;
    for (name, certificate) in [("known", &known), ("unknown", &unknown)] {
        let client = connect(&server.endpoint, certificate, &own)?;
        // It waits until somebody lets it in, which is never for the unknown one.
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
    /// It judges until it is dropped.
    _authenticator: Authenticator,
}

impl Server {
    fn start(endpoint: &str, own: &Certificate, clients: &Path) -> Result<Self> {
        let context = Context::builder().linger(PATIENCE).build()?;
        let rules = Rules::new().curve_store(CertificateStore::open(clients)?);
        let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
        let socket = context.socket(Pull)?;
        let outcomes = MonitorEvents::HANDSHAKE_SUCCEEDED | MonitorEvents::HANDSHAKE_FAILED_AUTH;
        let monitor = socket.monitor(outcomes)?;
        let keys = own.key_pair().ok_or("the server's certificate has no secret key")?;
        let endpoint = socket.set_security(&Security::curve_server(&keys))?.bind(endpoint)?.to_string();
        Ok(Self { endpoint, socket, monitor, _authenticator: authenticator })
    }

    /// Waits for a client, and tells who it is, or why it stays outside.
    fn next_client(&self) -> Result<String> {
        let event = self.monitor.recv_timeout(PATIENCE)?.ok_or("nobody came")?;
        if let MonitorEvent::HandshakeFailedAuth { zap_status, .. } = event {
            return Ok(format!("{} {zap_status}", event.kind()));
        }
        let message = self.socket.recv_timeout(PATIENCE)?.ok_or("no message")?;
        let (user, role) = (message.user_id().unwrap_or_default(), message.metadata("role").unwrap_or_default());
        Ok(format!("user_id={user} role={role}"))
    }
}

/// Opens a client, in a context of its own, as in a program of its own.
fn connect(endpoint: &str, own: &Certificate, server: &Certificate) -> Result<Socket<Push>> {
    let client = Context::builder().linger(PATIENCE).build()?.socket(Push)?;
    let keys = own.key_pair().ok_or("the client's certificate has no secret key")?;
    // Nothing waits for a server that turned the client away.
    client.set_immediate(true)?;
    client.set_security(&Security::curve_client(&keys, server.public_key()))?.connect(endpoint)?;
    Ok(client)
}
