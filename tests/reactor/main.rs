//! Reactors: their handlers, and the ids of their sources.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod handlers;
mod ids;
