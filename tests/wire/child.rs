//! The attacked process, which an attack may end, and the handle to it in the test.

use std::collections::HashSet;
use std::env;
use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use zmq::auth::Authenticator;
use zmq::{Context, Result};

use crate::common::PATIENCE;
use crate::served::{Counts, Policy, Served};
use crate::targets::{Target, Transport, targets};

/// The variable with the name of the test whose sockets the process opens.
const ATTACKED: &str = "ZMQ_WIRE_ATTACKED";

/// Runs the attacked process, and returns `true`, if this process is the one. Lines on standard input are its orders,
/// and lines on standard output its reports.
pub(crate) fn is_attacked(name: &str, transport: Transport) -> bool {
    if env::var(ATTACKED).as_deref() != Ok(name) {
        return false;
    }
    serve(transport).expect("sockets without errors");
    println!("\nended");
    true
}

/// The index of the target that is being served, for the report of an abort.
static SERVED: AtomicUsize = AtomicUsize::new(0);

/// Installs a handler that prints this index before an abort.
fn name_the_served() {
    extern "C" fn tell(_: libc::c_int) {
        let mut text = *b"while target 000 was served\n";
        let mut number = SERVED.load(Ordering::Relaxed);
        for digit in text[13..16].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        // SAFETY: the bytes outlive the call, and `write` is safe in a signal handler.
        unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
    }
    let handler: extern "C" fn(libc::c_int) = tell;
    // SAFETY: the handler only makes calls that are safe in a signal handler, and returns, so that the abort continues.
    unsafe { libc::signal(libc::SIGABRT, handler as libc::sighandler_t) };
}

fn serve(transport: Transport) -> Result<()> {
    name_the_served();
    let (sender, orders) = mpsc::channel();
    thread::spawn(move || {
        // The end of standard input, and so of the test, closes the channel and ends the process.
        stdin().lines().map_while(std::io::Result::ok).all(|line| sender.send(line).is_ok())
    });
    let context = Context::builder().linger(Duration::ZERO).build()?;
    let authenticator = Authenticator::with(&context, Policy::default())?;
    let all = targets(transport);
    let mut served = Vec::new();
    for target in all.iter().filter(|target| target.binds) {
        let socket = Served::open(&context, *target)?;
        let endpoint = socket.bind(&bound_endpoint(target))?;
        println!("\nbound {} {endpoint}", target.index);
        served.push(socket);
    }
    println!("\nopen");
    let mut drains = false;
    let mut total = Counts::default();
    let mut tick = Instant::now();
    loop {
        let order = match orders.recv_timeout(Duration::from_micros(500)) {
            Ok(order) => order,
            Err(RecvTimeoutError::Timeout) => String::new(),
            Err(RecvTimeoutError::Disconnected) => "end".to_owned(),
        };
        match order.split(' ').collect::<Vec<_>>()[..] {
            // A connecting socket stops at an error of the protocol, so a new socket replaces it.
            ["connect", index, endpoint] => {
                let target = all.iter().find(|target| target.index.to_string() == index).expect("a target");
                served.retain(|socket| {
                    let stays = socket.target.index != target.index;
                    add(&mut total, if stays { Counts::default() } else { socket.counts });
                    stays
                });
                let socket = Served::open(&context, *target)?;
                socket.connect(endpoint)?;
                served.push(socket);
            }
            ["drain"] => drains = true,
            ["leave"] => served.retain(|socket| {
                add(&mut total, if socket.target.binds { Counts::default() } else { socket.counts });
                socket.target.binds
            }),
            ["alive"] => println!("\nalive"),
            ["end"] => break,
            _ => {}
        }
        let ticks = tick.elapsed() > Duration::from_millis(2);
        for socket in &mut served {
            SERVED.store(socket.target.index, Ordering::Relaxed);
            socket.receive(drains);
            if ticks {
                socket.tick();
            }
        }
        if ticks {
            tick = Instant::now();
        }
    }
    served.iter().for_each(|socket| add(&mut total, socket.counts));
    println!("\ncounts {} {} {} {}", total.visitors, total.whole, total.other, total.events);
    drop(served);
    drop(authenticator);
    context.terminate(PATIENCE).expect("a context without open sockets");
    Ok(())
}

fn add(total: &mut Counts, more: Counts) {
    total.visitors += more.visitors;
    total.whole += more.whole;
    total.other += more.other;
    total.events += more.events;
}

fn bound_endpoint(target: &Target) -> String {
    match target.transport {
        Transport::Tcp => "tcp://127.0.0.1:*".to_owned(),
        Transport::Ipc => format!("ipc://@zmq-wire-{}-{}", std::process::id(), target.index),
        Transport::Ws => "ws://127.0.0.1:*".to_owned(),
    }
}

/// The attacked process, seen from the test.
pub(crate) struct Attacked {
    pub(crate) transport: Transport,
    process: Child,
    orders: ChildStdin,
    lines: Receiver<String>,
    honest: HashSet<String>,
    errors: Option<thread::JoinHandle<String>>,
}

impl Attacked {
    pub(crate) fn spawn(name: &str, transport: Transport) -> Self {
        let executable = env::current_exe().expect("an executable");
        let mut command = Command::new(executable);
        command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(ATTACKED, name);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("a child");
        let orders = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let mut said = BufReader::new(process.stderr.take().expect("piped"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(std::io::Result::ok).all(|line| sender.send(line).is_ok()));
        let errors = thread::spawn(move || {
            let mut all = Vec::new();
            let _ = std::io::Read::read_to_end(&mut said, &mut all);
            String::from_utf8_lossy(&all).into_owned()
        });
        Self { transport, process, orders, lines, honest: HashSet::new(), errors: Some(errors) }
    }

    pub(crate) fn order(&mut self, order: &str) {
        // If the process has ended, the next read of its output reports this.
        let _ = writeln!(self.orders, "{order}");
    }

    /// Returns the rest of the next line that begins with `word`.
    pub(crate) fn expect(&mut self, word: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => match line.strip_prefix(word) {
                    Some(rest) => return rest.trim().to_owned(),
                    None => self.note(line),
                },
                Err(RecvTimeoutError::Timeout) => panic!("the attacked process hangs before {word:?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("{}", self.obituary()),
            }
        }
    }

    /// Returns the bound endpoints, once the process reports that all sockets are open.
    pub(crate) fn endpoints(&mut self) -> Vec<(usize, String)> {
        let mut endpoints = Vec::new();
        loop {
            let line = self.expect("");
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["bound", index, endpoint] => endpoints.push((index.parse().expect("a number"), endpoint.to_owned())),
                ["open"] => return endpoints,
                _ => {}
            }
        }
    }

    fn note(&mut self, line: String) {
        if let Some(at) = line.find("honest ") {
            self.honest.insert(line[at + 7..].to_owned());
        }
    }

    /// Returns `true` if the target has reported the honest message with this number.
    pub(crate) fn has_heard(&mut self, target: usize, number: u64) -> bool {
        while let Ok(line) = self.lines.try_recv() {
            self.note(line);
        }
        self.honest.contains(&format!("{target} {number}"))
    }

    /// Returns `true` if the process is running.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Returns the number of descriptors of the process.
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.process.id())).map_or(0, Iterator::count)
    }

    /// Returns a description of each descriptor, with the ports of TCP connections.
    pub(crate) fn connections(&self) -> Vec<String> {
        let process = format!("/proc/{}", self.process.id());
        let table = std::fs::read_to_string(format!("{process}/net/tcp")).unwrap_or_default();
        let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        let named = |link: std::path::PathBuf| {
            let name = link.to_string_lossy().into_owned();
            let inode = name.trim_start_matches("socket:[").trim_end_matches(']');
            let row = rows.iter().find(|row| row.get(9) == Some(&inode));
            let port = |at: &str| at.split(':').nth(1).and_then(|port| u16::from_str_radix(port, 16).ok()).unwrap_or(0);
            row.map_or(name.clone(), |row| format!("tcp {} to {}, state {}", port(row[1]), port(row[2]), row[3]))
        };
        let files = std::fs::read_dir(format!("{process}/fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).map(named).collect()
    }

    /// Returns the exit status and the standard error of the process.
    pub(crate) fn obituary(&mut self) -> String {
        let deadline = Instant::now() + Duration::from_secs(5);
        while self.is_alive() && Instant::now() < deadline {
            thread::yield_now();
        }
        let status = self.process.try_wait();
        let errors = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        format!("the attacked process ended with {status:?}:\n{errors}")
    }

    /// Ends the process, and returns its counts.
    pub(crate) fn end(mut self) -> Vec<usize> {
        self.order("end");
        let counts = self.expect("counts");
        self.expect("ended");
        let status = self.process.wait().expect("a status");
        assert!(status.success(), "{}", self.obituary());
        counts.split(' ').map(|count| count.parse().expect("a number")).collect()
    }
}

impl Drop for Attacked {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
