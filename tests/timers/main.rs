//! Timers: when they are due, and what their handlers may do.

mod due;
mod handlers;
