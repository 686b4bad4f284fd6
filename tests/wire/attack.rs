//! The attackers. Each connection is derived from its number only.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use zmq::{Events, PollItem};

use crate::common::random::Random;
use crate::dialogue::{Dialogue, has_right};
use crate::mutate::{End, Step, mutated};
use crate::relay::relay;
use crate::stream::{Listener, Stream};
use crate::targets::{Mechanism, Target};

/// The time for which an attacker waits for an answer.
const ANSWER: Duration = Duration::from_millis(8);
/// The number of connections that an attacker keeps open.
const KEPT: usize = 6;

/// The connection point of a target.
pub(crate) enum Place {
    /// The endpoint that the target has bound.
    Bound(String),
    /// The listener to which the target connects.
    Connects(Listener),
}

pub(crate) struct Battle {
    pub(crate) seed: u64,
    pub(crate) targets: Vec<(Target, Place)>,
    next: AtomicU64,
    last: u64,
    stopped: AtomicBool,
    /// The latest connections, for the report of a failure.
    recent: Mutex<VecDeque<String>>,
    /// The targets that had stopped connecting at their turn.
    gave_up: Mutex<BTreeSet<usize>>,
    pub(crate) missed: AtomicU64,
    pub(crate) relayed: AtomicU64,
}

impl Battle {
    pub(crate) fn new(seed: u64, first: u64, count: u64, targets: Vec<(Target, Place)>) -> Self {
        Self {
            seed,
            targets,
            next: AtomicU64::new(first),
            last: first + count,
            stopped: AtomicBool::new(false),
            recent: Mutex::default(),
            gave_up: Mutex::default(),
            missed: AtomicU64::new(0),
            relayed: AtomicU64::new(0),
        }
    }

    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Returns the latest connections.
    pub(crate) fn recent(&self) -> String {
        let recent = self.recent.lock().map(|recent| Vec::from(recent.clone())).unwrap_or_default();
        recent.join("\n")
    }

    /// Returns the targets that have stopped connecting since the last call, with their listeners.
    pub(crate) fn gave_up<'a>(&'a self) -> Vec<(usize, &'a Listener)> {
        let gave_up = self.gave_up.lock().map(|mut gave_up| std::mem::take(&mut *gave_up)).unwrap_or_default();
        let listener = |(target, place): &'a (Target, Place)| match place {
            Place::Connects(listener) if gave_up.contains(&target.index) => Some((target.index, listener)),
            _ => None,
        };
        self.targets.iter().filter_map(listener).collect()
    }

    pub(crate) fn reached(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Attacks until all connections are done, or the attacked process has ended.
    pub(crate) fn fight(&self) {
        let mut kept = VecDeque::new();
        while !self.stopped.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.last || self.targets.is_empty() {
                break;
            }
            let mut random = Random::new(self.seed, number);
            let (target, place) = random.pick(&self.targets);
            // Errors are expected: the peer may close the connection, or stop reading.
            if let Ok(Some(stream)) = self.attack(number, target, place, &mut random) {
                kept.push_back(stream);
            }
            if kept.len() > KEPT {
                kept.pop_front();
            }
        }
    }

    /// Attacks over one connection, and returns it if it is to stay open for a while.
    fn attack(&self, number: u64, target: &Target, place: &Place, random: &mut Random) -> io::Result<Option<Stream>> {
        let mut stream = match place {
            Place::Bound(endpoint) => Stream::connect(endpoint)?,
            Place::Connects(listener) => {
                let Ok(stream) = self.await_connection(target, listener) else {
                    // Another target takes the place of an absent one.
                    let (target, place) = random.pick(&self.targets);
                    let is_there = matches!(place, Place::Bound(_)) || self.targets.len() > 1;
                    return if is_there { self.attack(number, target, place, random) } else { Ok(None) };
                };
                let percent = if target.mechanism == Mechanism::Curve { 80 } else { 30 };
                let fits = |(other, _): &&(Target, Place)| target.fits(other);
                let others: Vec<_> = self.targets.iter().filter(fits).collect();
                if !others.is_empty() && random.chance(percent) {
                    let (other, place) = random.pick(&others);
                    if let Place::Bound(endpoint) = place {
                        self.note(number, target, &format!("relayed to {other}"));
                        self.relayed.fetch_add(1, Ordering::Relaxed);
                        return relay(stream, Stream::connect(endpoint)?, random);
                    }
                }
                stream
            }
        };
        stream.set_timeout(ANSWER)?;
        let has_right = has_right(target, random);
        let dialogue = Dialogue::new(target, has_right, random);
        let steps = mutated(dialogue, &Dialogue::new(target, has_right, random), random);
        let end = match random.below(8) {
            0..=2 => End::Close,
            3 | 4 => End::Reset,
            5 => End::HalfClose,
            _ => End::Keep,
        };
        self.note(number, target, &format!("{end:?} after {}", shown(&steps)));
        let (mut awaited, mut received) = (0, 0);
        for step in &steps {
            match step {
                Step::Send(bytes) => stream.send(bytes)?,
                Step::Await(count) => {
                    awaited += count;
                    received += stream.receive(usize::saturating_sub(awaited, received))?;
                }
            }
        }
        match end {
            End::Close => {}
            End::Reset => stream.reset_on_drop(),
            End::HalfClose => {
                stream.half_close()?;
                stream.receive(usize::MAX)?;
            }
            End::Keep => return Ok(Some(stream)),
        }
        Ok(None)
    }

    /// Waits briefly for the target, which reconnects until an error of the protocol stops it.
    fn await_connection(&self, target: &Target, listener: &Listener) -> io::Result<Stream> {
        let mut items = [PollItem::fd(std::os::fd::AsFd::as_fd(listener), Events::READABLE)];
        let _ = zmq::poll(&mut items, Duration::from_millis(10));
        listener.accept().inspect_err(|_| {
            self.missed.fetch_add(1, Ordering::Relaxed);
            let _ = self.gave_up.lock().map(|mut gave_up| gave_up.insert(target.index));
        })
    }

    fn note(&self, number: u64, target: &Target, what: &str) {
        if let Ok(mut recent) = self.recent.lock() {
            recent.push_back(format!("{number}: {target}: {what}"));
            if recent.len() > 24 {
                recent.pop_front();
            }
        }
    }
}

/// Returns the steps in readable form.
fn shown(steps: &[Step]) -> String {
    let show = |step: &Step| match step {
        Step::Send(bytes) => format!("send {}", abridged(bytes)),
        Step::Await(count) => format!("await {count}"),
    };
    steps.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// Returns the bytes as text, with counts instead of long repetitions.
fn abridged(bytes: &[u8]) -> String {
    let runs = bytes.chunk_by(|one, other| one == other).map(|run| match run.len() {
        1..5 => run.escape_ascii().to_string(),
        len => format!("{}{{{len}}}", run[..1].escape_ascii()),
    });
    runs.collect()
}
