//! Monitors: their events, their life and their end.

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "draft")]
mod addresses;
mod events;
mod life;
