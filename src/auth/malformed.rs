//! Malformed ZAP requests.

use std::fmt;

use super::status::Status;
use super::verdict::Verdict;
use crate::multipart::Multipart;

/// The reason why a ZAP request is malformed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The request ID, if there is one to reply to.
    id: Option<Vec<u8>>,
    fault: Fault,
}

/// The fault of a request, which determines the reply to the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) status: Status,
    pub(super) reason: &'static str,
}

impl From<&'static str> for Fault {
    /// Creates the fault of a request that libzmq would not send, so it is not the peer's.
    fn from(reason: &'static str) -> Self {
        Self { status: Status::Failed, reason }
    }
}

impl Malformed {
    pub(super) fn new(id: Option<Vec<u8>>, fault: Fault) -> Self {
        Self { id, fault }
    }

    /// Returns the reason.
    ///
    /// # Examples
    /// ```
    /// let malformed = zmq::auth::Request::read(&["1.0", "1"]).unwrap_err();
    /// assert_eq!(malformed.reason(), "its domain is missing or not UTF-8");
    /// ```
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.fault.reason
    }

    /// Returns the reply that refuses the peer, or `None` if the request has no ID to reply to.
    ///
    /// The status is 400 if the peer itself sent text that is not UTF-8, and 500 for a request that libzmq would not
    /// send.
    ///
    /// # Examples
    /// ```
    /// let malformed = zmq::auth::Request::read(&["1.0", "1"]).unwrap_err();
    /// let reply = malformed.reply().unwrap();
    /// assert_eq!((&reply[1], &reply[2]), (&"1".into(), &"500".into()));
    /// ```
    #[must_use]
    pub fn reply(&self) -> Option<Multipart> {
        Some(Verdict::not(self.fault.status, self.fault.reason.to_owned()).reply(self.id.as_deref()?))
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authentication request is malformed: {}", self.reason())
    }
}

impl std::error::Error for Malformed {}
