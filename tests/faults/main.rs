//! The faults of libzmq, each under its name: what a program or a peer does to meet it, and that nothing comes of it.
//!
//! A test that proves a fix of the vendored libzmq fails without it: `ZMQ_VENDORED_UNPATCHED=1 cargo test --test faults
//! proof` builds a libzmq without the fixes, runs these tests, and requires that they fail.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod engine;
mod inproc;
mod pipes;
mod proof;
mod security;
