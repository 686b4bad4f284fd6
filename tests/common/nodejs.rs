//! Processes of node at the other end, with the npm package `zeromq`.
//!
//! The environment variable `ZMQ_INTEROP_NODE` names the directory in which the package is installed. Without it, the
//! tests are skipped.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pyzmq::Peer;
use super::skip;

/// Returns the directory, or prints that the test is skipped.
#[track_caller]
pub(crate) fn directory(what: &str) -> Option<PathBuf> {
    let directory = env::var_os("ZMQ_INTEROP_NODE");
    if directory.is_none() {
        skip(&format!("{what}: ZMQ_INTEROP_NODE names no directory with the package zeromq"));
    }
    directory.map(PathBuf::from)
}

/// Starts a script of tests/interop.
pub(crate) fn start(directory: &Path, script: &str, arguments: impl IntoIterator<Item = String>) -> Peer {
    let mut command = Command::new("node");
    // Node warns that the draft API can change.
    command.arg("--no-warnings").arg(format!("{}/tests/interop/{script}", env!("CARGO_MANIFEST_DIR"))).args(arguments);
    Peer::run(command.env("NODE_PATH", directory.join("node_modules")))
}
