//! The status of a verdict, as a number of ZAP.

/// The status of a verdict on a [`Request`](super::Request).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The peer is accepted: 200.
    Accepted,
    /// The peer is refused for now and may retry: 300.
    Postponed,
    /// The peer is refused: 400.
    Refused,
    /// The authenticator failed, so the peer is refused: 500.
    Failed,
}

impl Status {
    /// Returns ZAP's number, which a monitor reports as [`zap_status`](crate::MonitorEvent::zap_status).
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::Status::Refused.code(), 400);
    /// ```
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
