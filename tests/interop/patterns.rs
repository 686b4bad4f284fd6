//! Every pattern with pyzmq at the other end, over tcp and ipc, with each side binding. The contents have from 1 byte
//! to 16 MiB, and are compared on both sides.
//!
//! The environment variable `ZMQ_INTEROP_PYTHON` names a Python with pyzmq. Without it, the tests are skipped.

use std::time::Duration;

use zmq::{Capability, Context, Dealer, Kind, Pull, Push, Rep, Req, Result, Router, Socket, Sub, Subscription, XPub};

use crate::common::PATIENCE;
use crate::common::pyzmq::{self, Peer};

const ROUTING_ID: &[u8] = &[1, 0, 255, 128, 10];
/// Sizes around the limits at which libzmq stores or frames messages differently, and far above.
const SIZES: [usize; 11] = [1, 29, 33, 34, 255, 256, 8_191, 8_193, 65_536, 1 << 20, 16 << 20];

#[test]
fn requests_are_answered_by_pyzmq() -> Result<()> {
    meet(
        "rep",
        |context| context.socket(Req),
        |socket, seed, size| {
            socket.send(pattern(seed, size))?;
            expect(socket.recv_multipart()?, [pattern(seed + 1, size)]);
            Ok(())
        },
    )
}

#[test]
fn requests_of_pyzmq_are_answered() -> Result<()> {
    meet(
        "req",
        |context| context.socket(Rep),
        |socket, seed, size| {
            expect(socket.recv_multipart()?, [pattern(seed, size)]);
            Ok(socket.send(pattern(seed + 1, size))?)
        },
    )
}

#[test]
fn work_reaches_pyzmq() -> Result<()> {
    meet(
        "pull",
        |context| context.socket(Push),
        |socket, seed, size| Ok(socket.send_multipart(("head", "", pattern(seed, size)))?),
    )
}

#[test]
fn work_of_pyzmq_arrives() -> Result<()> {
    meet(
        "push",
        |context| context.socket(Pull),
        |socket, seed, size| {
            expect(socket.recv_multipart()?, [b"head".to_vec(), vec![], pattern(seed, size)]);
            Ok(())
        },
    )
}

#[test]
fn pyzmq_receives_its_subscribed_topics() -> Result<()> {
    meet(
        "subscribe",
        |context| context.socket(XPub),
        |socket, seed, size| {
            if seed == 0 {
                assert_eq!(socket.recv_subscription()?, Subscription::Subscribe("wanted.".into()));
            }
            socket.send_multipart(("unwanted.", pattern(seed, size)))?;
            Ok(socket.send_multipart((b"wanted.\0", pattern(seed, size)))?)
        },
    )
}

#[test]
fn a_subscriber_receives_its_subscribed_topics_from_pyzmq() -> Result<()> {
    meet(
        "publish",
        |context| {
            let socket = context.socket(Sub)?;
            socket.subscribe("wanted.")?.set_linger(Some(Duration::ZERO))?;
            Ok(socket)
        },
        |socket, seed, size| {
            expect(socket.recv_multipart()?, [b"wanted.\0".to_vec(), pattern(seed, size)]);
            Ok(())
        },
    )
}

#[test]
fn a_router_of_pyzmq_addresses_a_dealer_by_its_binary_id() -> Result<()> {
    meet(
        "router",
        |context| {
            let socket = context.socket(Dealer)?;
            socket.set_routing_id(ROUTING_ID)?;
            Ok(socket)
        },
        |socket, seed, size| {
            socket.send_multipart(("", [0, seed], pattern(seed, size)))?;
            expect(socket.recv_multipart()?, [vec![], pattern(seed + 1, size), vec![0, seed]]);
            Ok(())
        },
    )
}

#[test]
fn a_router_addresses_a_dealer_of_pyzmq_by_its_binary_id() -> Result<()> {
    meet(
        "dealer",
        |context| context.socket(Router),
        |socket, seed, size| {
            let request = socket.recv_multipart()?;
            expect(request, [ROUTING_ID.to_vec(), vec![], vec![0, seed], pattern(seed, size)]);
            Ok(socket.send_multipart((ROUTING_ID, "", pattern(seed + 1, size), [0, seed]))?)
        },
    )
}

/// Calls `talk` to exchange a message of each size with the peer in `role`, over each transport, with each side
/// binding.
fn meet<K: Kind>(
    role: &str,
    open: impl Fn(&Context) -> Result<Socket<K>>,
    talk: impl Fn(&Socket<K>, u8, usize) -> Result<()>,
) -> Result<()> {
    let Some(python) = pyzmq::python(role) else { return Ok(()) };
    let ipc = zmq::has(Capability::Ipc).then_some("ipc://*");
    for wildcard in [Some("tcp://127.0.0.1:*"), ipc].into_iter().flatten() {
        for peer_binds in [false, true] {
            println!("{role} at {wildcard}, bound by {}", if peer_binds { "pyzmq" } else { "this crate" });
            let context = Context::builder().linger(PATIENCE).build()?;
            let socket = open(&context)?;
            socket.set_recv_timeout(Some(PATIENCE))?.set_send_timeout(Some(PATIENCE))?;

            let endpoint = match peer_binds {
                true => ["bind".to_owned(), wildcard.to_owned()],
                false => ["connect".to_owned(), socket.bind(wildcard)?.to_string()],
            };
            let sizes = SIZES.map(|size| size.to_string());
            let arguments = [role.to_owned()].into_iter().chain(endpoint).chain(sizes);
            let mut peer = Peer::start(&python, "peer.py", arguments);
            let endpoint = peer.line();
            if peer_binds {
                socket.connect(endpoint)?;
            }
            for (seed, size) in (0..).zip(SIZES) {
                talk(&socket, seed, size)?;
            }
            peer.finish();
        }
    }
    Ok(())
}

/// Returns the content of message number `seed`.
pub(crate) fn pattern(seed: u8, size: usize) -> Vec<u8> {
    let block: Vec<u8> = (0..251).map(|i: u16| ((u16::from(seed) + i) % 251) as u8).collect();
    let mut bytes = block.repeat(size / block.len() + 1);
    bytes.truncate(size);
    bytes
}

/// Compares frames without printing them, since they may have 16 MiB.
fn expect<const N: usize>(received: zmq::Multipart, wanted: [Vec<u8>; N]) {
    let sizes: Vec<_> = received.iter().map(|frame| frame.len()).collect();
    assert_eq!(sizes, wanted.each_ref().map(Vec::len));
    assert!(received.iter().zip(&wanted).all(|(frame, bytes)| frame == bytes), "frames of {sizes:?} bytes differ");
}
