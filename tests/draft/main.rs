//! The draft API: the kinds that libzmq does not promise to keep.

#[path = "../common/mod.rs"]
mod common;

mod datagrams;
mod groups;
mod udp;
mod udp_groups;
