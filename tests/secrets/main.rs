//! Freed memory contains no passwords and no secret keys.
//!
//! These tests are a separate program, because they replace the allocator by one that reads every block before it is
//! freed.

#[path = "../common/mod.rs"]
mod common;

mod allocator;
mod auth;
mod curve;

#[global_allocator]
static ALLOCATOR: allocator::Reading = allocator::Reading;
