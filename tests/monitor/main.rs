//! Monitors: their events, their life and their end.

#[path = "../common/mod.rs"]
mod common;

mod events;
mod life;
