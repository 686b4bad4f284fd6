//! Socket configurations: files and their text.

#[path = "../common/mod.rs"]
mod common;

mod files;
mod text;
