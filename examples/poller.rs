//! One thread waits for two sockets and a file descriptor, and drains each of them when it is ready.
//!
//! If a wait times out, it returns an empty list rather than an error. If a socket has no message, `try_recv` returns
//! `None`, and a stream of the standard library fails with `WouldBlock`. The loop therefore reads until there is no
//! more data, and waits again. The poller is level-triggered and reports unread data again, but draining saves waits.
//! Unix only.
//!
//! Guide: chapter 2, "Handling Multiple Sockets" <https://zguide.zeromq.org/docs/chapter2/>.
//!
//! To run it: `cargo run --example poller`.
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

/// The limit for each blocking call.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which unsent messages outlive their socket.
const LINGER: Duration = Duration::from_secs(30);
/// The timeout of each wait before the senders start.
const IDLE_TIMEOUT: Duration = Duration::from_millis(20);
const TASKS: usize = 37;
const REPORTS: usize = 12;
const TICKS: usize = 5;

/// A token that the poller returns for a ready source. Any type can be a token.
enum Source {
    Tasks,
    Weather,
    Timer,
}

fn main() -> Result {
    let context = Context::builder().linger(LINGER).build()?;
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
        if !poller.wait(IDLE_TIMEOUT)?.is_empty() {
            return Err("a source was ready before the senders started".into());
        }
        idle += 1;
    }

    let (sender, reporter) = (context.socket(Push)?, context.socket(XPub)?);
    sender.connect("inproc://tasks")?;
    reporter.set_recv_timeout(TIMEOUT)?.connect("inproc://weather")?;
    let senders = [
        thread::spawn(move || (0..TASKS).try_for_each(|task| Ok(sender.send(task.to_string())?))),
        thread::spawn(move || report_weather(&reporter)),
        thread::spawn(move || (0..TICKS).try_for_each(|_| Ok((&ticks).write_all(b".")?))),
    ];
    let (mut task_count, mut report_count, mut tick_count) = (0, 0, 0);
    while (task_count, report_count, tick_count) != (TASKS, REPORTS, TICKS) {
        let ready = poller.wait(TIMEOUT)?;
        if ready.is_empty() {
            return Err("no source was ready in time".into());
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

/// Receives messages without blocking until there are none, and returns their number.
fn drain(receive: impl Fn() -> zmq::Result<Option<Message>>) -> Result<usize> {
    let mut count = 0;
    while receive()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Reads ticks without blocking, and returns their number. Each tick is one byte.
fn read_ticks(mut timer: &UnixStream) -> Result<usize> {
    let mut bytes = [0; 64];
    match timer.read(&mut bytes) {
        Ok(count) => Ok(count),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Publishes the weather of two towns, one of which matches the subscription.
fn report_weather(socket: &Socket<XPub>) -> Result {
    socket.recv_subscription()?;
    for report in 0..REPORTS {
        socket.send(format!("10001 {report} F"))?;
        socket.send(format!("10002 {report} F"))?;
    }
    Ok(())
}
