//! Pings, pongs and silence. Origin: test_heartbeats.cpp.

use std::time::Duration;

use zmq::abilities::Open;
use zmq::curve::KeyPair;
use zmq::{
    Capability, Context, Dealer, ErrorKind, Heartbeat, Kind, Monitor, MonitorEventKind, MonitorEvents, Pair, Pub, Pull,
    Push, Rep, Req, Result, Router, Security, Socket, Sub,
};

use crate::common::wire::{self, Wire};
use crate::support::*;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Pings often, but allows plenty of time for the answer.
const PATIENT: Heartbeat =
    Heartbeat { interval: Duration::from_millis(20), timeout: Some(PATIENCE), time_to_live: None };

/// Monitors connects and disconnects.
fn watch<K: Kind>(socket: &Socket<K>) -> Result<Monitor> {
    socket.monitor(MonitorEvents::ACCEPTED | MonitorEvents::DISCONNECTED)
}

#[test]
fn a_peer_that_does_not_answer_pings_is_disconnected() -> Result<()> {
    let server = context()?.socket(Router)?;
    server.set_heartbeat(Heartbeat::every(50 * MILLISECOND))?;
    let monitor = watch(&server)?;
    let endpoint = server.bind(free("tcp"))?;
    let mut wire = Wire::shake_hands(&endpoint, 0, "DEALER", Some(b""));
    expect_events(&monitor, [MonitorEventKind::Accepted, MonitorEventKind::Disconnected]);
    wire.expect_end();
    Ok(())
}

#[test]
fn a_peer_that_answers_pings_stays_connected() -> Result<()> {
    let server = context()?.socket(Router)?;
    server.set_heartbeat(PATIENT)?;
    let monitor = watch(&server)?;
    let endpoint = server.bind(free("tcp"))?;
    let mut wire = Wire::shake_hands(&endpoint, 0, "DEALER", Some(b""));
    expect_events(&monitor, [MonitorEventKind::Accepted]);
    for _ in 0..3 {
        let (_, ping) = wire.receive_frame();
        // The name is followed by the time to live, here none, and the bytes to repeat, here none.
        assert_eq!(ping, b"\x04PING\0\0");
        wire.send(&wire::command("PONG", b""));
    }
    wire.send(&wire::message(b"still here", false));
    assert_eq!(take_all(&server)?[1], "still here");
    assert_eq!(monitor.try_recv()?, None);
    Ok(())
}

#[test]
fn a_pong_repeats_up_to_sixteen_bytes_of_the_ping() -> Result<()> {
    let server = context()?.socket(Router)?;
    let endpoint = server.bind(free("tcp"))?;
    let mut wire = Wire::shake_hands(&endpoint, 0, "DEALER", Some(b""));
    let long = [b'z'; 60];
    for (text, repeated) in [(&b"LOL"[..], &b"LOL"[..]), (&long, &long[..16])] {
        wire.send(&wire::command("PING", &[b"\0\0", text].concat()));
        let pong = wire::command("PONG", repeated);
        assert_eq!(wire.receive(pong.len()), pong);
    }
    Ok(())
}

/// The security of the server and of the client.
type Secured = (Security, Security);

/// Returns the security of CURVE if this libzmq supports it.
fn curve() -> Result<Option<Secured>> {
    if !zmq::has(Capability::Curve) {
        return Ok(None);
    }
    let keys = KeyPair::generate()?;
    let client = Security::curve_anonymous_client(keys.public_key())?;
    Ok(Some((Security::curve_server(&keys).without_authentication(), client)))
}

fn connect<A: Open, B: Open>(
    context: &Context,
    security: &Secured,
    (server, on_server): (A, Heartbeat),
    (client, on_client): (B, Heartbeat),
) -> Result<(Two<A, B>, Monitor)> {
    let (server, client) = (context.socket(server)?, context.socket(client)?);
    server.set_heartbeat(on_server)?.set_security(&security.0)?;
    client.set_heartbeat(on_client)?.set_security(&security.1)?;
    let monitor = watch(&server)?;
    client.connect(server.bind(free("tcp"))?)?;
    expect_events(&monitor, [MonitorEventKind::Accepted]);
    Ok(((server, client), monitor))
}

/// The client announces a time to live that is shorter than the interval of its heartbeats.
fn expect_the_silent_client_to_be_disconnected<A: Open, B: Open>(server: A, client: B) -> Result<()> {
    let brief = Heartbeat { time_to_live: Some(100 * MILLISECOND), ..Heartbeat::every(250 * MILLISECOND) };
    let open = (Security::null(), Security::null());
    let (_sockets, monitor) = connect(&context()?, &open, (server, Heartbeat::default()), (client, brief))?;
    expect_events(&monitor, [MonitorEventKind::Disconnected]);
    Ok(())
}

/// Asserts that no connection ends during several intervals of pings.
fn expect_the_silent_client_to_stay<A: Open, B: Open>(security: &Secured, server: A, client: B) -> Result<()> {
    let (_sockets, monitor) = connect(&context()?, security, (server, PATIENT), (client, Heartbeat::default()))?;
    assert_eq!(monitor.recv_timeout(10 * PATIENT.interval)?, None);
    Ok(())
}

/// Declares the tests of each pair of a server and a client.
macro_rules! pairs {
    ($($name:ident: $server:ident $client:ident;)+) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn a_client_that_is_silent_for_longer_than_its_time_to_live_is_disconnected() -> Result<()> {
                    expect_the_silent_client_to_be_disconnected($server, $client)
                }

                #[test]
                fn a_client_that_answers_pings_stays_connected() -> Result<()> {
                    expect_the_silent_client_to_stay(&(Security::null(), Security::null()), $server, $client)
                }

                #[test]
                fn a_client_that_answers_encrypted_pings_stays_connected() -> Result<()> {
                    let Some(security) = curve()? else { return Ok(()) };
                    expect_the_silent_client_to_stay(&security, $server, $client)
                }
            }
        )+
    };
}

pairs! {
    router_dealer: Router Dealer;
    rep_req: Rep Req;
    push_pull: Push Pull;
    pub_sub: Pub Sub;
    pair_pair: Pair Pair;
}

#[test]
fn the_time_to_live_has_a_limit_and_is_rounded_up() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let longest = Duration::from_millis(6_553_500);
    for (set, read) in [
        (longest, longest),
        (longest - 50 * MILLISECOND, longest),
        (99 * MILLISECOND, 100 * MILLISECOND),
        (MILLISECOND, 100 * MILLISECOND),
    ] {
        socket.set_heartbeat(Heartbeat { time_to_live: Some(set), ..PATIENT })?;
        assert_eq!(socket.heartbeat()?.time_to_live, Some(read));
    }
    let too_long = Heartbeat { time_to_live: Some(longest + MILLISECOND), ..PATIENT };
    assert_eq!(socket.set_heartbeat(too_long).unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(socket.heartbeat()?.time_to_live, Some(100 * MILLISECOND));
    Ok(())
}
