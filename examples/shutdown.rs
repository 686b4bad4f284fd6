//! Shuts the context down on Ctrl-C, so that every blocked call returns and the program exits cleanly.
//!
//! `Context::shutdown` can be called from any thread. All blocked calls on the context's sockets, and all later calls,
//! then fail with `ContextTerminated`, and the threads drop their sockets and end. Messages that were already sent are
//! still delivered for at most the linger period. Ctrl-C is only one trigger: any code with a clone of the context can
//! shut it down.
//!
//! Guide: chapter 2, "Handling Interrupt Signals" <https://zguide.zeromq.org/docs/chapter2/>.
//!
//! To shut down after 300 ms or on Ctrl-C: `cargo run --example shutdown`. To shut down on Ctrl-C only:
//! `cargo run --example shutdown -- wait`.
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

/// The limit for each wait.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket. The context sets it for all of its sockets.
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
        // This fails only if the program is already shutting down.
        let _ = stop.send(());
    })?;

    let (ready, blocked) = mpsc::channel();
    let (inbox, outbox) = (context.socket(Pull)?, context.socket(Push)?);
    inbox.bind("inproc://no-sender")?;
    // No peer listens there, so messages stay in the queue. Without a linger they would stay forever.
    outbox.set_send_hwm(1)?.connect("tcp://127.0.0.1:1")?;
    let receiver = thread::spawn({
        let ready = ready.clone();
        move || run("receiver", &ready, || inbox.recv().map(drop))
    });
    blocked.recv_timeout(TIMEOUT)?;
    let sender = thread::spawn(move || run("sender", &ready, || send_until_error(&outbox)));
    blocked.recv_timeout(TIMEOUT)?;

    // Shut down after Ctrl-C (`Ok`) and after the time limit (`Err`) alike.
    let _ = stopped.recv_timeout(limit);
    println!("main: shutdown");
    context.shutdown();
    for worker in [receiver, sender] {
        println!("{}", worker.join().map_err(|_| "a worker panicked")??);
    }
    // Unlike the drop of the context, `terminate` has a timeout, and its error reports the sockets that are still open.
    context.terminate(TIMEOUT)?;
    println!("main: clean exit");
    Ok(())
}

/// Runs a blocking call, and expects it to fail with `ContextTerminated`.
fn run(who: &str, ready: &Sender<()>, call: impl FnOnce() -> zmq::Result<()>) -> Result<String> {
    println!("{who}: blocked");
    ready.send(())?;
    match call() {
        Err(error) if error.is_terminated() => Ok(format!("{who}: context terminated")),
        Err(error) => Err(error.into()),
        Ok(()) => Err(format!("{who}: the call did not block").into()),
    }
}

/// Sends until a send fails. The first message fills the queue, and the second send blocks.
fn send_until_error(socket: &Socket<Push>) -> zmq::Result<()> {
    loop {
        socket.send("hello")?;
    }
}
