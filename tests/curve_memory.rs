//! Secret keys in memory that is given back: there are none.
//!
//! It is a program of its own, because it replaces the allocator by one that reads every block before it goes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use zmq::curve::{KeyPair, SecretKey};
use zmq::{Capability, Result, has};

/// What no block may hold: 32 bytes and 40 characters; empty for nothing.
static WATCHED: Mutex<([u8; 32], [u8; 40])> = Mutex::new(([0; 32], [0; 40]));
static FOUND: AtomicUsize = AtomicUsize::new(0);

struct Reading;

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
        if let Ok(watched) = WATCHED.try_lock() {
            let (key, text) = &*watched;
            let holds = |secret: &[u8]| secret[0] != 0 && bytes.windows(secret.len()).any(|window| window == secret);
            if holds(key) || holds(text) {
                FOUND.fetch_add(1, Ordering::Relaxed);
            }
        }
        // SAFETY: as the caller guarantees.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Reading = Reading;

/// Runs `work` and returns how many blocks were given back with the secret in them.
fn blocks_with(secret: &SecretKey, work: impl FnOnce() -> Result<()>) -> Result<usize> {
    let text = secret.to_z85();
    let watch = |key: [u8; 32], characters: &[u8]| {
        let mut watched = WATCHED.lock().unwrap();
        watched.0 = key;
        watched.1.copy_from_slice(characters);
    };
    watch(*secret.as_bytes(), text.as_bytes());
    let before = FOUND.load(Ordering::Relaxed);
    let done = work();
    let found = FOUND.load(Ordering::Relaxed) - before;
    watch([0; 32], &[0; 40]);
    done.map(|()| found)
}

#[test]
fn no_block_that_is_given_back_holds_a_secret() -> Result<()> {
    let secret = SecretKey::from_bytes(b"it is known to nobody but to me!");
    // What is watched for is found where it is.
    let found = blocks_with(&secret, || {
        drop(secret.as_bytes().to_vec());
        drop(secret.to_z85().as_str().to_owned());
        Ok(())
    })?;
    assert_eq!(found, 2);

    let found = blocks_with(&secret, || {
        let copy = secret.clone();
        let text = copy.to_z85();
        let parsed: SecretKey = text.parse()?;
        let moved = Box::new(vec![parsed, copy.clone()]);
        assert_eq!(moved[0], copy);
        let from_slice = SecretKey::try_from(&copy.as_bytes()[..])?;
        let wrong = format!("{}~", "a".repeat(39)).parse::<SecretKey>();
        assert!(wrong.is_err());
        drop((moved, from_slice));
        if has(Capability::Curve) {
            let pair = KeyPair::from_secret(copy)?;
            let (public, again) = pair.clone().into_parts();
            assert_eq!(again.public_key()?, public);
        }
        Ok(())
    })?;
    assert_eq!(found, 0);
    Ok(())
}
