//! A man in the middle of two sockets, who changes some of their bytes.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use zmq::{Events, PollItem};

use crate::common::random::Random;
use crate::stream::Stream;

/// The time after which silence ends a connection.
const SILENCE: Duration = Duration::from_millis(8);
/// The longest duration of a connection.
const LONGEST: Duration = Duration::from_millis(60);

/// A direction of a connection.
struct Way {
    /// The number of relayed bytes.
    passed: usize,
    /// The offsets of the changes, in ascending order.
    changes: Vec<usize>,
}

impl Way {
    fn new(random: &mut Random) -> Self {
        // Handshakes are some hundred bytes long.
        let mut place = |_| {
            let reach = *random.pick(&[64, 400, 900, 2000]);
            random.below(reach)
        };
        let mut changes: Vec<_> = (0..4).map(&mut place).collect();
        changes.truncate(place(4) % 4);
        changes.sort_unstable();
        changes.dedup();
        Self { passed: 0, changes }
    }

    /// Returns the bytes with the changes that are due, or `None` if the connection ends here.
    fn change(&mut self, bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
        let mut changed = Vec::with_capacity(bytes.len());
        for byte in bytes {
            let position = self.passed;
            self.passed += 1;
            if self.changes.first() != Some(&position) {
                changed.push(*byte);
                continue;
            }
            self.changes.remove(0);
            match random.below(10) {
                0..=3 => changed.push(byte ^ (1 << random.below(8))),
                // The flags of a frame.
                4 | 5 => changed.push(byte ^ random.pick(&[1, 2, 4, 5])),
                6 => {}
                7 => changed.extend([*byte, *byte]),
                8 => changed.push(random.next() as u8),
                _ => return None,
            }
        }
        Some(changed)
    }
}

/// Relays the bytes of both sockets until they are silent, then ends both connections and returns `None`.
pub(crate) fn relay(one: Stream, other: Stream, random: &mut Random) -> io::Result<Option<Stream>> {
    let mut streams = [one, other];
    for stream in &streams {
        stream.set_timeout(SILENCE)?;
    }
    let mut ways = [Way::new(random), Way::new(random)];
    let start = Instant::now();
    let longest = LONGEST.mul_f64(random.below(100) as f64 / 100.0);
    let mut buffer = [0; 4096];
    while start.elapsed() < longest {
        let mut items = [0, 1].map(|side: usize| PollItem::fd(streams[side].as_fd(), Events::READABLE));
        if zmq::poll(&mut items, SILENCE).map_err(io::Error::from)? == 0 {
            break;
        }
        let readable = items.map(|item| item.is_readable());
        for side in [0, 1] {
            if !readable[side] {
                continue;
            }
            let len = streams[side].read_some(&mut buffer)?;
            let Some(bytes) = ways[side].change(&buffer[..len], random).filter(|_| len > 0) else {
                return Ok(None);
            };
            streams[1 - side].send(&bytes)?;
        }
    }
    if random.chance(30) {
        streams.iter().for_each(Stream::reset_on_drop);
    }
    Ok(None)
}
