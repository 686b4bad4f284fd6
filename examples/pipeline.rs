//! One source of tasks, four workers, one sink: PUSH deals the tasks out, PULL collects the results, PUB ends it all.
//!
//! The sink repeats its stop until every worker has acknowledged it, because a subscriber may have missed the first.
//!
//! Guide: chapter 1, "Divide and Conquer" <https://zguide.zeromq.org/docs/chapter1/>, and the kill signal of chapter 2.
//! Alone it is all of them, on threads: `cargo run --example pipeline`. As processes, the source last, because it deals
//! out to those that are there; TASKS, RESULTS and CONTROL are three endpoints such as tcp://127.0.0.1:5557:
//! ```text
//! cargo run --example pipeline -- worker NAME TASKS RESULTS CONTROL   (one or more, each with a name of its own)
//! cargo run --example pipeline -- sink RESULTS CONTROL WORKERS        (WORKERS: how many they are)
//! cargo run --example pipeline -- source TASKS
//! ```
//! Prints, alone:
//! ```text
//! sink: 4 workers · 100 tasks · per worker 25/25/25/25 · sum 3142
//! sink: stop sent, 4 workers acknowledged
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use std::{env, error, result, thread};

use zmq::{Context, Pub, Pull, Push, Socket, Sub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// How long anybody waits for the others.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a worker waits for a task, and the sink for an acknowledgement, before it looks elsewhere.
const MOMENT: Duration = Duration::from_millis(20);
const TASKS: u64 = 100;

fn main() -> Result {
    let context = Context::builder().linger(PATIENCE).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let [tasks, results, control] = ["inproc://tasks", "inproc://results", "inproc://control"];
            // Opened before the source is, so that each gets its share, and then moved to threads of their own.
            let workers = ["A", "B", "C", "D"].map(|name| (name, open_worker(&context, tasks, results, control)));
            let workers = workers.map(|(name, sockets)| thread::spawn(move || work(name, sockets?)));
            deal_out(&context, tasks)?;
            collect(&context, results, control, workers.len())?;
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked")?)
        }
        ["source", tasks] => deal_out(&context, tasks),
        ["worker", name, tasks, results, control] => work(name, open_worker(&context, tasks, results, control)?),
        ["sink", results, control, workers] => collect(&context, results, control, workers.parse()?),
        _ => Err("usage: pipeline [worker ... | sink ... | source ...], as the top of the file shows".into()),
    }
}

/// Sends the tasks, each to the next of the workers.
fn deal_out(context: &Context, tasks: &str) -> Result {
    let socket = context.socket(Push)?;
    socket.set_send_timeout(PATIENCE)?.bind(tasks)?;
    (1..=TASKS).try_for_each(|task| Ok(socket.send(task.to_string())?))
}

/// Where a worker gets its tasks, leaves its results, and hears of the stop.
type Worker = (Socket<Pull>, Socket<Push>, Socket<Sub>);

fn open_worker(context: &Context, tasks: &str, results: &str, control: &str) -> Result<Worker> {
    let worker = (context.socket(Pull)?, context.socket(Push)?, context.socket(Sub)?);
    worker.0.connect(tasks)?;
    worker.1.set_send_timeout(PATIENCE)?.connect(results)?;
    worker.2.subscribe("stop")?;
    worker.2.set_linger(Duration::ZERO)?.connect(control)?;
    Ok(worker)
}

/// Works tasks off; whenever there is none for a moment, looks whether the sink said stop.
fn work(name: &str, (tasks, results, control): Worker) -> Result {
    let deadline = Instant::now() + PATIENCE;
    while control.try_recv()?.is_none() {
        while let Some(task) = tasks.recv_timeout(MOMENT)? {
            let steps = collatz(task.to_str()?.parse()?);
            results.send_multipart((name, steps.to_string()))?;
        }
        if Instant::now() > deadline {
            return Err("nobody said stop".into());
        }
    }
    Ok(results.send_multipart((name, "stopped"))?)
}

/// Adds the results up, one for each task, and then stops the workers.
fn collect(context: &Context, results: &str, control: &str, workers: usize) -> Result {
    let (inbox, stops) = (context.socket(Pull)?, context.socket(Pub)?);
    inbox.bind(results)?;
    stops.bind(control)?;

    let (mut sum, mut per_worker) = (0, BTreeMap::<_, u32>::new());
    for _ in 0..TASKS {
        let result = inbox.recv_multipart_timeout(PATIENCE)?.ok_or("a result is missing")?;
        let [name, steps] = result.into_array().map_err(|_| "a result has two frames")?;
        sum += steps.to_str()?.parse::<u64>()?;
        *per_worker.entry(name.into_vec()).or_default() += 1;
    }
    let shares: Vec<_> = per_worker.values().map(u32::to_string).collect();
    println!("sink: {} workers · {TASKS} tasks · per worker {} · sum {sum}", shares.len(), shares.join("/"));

    let (deadline, mut stopped) = (Instant::now() + PATIENCE, BTreeSet::new());
    while stopped.len() < workers {
        stops.send("stop")?;
        if let Some(answer) = inbox.recv_multipart_timeout(MOMENT)? {
            stopped.insert(answer[0].to_vec());
        }
        if Instant::now() > deadline {
            return Err("a worker did not stop".into());
        }
    }
    println!("sink: stop sent, {} workers acknowledged", stopped.len());
    Ok(())
}

/// How many steps lead from `number` to 1, halving it where it is even, and else tripling it and adding one.
fn collatz(number: u64) -> u32 {
    if number == 1 { 0 } else { 1 + collatz(if number % 2 == 0 { number / 2 } else { 3 * number + 1 }) }
}
