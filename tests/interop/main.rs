//! Other bindings at the other end: every pattern and every mechanism with pyzmq, and the draft kinds with zeromq.js.

#[path = "../common/mod.rs"]
mod common;

mod auth;
#[cfg(feature = "draft")]
mod draft;
#[cfg(feature = "draft")]
mod draft_datagrams;
#[cfg(feature = "draft")]
mod draft_groups;
mod patterns;
