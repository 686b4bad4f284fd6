//! Moves sockets into threads, which communicate through them without a mutex or shared state.
//!
//! A socket is `Send` and not `Sync`: you can open it on one thread and use it on another, but the compiler rejects
//! programs in which two threads use it at the same time:
//! ```compile_fail
//! let socket = context.socket(zmq::Push)?;
//! std::thread::scope(|threads| {
//!     threads.spawn(|| socket.send("first")); // error: `Socket<Push>` cannot be shared between threads safely
//!     socket.send("second")
//! })
//! ```
//!
//! Guide: chapter 2, "Multithreading with ZeroMQ" <https://zguide.zeromq.org/docs/chapter2/>.
//!
//! To run it: `cargo run --example threads`.
//!
//! Prints the first line for each of four workers, and then a text to which three threads have added:
//! ```text
//! worker 1 served 7
//! step1→step2→step3 ok
//! ```

use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{error, result};

use zmq::{Context, Dealer, Pair, Rep, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
const WORKER_COUNT: usize = 4;
const REQUEST_COUNT: usize = 28;

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
    distribute(&context)?;
    relay(&context)
}

/// Distributes requests to the workers, round-robin, and checks their replies.
fn distribute(context: &Context) -> Result {
    let requests = context.socket(Dealer)?;
    requests.set_recv_timeout(TIMEOUT)?.bind("inproc://workers")?;
    let mut workers = Vec::new();
    for _ in 0..WORKER_COUNT {
        // All workers connect before the first request is sent, so that each gets an equal share.
        let socket = context.socket(Rep)?;
        socket.set_recv_timeout(TIMEOUT)?.connect("inproc://workers")?;
        workers.push(thread::spawn(move || serve(&socket)));
    }

    // A REP socket needs an empty delimiter frame in front of the request.
    for request in 0..REQUEST_COUNT {
        requests.send_multipart(("", request.to_string()))?;
    }
    let mut sum = 0;
    for _ in 0..REQUEST_COUNT {
        let [_, square] = requests.recv_multipart()?.into_array().map_err(|_| "a reply must have two frames")?;
        sum += square.to_str()?.parse::<usize>()?;
    }
    if sum != (0..REQUEST_COUNT).map(|number| number * number).sum() {
        return Err(format!("the sum of the squares is wrong: {sum}").into());
    }

    for _ in 0..WORKER_COUNT {
        requests.send_multipart(("", "stop"))?;
    }
    for (number, worker) in workers.into_iter().enumerate() {
        println!("worker {} served {}", number + 1, join(worker)?);
    }
    Ok(())
}

/// Replies to numbers with their squares until a request is not a number, and returns the number of replies.
fn serve(socket: &Socket<Rep>) -> Result<usize> {
    let mut served = 0;
    loop {
        let request = socket.recv()?;
        let Ok(number) = request.to_str()?.parse::<usize>() else { return Ok(served) };
        socket.send((number * number).to_string())?;
        served += 1;
    }
}

/// Passes a text from thread to thread, and each thread adds to it.
fn relay(context: &Context) -> Result {
    let (to_second, second) = pair(context, "inproc://second")?;
    let (to_third, third) = pair(context, "inproc://third")?;
    let first_step = thread::spawn(move || Ok(to_second.send("step1")?));
    let second_step = thread::spawn(move || Ok(to_third.send(format!("{}→step2", second.recv()?.to_str()?))?));
    println!("{}→step3 ok", third.recv()?.to_str()?);
    join(first_step)?;
    join(second_step)
}

/// Opens two sockets that are connected to each other, for two threads.
fn pair(context: &Context, endpoint: &str) -> Result<(Socket<Pair>, Socket<Pair>)> {
    let (sender, receiver) = (context.socket(Pair)?, context.socket(Pair)?);
    receiver.set_recv_timeout(TIMEOUT)?;
    sender.connect(receiver.bind(endpoint)?)?;
    Ok((sender, receiver))
}

fn join<T>(thread: JoinHandle<Result<T>>) -> Result<T> {
    thread.join().map_err(|_| "a thread panicked")?
}
