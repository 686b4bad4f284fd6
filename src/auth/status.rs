//! What becomes of a peer, as a number on the wire.

/// What became of a [`Request`](super::Request).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The peer is let in: 200.
    Accepted,
    /// It is not now, and may try again: 300.
    Postponed,
    /// It is not: 400.
    Refused,
    /// The authenticator cannot tell, and so it is not: 500.
    Failed,
}

impl Status {
    /// Returns ZAP's number, which is what a monitor tells
    /// ([`zap_status`](crate::MonitorEvent::zap_status)).
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Accepted => 200,
            Self::Postponed => 300,
            Self::Refused => 400,
            Self::Failed => 500,
        }
    }
}
