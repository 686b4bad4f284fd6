//! The statistics of a proxy.

use std::fmt;

use crate::message::Message;
use crate::multipart::Multipart;

/// A number of messages and their size. A multipart message counts as one message, with the bytes of all its frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Traffic {
    /// The number of messages.
    pub messages: u64,
    /// The number of bytes.
    pub bytes: u64,
}

/// The traffic through a socket of a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProxySide {
    /// Messages that the proxy received from the socket.
    pub received: Traffic,
    /// Messages that the proxy sent to the socket.
    pub sent: Traffic,
    /// Messages that the proxy dropped: messages to a peer that a mandatory ROUTER socket does not know, messages whose
    /// peer disconnected in the middle, and multipart messages to a conflating socket.
    pub dropped: Traffic,
}

/// A snapshot of the traffic of a proxy since its start. Its [`Display`](fmt::Display) form is a line for a log.
///
/// In a proxy with a single socket, received messages count for the front, and sent messages for the back.
///
/// Replaces the command `STATISTICS` of `zmq_proxy_steerable`, which counts frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ProxyStatistics {
    /// The traffic through the front socket.
    pub front: ProxySide,
    /// The traffic through the back socket.
    pub back: ProxySide,
    /// Messages that were copied to the capture socket.
    pub captured: Traffic,
    /// Messages that were not copied, because the capture socket had no room.
    pub uncaptured: Traffic,
}

impl ProxyStatistics {
    /// Parses the reply to the command `STATISTICS` of a [control socket](super::ProxyBuilder::control). Returns `None`
    /// for any other message.
    ///
    /// The reply has eight frames of eight bytes, in the byte order of the proxy's machine, which must be that of this
    /// machine. The frames contain messages and bytes that were received from and sent to the front, and then the same
    /// for the back. The reply does not contain the other counts, which are zero in the result.
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
