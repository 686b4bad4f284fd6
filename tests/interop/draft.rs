//! The kinds of the draft API with the npm package `zeromq` at the other end, over tcp and ipc, with each side binding.
//! The contents are compared on both sides.
//!
//! The environment variable `ZMQ_INTEROP_NODE` names the directory with the package. Without it, the tests are skipped.

use std::array;
use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use zmq::abilities::Open;
use zmq::{Capability, Client, Context, Gather, Message, Result, Scatter, Server, Socket};

use crate::common::pyzmq::Peer;
use crate::common::{PATIENCE, nodejs};
use crate::patterns::pattern;

/// Sizes around the limits at which libzmq stores or frames messages differently, and far above.
pub(crate) const SIZES: &[usize] = &[0, 1, 29, 33, 34, 255, 256, 8_191, 8_193, 65_536, 1 << 20, 16 << 20];

/// Sizes that fit into a datagram together with the group.
pub(crate) const UDP_SIZES: &[usize] = &[0, 1, 29, 33, 34, 255, 256, 8_000];
/// The group, or the content, of messages that are sent until the other side receives one.
pub(crate) const PROBE: &str = "probe";
/// The time between probes.
pub(crate) const INTERVAL: Duration = Duration::from_millis(10);

#[test]
fn a_client_is_answered_by_zeromq_js() -> Result<()> {
    meet("server", Client, |client, _| {
        for (seed, &size) in (0..).zip(SIZES) {
            client.send(pattern(seed, size))?;
            expect(&client.recv()?, seed + 1, size);
        }
        Ok(())
    })
}

#[test]
fn a_client_of_zeromq_js_is_answered() -> Result<()> {
    meet("client", Server, |server, _| {
        for (seed, &size) in (0..).zip(SIZES) {
            let request = server.recv()?;
            expect(&request, seed, size);
            server.reply_to(&request, pattern(seed + 1, size))?;
        }
        Ok(())
    })
}

#[test]
fn each_client_of_zeromq_js_gets_its_own_reply() -> Result<()> {
    let Some(directory) = nodejs::directory("crowd") else { return Ok(()) };
    let server = Context::builder().linger(PATIENCE).build()?.socket(Server)?;
    let endpoint = server.set_recv_timeout(Some(PATIENCE))?.bind("tcp://127.0.0.1:*")?;
    let (peer, _) = start(&directory, "crowd", "connect", endpoint.as_str(), &[0]);
    let requests = [server.recv()?, server.recv()?, server.recv()?];
    for request in requests.iter().rev() {
        server.reply_to(request, format!("to {}", request.to_str()?))?;
    }
    peer.finish();
    Ok(())
}

#[test]
fn each_client_gets_its_own_reply_from_zeromq_js() -> Result<()> {
    let Some(directory) = nodejs::directory("desk") else { return Ok(()) };
    let (peer, endpoint) = start(&directory, "desk", "bind", "tcp://127.0.0.1:*", &[0]);
    let context = Context::builder().linger(PATIENCE).build()?;
    let clients: [_; 3] = array::from_fn(|_| context.socket(Client).unwrap());
    for (number, client) in clients.iter().enumerate() {
        client.set_recv_timeout(Some(PATIENCE))?.connect(&endpoint)?;
        client.send(format!("from {number}"))?;
    }
    for (number, client) in clients.iter().enumerate() {
        assert_eq!(client.recv()?.to_str()?, format!("to from {number}"));
    }
    peer.finish();
    Ok(())
}

#[test]
fn scattered_messages_reach_zeromq_js() -> Result<()> {
    meet("gather", Scatter, |scatter, _| {
        for (seed, &size) in (0..).zip(SIZES) {
            scatter.send(pattern(seed, size))?;
        }
        Ok(())
    })
}

#[test]
fn scattered_messages_of_zeromq_js_arrive() -> Result<()> {
    meet("scatter", Gather, |gather, _| {
        for (seed, &size) in (0..).zip(SIZES) {
            expect(&gather.recv()?, seed, size);
        }
        Ok(())
    })
}

/// Calls `talk` with a socket and the peer in `role`, over each transport, with each side binding.
pub(crate) fn meet<K: Open + Copy>(
    role: &str,
    kind: K,
    talk: impl Fn(&Socket<K::Kind>, &mut Peer) -> Result<()>,
) -> Result<()> {
    let Some(directory) = nodejs::directory(role) else { return Ok(()) };
    let ipc = zmq::has(Capability::Ipc).then_some("ipc://*");
    for wildcard in [Some("tcp://127.0.0.1:*"), ipc].into_iter().flatten() {
        for peer_binds in [false, true] {
            println!("{role} at {wildcard}, bound by {}", if peer_binds { "zeromq.js" } else { "this crate" });
            let context = Context::builder().linger(PATIENCE).build()?;
            let socket = context.socket(kind)?;
            socket.set_recv_timeout(Some(PATIENCE))?.set_send_timeout(Some(PATIENCE))?;
            let mut peer = if peer_binds {
                let (peer, endpoint) = start(&directory, role, "bind", wildcard, SIZES);
                socket.connect(endpoint)?;
                peer
            } else {
                start(&directory, role, "connect", socket.bind(wildcard)?.as_str(), SIZES).0
            };
            talk(&socket, &mut peer)?;
            peer.finish();
        }
    }
    Ok(())
}

/// Starts a peer, and returns it with its endpoint once it is bound or connected.
pub(crate) fn start(directory: &Path, role: &str, how: &str, endpoint: &str, sizes: &[usize]) -> (Peer, String) {
    let sizes = sizes.iter().map(ToString::to_string);
    let arguments = [role, how, endpoint].map(ToOwned::to_owned).into_iter().chain(sizes);
    let mut peer = nodejs::start(directory, "draft_peer.js", arguments);
    let endpoint = peer.line();
    (peer, endpoint)
}

/// Compares a content without printing it, since it may have 16 MiB.
pub(crate) fn expect(message: &Message, seed: u8, size: usize) {
    assert!(*message == pattern(seed, size), "another message than expected: {message:?}");
}

/// Returns a port that was free a moment ago.
pub(crate) fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).unwrap().port()
}
