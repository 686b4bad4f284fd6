//! Passwords and secret keys in memory that is given back: there are none, but for what libzmq copies.
//!
//! It is a program of its own, because it replaces the allocator by one that reads every block before it goes.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process, slice};

use zmq::auth::{Certificate, Request, Rules};
use zmq::curve::KeyPair;
use zmq::{Capability, Context, Password, Rep, Result, Security, has};

/// What no block may hold; the first byte is zero for nothing.
static WATCHED: Mutex<[u8; 24]> = Mutex::new([0; 24]);
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
            if watched[0] != 0 && bytes.windows(watched.len()).any(|window| window == *watched) {
                FOUND.fetch_add(1, Ordering::Relaxed);
            }
        }
        // SAFETY: as the caller guarantees.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Reading = Reading;

/// Runs `work` and returns how many blocks were given back with the first 24 bytes of the secret in them.
fn blocks_with(secret: &[u8], work: impl FnOnce() -> Result<()>) -> Result<usize> {
    WATCHED.lock().unwrap().copy_from_slice(&secret[..24]);
    let before = FOUND.load(Ordering::Relaxed);
    let done = work();
    let found = FOUND.load(Ordering::Relaxed) - before;
    *WATCHED.lock().unwrap() = [0; 24];
    done.map(|()| found)
}

#[test]
fn no_block_that_is_given_back_holds_a_password_or_a_secret_key() -> Result<()> {
    const PASSWORD: &str = "it is known to nobody but me";

    // What is watched for is found where it is.
    let found = blocks_with(PASSWORD.as_bytes(), || {
        drop(PASSWORD.to_owned());
        Ok(())
    })?;
    assert_eq!(found, 1);

    let found = blocks_with(PASSWORD.as_bytes(), || {
        let taken = Password::from(PASSWORD.to_owned());
        let security = Security::plain_client("admin", taken.clone());
        let rules = Rules::new().plain_user("admin", "another").plain_user("admin", PASSWORD);
        let request = Request::read(&["1.0", "1", "", "", "", "PLAIN", "admin", PASSWORD]).expect("a request");
        assert!(rules.clone().judge(&request.clone()).is_accepted());
        drop(format!("{security:?} {rules:?} {request:?}"));
        let socket = Context::new()?.socket(Rep)?;
        socket.set_security(&security.clone())?;
        Ok(())
    })?;
    assert_eq!(found, 0);
    if !has(Capability::Curve) {
        return Ok(());
    }

    let directory = env::temp_dir().join(format!("zmq-memory-{}", process::id()));
    fs::create_dir_all(&directory).unwrap();
    let keys = KeyPair::generate()?;
    let text = keys.secret_key().to_z85();
    let work = || {
        let mut certificate = Certificate::from(keys.clone());
        for number in 0..100 {
            certificate.set_metadata(format!("name-{number}"), "a value that takes its room")?;
        }
        certificate.save(directory.join("some.key"))?;
        let loaded = Certificate::load(directory.join("some.key_secret"))?;
        assert_eq!(loaded.clone(), certificate);
        let security = Security::curve_server(&loaded.key_pair().expect("both keys"));
        let socket = Context::new()?.socket(Rep)?;
        socket.set_security(&security)?;
        assert!(socket.curve_secret_key()?.is_some());
        Ok(())
    };
    assert_eq!(blocks_with(text.as_bytes(), work)?, 0);
    assert_eq!(blocks_with(keys.secret_key().as_bytes(), work)?, 0);
    fs::remove_dir_all(&directory).unwrap();
    Ok(())
}
