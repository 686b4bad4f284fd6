//! Contexts: their settings, their life and end, and their handles in C code.

#[path = "../common/mod.rs"]
mod common;

mod builder;
mod handles;
mod life;
