//! The source itself: its coverage of libzmq, its layers, its documents, and the compiler's errors about its types.

#[path = "../common/mod.rs"]
mod common;

mod auto_traits;
mod coverage;
mod diagnostics;
mod documented;
mod documents;
mod globs;
mod layers;
mod must_use;
mod pages;
mod recipes;
