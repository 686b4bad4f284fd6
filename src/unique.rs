//! Numbers and names that no two things of the process share.

use std::ffi::CString;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Returns a number that no other call in the process returns: an id of one set is never an id of another.
pub(crate) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Creates a name for an `inproc` connection of the crate itself.
///
/// Code outside the crate cannot guess it. Otherwise a socket that connects first would receive the crate's messages.
pub(crate) fn inproc_name() -> CString {
    static SALT: OnceLock<u64> = OnceLock::new();
    let salt = SALT.get_or_init(|| RandomState::new().hash_one(0));
    CString::new(format!("inproc://zmq-own-{salt:016x}-{}", number())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_the_same() {
        let (one, other) = (inproc_name(), inproc_name());
        assert!(one.as_bytes().starts_with(b"inproc://zmq-own-"), "{one:?}");
        assert_ne!(one, other);
    }
}
