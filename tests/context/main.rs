//! Contexts: what they are built with, how they live and end, and what C code has of them.

#[path = "../common/mod.rs"]
mod common;

mod builder;
mod handles;
mod life;
