//! What a proxy passed on.

use std::fmt;

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
