//! The faults of libzmq, one test a fault, named by its id.
//!
//! A test passes where the fault is cured: in libzmq, or by the crate around it. What would abort the process where it is
//! not cured runs in a child process.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "each test binary uses a part of it")]
#[path = "../libzmq/wire.rs"]
mod wire;

mod endpoints;
mod inproc;
mod ipc;
mod limits;
mod subscriptions;
mod words;

use common as support;
