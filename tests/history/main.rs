//! Random histories over the safe API. Sockets of every kind with random options are connected over every transport, on
//! several threads that exchange them. The sockets send, receive, disconnect, reconnect, are polled and monitored, and
//! serve proxies and reactors. Owners of bytes use sockets when libzmq drops them, and contexts are shut down in the
//! middle.
//!
//! No history aborts, hangs or panics. Messages are whole, in the order of their sender, and arrive at most once. All
//! owners are dropped, and all descriptors and threads are freed.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `ZMQ_HISTORY_SEEDS` | the number of histories | 20 |
//! | `ZMQ_HISTORY_FIRST` | the seed of the first history | 1 |
//!
//! Each history is a process of its own. A failed history prints its seed. To repeat it, set `ZMQ_HISTORY_SEEDS=1` and
//! `ZMQ_HISTORY_FIRST` to the seed. The interleaving of its threads may differ.
#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod actor;
mod contents;
mod history;
mod left_out;
mod owners;

use std::env;
use std::process::{Command, Output, Stdio, exit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use common::this_test;

/// The variable with the seed of a process's history.
const SEED: &str = "ZMQ_HISTORY_SEED";
/// The number of concurrent histories.
const AT_A_TIME: usize = 2;
/// The time limit of a history.
const LONGEST: Duration = Duration::from_secs(40);

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).ok().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

#[test]
fn random_histories_end_well() {
    if let Ok(seed) = env::var(SEED) {
        return in_the_child(seed.parse().expect("a number"));
    }
    left_out::report();
    let (first, count) = (variable("ZMQ_HISTORY_FIRST", 1), variable("ZMQ_HISTORY_SEEDS", 20));
    let (next, failures) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    let output = run(this_test!(), seed);
                    if !output.status.success() {
                        failures.lock().expect("no panic").push((seed, output));
                    }
                }
            });
        }
    });
    println!("{count} histories from {first} on in {:?}", start.elapsed());
    let failures = failures.into_inner().expect("no panic");
    for (seed, Output { status, stderr, .. }) in &failures {
        eprintln!("history {seed} ended with {status}:\n{}", String::from_utf8_lossy(stderr));
    }
    let seeds: Vec<_> = failures.iter().map(|(seed, _)| seed).collect();
    assert!(failures.is_empty(), "{} of {count} histories failed: {seeds:?}", failures.len());
}

fn run(name: &str, seed: u64) -> Output {
    let mut command = Command::new(env::current_exe().expect("an executable"));
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    command.env(SEED, seed.to_string()).stdin(Stdio::null());
    command.output().expect("a child")
}

fn in_the_child(seed: u64) {
    let (done, watched) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if watched.recv_timeout(LONGEST) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("history {seed} hangs");
            exit(3);
        }
    });
    // Panics on the threads of owners and of libzmq would not end the process otherwise.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        hook(info);
        exit(4);
    }));
    let before = (count("fd"), count("task"));
    history::live(seed).unwrap_or_else(|error| panic!("history {seed}: {error}"));
    let deadline = Instant::now() + Duration::from_secs(10);
    while count("fd") > before.0 || count("task") > before.1 {
        let after = (count("fd"), count("task"));
        assert!(Instant::now() < deadline, "history {seed}: descriptors and threads were {before:?}, now {after:?}");
        thread::yield_now();
    }
    drop(done);
    let _ = watch.join();
}

/// Returns the number of descriptors or threads of this process.
fn count(what: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{what}")).map_or(0, Iterator::count)
}
