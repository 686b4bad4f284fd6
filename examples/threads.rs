//! Sockets move into the threads that use them, and threads talk through sockets: no mutex, no shared state.
//!
//! A socket is `Send` and not `Sync`. It may be opened here and used there, and the compiler refuses to let two threads
//! use it at the same time:
//! ```compile_fail
//! let socket = context.socket(zmq::Push)?;
//! std::thread::scope(|threads| {
//!     threads.spawn(|| socket.send("from there")); // error: `Socket<Push>` cannot be shared between threads safely
//!     socket.send("from here")
//! })
//! ```
//!
//! Guide: chapter 2, "Multithreading with ZeroMQ" <https://zguide.zeromq.org/docs/chapter2/>.
//! One process, because that is the point: `cargo run --example threads`.
//!
//! Prints one such line for each of four workers, and then what went from thread to thread:
//! ```text
//! worker 1 served 7
//! step1→step2→step3 ok
//! ```

use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{error, result};

use zmq::{Context, Dealer, Pair, Rep, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// How long anybody waits for the others.
const PATIENCE: Duration = Duration::from_secs(30);
const WORKERS: usize = 4;
const REQUESTS: usize = 28;

fn main() -> Result {
    let context = Context::builder().linger(PATIENCE).build()?;
    share_out(&context)?;
    relay(&context)
}

/// Has the workers answer the requests in turn.
fn share_out(context: &Context) -> Result {
    let requests = context.socket(Dealer)?;
    requests.set_recv_timeout(PATIENCE)?.bind("inproc://workers")?;
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        // Connected before the first request is sent, so that each worker gets its share of them.
        let socket = context.socket(Rep)?;
        socket.set_recv_timeout(PATIENCE)?.connect("inproc://workers")?;
        workers.push(thread::spawn(move || serve(&socket)));
    }

    // An empty frame in front stands for the way back, which is all that a REP socket needs of a request.
    for request in 0..REQUESTS {
        requests.send_multipart(("", request.to_string()))?;
    }
    let mut sum = 0;
    for _ in 0..REQUESTS {
        let [_, square] = requests.recv_multipart()?.into_array().map_err(|_| "a reply has two frames")?;
        sum += square.to_str()?.parse::<usize>()?;
    }
    if sum != (0..REQUESTS).map(|number| number * number).sum() {
        return Err(format!("the squares add up to {sum}").into());
    }

    for _ in 0..WORKERS {
        requests.send_multipart(("", "enough"))?;
    }
    for (number, worker) in workers.into_iter().enumerate() {
        println!("worker {} served {}", number + 1, join(worker)?);
    }
    Ok(())
}

/// Answers numbers with their squares until it is enough, and returns how many they were.
fn serve(socket: &Socket<Rep>) -> Result<usize> {
    let mut served = 0;
    loop {
        let request = socket.recv()?;
        let Ok(number) = request.to_str()?.parse::<usize>() else { return Ok(served) };
        socket.send((number * number).to_string())?;
        served += 1;
    }
}

/// Hands a text from thread to thread, each of which adds to it.
fn relay(context: &Context) -> Result {
    let (to_second, second) = pair(context, "inproc://second")?;
    let (to_third, third) = pair(context, "inproc://third")?;
    let first_step = thread::spawn(move || Ok(to_second.send("step1")?));
    let second_step = thread::spawn(move || Ok(to_third.send(format!("{}→step2", second.recv()?.to_str()?))?));
    println!("{}→step3 ok", third.recv()?.to_str()?);
    join(first_step)?;
    join(second_step)
}

/// Opens two sockets that are connected to each other: a line between two threads.
fn pair(context: &Context, endpoint: &str) -> Result<(Socket<Pair>, Socket<Pair>)> {
    let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
    other.set_recv_timeout(PATIENCE)?;
    one.connect(other.bind(endpoint)?)?;
    Ok((one, other))
}

fn join<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    thread.join().map_err(|_| "a thread panicked")?
}
