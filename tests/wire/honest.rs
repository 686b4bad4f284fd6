//! Honest peers, which must be served after all attacks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use zmq::{Any, Context, Result, Socket, SocketType};

use crate::child::Attacked;
use crate::common::PATIENCE;
use crate::contents::{HONEST, is_whole};
use crate::targets::{Mechanism, Target, Transport};

/// The time after which an honest peer repeats its message. A queue may be full, or a subscription in transit.
const AGAIN: Duration = Duration::from_millis(30);

/// The time after which a connecting socket has stopped, as it does after an error of the protocol.
const GIVES_UP: Duration = Duration::from_millis(300);

/// The connection point of a target and its honest peer.
pub(crate) enum Meeting<'a> {
    /// An endpoint that the target has bound.
    At(&'a str),
    /// A free endpoint to which the target connects.
    Host(&'a str),
}

/// Asserts that an honest peer of `target` is served. `round` distinguishes the calls.
pub(crate) fn is_served(
    context: &Context,
    attacked: &mut Attacked,
    target: &Target,
    meeting: &Meeting<'_>,
    round: u64,
) -> Result<()> {
    if target.kind == SocketType::Stream {
        stream_is_served(target, meeting).expect("a connection without errors");
        return Ok(());
    }
    let peer = context.socket(target.peer_kind())?;
    peer.set_linger(Some(Duration::ZERO))?;
    peer.set_reconnect_interval(Some(Duration::from_millis(5)))?.set_handshake_interval(Duration::from_millis(300))?;
    if target.mechanism != Mechanism::Null {
        peer.set_security(&target.security(true))?;
    }
    match target.peer_kind() {
        SocketType::Sub => drop(peer.subscribe("tick")?),
        SocketType::Req => drop(peer.set_relaxed(true)?.set_correlate(true)?),
        _ => {}
    }
    match meeting {
        // Honest peers connect from another address than attackers.
        Meeting::At(endpoint) if target.goes_by_address() => {
            peer.connect(endpoint.replace("tcp://", "tcp://127.0.0.2:0;"))?;
        }
        Meeting::At(endpoint) => drop(peer.connect(endpoint)?),
        Meeting::Host(_) if target.goes_by_address() => {
            let endpoint = peer.bind("tcp://127.0.0.2:*")?;
            attacked.order(&format!("connect {} {endpoint}", target.index));
        }
        Meeting::Host(endpoint) => drop(peer.bind(endpoint)?),
    }
    let deadline = Instant::now() + PATIENCE;
    let mut gives_up = Instant::now() + GIVES_UP;
    loop {
        assert!(Instant::now() < deadline, "an honest peer of {target} is not served");
        if !attacked.is_alive() {
            panic!("{}", attacked.obituary());
        }
        let has_given_up = Instant::now() > gives_up;
        if let (Meeting::Host(endpoint), true) = (meeting, has_given_up) {
            attacked.order(&format!("connect {} {endpoint}", target.index));
            gives_up = deadline;
        }
        if attempt(&peer, attacked, target, round)? {
            return Ok(());
        }
    }
}

/// Sends the message once, and returns `true` if the answer arrived.
fn attempt(peer: &Socket<Any>, attacked: &mut Attacked, target: &Target, round: u64) -> Result<bool> {
    let said = [HONEST, round.to_string().as_bytes()].concat();
    let answered = match peer.socket_type() {
        SocketType::Push | SocketType::Pub => {
            let _ = peer.send_timeout(said, AGAIN);
            std::thread::yield_now();
            false
        }
        SocketType::Sub | SocketType::Pull => {
            peer.recv_multipart_timeout(AGAIN)?.is_some_and(|message| is_whole(&message))
        }
        SocketType::Rep => match peer.recv_multipart_timeout(AGAIN)? {
            Some(request) => {
                assert!(is_whole(&request), "{target} requests {request:?}");
                peer.send(said)?;
                false
            }
            None => false,
        },
        _ => {
            let delimiter = target.kind == SocketType::Rep && peer.socket_type() == SocketType::Dealer;
            let frames = delimiter.then(zmq::Message::new).into_iter().chain([said.clone().into()]);
            if peer.send_multipart_timeout(frames.collect::<zmq::Multipart>(), AGAIN).is_err() {
                // A PAIR socket accepts the next peer after it has read the last peer's messages.
                let _ = peer.try_recv_multipart();
                return Ok(false);
            }
            let answer = |message: zmq::Multipart| message.last().is_some_and(|frame| *frame == said);
            let deadline = Instant::now() + AGAIN;
            let mut answered = false;
            while !answered && Instant::now() < deadline {
                answered = peer.recv_multipart_timeout(AGAIN)?.is_some_and(answer);
            }
            answered
        }
    };
    Ok(answered
        || attacked.has_heard(target.index, round) && !matches!(target.kind, SocketType::Rep | SocketType::Router))
}

fn stream_is_served(target: &Target, meeting: &Meeting<'_>) -> std::io::Result<()> {
    let Meeting::At(endpoint) = meeting else { return Ok(()) };
    if target.transport != Transport::Tcp {
        return Ok(());
    }
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("tcp://"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"hello there")?;
    let mut answer = [0; 11];
    stream.read_exact(&mut answer)?;
    assert_eq!(&answer, b"hello there", "{target}");
    Ok(())
}
