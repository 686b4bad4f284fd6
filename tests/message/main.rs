//! Messages, of one frame and of several, and the owners of their bytes.

#[path = "../common/mod.rs"]
mod common;

mod messages;
mod multipart;
mod owners;
