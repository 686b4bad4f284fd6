//! Uses of libzmq that abort, hang or corrupt memory, attempted through the safe API, and faults that no program
//! without `unsafe` may cause.

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod messages;
mod soundness;
