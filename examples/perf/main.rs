//! Measures throughput and latency over a network or within one machine, in the same way as libzmq's own tools.
//!
//! Throughput is measured from PUSH to PULL, on arrival. Latency is half of a round trip between REQ and REP. The first
//! message establishes the connection and is not counted.
//!
//! To measure both between threads, in a short run: `cargo run --release --example perf`. To measure a network, run one
//! command on each of two machines, in any order. `local` binds and `remote` connects. Give both the same size (in
//! bytes) and the same count.
//! ```text
//! perf throughput local  tcp://*:5555 1024 1000000          (libzmq's local_thr; prints the result)
//! perf throughput remote tcp://server:5555 1024 1000000     (remote_thr)
//! perf latency    local  tcp://*:5555 64 100000             (local_lat)
//! perf latency    remote tcp://server:5555 64 100000        (remote_lat; prints the result)
//! perf latency    both   inproc://perf 64 100000            (inproc_lat, but with any transport)
//! ```
//! To use the asynchronous sockets of tokio, put `--async` first and enable the feature `tokio`. The peer can use
//! either kind of socket.
//!
//! Prints lines such as:
//! ```text
//! throughput over inproc, 64 B: 100000 messages, 4179221 messages/s, 267.470 MB/s
//! latency over inproc, 64 B: 2000 round trips, mean 2.7 us, 50 % 2.6 us, 99 % 5.3 us, 99.9 % 13.9 us, longest 61.1 us
//! ```

#[cfg(feature = "tokio")]
mod asynchronous;
mod blocking;
mod report;

use std::process::ExitCode;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{env, error, result};

use report::Latencies;
use zmq::abilities::Open;
use zmq::{Context, Kind, Message, Pull, Push, Rep, Req, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(60);
const USAGE: &str = "usage: perf [--async] [throughput|latency local|remote|both ENDPOINT SIZE COUNT], with COUNT >= 2";
const EVERYTHING: [[&str; 5]; 4] = [
    ["throughput", "both", "inproc://perf", "64", "100000"],
    ["latency", "both", "inproc://perf", "64", "2000"],
    ["throughput", "both", "tcp://127.0.0.1:*", "64", "100000"],
    ["latency", "both", "tcp://127.0.0.1:*", "64", "2000"],
];
#[cfg(feature = "tokio")]
const ASYNCHRONOUS: Option<&Sides> = Some(&asynchronous::SIDES);
#[cfg(not(feature = "tokio"))]
const ASYNCHRONOUS: Option<&Sides> = None;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (sides, arguments) = match &arguments[..] {
        ["--async", rest @ ..] => (ASYNCHRONOUS, rest),
        all => (Some(&blocking::SIDES), all),
    };
    let jobs: Option<Vec<Job>> = match arguments {
        [] => EVERYTHING.iter().map(|job| Job::parse(job)).collect(),
        job => Job::parse(job).map(|job| vec![job]),
    };
    let Some(jobs) = jobs else {
        eprintln!("{USAGE}");
        return Ok(ExitCode::from(2));
    };
    let Some(sides) = sides else {
        eprintln!("perf: --async needs tokio: cargo run --release --example perf --features tokio -- --async");
        return Ok(ExitCode::from(2));
    };
    for job in jobs {
        (job.measure)(&job, sides)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The four roles of the measurements. They are implemented for blocking and for asynchronous sockets.
struct Sides {
    receive: fn(Socket<Pull>, Plan) -> Result<Duration>,
    send: fn(Socket<Push>, Plan) -> Result,
    reply: fn(Socket<Rep>, Plan) -> Result,
    request: fn(Socket<Req>, Plan) -> Result<Latencies>,
}

/// The parameters that both sides share.
#[derive(Clone, Copy)]
struct Plan {
    size: usize,
    count: u64,
}

impl Plan {
    /// Fails if the other side uses a different message size.
    fn expect(self, message: &Message) -> Result {
        let (len, size) = (message.len(), self.size);
        if len == size { Ok(()) } else { Err(format!("received {len} bytes instead of {size}").into()) }
    }
}

/// A measurement, and the sides of it that run in this process.
struct Job {
    measure: fn(&Self, &'static Sides) -> Result,
    binds: bool,
    connects: bool,
    endpoint: String,
    plan: Plan,
}

impl Job {
    /// Parses the arguments, or returns `None` if they are invalid.
    fn parse(arguments: &[&str]) -> Option<Self> {
        let [measurement, role, endpoint, size, count] = *arguments else { return None };
        let measure = match measurement {
            "throughput" => Self::throughput,
            "latency" => Self::latency,
            _ => return None,
        };
        let (binds, connects) = match role {
            "local" => (true, false),
            "remote" => (false, true),
            "both" => (true, true),
            _ => return None,
        };
        let plan = Plan { size: size.parse().ok()?, count: count.parse().ok().filter(|&count| count >= 2)? };
        Some(Self { measure, binds, connects, endpoint: endpoint.to_owned(), plan })
    }

    fn throughput(&self, sides: &'static Sides) -> Result {
        let (plan, (sink, source)) = (self.plan, self.open(Pull, Push)?);
        let sending = source.map(|source| thread::spawn(move || (sides.send)(source, plan)));
        if let Some(sink) = sink {
            report::throughput(&self.endpoint, plan, (sides.receive)(sink, plan)?);
        }
        join(sending)
    }

    fn latency(&self, sides: &'static Sides) -> Result {
        let (plan, (server, client)) = (self.plan, self.open(Rep, Req)?);
        let replying = server.map(|server| thread::spawn(move || (sides.reply)(server, plan)));
        if let Some(client) = client {
            report::latency(&self.endpoint, plan, &(sides.request)(client, plan)?);
        }
        join(replying)
    }

    /// Opens the sockets of the sides in this process, in a context whose drop waits until their messages are sent.
    fn open<L: Open, R: Open>(&self, local: L, remote: R) -> Result<Ends<L::Kind, R::Kind>> {
        let context = Context::builder().linger(LINGER).build()?;
        let (mut endpoint, mut ends) = (self.endpoint.clone(), (None, None));
        if self.binds {
            let socket = with_timeouts(context.socket(local)?)?;
            endpoint = socket.bind(endpoint)?.into();
            ends.0 = Some(socket);
        }
        if self.connects {
            let socket = with_timeouts(context.socket(remote)?)?;
            socket.connect(endpoint)?;
            ends.1 = Some(socket);
        } else {
            println!("local: at {endpoint}");
        }
        Ok(ends)
    }
}

type Ends<L, R> = (Option<Socket<L>>, Option<Socket<R>>);

fn with_timeouts<K: Kind>(socket: Socket<K>) -> Result<Socket<K>> {
    socket.set_recv_timeout(TIMEOUT)?.set_send_timeout(TIMEOUT)?;
    Ok(socket)
}

fn join(side: Option<JoinHandle<Result>>) -> Result {
    side.map_or(Ok(()), |side| side.join().map_err(|_| "the other side panicked")?)
}
