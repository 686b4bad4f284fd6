//! Peers that break the protocol: mutated greetings, handshakes, commands, messages and WebSocket frames, sent to
//! sockets of every kind and mechanism, bound and connected, with heartbeats and monitors.
//!
//! Under every attack the process survives, honest peers are served, each connection is freed, and no message of a peer
//! without valid credentials arrives.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `ZMQ_WIRE_MUTATIONS` | the number of connections, over all transports | 6,000 |
//! | `ZMQ_WIRE_SEED` | the seed of the connections | 1 |
//! | `ZMQ_WIRE_FIRST` | the number of the first connection | 0 |
//! | `ZMQ_WIRE_TARGET` | the index of the only target to attack | all |
//!
//! A failure prints the seed and the latest connections with their numbers. Seed and number determine a connection, but
//! the state of its target depends on the other connections at the time.
#![cfg(target_os = "linux")]

mod attack;
mod child;
#[path = "../common/mod.rs"]
mod common;
mod contents;
mod dialogue;
mod grammar;
mod honest;
mod left_out;
mod mutate;
mod relay;
mod served;
mod stream;
mod targets;

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use zmq::auth::Authenticator;
use zmq::{Context, Result, SocketType};

use attack::{Battle, Place};
use child::Attacked;
use common::{PATIENCE, lacks, this_test};
use honest::{Meeting, is_served};
use left_out::{Part, is_left_out};
use stream::Listener;
use targets::{Target, Transport, targets};

/// The number of concurrent attackers.
const ATTACKERS: usize = 16;
/// The time after which an open connection counts as leaked. Timers that end connections take a tenth of it.
const LEAK: Duration = Duration::from_secs(15);
/// The interval at which the test checks the attacked process.
const PAUSE: Duration = Duration::from_millis(20);

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).ok().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

#[test]
fn mutated_peers_over_tcp_do_no_harm() -> Result<()> {
    do_no_harm(this_test!(), Transport::Tcp)
}

#[test]
fn mutated_peers_over_ipc_do_no_harm() -> Result<()> {
    do_no_harm(this_test!(), Transport::Ipc)
}

#[test]
fn mutated_peers_over_ws_do_no_harm() -> Result<()> {
    if lacks(zmq::Capability::Ws) {
        return Ok(());
    }
    do_no_harm(this_test!(), Transport::Ws)
}

fn do_no_harm(name: &str, transport: Transport) -> Result<()> {
    if child::is_attacked(name, transport) {
        return Ok(());
    }
    left_out::report();
    let scheme = if transport == Transport::Ws { "ws" } else { "tcp" };
    // Without the fixes few messages arrive whole, and only many connections show it reliably.
    let default = if left_out::is_reduced() { 24_000 } else { 6_000 };
    let count = variable("ZMQ_WIRE_MUTATIONS", default) / 3;
    let (seed, first) = (variable("ZMQ_WIRE_SEED", 1), variable("ZMQ_WIRE_FIRST", 0));
    println!("seed {seed}, connections {first} to {}", first + count);

    let mut attacked = Attacked::spawn(name, transport);
    let bound = attacked.endpoints();
    let context = Context::builder().linger(Duration::ZERO).build()?;
    let _authenticator = Authenticator::with(&context, served::Policy::default())?;
    let all = targets(transport);
    let only = env::var("ZMQ_WIRE_TARGET").ok();
    let chosen = |target: &&Target| only.as_ref().is_none_or(|only| *only == target.index.to_string());
    let find = |index: usize| all.iter().find(|target| target.index == index).filter(chosen).copied();
    let bound: Vec<_> = bound.into_iter().filter_map(|(index, endpoint)| Some((find(index)?, endpoint))).collect();

    for (target, endpoint) in &bound {
        is_served(&context, &mut attacked, target, &Meeting::At(endpoint), 0)?;
    }
    let at_start = settled(&attacked);

    // Without the fix, these leak a connection for each surplus peer.
    let leaks = |target: &Target| {
        let freezes = transport == Transport::Ws && is_left_out(Part::WsDescriptors);
        target.kind == SocketType::Pair && (freezes || is_left_out(Part::SurplusPeers))
    };
    let mut places: Vec<_> = bound
        .iter()
        .filter(|(target, _)| !leaks(target))
        .map(|(target, at)| (*target, Place::Bound(at.clone())))
        .collect();
    for target in all.iter().filter(|target| !target.binds).filter(chosen) {
        let listener = Listener::new(transport == Transport::Ipc, &target.index.to_string()).expect("a listener");
        let endpoint = listener.endpoint(scheme).expect("an address");
        attacked.order(&format!("connect {} {endpoint}", target.index));
        places.push((*target, Place::Connects(listener)));
    }
    attacked.order("alive");
    attacked.expect("alive");
    let connected = all.iter().filter(|target| !target.binds).count();
    let with_connected = settled(&attacked) + connected;

    let battle = Battle::new(seed, first, count, places);
    let start = Instant::now();
    fight(&battle, &mut attacked, scheme);
    let took = start.elapsed();
    println!("{count} connections in {took:?}, {:.0} a second", count as f64 / took.as_secs_f64());

    attacked.order("drain");
    await_descriptors(&mut attacked, with_connected, "after the attack");
    for (target, place) in battle.targets {
        let meeting = match place {
            Place::Bound(endpoint) => Some(endpoint),
            Place::Connects(listener) => {
                let endpoint = listener.endpoint(scheme).expect("an address");
                drop(listener);
                is_served(&context, &mut attacked, &target, &Meeting::Host(&endpoint), 1)?;
                None
            }
        };
        if let Some(endpoint) = meeting {
            is_served(&context, &mut attacked, &target, &Meeting::At(&endpoint), 1)?;
        }
    }
    attacked.order("leave");
    await_descriptors(&mut attacked, at_start, "without the sockets that connected");
    let counts = attacked.end();
    println!(
        "{transport:?}: {count} connections in {took:?}, {:.0} a second, {:?} relayed, {:?} missed; \
         messages of visitors, whole, others; events: {counts:?}",
        count as f64 / took.as_secs_f64(),
        battle.relayed,
        battle.missed
    );
    if only.is_none() {
        // The mutations are strong enough to be refused, and weak enough for some peers to be accepted.
        let few = count as usize / if left_out::is_reduced() { 2000 } else { 1000 };
        assert!(counts[0] > few && counts[1] > few && counts[3] > count as usize / 4, "{counts:?}");
    }
    Ok(())
}

/// Runs the attackers, and watches the attacked process.
fn fight(battle: &Battle, attacked: &mut Attacked, scheme: &str) {
    thread::scope(|scope| {
        let attackers: Vec<_> = (0..ATTACKERS).map(|_| scope.spawn(|| battle.fight())).collect();
        while attackers.iter().any(|attacker| !attacker.is_finished()) {
            if !attacked.is_alive() {
                battle.stop();
                break;
            }
            for (index, listener) in battle.gave_up() {
                attacked.order(&format!("connect {index} {}", listener.endpoint(scheme).expect("an address")));
            }
            thread::park_timeout(PAUSE);
        }
    });
    if !attacked.is_alive() {
        let (seed, reached) = (battle.seed, battle.reached());
        panic!("seed {seed}, connection {reached}: {}\nthe latest:\n{}", attacked.obituary(), battle.recent());
    }
    // The process still follows orders.
    attacked.order("alive");
    attacked.expect("alive");
}

/// Waits until the number of descriptors is stable, and returns it.
fn settled(attacked: &Attacked) -> usize {
    let (start, mut since, mut count) = (Instant::now(), Instant::now(), attacked.descriptors());
    while since.elapsed() < 10 * PAUSE && start.elapsed() < PATIENCE {
        thread::park_timeout(PAUSE);
        let now = attacked.descriptors();
        if now != count {
            (since, count) = (Instant::now(), now);
        }
    }
    count
}

/// Waits until the process has at most this many descriptors.
fn await_descriptors(attacked: &mut Attacked, most: usize, when: &str) {
    if attacked.transport == Transport::Ws && is_left_out(Part::WsDescriptors) {
        return;
    }
    let start = Instant::now();
    while attacked.descriptors() > most {
        assert!(attacked.is_alive(), "{when}: {}", attacked.obituary());
        let count = attacked.descriptors();
        let stay =
            || format!("{when}: {count} descriptors are open, not {most}:\n{}", attacked.connections().join("\n"));
        assert!(start.elapsed() < LEAK, "{}", stay());
        thread::park_timeout(PAUSE);
    }
}
