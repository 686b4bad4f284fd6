//! Processes of pyzmq at the other end.
//!
//! The environment variable `ZMQ_INTEROP_PYTHON` names a Python with pyzmq. Without it, the tests are skipped.

use std::env;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::{PATIENCE, skip};

/// Returns the Python, or prints that the test is skipped.
#[track_caller]
pub(crate) fn python(what: &str) -> Option<OsString> {
    let python = env::var_os("ZMQ_INTEROP_PYTHON");
    if python.is_none() {
        skip(&format!("{what}: ZMQ_INTEROP_PYTHON names no Python that has pyzmq"));
    }
    python
}

/// A process that prints `ok` after its last check has passed. Dropping it kills the process.
pub(crate) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Peer {
    /// Starts a script of tests/interop.
    pub(crate) fn start(python: &OsString, script: &str, arguments: impl IntoIterator<Item = String>) -> Self {
        let mut command = Command::new(python);
        command.arg(format!("{}/tests/interop/{script}", env!("CARGO_MANIFEST_DIR"))).args(arguments);
        Self::run(&mut command)
    }

    pub(crate) fn run(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(io::Result::ok).try_for_each(|line| sender.send(line)));
        Self { input: child.stdin.take(), child, lines }
    }

    /// Ends the input of the process.
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Returns the next line of the process's output, if there is one in this time.
    pub(crate) fn line_within(&mut self, time: Duration) -> Option<String> {
        self.lines.recv_timeout(time).ok()
    }

    /// Returns the next line of the process's output.
    pub(crate) fn line(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no line from the peer: {error}"))
    }

    /// Waits until the process has printed `ok` and ended.
    pub(crate) fn finish(mut self) {
        assert_eq!(self.line(), "ok");
        assert_eq!(self.lines.recv_timeout(PATIENCE), Err(mpsc::RecvTimeoutError::Disconnected));
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
