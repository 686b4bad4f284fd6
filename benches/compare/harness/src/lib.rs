//! The code that the programs of all peers share. `PROGRAM WORKLOAD SIZE COUNT` runs a workload once and prints the
//! result.
//!
//! Without arguments, a program prints the version of its libzmq and the names of its workloads.

use std::error::Error;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

#[cfg(feature = "tokio")]
pub mod tasks;

pub type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A workload: runs `count` times with messages of `size` bytes, and returns the time in seconds, or the memory in
/// bytes.
pub type Workload = fn(size: usize, count: usize) -> Result<f64>;

/// The body of each `main`.
pub fn run(libzmq: &str, workloads: &[(&str, Workload)]) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, size, count] = &arguments[..] else {
        println!("{libzmq}");
        workloads.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    match find(workloads, name).and_then(|workload| workload(size.parse()?, count.parse()?)) {
        Ok(measured) => println!("{measured:.9}"),
        Err(error) => {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn find(workloads: &[(&str, Workload)], name: &str) -> Result<Workload> {
    let found = workloads.iter().find(|(known, _)| *known == name);
    found.map(|(_, workload)| *workload).ok_or_else(|| "no such workload".into())
}

/// Runs `work` `count` times, and returns the time in seconds.
pub fn timed(count: usize, mut work: impl FnMut() -> Result) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..count {
        work()?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Sends on another thread, and measures the receives. The first receive waits for the connection and is not measured.
pub fn throughput(
    count: usize,
    mut send: impl FnMut() -> Result + Send + 'static,
    mut receive: impl FnMut() -> Result,
) -> Result<f64> {
    let sending = thread::spawn(move || timed(count + 1, &mut send));
    receive()?;
    let seconds = timed(count, receive)?;
    sending.join().expect("the sender does not panic")?;
    Ok(seconds)
}

/// Replies on another thread, and measures the round trips. The first one waits for the connection and is not measured.
pub fn latency(
    count: usize,
    mut request: impl FnMut() -> Result,
    mut answer: impl FnMut() -> Result + Send + 'static,
) -> Result<f64> {
    let answering = thread::spawn(move || timed(count + 1, &mut answer));
    request()?;
    let seconds = timed(count, request)?;
    answering.join().expect("the server does not panic")?;
    Ok(seconds)
}

/// Publishes to all subscribers, each on a thread, and returns the time in seconds until the last one has all messages.
///
/// A subscriber receives a message and returns its length. Empty messages show whether the subscriptions have arrived.
pub fn fan_out<S>(count: usize, publish: impl Fn(usize) -> Result, subscribers: Vec<S>, size: usize) -> Result<f64>
where
    S: FnMut() -> Result<usize> + Send + 'static,
{
    let (all, ready) = (subscribers.len(), Arc::new(AtomicUsize::new(0)));
    let receiving: Vec<_> = subscribers
        .into_iter()
        .map(|mut receive| {
            let ready = ready.clone();
            thread::spawn(move || -> Result {
                receive()?;
                ready.fetch_add(1, Ordering::Release);
                let mut received = 0;
                while received < count {
                    received += usize::from(receive()? > 0);
                }
                Ok(())
            })
        })
        .collect();
    while ready.load(Ordering::Acquire) < all {
        publish(0)?;
        thread::yield_now();
    }
    let start = Instant::now();
    for _ in 0..count {
        publish(size)?;
    }
    for thread in receiving {
        thread.join().expect("a subscriber does not panic")?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Returns the growth of the process, in bytes per thing, when `make` creates `count` things.
pub fn memory<T>(count: usize, mut make: impl FnMut() -> Result<T>) -> Result<f64> {
    let before = resident()?;
    let made = (0..count).map(|_| make()).collect::<Result<Vec<T>>>()?;
    let after = resident()?;
    drop(made);
    Ok((after - before) / count as f64)
}

/// Returns the growth of the process, in bytes, while `work` runs `count` times. A tenth of that runs first as a
/// warm-up.
pub fn growth(count: usize, mut work: impl FnMut() -> Result) -> Result<f64> {
    timed(count / 10, &mut work)?;
    let before = resident()?;
    timed(count, work)?;
    Ok(resident()? - before)
}

fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}

/// Reads the bytes, as every receiver does, and returns their number.
#[inline]
pub fn read(bytes: &[u8]) -> usize {
    black_box(bytes.as_ptr());
    bytes.len()
}

/// Fills the gaps in the heap that messages could fit in, so that earlier allocations do not affect the measurement.
/// Above 1032 bytes, the time of glibc's allocator depends on the free gaps.
pub fn fill_gaps(size: usize) {
    for _ in 0..1000 {
        black_box(Vec::<u8>::with_capacity(size + 48).leak());
    }
}
