//! Distributes tasks to four workers with PUSH, collects their results with PULL, and stops the workers with PUB.
//!
//! The sink repeats its stop message until every worker has acknowledged it, because a subscriber may miss the first
//! one.
//!
//! Guide: chapter 1, "Divide and Conquer" <https://zguide.zeromq.org/docs/chapter1/>, and the kill signal of chapter 2.
//!
//! To run all roles on threads of one process: `cargo run --example pipeline`. To run them as processes, start the
//! source last, because it distributes tasks only to connected workers. TASKS, RESULTS and CONTROL are three endpoints
//! such as tcp://127.0.0.1:5557:
//! ```text
//! cargo run --example pipeline -- worker NAME TASKS RESULTS CONTROL   (one or more, each with a unique name)
//! cargo run --example pipeline -- sink RESULTS CONTROL WORKERS        (WORKERS: their number)
//! cargo run --example pipeline -- source TASKS
//! ```
//! Prints, in one process:
//! ```text
//! sink: 4 workers · 100 tasks · per worker 25/25/25/25 · sum 3142
//! sink: stop sent, 4 workers acknowledged
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use std::{env, error, result, thread};

use zmq::{Context, Pub, Pull, Push, Socket, Sub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
/// The time after which a worker checks for the stop message, and the sink repeats it.
const STOP_INTERVAL: Duration = Duration::from_millis(20);
const TASKS: u64 = 100;

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let [tasks, results, control] = ["inproc://tasks", "inproc://results", "inproc://control"];
            // The workers connect before the source binds, so that each gets an equal share.
            let workers = ["A", "B", "C", "D"].map(|name| (name, open_worker(&context, tasks, results, control)));
            let workers = workers.map(|(name, sockets)| thread::spawn(move || work(name, sockets?)));
            distribute(&context, tasks)?;
            collect(&context, results, control, workers.len())?;
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked")?)
        }
        ["source", tasks] => distribute(&context, tasks),
        ["worker", name, tasks, results, control] => work(name, open_worker(&context, tasks, results, control)?),
        ["sink", results, control, workers] => collect(&context, results, control, workers.parse()?),
        _ => Err("usage: pipeline [worker ... | sink ... | source ...], as shown at the top of the file".into()),
    }
}

/// Sends the tasks to the workers, round-robin.
fn distribute(context: &Context, tasks: &str) -> Result {
    let socket = context.socket(Push)?;
    socket.set_send_timeout(TIMEOUT)?.bind(tasks)?;
    (1..=TASKS).try_for_each(|task| Ok(socket.send(task.to_string())?))
}

/// The sockets of a worker: for tasks, for results and for the stop message.
type Worker = (Socket<Pull>, Socket<Push>, Socket<Sub>);

fn open_worker(context: &Context, tasks: &str, results: &str, control: &str) -> Result<Worker> {
    let worker = (context.socket(Pull)?, context.socket(Push)?, context.socket(Sub)?);
    worker.0.connect(tasks)?;
    worker.1.set_send_timeout(TIMEOUT)?.connect(results)?;
    worker.2.subscribe("stop")?;
    worker.2.set_linger(Duration::ZERO)?.connect(control)?;
    Ok(worker)
}

/// Processes tasks, and checks for the stop message whenever no task has arrived for [`STOP_INTERVAL`].
fn work(name: &str, (tasks, results, control): Worker) -> Result {
    let deadline = Instant::now() + TIMEOUT;
    while control.try_recv()?.is_none() {
        while let Some(task) = tasks.recv_timeout(STOP_INTERVAL)? {
            let steps = collatz(task.to_str()?.parse()?);
            results.send_multipart((name, steps.to_string()))?;
        }
        if Instant::now() > deadline {
            return Err("no stop message arrived".into());
        }
    }
    Ok(results.send_multipart((name, "stopped"))?)
}

/// Sums up the results, one for each task, and then stops the workers.
fn collect(context: &Context, results: &str, control: &str, workers: usize) -> Result {
    let (inbox, stops) = (context.socket(Pull)?, context.socket(Pub)?);
    inbox.bind(results)?;
    stops.bind(control)?;

    let (mut sum, mut per_worker) = (0, BTreeMap::<_, u32>::new());
    for _ in 0..TASKS {
        let result = inbox.recv_multipart_timeout(TIMEOUT)?.ok_or("a result is missing")?;
        let [name, steps] = result.into_array().map_err(|_| "a result must have two frames")?;
        sum += steps.to_str()?.parse::<u64>()?;
        *per_worker.entry(name.into_vec()).or_default() += 1;
    }
    let shares: Vec<_> = per_worker.values().map(u32::to_string).collect();
    println!("sink: {} workers · {TASKS} tasks · per worker {} · sum {sum}", shares.len(), shares.join("/"));

    let (deadline, mut stopped) = (Instant::now() + TIMEOUT, BTreeSet::new());
    while stopped.len() < workers {
        stops.send("stop")?;
        if let Some(answer) = inbox.recv_multipart_timeout(STOP_INTERVAL)? {
            stopped.insert(answer[0].to_vec());
        }
        if Instant::now() > deadline {
            return Err("a worker did not stop".into());
        }
    }
    println!("sink: stop sent, {} workers acknowledged", stopped.len());
    Ok(())
}

/// Returns the length of the Collatz sequence from `number` to 1.
fn collatz(number: u64) -> u32 {
    if number == 1 { 0 } else { 1 + collatz(if number % 2 == 0 { number / 2 } else { 3 * number + 1 }) }
}
