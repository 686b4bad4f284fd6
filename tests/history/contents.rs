//! The contents of messages. Each frame states its sender, its message's number, its index and the number of frames, so
//! that a receiver can check that messages are whole, in order and unique.

use std::collections::{HashMap, HashSet};

use zmq::{Message, Multipart};

use crate::common::random::Random;
use crate::owners::Owners;

/// Returns a message of a sender. Some of its frames have owners.
pub(crate) fn compose(sender: u64, number: u64, count: usize, owners: &Owners, random: &mut Random) -> Multipart {
    let frame = |index: usize| {
        let text = format!("m:{sender}:{number}:{index}:{count}:");
        let len = text.len() + *random.pick(&[0, 1, 30, 300, 600, 9000]);
        let mut bytes = text.into_bytes();
        bytes.resize(len, filler(number, index));
        if random.chance(40) { owners.message(bytes, random) } else { Message::from(bytes) }
    };
    (0..count).map(frame).collect()
}

fn filler(number: u64, index: usize) -> u8 {
    b'a' + ((number + index as u64) % 26) as u8
}

/// Returns the sender, number, index and count of a valid frame.
fn read(frame: &[u8]) -> Option<(u64, u64, usize, usize)> {
    let mut fields = frame.splitn(6, |byte| *byte == b':');
    let mut next = || std::str::from_utf8(fields.next()?).ok();
    let (mark, sender, number) = (next()?, next()?.parse().ok()?, next()?.parse().ok()?);
    let (index, count) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let is_filled = fields.next()?.iter().all(|byte| *byte == filler(number, index));
    (mark == "m" && is_filled).then_some((sender, number, index, count))
}

/// The messages that a receiver has seen.
#[derive(Default)]
pub(crate) struct Seen {
    newest: HashMap<u64, u64>,
    all: HashSet<(u64, u64)>,
}

impl Seen {
    /// Records the frames of a message. Returns a description of the fault if the message is wrong.
    pub(crate) fn note(&mut self, frames: &[Message], is_ordered: bool) -> Result<(), String> {
        let Some((sender, number, _, count)) = frames.first().and_then(|frame| read(frame)) else {
            return Err("its first frame was never sent".to_owned());
        };
        let in_place = |(place, frame): (usize, &Message)| read(frame) == Some((sender, number, place, count));
        if count != frames.len() || !frames.iter().enumerate().all(in_place) {
            return Err("the message is not whole".to_owned());
        }
        if !self.all.insert((sender, number)) {
            return Err("the message arrived before".to_owned());
        }
        let newest = self.newest.entry(sender).or_default();
        if is_ordered && number < *newest {
            return Err(format!("number {newest} of its sender arrived earlier"));
        }
        *newest = number;
        Ok(())
    }
}
