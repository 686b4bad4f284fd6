//! Waiting for sockets, monitors and file descriptors, in `poll` and in a `Poller`.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod fds;
mod many;
mod model;
mod monitors;
mod shared;
mod sockets;
