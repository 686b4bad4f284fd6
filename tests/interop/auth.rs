//! Security with pyzmq: its clients at this crate's authenticator, this crate's clients at its authenticator, and the
//! certificates of each side read by the other.
//!
//! The environment variable `ZMQ_INTEROP_PYTHON` names a Python with pyzmq. Without it, the tests are skipped.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::{env, fs, thread};

use tempfile::TempDir;
use zmq::auth::{Authenticator, Certificate, CertificateStore, Rules};
use zmq::curve::KeyPair;
use zmq::{Capability, MonitorEventKind, MonitorEvents, Pull, Push, Result, Security, has};

use crate::common::{PATIENCE, context, directory, free, lacks, pyzmq, take};

#[test]
fn clients_of_pyzmq_are_accepted_according_to_the_rules() -> Result<()> {
    let Some(mut peer) = Peer::start("clients") else { return Ok(()) };
    let store = CertificateStore::open(peer.directory.path())?;
    let [known, server, unknown] = ["known", "server", "unknown"].map(|name| peer.keys(name));
    // The server and the stranger must not be accepted because of their own keys.
    fs::remove_file(peer.file("unknown.key")).unwrap();
    let (known_file, unknown_file) = (peer.file("known.key_secret"), peer.file("unknown.key_secret"));
    let (own, wrong) = (peer.file("server.key_secret"), unknown_file.clone());
    let clients = [
        (vec!["null"], [Some("anonymous"), None, None]),
        (vec!["plain", "admin", "secret"], [None, Some("admin"), None]),
        (vec!["plain", "admin", "Secret"], [None, None, None]),
        (vec!["plain", "stranger", "secret"], [None, None, None]),
        (vec!["curve", &known_file, &own], [None, None, Some("known")]),
        (vec!["curve", &unknown_file, &own], [None, None, None]),
        (vec!["curve", &known_file, &wrong], [None, None, None]),
    ];
    let user = |name: &str| match name {
        "known" => known.public_key().to_string(),
        name => name.to_owned(),
    };
    let securities = [Security::null().domain("lab"), Security::plain_server(), Security::curve_server(&server)];
    assert_ne!(unknown.public_key(), known.public_key());
    for transport in transports() {
        let context = context()?;
        let rules = Rules::new().allow(if transport == "ipc" { "ipc" } else { "127.0.0.1" })?;
        let rules = rules.plain_user("admin", "secret").curve_store(store.clone());
        let _authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
        for (number, security) in securities.iter().enumerate() {
            let sink = context.socket(Pull)?;
            let endpoint = sink.set_security(security)?.bind(free(transport))?;
            for (client, users) in &clients {
                let answer = peer.ask(&[&["client", endpoint.as_str()], &client[..]].concat());
                let case = format!("{client:?} at {security:?} over {transport}");
                match users[number] {
                    Some(name) => {
                        assert_eq!(answer, "in", "{case}");
                        assert_eq!(take(&sink)?.user_id(), Some(user(name).as_str()), "{case}");
                    }
                    None => assert!(answer == "auth 400" || answer == "broken", "{answer}: {case}"),
                }
            }
            assert_eq!(sink.try_recv()?, None);
        }
    }
    peer.finish();
    Ok(())
}

#[test]
fn clients_are_accepted_by_the_authenticator_of_pyzmq() -> Result<()> {
    let Some(mut peer) = Peer::start("servers") else { return Ok(()) };
    let [known, server, unknown] = ["known", "server", "unknown"].map(|name| peer.keys(name));
    fs::remove_file(peer.file("unknown.key")).unwrap();
    let certificates = peer.directory.path().display().to_string();
    for transport in transports() {
        let wildcard = free(transport);
        let own = peer.file("server.key_secret");
        let endpoints = peer.ask(&["servers", &wildcard, &wildcard, &certificates, &own]);
        let (plain, curve) = endpoints.split_once('\t').expect("two endpoints");
        let known_key = known.public_key().to_string();
        let cases = [
            ("plain", plain, Security::plain_client("admin", "secret"), Some("admin")),
            ("plain", plain, Security::plain_client("admin", "Secret"), None),
            ("plain", plain, Security::null(), None),
            ("plain", plain, Security::curve_client(&known, server.public_key()), None),
            ("curve", curve, Security::curve_client(&known, server.public_key()), Some(&*known_key)),
            ("curve", curve, Security::curve_client(&unknown, server.public_key()), None),
            ("curve", curve, Security::curve_client(&known, unknown.public_key()), None),
            ("curve", curve, Security::null(), None),
        ];
        for (which, endpoint, security, user) in cases {
            let source = context()?.socket(Push)?;
            let outcomes = MonitorEvents::HANDSHAKE_SUCCEEDED
                | MonitorEvents::HANDSHAKE_FAILED_AUTH
                | MonitorEvents::HANDSHAKE_FAILED_PROTOCOL
                | MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL;
            let monitor = source.monitor(outcomes)?;
            source.set_security(&security)?.connect(endpoint)?;
            let event = monitor.recv_timeout(PATIENCE)?.expect("an event of the handshake");
            match user {
                Some(user) => {
                    assert_eq!(event.kind(), MonitorEventKind::HandshakeSucceeded, "{security:?} at {which}");
                    source.send("hello")?;
                    assert_eq!(peer.ask(&["receive", which]), format!("hello\t{user}"));
                }
                None => assert_ne!(event.kind(), MonitorEventKind::HandshakeSucceeded, "{security:?} at {which}"),
            }
        }
    }
    peer.finish();
    Ok(())
}

#[test]
fn each_side_reads_the_certificates_of_the_other() -> Result<()> {
    let Some(mut peer) = Peer::start("certificates") else { return Ok(()) };
    // Certificates of pyzmq, read by this crate.
    let directory = peer.directory.path().display().to_string();
    let files = peer.ask(&["create", &directory, "theirs"]);
    let (public, secret) = files.split_once('\t').expect("two files");
    let (public, secret) = (Certificate::load(public)?, Certificate::load(secret)?);
    assert_eq!(public.public_key(), secret.public_key());
    assert!(public.secret_key().is_none() && secret.key_pair().is_some());
    assert_eq!((secret.metadata("name"), secret.metadata("note")), (Some("Pythia"), Some("a \"word\"")));
    // Certificates of this crate, read by pyzmq.
    let mut ours = Certificate::generate()?;
    ours.set_metadata("name", "a \"word\"")?;
    ours.save(peer.file("ours.key"))?;
    let public = ours.public_key().to_string();
    let path = peer.file("ours.key");
    assert_eq!(peer.ask(&["load", &path]), format!("{public}\t"));
    let text = ours.secret_key().expect("a secret key").to_z85();
    assert_eq!(peer.ask(&["load", &format!("{path}_secret")]), format!("{public}\t{}", *text));
    // A certificate of pyzmq, written by this crate.
    secret.save(peer.file("again.key"))?;
    let path = peer.file("again.key_secret");
    let text = secret.secret_key().expect("a secret key").to_z85();
    assert_eq!(peer.ask(&["load", &path]), format!("{}\t{}", secret.public_key(), *text));
    peer.finish();
    Ok(())
}

fn transports() -> impl Iterator<Item = &'static str> {
    [Some("tcp"), has(Capability::Ipc).then_some("ipc")].into_iter().flatten()
}

/// The process at the other end, with a directory for the files of both sides. Dropping it kills the process.
struct Peer {
    child: Child,
    orders: Option<ChildStdin>,
    lines: Receiver<String>,
    directory: TempDir,
}

impl Peer {
    fn start(name: &str) -> Option<Self> {
        if lacks(Capability::Curve) {
            return None;
        }
        let python = pyzmq::python(name)?;
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/auth_peer.py"));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(io::Result::ok).try_for_each(|line| sender.send(line)));
        Some(Self { orders: child.stdin.take(), child, lines, directory: directory() })
    }

    /// Generates a key pair, and saves its certificate in the directory.
    fn keys(&self, name: &str) -> KeyPair {
        let certificate = Certificate::generate().unwrap();
        certificate.save(self.directory.path().join(name).with_extension("key")).unwrap();
        certificate.key_pair().expect("both keys")
    }

    fn file(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    fn ask(&mut self, words: &[&str]) -> String {
        let orders = self.orders.as_mut().expect("a running peer");
        writeln!(orders, "{}", words.join("\t")).unwrap();
        let answer = self.lines.recv_timeout(PATIENCE);
        answer.unwrap_or_else(|error| panic!("no answer of auth_peer.py to {:?}: {error}", words.first()))
    }

    /// Closes the peer's input, and waits for the peer to end successfully.
    fn finish(mut self) {
        drop(self.orders.take());
        assert_eq!(self.lines.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
