//! Proxies: what passes through them, and how they are steered, from this process and through a control socket.

#[path = "../common/mod.rs"]
mod common;

mod control;
mod steering;
mod traffic;
