//! Events that affect the whole process: forks and signals.
//!
//! These tests are a separate program, because all threads of a process share the signal handlers.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod disturbed;
mod forks;
mod signals;
