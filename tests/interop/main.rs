//! Another binding at the other end: every pattern and every mechanism with pyzmq.

#[path = "../common/mod.rs"]
mod common;

mod auth;
mod patterns;
