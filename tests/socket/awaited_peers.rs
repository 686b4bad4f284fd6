//! Waiting for a peer: the connections that count, and the reason that an unsuccessful wait reports.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use zmq::auth::{Authenticator, Rules};
use zmq::curve::KeyPair;
use zmq::{
    Capability, Context, Dealer, Endpoint, ErrorKind, MonitorEvents, Pull, Push, Rep, Req, Result, Router, Security,
    Sub,
};

use crate::common::auth::{admin, admins};
use crate::common::{PATIENCE, context, dead_endpoint, hang_up_then_bind, lacks, take};

/// The duration of a wait that must expire, because another connection does not count as the awaited peer.
const SHORT: Duration = Duration::from_millis(150);

fn at(host: &str, endpoint: &Endpoint) -> String {
    format!("tcp://{host}:{}", endpoint.port().unwrap_or_default())
}

#[test]
fn a_peer_on_the_same_port_of_another_host_does_not_end_the_wait() -> Result<()> {
    let context = context()?;
    let server = context.socket(Router)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let absent = at("127.0.0.2", &endpoint);
    for _ in 0..10 {
        let client = context.socket(Dealer)?;
        client.connect(&endpoint)?;
        let error = client.connect_and_wait(&absent, SHORT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
    Ok(())
}

#[test]
fn a_peer_accepted_by_a_bound_socket_does_not_end_the_wait() -> Result<()> {
    let context = context()?;
    let server = context.socket(Router)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let peers: Vec<_> = (0..10).map(|_| context.socket(Dealer)).collect::<Result<_>>()?;
    thread::scope(|threads| {
        let waiting = threads.spawn(move || {
            let waited = server.connect_and_wait(at("127.0.0.2", &server.bound_endpoints()[0]), SHORT * 4);
            (server, waited.unwrap_err().kind())
        });
        let connected = peers.iter().try_for_each(|peer| peer.connect(&endpoint).map(drop));
        let kind = waiting.join().map(|(_server, kind)| kind);
        assert_eq!((connected.is_ok(), kind.ok()), (true, Some(ErrorKind::TimedOut)));
    });
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn each_of_two_peers_on_the_same_port_is_awaited_by_its_address() -> Result<()> {
    let context = context()?;
    let (one, other) = (context.socket(Router)?, context.socket(Router)?);
    let first = one.bind("tcp://127.0.0.1:*")?;
    let second = other.bind(at("127.0.0.2", &first))?;
    let client = context.socket(Dealer)?;
    assert_eq!(client.connect_and_wait(&first, PATIENCE)?, first);
    assert_eq!(client.connect_and_wait(&second, PATIENCE)?, second);
    Ok(())
}

#[test]
fn a_host_is_recognised_by_its_name_after_a_failed_connection() -> Result<()> {
    let context = context()?;
    // After the failed handshake, libzmq reports the address instead of the name.
    let (port, later) = hang_up_then_bind(context.socket(Rep)?);
    let client = context.socket(Req)?;
    client.set_reconnect_interval(Some(Duration::from_millis(10)))?;
    client.connect_and_wait(format!("tcp://localhost:{port}"), PATIENCE)?;
    assert!(later.join().is_ok());
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_peer_is_awaited_from_the_source_address_of_the_endpoint() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    client.connect_and_wait(format!("tcp://127.0.0.3:0;{}", endpoint.address()), PATIENCE)?;
    client.send("hello")?;
    assert_eq!(take(&server)?.peer_address(), Some("127.0.0.3"));
    Ok(())
}

#[test]
fn an_unsuccessful_wait_names_no_failure_of_another_connection() -> Result<()> {
    let client = context()?.socket(Push)?;
    client.set_reconnect_interval(Some(Duration::from_millis(1)))?;
    let other = client.connect(dead_endpoint()?)?;
    client.set_reconnect_interval(Some(PATIENCE))?;
    let endpoint = dead_endpoint()?;
    let error = client.connect_and_wait(&endpoint, SHORT * 2).unwrap_err().to_string();
    assert!(error.contains(&format!("ConnectRetried at {endpoint} ")) && !error.contains(other.as_str()), "{error}");
    Ok(())
}

/// Returns the errors of unsuccessful waits of clients with this security, with and without reconnects: the kind of the
/// named event, and the whole text.
fn reasons(context: &Context, endpoint: &Endpoint, security: &Security) -> Result<Vec<(String, String)>> {
    let mut reasons = Vec::new();
    for interval in [Some(Duration::from_millis(10)), None] {
        let (start, mut timeout) = (Instant::now(), SHORT * 2);
        let reason = loop {
            let client = context.socket(Dealer)?;
            client.set_security(security)?.set_reconnect_interval(interval)?;
            let error = client.connect_and_wait(endpoint, timeout).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TimedOut);
            let error = error.to_string();
            // A handshake may be slow on a busy machine.
            if error.contains("HandshakeFailed") || start.elapsed() > PATIENCE {
                break error;
            }
            timeout *= 2;
        };
        let (_, event) = reason.split_once("the most informative event was ").unwrap_or_default();
        reasons.push((event.split(' ').next().unwrap_or_default().to_owned(), reason));
    }
    Ok(reasons)
}

#[test]
fn a_wait_for_a_server_whose_authenticator_refuses_reports_the_refusal() -> Result<()> {
    let context = context()?;
    let _authenticator = Authenticator::builder(&context).rules(admins()).spawn()?;
    let server = context.socket(Router)?;
    let endpoint = server.set_security(&Security::plain_server())?.bind("tcp://127.0.0.1:*")?;
    for (kind, reason) in reasons(&context, &endpoint, &Security::plain_client("admin", "wrong"))? {
        assert_eq!(kind, "HandshakeFailedAuth", "{reason}");
        assert!(
            reason.contains(&format!("at {endpoint} (status 400), the authenticator refused the peer")),
            "{reason}"
        );
    }
    let client = context.socket(Dealer)?;
    client.set_security(&admin())?.connect_and_wait(&endpoint, PATIENCE)?;
    Ok(())
}

#[test]
fn a_wait_for_a_server_with_another_mechanism_reports_the_mismatch() -> Result<()> {
    let context = context()?;
    let server = context.socket(Router)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    for (kind, reason) in reasons(&context, &endpoint, &admin())? {
        assert_eq!(kind, "HandshakeFailedProtocol", "{reason}");
        assert!(reason.contains("(the peers use different security mechanisms (ZMTP_MECHANISM_MISMATCH))"), "{reason}");
    }
    Ok(())
}

#[test]
fn a_wait_for_a_server_with_another_key_reports_a_failed_handshake() -> Result<()> {
    if lacks(Capability::Curve) {
        return Ok(());
    }
    let (context, keys, other) = (context()?, KeyPair::generate()?, KeyPair::generate()?);
    let _authenticator = Authenticator::builder(&context).rules(Rules::new().curve_key(other.public_key())).spawn()?;
    let server = context.socket(Router)?;
    let endpoint = server.set_security(&Security::curve_server(&keys))?.bind("tcp://127.0.0.1:*")?;
    for (kind, reason) in reasons(&context, &endpoint, &Security::curve_client(&other, other.public_key()))? {
        assert_eq!(kind, "HandshakeFailedNoDetail", "{reason}");
        assert!(reason.contains("which may mean a wrong key"), "{reason}");
    }
    Ok(())
}

#[test]
fn a_wait_for_a_server_of_another_protocol_reports_a_failed_handshake() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address");
    // The thread ends with the process of the test.
    thread::spawn(move || {
        for mut peer in listener.incoming().flatten() {
            let _ = peer.read(&mut [0; 64]);
            let _ = peer.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
    });
    let endpoint = Endpoint::parse(&format!("tcp://{address}"))?;
    for (kind, reason) in reasons(&context()?, &endpoint, &Security::null())? {
        assert_eq!(kind, "HandshakeFailedNoDetail", "{reason}");
        assert!(reason.contains("or a peer that does not speak ZMTP"), "{reason}");
    }
    Ok(())
}

#[test]
fn a_wait_for_a_peer_of_an_incompatible_type_reports_the_end_of_the_connection() -> Result<()> {
    let context = context()?;
    let server = context.socket(Rep)?;
    let client = context.socket(Sub)?;
    client.set_reconnect_interval(Some(Duration::from_millis(10)))?;
    let monitor = client.monitor(MonitorEvents::all())?;
    client.connect(server.bind("tcp://127.0.0.1:*")?)?;
    // The first wait may expire before the connection ends.
    let mut errors =
        [2, 4, 8, 16].into_iter().map(|times| monitor.wait_connected(SHORT * times).unwrap_err().to_string());
    let error = errors.find(|error| error.contains("event")).unwrap_or_default();
    assert!(error.contains("the most informative event was Disconnected at tcp://127.0.0.1:"), "{error}");
    Ok(())
}
