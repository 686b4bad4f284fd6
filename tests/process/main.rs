//! What happens to the whole process: forks and signals.
//!
//! It is a program of its own, because all threads have the same handlers of signals.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod disturbed;
mod forks;
mod signals;
