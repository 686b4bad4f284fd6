//! What messages hold, so that a receiver can tell who sent them, and that they are whole.

use zmq::{Message, Multipart};

/// What attackers that have no right to get in write in their messages.
pub(crate) const INTRUDER: &[u8] = b"intruder";
/// What attackers write that have the right to, because nobody is asked for credentials or theirs are right.
pub(crate) const VISITOR: &[u8] = b"visitor";
/// How the messages of honest peers begin.
pub(crate) const HONEST: &[u8] = b"honest:";

/// Returns message `number`, with `count` frames that tell what they are.
pub(crate) fn sealed(number: u64, count: usize) -> Multipart {
    (0..count).map(|index| seal(&format!("tick:{number}:{index}:{count}"))).collect()
}

fn seal(text: &str) -> String {
    format!("{text}:{:08x}", checksum(text.as_bytes()))
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Returns number, index and count of a frame that is as it was sent.
fn read(frame: &[u8]) -> Option<(u64, usize, usize)> {
    let (text, sum) = std::str::from_utf8(frame).ok()?.rsplit_once(':')?;
    let mut fields = text.split(':');
    let is_tick = fields.next() == Some("tick");
    let fields = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (is_tick && sum == format!("{:08x}", checksum(text.as_bytes()))).then_some(fields)
}

/// Returns `true` if the frames are those of one message that [`sealed`] made.
pub(crate) fn is_whole(frames: &[Message]) -> bool {
    let Some((first, _, count)) = frames.first().and_then(|frame| read(frame)) else { return false };
    count == frames.len() && frames.iter().enumerate().all(|(place, frame)| read(frame) == Some((first, place, count)))
}

pub(crate) fn contains(frames: &[Message], mark: &[u8]) -> bool {
    frames.iter().any(|frame| frame.windows(mark.len()).any(|window| window == mark))
}
