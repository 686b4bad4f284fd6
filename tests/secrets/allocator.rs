//! An allocator that reads every block before it is freed. The tests use it to check that freed memory contains no
//! secret.
//!
//! These tests are a separate program, because all threads of a process share the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use zmq::Result;

/// The beginning of the secret that no freed block may contain.
static WATCHED: Mutex<Option<[u8; 24]>> = Mutex::new(None);
static FOUND: AtomicUsize = AtomicUsize::new(0);

/// A lock that is held while a test watches for a secret.
static WATCH: Mutex<()> = Mutex::new(());

/// An allocator that counts freed blocks with a secret in them. The system's allocator does the rest.
pub(crate) struct Reading;

// SAFETY: all calls are passed to the system's allocator. The default `realloc` allocates a new block when a block
// grows, so the old block is read as well.
unsafe impl GlobalAlloc for Reading {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller guarantees. The block is zeroed, because reading uninitialised bytes is undefined
        // behaviour.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block belongs to the caller, is initialised since its allocation, and is no longer used.
        let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
        let watched = WATCHED.try_lock().ok().and_then(|watched| *watched);
        if watched.is_some_and(|secret| bytes.windows(secret.len()).any(|window| window == secret)) {
            FOUND.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: as the caller guarantees.
        unsafe { System.dealloc(block, layout) };
    }
}

/// Runs `work` and returns the number of freed blocks that contain the first 24 bytes of the secret.
pub(crate) fn blocks_with(secret: &[u8], work: impl FnOnce() -> Result<()>) -> Result<usize> {
    let _watch = WATCH.lock().unwrap_or_else(PoisonError::into_inner);
    *WATCHED.lock().unwrap() = Some(*secret.first_chunk().expect("a secret of 24 bytes or more"));
    let before = FOUND.load(Ordering::Relaxed);
    let done = work();
    let found = FOUND.load(Ordering::Relaxed) - before;
    *WATCHED.lock().unwrap() = None;
    done.map(|()| found)
}
