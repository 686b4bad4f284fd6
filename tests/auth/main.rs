//! Security: keys and certificates, what a socket is secured with, who gets in, and the authenticator that decides it.

#[path = "../common/mod.rs"]
mod common;

mod authenticator;
mod certificates;
mod keys;
mod rules;
mod security;
mod wire;
mod z85;
