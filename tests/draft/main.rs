//! The draft API.

#[path = "../common/mod.rs"]
mod common;

mod datagrams;
mod groups;
mod shared;
mod udp;
mod udp_groups;
