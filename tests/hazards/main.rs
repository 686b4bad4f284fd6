//! What makes libzmq abort, hang or corrupt memory, tried through the safe API; and what no program without `unsafe` may
//! bring about.

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod messages;
mod soundness;
