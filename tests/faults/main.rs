//! The faults of libzmq, each under its name: what a program or a peer does to meet it, and that nothing comes of it.
//!
//! A test that proves a fix of the vendored libzmq fails without it: `ZMQ_VENDORED_UNPATCHED=1 cargo test --test faults
//! proof` builds a libzmq without the fixes, runs these tests, and requires that they fail.
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
mod subscriptions;
mod upstream;
mod words;
mod ws;
