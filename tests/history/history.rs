//! A history: sockets of random kinds on several threads, their actions, and their end.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use zmq::{Context, Endpoint, ErrorKind, Events, Proxy, ProxyHandle, Reactor, Result, SocketType};

use crate::actor::{Actor, Link};
use crate::common::random::Random;
use crate::left_out::{Part, is_left_out};
use crate::owners::Owners;

/// The compatible kinds: that of the bound socket, and that of the connected ones.
const GROUPS: [(SocketType, SocketType); 14] = {
    use SocketType::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};
    [
        (Pair, Pair),
        (Pull, Push),
        (Push, Pull),
        (Dealer, Dealer),
        (Router, Dealer),
        (Dealer, Router),
        (Rep, Req),
        (Rep, Dealer),
        (Router, Req),
        (Pub, Sub),
        (XPub, Sub),
        (Sub, Pub),
        (XSub, XPub),
        (Sub, XPub),
    ]
};

/// The kinds of a proxy's two sockets, between the kinds of their peers.
const PROXIES: [[SocketType; 4]; 2] = {
    use SocketType::{Dealer, Pull, Push, Rep, Req, Router};
    [[Push, Pull, Push, Pull], [Req, Router, Dealer, Rep]]
};

/// The duration of the work of the threads.
const WORK: Duration = Duration::from_millis(250);
/// The longest duration of a step.
const LONGEST_STEP: Duration = Duration::from_secs(5);
/// The longest duration of the end.
const LONGEST_END: Duration = Duration::from_secs(10);

/// Runs the history with this seed, and panics if a check fails.
pub(crate) fn live(seed: u64) -> Result<()> {
    let mut random = Random::new(seed, 0);
    let context = Context::builder()
        .io_threads(1 + random.below(2) as u32)
        .linger(Duration::from_millis(random.below(30) as u64))
        .build()?;
    let owners = Owners::new(&context)?;
    let mut actors = Vec::new();
    let mut proxies = Vec::new();
    for group in 0..2 + random.below(5) {
        if random.chance(15) {
            proxies.push(open_proxy(&context, group, seed, &mut actors, &mut random)?);
        } else {
            open_group(&context, group, seed, &mut actors, &mut random)?;
        }
    }
    let ends_in_the_middle = random.chance(30);
    let threads = 1 + random.below(3);
    let reactor = random.chance(25).then(|| actors.remove(random.below(actors.len())));
    say(seed, &format!("{} sockets, {threads} threads, {} proxies", actors.len(), proxies.len()));
    let deal = |actors: Vec<Actor>| {
        let mut hands: Vec<_> = (0..threads).map(|_| Vec::new()).collect();
        actors.into_iter().enumerate().for_each(|(index, actor)| hands[index % threads].push(actor));
        hands
    };
    let lines: Vec<_> = (0..threads).map(|_| mpsc::channel::<Actor>()).collect();
    let senders: Vec<_> = lines.iter().map(|(sender, _)| sender.clone()).collect();
    thread::scope(|scope| {
        let mut running = Vec::new();
        let receivers = lines.into_iter().map(|(_, receiver)| receiver);
        for (number, (hand, receiver)) in deal(actors).into_iter().zip(receivers).enumerate() {
            let (senders, owners, random) = (senders.clone(), owners.clone(), Random::new(seed, number as u64 + 1));
            running.push(scope.spawn(move || work(hand, &receiver, &senders, &owners, random)));
        }
        drop(senders);
        if let Some(actor) = reactor {
            let owners = owners.clone();
            running.push(scope.spawn(move || react(actor, &owners, Random::new(seed, u64::MAX))));
        }
        direct(&proxies, ends_in_the_middle.then_some(&context), &mut random);
        for thread in running {
            // The panic message is already printed.
            thread.join().unwrap_or_else(|_| panic!("a thread of history {seed} panicked"));
        }
    });
    say(seed, "the end");
    drop(proxies);
    let (made, dropped) = owners.end();
    let ended = match random.below(3) {
        0 => context.terminate(LONGEST_END).map_err(|open| open.to_string()),
        1 => {
            context.shutdown();
            context.terminate(LONGEST_END).map_err(|open| open.to_string())
        }
        _ => {
            drop(context);
            Ok(())
        }
    };
    ended.unwrap_or_else(|open| panic!("history {seed} does not end: {open}"));
    let deadline = Instant::now() + LONGEST_END;
    while made.load(Ordering::Acquire) != dropped.load(Ordering::Acquire) {
        let (made, dropped) = (made.load(Ordering::Acquire), dropped.load(Ordering::Acquire));
        assert!(Instant::now() < deadline, "history {seed}: only {dropped} of {made} owners were dropped");
        thread::yield_now();
    }
    Ok(())
}

fn say(seed: u64, what: &str) {
    let _ = writeln!(std::io::stderr(), "history {seed}: {what}");
}

fn endpoint(group: usize, seed: u64, random: &mut Random) -> String {
    match random.below(5) {
        0 | 1 => format!("inproc://group-{group}"),
        2 => format!("ipc://@zmq-history-{}-{seed}-{group}", std::process::id()),
        _ => "tcp://127.0.0.1:*".to_owned(),
    }
}

fn link(endpoint: String, kinds: (SocketType, SocketType), random: &mut Random) -> Link {
    let is_inproc = endpoint.starts_with("inproc");
    let churns = if is_inproc { Part::InprocChurn } else { Part::TornConnections };
    let subscribes = [kinds.0, kinds.1].iter().any(|kind| matches!(kind, SocketType::Sub | SocketType::XSub));
    let is_steady = random.chance(50) || is_left_out(churns) || (subscribes && is_left_out(Part::SubscriberChurn));
    // Subscriptions are messages of one frame.
    let most = if kinds.0 == SocketType::XSub { 1 } else { 1 + random.below(4) };
    let is_delimited = [kinds.0, kinds.1].iter().any(|kind| matches!(kind, SocketType::Rep | SocketType::Req));
    Link { endpoint, is_steady, is_restless: random.chance(35), most, is_delimited }
}

fn open_group(context: &Context, group: usize, seed: u64, actors: &mut Vec<Actor>, random: &mut Random) -> Result<()> {
    let kinds = *random.pick(&GROUPS);
    let link = link(endpoint(group, seed, random), kinds, random);
    let mut binder = Actor::open(context, kinds.0, &link, random)?;
    let endpoint = binder.bind()?;
    actors.push(binder);
    connect(context, kinds, &link, &endpoint, actors, random)
}

fn connect(
    context: &Context,
    kinds: (SocketType, SocketType),
    link: &Link,
    endpoint: &Endpoint,
    actors: &mut Vec<Actor>,
    random: &mut Random,
) -> Result<()> {
    let count = if kinds.0 == SocketType::Pair { 1 } else { 1 + random.below(3) };
    for _ in 0..count {
        let mut actor = Actor::open(context, kinds.1, link, random)?;
        actor.connect(endpoint)?;
        actors.push(actor);
    }
    Ok(())
}

type AnyProxy = ProxyHandle<zmq::Any, zmq::Any>;

fn open_proxy(
    context: &Context,
    group: usize,
    seed: u64,
    actors: &mut Vec<Actor>,
    random: &mut Random,
) -> Result<AnyProxy> {
    let [before, front, back, after] = *random.pick(&PROXIES);
    let (front, back) = (context.socket(front)?, context.socket(back)?);
    let mut is_restless = false;
    for (number, (socket, kind)) in [(&front, before), (&back, after)].into_iter().enumerate() {
        let endpoint = socket.bind(endpoint(100 * (number + 1) + group, seed, random))?;
        let kinds = (socket.socket_type(), kind);
        let mut link = link(endpoint.to_string(), kinds, random);
        link.is_steady = true;
        // Messages that arrive out of order at one side leave the proxy out of order at the other.
        is_restless |= link.is_restless;
        link.is_restless = is_restless;
        connect(context, kinds, &link, &endpoint, actors, random)?;
    }
    Proxy::builder(front, back).spawn()
}

/// Runs the actors of a thread, exchanges some with other threads, and closes the rest in random order.
fn work(
    mut hand: Vec<Actor>,
    receiver: &Receiver<Actor>,
    senders: &[Sender<Actor>],
    owners: &Owners,
    mut random: Random,
) {
    let start = Instant::now();
    while start.elapsed() < WORK {
        hand.extend(receiver.try_iter());
        if hand.is_empty() {
            thread::yield_now();
            continue;
        }
        let place = random.below(hand.len());
        let before = Instant::now();
        let what = hand[place].act(owners, &mut random);
        assert!(before.elapsed() < LONGEST_STEP, "a socket {what} for {:?}", before.elapsed());
        match random.below(60) {
            0 => drop(random.pick(senders).send(hand.swap_remove(place))),
            1 if !hand[place].is_steady() && random.chance(30) => drop(hand.swap_remove(place)),
            _ => {}
        }
    }
    while !hand.is_empty() {
        drop(hand.swap_remove(random.below(hand.len())));
    }
}

/// Runs a reactor with one socket.
fn react(actor: Actor, owners: &Owners, mut random: Random) {
    let Ok(mut reactor) = Reactor::<usize>::new() else { return };
    let owners = owners.clone();
    let mut calls = 0;
    let Actor { socket, .. } = actor;
    let mut sent = 0;
    let added = reactor.add(socket, Events::READABLE | Events::WRITABLE, move |calls, socket, _| {
        *calls += 1;
        let _ = socket.try_recv_multipart();
        if random.chance(50) {
            sent += 1;
            let message = crate::contents::compose(u64::MAX, sent, 1, &owners, &mut random);
            let _ = socket.try_send_multipart(message);
        }
        Ok(())
    });
    let start = Instant::now();
    while added.is_ok() && start.elapsed() < WORK {
        if reactor.run_once(&mut calls, Duration::from_millis(2)).is_err() {
            break;
        }
    }
}

/// Steers the proxies while the threads work. If a context is given, shuts it down in the middle.
fn direct(proxies: &[AnyProxy], context: Option<&Context>, random: &mut Random) {
    let start = Instant::now();
    let middle = WORK.mul_f64(0.2 + random.below(60) as f64 / 100.0);
    while start.elapsed() < if context.is_some() { middle } else { WORK } {
        for proxy in proxies {
            let steered = match random.below(3) {
                0 => proxy.pause(),
                1 => proxy.resume(),
                _ => {
                    let _ = proxy.statistics();
                    Ok(())
                }
            };
            if let Err(error) = steered {
                assert_eq!(error.kind(), ErrorKind::ContextTerminated, "{error}");
            }
        }
        thread::park_timeout(Duration::from_millis(3));
    }
    if let Some(context) = context {
        context.shutdown();
    }
}
