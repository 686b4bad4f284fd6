//! Helpers of all tests: pairs of sockets, time limits, and child processes.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary uses a part of it")]

pub(crate) mod auth;
#[cfg(feature = "serde")]
pub(crate) mod config;
#[cfg(unix)]
pub(crate) mod fork;
pub(crate) mod nodejs;
#[cfg(unix)]
pub(crate) mod noting;
pub(crate) mod pyzmq;
pub(crate) mod random;
pub(crate) mod wire;

use std::any;
use std::env;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio, exit};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use zmq::abilities::Open;
use zmq::abilities::Receives;
use zmq::{Capability, Context, Endpoint, Kind, Message, Multipart, Result, Socket};

/// The time limit for expected events. Only a broken test reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The variable with the name of the test that a child process runs.
const CHILD: &str = "ZMQ_TEST_CHILD";

/// Prints that the rest of a test is skipped. CI checks these lines, and fails if the reason is unexpected.
#[track_caller]
pub(crate) fn skip(why: &str) {
    let place = std::panic::Location::caller();
    // Not a macro, because the harness captures the output of macros and hides it if the test passes. The single write
    // keeps the line in one piece.
    let line = format!("skipped {}:{}: {why}\n", place.file(), place.line());
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Returns `true`, and prints a notice, if libzmq lacks a capability that a test needs.
#[track_caller]
pub(crate) fn lacks(capability: Capability) -> bool {
    let lacks = !zmq::has(capability);
    if lacks {
        skip(&format!("this libzmq has no {capability}"));
    }
    lacks
}

/// Creates a directory that is deleted when the value is dropped.
pub(crate) fn directory() -> TempDir {
    tempfile::Builder::new().prefix("zmq-test-").tempdir().expect("a directory")
}

/// Returns a port whose listener closes its first connection during the handshake. A thread then binds the socket to
/// this port, and returns the socket.
pub(crate) fn hang_up_then_bind<K: Kind>(server: Socket<K>) -> (u16, thread::JoinHandle<Socket<K>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
    let later = thread::spawn(move || {
        drop(listener.accept());
        drop(listener);
        eventually("the port can be bound", || server.bind(format!("tcp://127.0.0.1:{port}")).is_ok());
        server
    });
    (port, later)
}

/// Creates a context without linger, so that a failed test does not hang.
pub(crate) fn context() -> Result<Context> {
    Context::builder().linger(Duration::ZERO).build()
}

/// Returns an endpoint to bind that no other test uses: a unique name, or a wildcard.
pub(crate) fn free(transport: &str) -> String {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    match transport {
        "inproc" => format!("inproc://test-{}", NAMES.fetch_add(1, Ordering::Relaxed)),
        "tcp" => "tcp://127.0.0.1:*".to_owned(),
        other => format!("{other}://*"),
    }
}

/// Two sockets of kinds that may differ.
pub(crate) type Both<A, B> = (Socket<<A as Open>::Kind>, Socket<<B as Open>::Kind>);

/// Opens two sockets, binds the first and connects the second to it.
pub(crate) fn pair<A: Open, B: Open>(
    context: &Context,
    transport: &str,
    (bound, connected): (A, B),
) -> Result<Both<A, B>> {
    let (bound, connected) = (context.socket(bound)?, context.socket(connected)?);
    connected.connect(bound.bind(free(transport))?)?;
    Ok((bound, connected))
}

/// Receives a frame, which must arrive in time.
pub(crate) fn take<K: Receives>(socket: &Socket<K>) -> Result<Message> {
    Ok(socket.recv_timeout(PATIENCE)?.unwrap_or_else(|| panic!("no message arrived at {socket:?}")))
}

/// Receives a multipart message, which must arrive in time.
pub(crate) fn take_all<K: Receives>(socket: &Socket<K>) -> Result<Multipart> {
    Ok(socket.recv_multipart_timeout(PATIENCE)?.unwrap_or_else(|| panic!("no message arrived at {socket:?}")))
}

/// Returns a TCP endpoint at which no socket listens.
pub(crate) fn dead_endpoint() -> Result<Endpoint> {
    // The port of a closed listener refuses connections, and the system reuses it late.
    let socket = context()?.socket(zmq::Pull)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    socket.unbind(&endpoint)?;
    Ok(endpoint)
}

/// Sets an option of libzmq by its number.
pub(crate) fn set_raw<K: Kind>(socket: &Socket<K>, option: i32, value: &[u8]) {
    // SAFETY: the socket is open and used by this thread only, and the value outlives the call.
    let code = unsafe { zmq::sys::zmq_setsockopt(socket.as_ptr(), option, value.as_ptr().cast(), value.len()) };
    assert_eq!(code, 0, "libzmq refused option {option}");
}

/// Processes the pending commands of the socket. Returns two flags: the socket can send, and the socket can receive.
pub(crate) fn process_commands<K: Kind>(socket: &Socket<K>) -> (bool, bool) {
    let mut events = 0_i32;
    let mut len = size_of_val(&events);
    let value = (&raw mut events).cast();
    // SAFETY: the socket is open and used by this thread only; `events` has room for `len` bytes.
    let code = unsafe { zmq::sys::zmq_getsockopt(socket.as_ptr(), zmq::sys::ZMQ_EVENTS, value, &raw mut len) };
    assert_eq!(code, 0, "no events");
    (events & zmq::sys::ZMQ_POLLOUT != 0, events & zmq::sys::ZMQ_POLLIN != 0)
}

/// Waits until `condition` holds.
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "did not happen in time: {what}");
        thread::yield_now();
    }
}

/// Waits until the I/O thread has finished its earlier work, by sending a message through it.
pub(crate) fn pass_through_the_io_thread(context: &Context) -> Result<()> {
    let (sink, source) = pair(context, "tcp", (zmq::Pull, zmq::Push))?;
    source.send("through")?;
    assert_eq!(take(&sink)?, "through");
    Ok(())
}

/// Runs `work` on a thread and returns its result. Panics if `work` does not finish in time.
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || sender.send(work()));
    match receiver.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("the work hangs"),
        // The worker panicked and printed its message; this test fails too.
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let _ = worker.join();
            panic!("the work panicked");
        }
    }
}

/// Returns the name of the surrounding test, with its modules, in the form that the harness uses.
macro_rules! this_test {
    () => {{
        fn here() {}
        crate::common::name_around(here)
    }};
}

pub(crate) use this_test;

/// Returns the name of the function around `item`, with its modules and without the crate.
pub(crate) fn name_around<T>(_item: T) -> &'static str {
    let path = any::type_name::<T>();
    let around = path.rsplit_once("::").map_or(path, |(around, _)| around).trim_end_matches("::{{closure}}");
    around.split_once("::").map_or(around, |(_, name)| name)
}

/// Runs `body` in a process of its own. A test needs this if its failure would end the whole test binary, or if it
/// changes a limit of the process. `name` is the name of the calling test: `this_test!()`.
pub(crate) fn in_child(name: &str, body: impl FnOnce()) {
    in_prepared_child(name, |_| {}, body);
}

/// Runs `body` as [`in_child`] does, in a child whose environment and working directory `prepare` can change.
pub(crate) fn in_prepared_child(name: &str, prepare: impl FnOnce(&mut Command), body: impl FnOnce()) {
    if env::var(CHILD).as_deref() == Ok(name) {
        let (done, watched) = mpsc::channel::<()>();
        let (started, watching) = mpsc::channel();
        thread::spawn(move || {
            // The body may lower a limit that prevents the start of further threads.
            let _ = started.send(());
            if watched.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                eprintln!("the child hangs");
                exit(3);
            }
        });
        let _ = watching.recv();
        body();
        drop(done);
        println!("\nran {name}");
        return;
    }
    let executable = env::current_exe().unwrap_or_else(|error| panic!("cannot find the executable: {error}"));
    let mut command = Command::new(executable);
    command
        .args(["--exact", name, "--include-ignored", "--nocapture", "--test-threads=1"])
        .env(CHILD, name)
        .stdin(Stdio::null());
    prepare(&mut command);
    let output = command.output().unwrap_or_else(|error| panic!("cannot run the child: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let ran = stdout.lines().any(|line| line == format!("ran {name}"));
    assert!(output.status.success() && ran, "the child ended with {}:\n{stdout}\n{stderr}", output.status);
}

/// Returns the header of the libzmq that the tests are built against.
pub(crate) fn header() -> String {
    let directory = if env!("ZMQ_INCLUDE").is_empty() { "/usr/include" } else { env!("ZMQ_INCLUDE") };
    let path = std::path::Path::new(directory).join("zmq.h");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}
