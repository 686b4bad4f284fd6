//! An allocator that reads every block before it goes: for tests that no secret is left in memory that is given back.
//!
//! The tests that use it are a program of their own, since all threads have the same allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use zmq::Result;

/// What no block may hold: the beginning of a secret.
static WATCHED: Mutex<Option<[u8; 24]>> = Mutex::new(None);
static FOUND: AtomicUsize = AtomicUsize::new(0);

/// Held while one test watches for a secret.
static WATCH: Mutex<()> = Mutex::new(());

/// Hands everything to the system's allocator, and counts the blocks that are given back with a secret in them.
pub(crate) struct Reading;

// SAFETY: it hands everything to the system's allocator. A block that grows is allocated anew, by the default of
// `realloc`, so that the old one is read as well.
unsafe impl GlobalAlloc for Reading {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller guarantees. With zeros, because uninitialised bytes may not be read later.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's, initialised from the start, and nobody uses it any more.
        let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
        let watched = WATCHED.try_lock().ok().and_then(|watched| *watched);
        if watched.is_some_and(|secret| bytes.windows(secret.len()).any(|window| window == secret)) {
            FOUND.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: as the caller guarantees.
        unsafe { System.dealloc(block, layout) };
    }
}

/// Runs `work` and returns how many blocks were given back with the first 24 bytes of the secret in them.
pub(crate) fn blocks_with(secret: &[u8], work: impl FnOnce() -> Result<()>) -> Result<usize> {
    let _watch = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
    *WATCHED.lock().unwrap() = Some(*secret.first_chunk().expect("a secret of 24 bytes or more"));
    let before = FOUND.load(Ordering::Relaxed);
    let done = work();
    let found = FOUND.load(Ordering::Relaxed) - before;
    *WATCHED.lock().unwrap() = None;
    done.map(|()| found)
}
