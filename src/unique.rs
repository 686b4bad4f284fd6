//! Numbers for the ids of things that live in different sets: an id of one set is never an id of another.

use std::sync::atomic::{AtomicU64, Ordering};

/// Returns a number that no other call in the process returns.
pub(crate) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
