//! Ctrl-C, a clean end: the context is shut down, every blocked call returns, and the program ends in its own time.
//!
//! `Context::shutdown` works from any thread. Each call that waits on a socket of the context, and each later one, is the
//! error `ContextTerminated` then: the threads drop their sockets and end. What was sent goes on for as long as `linger`
//! says, and not for ever. The same works without Ctrl-C: whoever has a clone of the context can end it.
//!
//! Guide: chapter 2, "Handling Interrupt Signals" <https://zguide.zeromq.org/docs/chapter2/>.
//! `cargo run --example shutdown` stops itself if nobody does within 300 ms, `cargo run --example shutdown -- wait`
//! waits for Ctrl-C.
//!
//! Prints:
//! ```text
//! receiver: blocked
//! sender: blocked
//! main: shutdown
//! receiver: context terminated
//! sender: context terminated
//! main: clean exit
//! ```

use std::sync::mpsc::{self, Sender};
use std::time::Duration;
use std::{env, error, result, thread};

use zmq::{Context, Pull, Push, Socket};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// How long anybody waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long unsent messages outlive their socket. It is set once, for all sockets of the context.
const LINGER: Duration = Duration::from_millis(100);

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let limit = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Duration::from_millis(300),
        ["wait"] => Duration::MAX,
        _ => return Err("usage: shutdown [wait]".into()),
    };
    let (stop, stopped) = mpsc::channel();
    ctrlc::set_handler(move || {
        // It fails only once nobody waits for it any more.
        let _ = stop.send(());
    })?;

    let (ready, blocked) = mpsc::channel();
    let (inbox, outbox) = (context.socket(Pull)?, context.socket(Push)?);
    inbox.bind("inproc://nobody-sends")?;
    // Nobody listens there: what is sent waits, and would wait for ever without a linger.
    outbox.set_send_hwm(1)?.connect("tcp://127.0.0.1:1")?;
    let receiver = thread::spawn({
        let ready = ready.clone();
        move || run("receiver", &ready, || inbox.recv().map(drop))
    });
    blocked.recv_timeout(PATIENCE)?;
    let sender = thread::spawn(move || run("sender", &ready, || send_for_ever(&outbox)));
    blocked.recv_timeout(PATIENCE)?;

    // Either Ctrl-C came, or the time is up: it is the end in both cases.
    let _ = stopped.recv_timeout(limit);
    println!("main: shutdown");
    context.shutdown();
    for worker in [receiver, sender] {
        println!("{}", worker.join().map_err(|_| "a worker panicked")??);
    }
    // The drop of the context would do the same, but could not say which sockets are still open after so long.
    context.terminate(PATIENCE)?;
    println!("main: clean exit");
    Ok(())
}

/// Makes a call that waits, and expects the end of the context. Ends of other kinds are errors.
fn run(who: &str, ready: &Sender<()>, call: impl FnOnce() -> zmq::Result<()>) -> Result<String> {
    println!("{who}: blocked");
    ready.send(())?;
    match call() {
        Err(error) if error.is_terminated() => Ok(format!("{who}: context terminated")),
        Err(error) => Err(error.into()),
        Ok(()) => Err(format!("{who}: nothing was to be done").into()),
    }
}

/// Sends until that is an error. The first message waits for a peer, the next for the first.
fn send_for_ever(socket: &Socket<Push>) -> zmq::Result<()> {
    loop {
        socket.send("is anybody there?")?;
    }
}
