//! Monitors: the events that they tell, and how they live and end.

#[path = "../common/mod.rs"]
mod common;

mod events;
mod life;
