//! The source itself: what it covers of libzmq, its layers, its documents, and what the compiler says of its types.

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
