//! The sending state of an asynchronous socket.

use std::hash::{BuildHasher, RandomState};

#[cfg(feature = "futures")]
use crate::multipart::Multipart;

/// The sending state of a socket, which moves to the sending half when the socket is split.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// The number of the last request, if there was one.
    pub(super) request: Option<u64>,
    /// The message that the sink has accepted and not sent yet.
    #[cfg(feature = "futures")]
    pub(super) outgoing: Option<Multipart>,
    /// The message with which the sink failed last.
    #[cfg(feature = "futures")]
    pub(super) unsent: Option<Multipart>,
}

impl Sent {
    /// Returns the number of a new request. The first number is random: a late reply may belong to a request of an
    /// earlier user of the socket or its routing ID.
    pub(super) fn next_request(&mut self) -> u64 {
        let number = self.request.map_or_else(|| RandomState::new().hash_one(0), |last| last.wrapping_add(1));
        *self.request.insert(number)
    }
}
