//! Requests of ZAP that are none.

use std::fmt;

use super::status::Status;

/// Why a request is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The request id, where there is one to reply to.
    pub(super) id: Option<Vec<u8>>,
    pub(super) fault: Fault,
}

/// The fault of a request, which decides the reply to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: Status,
    pub(super) reason: &'static str,
}

impl From<&'static str> for Fault {
    /// A request that libzmq would not send: the fault is not the peer's.
    fn from(reason: &'static str) -> Self {
        Self { status: Status::Failed, reason }
    }
}

impl Malformed {
    pub(super) fn new(id: Option<Vec<u8>>, fault: Fault) -> Self {
        Self { id, fault }
    }

    /// Returns what is wrong with it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.fault.reason
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authentication request is malformed: {}", self.reason())
    }
}

impl std::error::Error for Malformed {}
