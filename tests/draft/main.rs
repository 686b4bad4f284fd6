//! The draft API.

#[path = "../common/mod.rs"]
mod common;

mod kinds;
mod numbered;
mod shared;
