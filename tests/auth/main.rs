//! Security: keys and certificates, security settings of sockets, rules, and the authenticator.

#[path = "../common/mod.rs"]
mod common;

mod authenticator;
mod certificates;
mod keys;
mod rules;
mod security;
mod wire;
mod z85;
