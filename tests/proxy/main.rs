//! Proxies: their traffic, and their control from this process and through a control socket.

#[path = "../common/mod.rs"]
mod common;

mod control;
mod shared;
mod steering;
mod traffic;
