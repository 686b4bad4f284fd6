//! One thread waits for two sockets and a file descriptor at once, and drains whichever is ready.
//!
//! A wait that ends for lack of time is no error: nothing is ready then. Nor is a socket or a descriptor without data:
//! `try_recv` returns `None`, and a stream of the standard library says `WouldBlock`. So the loop takes all that is there,
//! and waits again. (A poller reports again what was left; to take all of it saves waits.) For Unix.
//!
//! Guide: chapter 2, "Handling Multiple Sockets" <https://zguide.zeromq.org/docs/chapter2/>.
//! One process: `cargo run --example poller`.
//!
//! Prints:
//! ```text
//! poll: tasks=37 weather=12 timer=5 idle polls=3
//! ```

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;
use std::{error, result, thread};

use zmq::{Context, Events, Message, Poller, Pull, Push, Socket, Sub, XPub};

type Result<T = ()> = result::Result<T, Box<dyn error::Error + Send + Sync>>;

/// How long anybody waits for the others.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the loop waits while nobody has begun.
const MOMENT: Duration = Duration::from_millis(20);
const TASKS: usize = 37;
const REPORTS: usize = 12;
const TICKS: usize = 5;

/// What the poller hands out when something is ready: any type will do.
enum Source {
    Tasks,
    Weather,
    Timer,
}

fn main() -> Result {
    let context = Context::builder().linger(PATIENCE).build()?;
    let (tasks, weather) = (context.socket(Pull)?, context.socket(Sub)?);
    tasks.bind("inproc://tasks")?;
    weather.subscribe("10001 ")?.bind("inproc://weather")?;
    let (timer, ticks) = UnixStream::pair()?;
    timer.set_nonblocking(true)?;

    let mut poller = Poller::new()?;
    poller.add(&tasks, Events::READABLE, Source::Tasks)?;
    poller.add(&weather, Events::READABLE, Source::Weather)?;
    poller.add_fd(timer.as_fd(), Events::READABLE, Source::Timer)?;

    let mut idle = 0;
    while idle < 3 {
        if !poller.wait(MOMENT)?.is_empty() {
            return Err("something came before anybody sent".into());
        }
        idle += 1;
    }

    let (sender, reporter) = (context.socket(Push)?, context.socket(XPub)?);
    sender.connect("inproc://tasks")?;
    reporter.set_recv_timeout(PATIENCE)?.connect("inproc://weather")?;
    let senders = [
        thread::spawn(move || (0..TASKS).try_for_each(|task| Ok(sender.send(task.to_string())?))),
        thread::spawn(move || report_weather(&reporter)),
        thread::spawn(move || (0..TICKS).try_for_each(|_| Ok((&ticks).write_all(b".")?))),
    ];
    let (mut task_count, mut report_count, mut tick_count) = (0, 0, 0);
    while (task_count, report_count, tick_count) != (TASKS, REPORTS, TICKS) {
        let ready = poller.wait(PATIENCE)?;
        if ready.is_empty() {
            return Err("nothing came for long".into());
        }
        for ready in ready {
            match ready.token {
                Source::Tasks => task_count += drain(|| tasks.try_recv())?,
                Source::Weather => report_count += drain(|| weather.try_recv())?,
                Source::Timer => tick_count += read_ticks(&timer)?,
            }
        }
    }
    println!("poll: tasks={task_count} weather={report_count} timer={tick_count} idle polls={idle}");
    senders.into_iter().try_for_each(|sender| sender.join().map_err(|_| "a sender panicked")?)
}

/// Counts what can be received without waiting.
fn drain(receive: impl Fn() -> zmq::Result<Option<Message>>) -> Result<usize> {
    let mut count = 0;
    while receive()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Counts the ticks that can be read without waiting: a byte each.
fn read_ticks(mut timer: &UnixStream) -> Result<usize> {
    let mut bytes = [0; 64];
    match timer.read(&mut bytes) {
        Ok(count) => Ok(count),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Reports on two towns, of which the subscriber hears of one.
fn report_weather(socket: &Socket<XPub>) -> Result {
    socket.recv_subscription()?;
    for report in 0..REPORTS {
        socket.send(format!("10001 {report} F"))?;
        socket.send(format!("10002 {report} F"))?;
    }
    Ok(())
}
