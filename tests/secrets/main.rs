//! Passwords and secret keys in memory that is given back: there are none.
//!
//! It is a program of its own, because it replaces the allocator by one that reads every block before it goes.

#[path = "../common/mod.rs"]
mod common;

mod allocator;
mod auth;
mod curve;

#[global_allocator]
static ALLOCATOR: allocator::Reading = allocator::Reading;
