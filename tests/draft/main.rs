//! The draft API.

#[path = "../common/mod.rs"]
mod common;

mod forks;
mod kinds;
mod numbered;
mod shared;
