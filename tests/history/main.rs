//! Random histories over the safe API: sockets of every kind with random options, over every transport, on some threads
//! that hand them to one another; they send, receive, leave, come back, are polled and monitored, stand behind proxies and
//! in reactors; owners of bytes come back to sockets when libzmq drops them; contexts are shut down in the middle.
//!
//! Whatever happens, nothing aborts, hangs or panics; messages are whole, in the order of their sender, and come once;
//! every owner is dropped, and every descriptor and thread is given back.
//!
//! | variable | what | default |
//! |---|---|---|
//! | `ZMQ_HISTORY_SEEDS` | how many histories | 20 |
//! | `ZMQ_HISTORY_FIRST` | the seed of the first one | 1 |
//!
//! Each history is a process of its own. One that fails prints its seed: `ZMQ_HISTORY_SEEDS=1 ZMQ_HISTORY_FIRST=seed`
//! lives through it again, though what threads do at the same time differs.
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

/// Tells a process which history it is.
const SEED: &str = "ZMQ_HISTORY_SEED";
/// How many histories are under way at a time.
const AT_A_TIME: usize = 2;
/// What a history may take.
const LONGEST: Duration = Duration::from_secs(40);

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).ok().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is no number")))
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
    // Panics of owners' and of libzmq's threads do not come here by themselves.
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
        assert!(
            Instant::now() < deadline,
            "history {seed}: descriptors and threads were {before:?}, and are {after:?}"
        );
        thread::yield_now();
    }
    drop(done);
    let _ = watch.join();
}

/// Counts the descriptors or threads of this process.
fn count(what: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{what}")).map_or(0, Iterator::count)
}
