//! What a proxy passed on.

use std::fmt;

use crate::message::Message;
use crate::multipart::Multipart;

/// An amount of messages: a multipart message counts as one, with the bytes of all its frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Traffic {
    /// How many messages.
    pub messages: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What went through one of a proxy's sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProxySide {
    /// What the proxy received from it.
    pub received: Traffic,
    /// What the proxy sent to it.
    pub sent: Traffic,
    /// What the proxy could not send to it: messages to a peer that a mandatory ROUTER socket does not know, or whose
    /// peer went away in their middle, and multipart messages to a socket that conflates.
    pub dropped: Traffic,
}

/// What a proxy passed on since it started, at one moment.
///
/// In a proxy of one socket the front has what was received, and the back what was sent.
///
/// It prints as a line for a log.
///
/// Replaces the command `STATISTICS` of `zmq_proxy_steerable`, which counts frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProxyStatistics {
    /// What went through the front.
    pub front: ProxySide,
    /// What went through the back.
    pub back: ProxySide,
    /// What the capture socket got.
    pub captured: Traffic,
    /// What the capture socket did not get, because it had no room.
    pub uncaptured: Traffic,
}

impl ProxyStatistics {
    /// Reads the reply to the command `STATISTICS` of a [control socket](super::ProxyBuilder::control): eight frames, each of
    /// eight bytes in the byte order of the proxy's machine, which has to be that of this one. `None` for anything else.
    ///
    /// They hold what was received from and sent to the front, and then the back. The other counts stay in the process
    /// of the proxy, and are zero here.
    ///
    /// # Examples
    /// ```
    /// use zmq::Multipart;
    /// use zmq::proxy::ProxyStatistics;
    ///
    /// let reply: Multipart = [3_u64, 30, 2, 20, 2, 20, 3, 30].map(u64::to_ne_bytes).into();
    /// let statistics = ProxyStatistics::from_reply(&reply).unwrap();
    /// assert_eq!((statistics.front.received.messages, statistics.front.received.bytes), (3, 30));
    /// assert_eq!(statistics.back.received.messages, 2);
    /// assert_eq!(ProxyStatistics::from_reply(&"unknown command".into()), None);
    /// ```
    #[must_use]
    pub fn from_reply(reply: &Multipart) -> Option<Self> {
        let number = |frame: &Message| frame.as_bytes().try_into().ok().map(u64::from_ne_bytes);
        let numbers: Vec<u64> = reply.iter().map(number).collect::<Option<_>>()?;
        let numbers: [u64; 8] = numbers.try_into().ok()?;
        let traffic = |at: usize| Traffic { messages: numbers[at], bytes: numbers[at + 1] };
        let side = |at: usize| ProxySide { received: traffic(at), sent: traffic(at + 2), ..ProxySide::default() };
        Some(Self { front: side(0), back: side(4), ..Self::default() })
    }

    /// Returns the frames that [`from_reply`](Self::from_reply) reads.
    pub(super) fn to_frames(self) -> [[u8; 8]; 8] {
        let Self { front, back, .. } = self;
        let traffic = [front.received, front.sent, back.received, back.sent];
        let numbers = traffic.map(|traffic| [traffic.messages, traffic.bytes]);
        std::array::from_fn(|index| numbers[index / 2][index % 2].to_ne_bytes())
    }
}

impl Traffic {
    pub(super) fn count(&mut self, bytes: u64) {
        self.messages += 1;
        self.bytes += bytes;
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, bytes } = self;
        write!(f, "{messages} ({bytes} bytes)")
    }
}

impl fmt::Display for ProxySide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "received {}, sent {}", self.received, self.sent)?;
        if self.dropped.messages > 0 {
            write!(f, ", dropped {}", self.dropped)?;
        }
        Ok(())
    }
}

impl fmt::Display for ProxyStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "front: {}; back: {}", self.front, self.back)?;
        if self.captured.messages > 0 {
            write!(f, "; captured {}", self.captured)?;
        }
        if self.uncaptured.messages > 0 {
            write!(f, "; not captured {}", self.uncaptured)?;
        }
        Ok(())
    }
}
