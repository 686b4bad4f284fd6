//! Timers: their deadlines, and the possible actions of their handlers.

mod due;
mod handlers;
