//! The draft API.

#[path = "../common/mod.rs"]
mod common;

mod datagrams;
mod forks;
mod groups;
mod kinds;
mod numbered;
mod shared;
mod udp;
mod udp_groups;
