//! The contents of messages. A receiver can tell from them who sent a message, and if the message is whole.

use zmq::{Message, Multipart};

/// The content of attackers without valid credentials.
pub(crate) const INTRUDER: &[u8] = b"intruder";
/// The content of attackers with access, because the target requires no credentials or theirs are valid.
pub(crate) const VISITOR: &[u8] = b"visitor";
/// The first bytes of messages of honest peers.
pub(crate) const HONEST: &[u8] = b"honest:";

/// Returns message `number`, with `count` frames that state their index and count.
pub(crate) fn sealed(number: u64, count: usize) -> Multipart {
    (0..count).map(|index| seal(&format!("tick:{number}:{index}:{count}"))).collect()
}

fn seal(text: &str) -> String {
    format!("{text}:{:08x}", checksum(text.as_bytes()))
}

fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Returns the number, index and count of an unchanged frame.
fn read(frame: &[u8]) -> Option<(u64, usize, usize)> {
    let (text, sum) = std::str::from_utf8(frame).ok()?.rsplit_once(':')?;
    let mut fields = text.split(':');
    let is_tick = fields.next() == Some("tick");
    let fields = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    (is_tick && sum == format!("{:08x}", checksum(text.as_bytes()))).then_some(fields)
}

/// Returns `true` if the frames are exactly those of one message of [`sealed`].
pub(crate) fn is_whole(frames: &[Message]) -> bool {
    let Some((first, _, count)) = frames.first().and_then(|frame| read(frame)) else { return false };
    count == frames.len() && frames.iter().enumerate().all(|(place, frame)| read(frame) == Some((first, place, count)))
}

pub(crate) fn contains(frames: &[Message], mark: &[u8]) -> bool {
    frames.iter().any(|frame| frame.windows(mark.len()).any(|window| window == mark))
}
