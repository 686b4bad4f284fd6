//! The draft API.

#[path = "../common/mod.rs"]
mod common;

mod shared;
