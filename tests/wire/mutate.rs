//! Mutations of a dialogue's commands and frames, and of its bytes.

use crate::common::random::Random;
use crate::dialogue::Dialogue;
use crate::grammar::{COMMAND, Framing, LONG, MORE, Unit};

/// A step of a connection.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Vec<u8>),
    Await(usize),
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Reset,
    /// Shuts down one direction. The peer then closes the connection.
    HalfClose,
    /// Stays open and silent for a while.
    Keep,
}

/// Returns the steps of a mutated `dialogue`, which may include units of `other`.
pub(crate) fn mutated(mut dialogue: Dialogue, other: &Dialogue, random: &mut Random) -> Vec<Step> {
    // Some dialogues stay valid, so that servers reach every state.
    let ways = random.below(4);
    if ways & 1 != 0 {
        for _ in 0..=random.below(3) {
            change_units(&mut dialogue.units, &other.units, random);
        }
    }
    if random.chance(30) {
        dialogue.units.retain(|unit| !matches!(unit, Unit::Await(_)));
    }
    let mut steps = steps(&dialogue.units, dialogue.framing);
    if ways & 2 != 0 {
        for _ in 0..=random.below(3) {
            let sends: Vec<_> = steps.iter_mut().filter_map(sent).collect();
            let place = random.below(sends.len());
            if let Some(bytes) = sends.into_iter().nth(place) {
                change_bytes(bytes, random);
            }
        }
    }
    split(steps, random)
}

fn sent(step: &mut Step) -> Option<&mut Vec<u8>> {
    match step {
        Step::Send(bytes) => Some(bytes),
        Step::Await(_) => None,
    }
}

fn steps(units: &[Unit], framing: Framing) -> Vec<Step> {
    let mut steps = Vec::new();
    for unit in units {
        match (unit, steps.last_mut()) {
            (Unit::Await(count), _) => steps.push(Step::Await(*count)),
            (unit, Some(Step::Send(bytes))) => unit.encode(framing, bytes),
            (unit, _) => {
                let mut bytes = Vec::new();
                unit.encode(framing, &mut bytes);
                steps.push(Step::Send(bytes));
            }
        }
    }
    steps
}

/// Splits some of the sent bytes, so that they arrive in pieces.
fn split(steps: Vec<Step>, random: &mut Random) -> Vec<Step> {
    let mut pieces = Vec::new();
    for step in steps {
        match step {
            Step::Send(bytes) if random.chance(30) => {
                let (head, tail) = bytes.split_at(random.below(bytes.len() + 1));
                pieces.extend([Step::Send(head.to_vec()), Step::Send(tail.to_vec())]);
            }
            other => pieces.push(other),
        }
    }
    pieces
}

fn change_units(units: &mut Vec<Unit>, other: &[Unit], random: &mut Random) {
    let (one, another) = (random.below(units.len()), random.below(units.len()));
    if units.is_empty() {
        return;
    }
    match random.below(14) {
        0 => drop(units.remove(one)),
        1 => units.insert(one, units[another].clone()),
        2 => units.swap(one, another),
        3 => units.truncate(one + 1),
        4 => {
            let repeated = vec![units[one].clone(); 2 + random.below(60)];
            units.splice(one..one, repeated.into_iter().filter(|unit| !matches!(unit, Unit::Await(_))));
        }
        5 if !other.is_empty() => units.insert(another, random.pick(other).clone()),
        6 => units.insert(one, Unit::Frame { flags: COMMAND, body: vec![], len: None }),
        7 => {
            // A command whose name is empty, or longer than its frame.
            let name_len = *random.pick(&[0, 1, 4, 5, 127, 255]);
            let len = random.below(12);
            units.insert(
                another,
                Unit::Frame { flags: COMMAND, body: [&[name_len][..], &random.bytes(len)].concat(), len: None },
            );
        }
        8 => units.push(Unit::message("", true)),
        9 => units.insert(another, Unit::Frame { flags: random.next() as u8, body: b"flags".to_vec(), len: None }),
        _ => change_unit(&mut units[one], random),
    }
}

fn change_unit(unit: &mut Unit, random: &mut Random) {
    match unit {
        Unit::Frame { flags, body, len } => match random.below(8) {
            0 => *flags ^= *random.pick(&[MORE, LONG, COMMAND, 8, 0x80]),
            1 => *len = Some(*random.pick(&LENGTHS)),
            2 => *len = Some((body.len() + 2).saturating_sub(random.below(4)) as u64),
            3 => body.clear(),
            4 => body.truncate(random.below(body.len() + 1)),
            5 => {
                let more = random.below(40);
                body.extend(random.bytes(more));
            }
            6 => *body = random.bytes(body.len()),
            // The length of a command's name.
            _ => body.iter_mut().take(1).for_each(|len| *len = random.next() as u8),
        },
        Unit::Raw(bytes) => change_bytes(bytes, random),
        Unit::Control { opcode, body } => {
            *opcode = random.below(16) as u8;
            body.truncate(random.below(body.len() + 1));
        }
        Unit::Await(_) => {}
    }
}

/// Lengths at the ends of their ranges.
const LENGTHS: [u64; 14] = [
    0,
    1,
    125,
    126,
    255,
    256,
    0xFFFF,
    0x1_0000,
    0x7FFF_FFFF,
    0xFFFF_FFFF,
    1 << 40,
    i64::MAX as u64,
    u64::MAX - 1,
    u64::MAX,
];

fn change_bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    let (one, other) = (random.below(bytes.len()), random.below(bytes.len()));
    if bytes.is_empty() {
        return;
    }
    match random.below(9) {
        0 | 1 => bytes[one] ^= 1 << random.below(8),
        2 => bytes[one] = *random.pick(&[0, 1, 2, 4, 0x7F, 0x80, 0xFE, 0xFF]),
        3 => bytes.truncate(one),
        4 => drop(bytes.remove(one)),
        5 => {
            let len = 1 + random.below(9);
            let inserted = random.bytes(len);
            bytes.splice(one..one, inserted);
        }
        6 => {
            let (start, end) = (one.min(other), one.max(other).min(one.min(other) + 500));
            let piece = bytes[start..end].to_vec();
            let at = random.below(bytes.len());
            bytes.splice(at..at, piece);
        }
        7 => {
            let len = (*random.pick(&LENGTHS)).to_be_bytes();
            bytes.iter_mut().skip(one).zip(len).for_each(|(byte, new)| *byte = new);
        }
        _ => {
            for _ in 0..1 + random.below(8) {
                let at = random.below(bytes.len());
                bytes[at] = random.next() as u8;
            }
        }
    }
}
