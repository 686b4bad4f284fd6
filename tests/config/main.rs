//! Socket configurations: files and their text.

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "draft")]
mod draft;
mod files;
mod text;
