//! The cost of CURVE: throughput over tcp with and without CURVE, and handshakes per second.
//!
//! To run the benchmark: `cargo bench --bench security`.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use zmq::auth::{Authenticator, Rules};
use zmq::curve::KeyPair;
use zmq::{Capability, Context, MonitorEvents, Pull, Push, Result, Security};

const SIZES: [usize; 4] = [64, 1_024, 16_384, 262_144];
/// The number of bytes and the maximum number of messages in each measurement.
const BYTES: usize = 256 << 20;
const MOST_MESSAGES: usize = 1_000_000;
const HANDSHAKES: u32 = 500;

fn main() -> Result<()> {
    if !zmq::has(Capability::Curve) {
        println!("libzmq {} was built without CURVE", zmq::version());
        return Ok(());
    }
    let keys = KeyPair::generate()?;
    let curve = (Security::curve_server(&keys), Security::curve_anonymous_client(keys.public_key())?);
    let mechanisms = [
        ("NULL", (Security::null(), Security::null())),
        ("PLAIN", (Security::plain_server(), Security::plain_client("user", "password"))),
        ("CURVE", curve),
    ];
    println!("libzmq {}, tcp over the loopback, one PUSH and one PULL", zmq::version());
    for (name, (server, client)) in &mechanisms {
        for size in SIZES {
            let (count, took) = throughput(server, client, size)?;
            let per_second = count as f64 / took.as_secs_f64();
            let mebibytes = per_second * size as f64 / f64::from(1 << 20);
            println!("{name:>6} {size:>7} bytes: {per_second:>10.0} messages/s {mebibytes:>8.1} MiB/s");
        }
        let rate = f64::from(HANDSHAKES) / handshakes(server, client)?.as_secs_f64();
        println!("{name:>6}    handshakes: {rate:>10.0} /s, one after the other");
    }
    Ok(())
}

/// A context with an authenticator that accepts every client.
fn context() -> Result<(Context, Authenticator)> {
    let context = Context::builder().linger(Duration::from_secs(60)).build()?;
    let rules = Rules::new().curve_any().plain_with(|_, _| true);
    let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
    Ok((context, authenticator))
}

fn throughput(server: &Security, client: &Security, size: usize) -> Result<(usize, Duration)> {
    let (context, _authenticator) = context()?;
    let sink = context.socket(Pull)?;
    let endpoint = sink.set_security(server)?.bind("tcp://127.0.0.1:*")?;
    let source = context.socket(Push)?;
    source.set_security(client)?.connect(&endpoint)?;
    let count = (BYTES / size).min(MOST_MESSAGES);
    let sending = thread::spawn(move || -> Result<()> {
        let content = vec![7; size];
        for _ in 0..=count {
            source.send(&content[..])?;
        }
        Ok(())
    });
    // The first message arrives once the connection exists.
    sink.recv()?;
    let start = Instant::now();
    for _ in 0..count {
        black_box(sink.recv()?);
    }
    let took = start.elapsed();
    sending.join().unwrap_or(Ok(()))?;
    Ok((count, took))
}

fn handshakes(server: &Security, client: &Security) -> Result<Duration> {
    let (context, _authenticator) = context()?;
    let sink = context.socket(Pull)?;
    let monitor = sink.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED)?;
    let endpoint = sink.set_security(server)?.bind("tcp://127.0.0.1:*")?;
    let start = Instant::now();
    for _ in 0..HANDSHAKES {
        let source = context.socket(Push)?;
        source.set_security(client)?.connect(&endpoint)?;
        monitor.wait_connected(Duration::from_secs(60))?;
    }
    Ok(start.elapsed())
}
