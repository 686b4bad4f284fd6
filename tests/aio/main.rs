//! Asynchronous sockets, on every runtime.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod runtimes;

#[cfg(all(feature = "draft", feature = "futures"))]
mod addresses;
#[cfg(feature = "futures")]
mod auth;
#[cfg(feature = "futures")]
mod calls;
#[cfg(all(feature = "draft", feature = "futures"))]
mod groups;
#[cfg(feature = "futures")]
mod interop;
mod opening;
#[cfg(feature = "futures")]
mod polls;
#[cfg(feature = "futures")]
mod scale;
#[cfg(feature = "futures")]
mod shared;
#[cfg(feature = "futures")]
mod shared_waits;
#[cfg(feature = "futures")]
mod sockets;
#[cfg(feature = "futures")]
mod tasks;
#[cfg(feature = "futures")]
mod wakeups;
