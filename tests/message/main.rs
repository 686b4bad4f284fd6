//! Messages of one and of several frames, and the owners of their bytes.

#[path = "../common/mod.rs"]
mod common;

mod messages;
mod multipart;
mod owners;
