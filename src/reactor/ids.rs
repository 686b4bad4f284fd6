//! The IDs of the sources of a reactor.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::socket::kinds::Kind;

/// The ID of a socket of kind `K` in a [`Reactor`](super::Reactor).
///
/// IDs are unique in the process. The ID of a source in one reactor is invalid in every other reactor.
pub struct SocketId<K: Kind> {
    pub(super) id: SourceId,
    kind: PhantomData<fn() -> K>,
}

/// The ID of a monitor in a [`Reactor`](super::Reactor).
///
/// IDs are unique in the process. The ID of a source in one reactor is invalid in every other reactor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonitorId(pub(super) SourceId);

/// The ID of a file descriptor, or of any source, in a [`Reactor`](super::Reactor).
///
/// IDs are unique in the process. The ID of a source in one reactor is invalid in every other reactor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId {
    pub(super) number: u64,
    pub(super) place: usize,
}

impl<K: Kind> SocketId<K> {
    pub(super) fn new(id: SourceId) -> Self {
        Self { id, kind: PhantomData }
    }
}

// Implemented by hand, because a derived implementation would require `K: Clone`.
impl<K: Kind> Clone for SocketId<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Kind> Copy for SocketId<K> {}

impl<K: Kind> PartialEq for SocketId<K> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<K: Kind> Eq for SocketId<K> {}

impl<K: Kind> PartialOrd for SocketId<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Kind> Ord for SocketId<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl<K: Kind> Hash for SocketId<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<K: Kind> From<SocketId<K>> for SourceId {
    fn from(id: SocketId<K>) -> Self {
        id.id
    }
}

impl From<MonitorId> for SourceId {
    fn from(id: MonitorId) -> Self {
        id.0
    }
}

impl<K: Kind> fmt::Debug for SocketId<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}
