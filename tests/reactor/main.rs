//! Reactors: their handlers, and the IDs of their sources.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod handlers;
mod ids;
mod shared;
