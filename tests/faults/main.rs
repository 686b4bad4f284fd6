//! The faults of libzmq, by name. Each test does what triggers a fault, and checks that no harm follows.
//!
//! A test that proves a fix of the vendored libzmq fails without it. To check this, run `ZMQ_VENDORED_UNPATCHED=1 cargo
//! test --features draft --test faults proof`: it builds a libzmq without the fixes, runs these tests, and requires them
//! to fail.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod c;
mod conflate;
mod connections;
mod endpoints;
mod engine;
mod guide;
mod inproc;
mod ipc;
mod limits;
mod losses;
mod names;
mod owners;
mod parts;
mod pipes;
mod proof;
mod router;
mod security;
#[cfg(feature = "draft")]
mod shared;
mod subscriptions;
#[cfg(feature = "draft")]
mod udp;
mod upstream;
mod words;
mod ws;
