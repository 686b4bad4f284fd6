//! The safe Rust binding of libzmq, the ZeroMQ messaging library.
//!
//! ZeroMQ is sockets that carry whole messages instead of bytes, to many peers instead of one, in patterns: request and
//! reply, publish and subscribe, push and pull. A [`Context`] holds the threads that do the network's work; it opens
//! [`Socket`]s, whose kind is part of their type; they send and receive [`Message`]s.
//!
//! ```
//! use zmq::{Context, Rep, Req};
//!
//! let context = Context::new()?;
//! let server = context.socket(Rep)?;
//! let endpoint = server.bind("tcp://127.0.0.1:*")?;
//! let client = context.socket(Req)?;
//! client.connect(&endpoint)?;
//!
//! client.send("hello")?;
//! let request = server.recv()?;
//! server.send(format!("{} to you", request.to_str()?))?;
//! assert_eq!(client.recv()?, "hello to you");
//! # Ok::<(), zmq::Error>(())
//! ```
//!
//! | to do this | there is |
//! |---|---|
//! | open, bind, connect, send, receive, set options | [`Context`], [`Socket`] |
//! | send what may have any form, with or without a copy | [`Message`], [`Multipart`], [`IntoMessage`] |
//! | wait for several sockets at once | [`poll()`], [`Poller`], [`Reactor`] |
//! | read sockets from a configuration file (feature `serde`) | `SocketConfig` |
//! | do something at intervals | [`Timers`] |
//! | see connections come and go | [`Socket::monitor`] |
//! | pass messages on between two sockets | [`proxy()`], [`Proxy`] |
//! | encrypt, and say who may come in | [`Security`], [`auth`], [`curve`] |
//! | await instead of wait (features `tokio`, `async-io`) | `zmq::aio::tokio`, `zmq::aio::async_io` |
//! | call a C function that is not here | [`sys`] |
//! | see which faults of libzmq remain, and where | [`guide::libzmq`] |
//! | move from rust-zmq | [`guide::rust_zmq`] |
//!
//! # What the crate promises
//! - Without `unsafe`, a program cannot make libzmq abort, hang without a word in the docs, or corrupt memory. What would
//!   do so does not compile, or is an error, or an `unsafe fn` that says what it needs. Released versions of libzmq have
//!   faults that no check from outside prevents: the vendored libzmq is built without them, and [`guide::libzmq`] lists
//!   those that an installed libzmq keeps.
//! - Nothing is lost: a send that fails hands the message back, a multipart message arrives whole or not at all.
//! - Signals do not end calls: a call goes on with what is left of its time.
//! - What a [`Socket`] does for a message costs what it costs in C: no lock, no allocation, no second call. What is no
//!   bytes yet, such as a type of your own, becomes a [`Message`] first. `BENCHMARKS.md` has the measurements.
//! - Nothing that a peer sends makes it panic, and what a newer libzmq reports survives as a number.
//!
//! # What it does not do
//! - It cannot keep libzmq from aborting where the process has no file descriptor or no memory left.
//! - It does not queue: what a socket cannot take is an error or a wait, as its high-water mark says.
//! - Sockets of libzmq's draft API are not opened yet.
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The documentation of `Socket` lists methods in the order of the modules.
pub mod socket;

#[cfg(all(unix, any(feature = "tokio", feature = "async-io")))]
pub mod aio;
pub mod auth;
#[cfg(feature = "serde")]
mod config;
pub mod context;
pub mod curve;
mod deadline;
mod endpoint;
mod error;
mod events;
pub mod guide;
mod lock;
mod message;
pub mod monitor;
mod multipart;
mod password;
#[cfg(unix)]
pub mod poll;
pub mod proxy;
mod raw;
#[cfg(unix)]
pub mod reactor;
pub mod timers;
mod unique;
mod version;
#[cfg(unix)]
mod with_fd;
pub mod z85;

pub use zmq_sys as sys;

/// A result of this crate.
///
/// `zmq::Result::Ok` says which error an async block or a closure has:
///
/// ```
/// # use zmq::{Context, Pull};
/// let open = || {
///     let socket = Context::new()?.socket(Pull)?;
///     zmq::Result::Ok(socket)
/// };
/// assert!(open().is_ok());
/// ```
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(all(not(unix), any(feature = "tokio", feature = "async-io")))]
compile_error!("the features `tokio` and `async-io` are for Unix: elsewhere, use sockets on threads");

#[cfg(feature = "serde")]
pub use config::SocketConfig;
#[doc(inline)]
pub use context::{Context, ContextBuilder, StillOpen};
pub use endpoint::Endpoint;
pub use error::{Errno, Error, ErrorKind, Operation, SendError};
pub use events::Events;
pub use message::{IntoMessage, Message};
#[doc(inline)]
pub use monitor::{Monitor, MonitorEvent, MonitorEventKind, MonitorEvents};
pub use multipart::Multipart;
pub use password::Password;
#[cfg(unix)]
#[doc(inline)]
pub use poll::{PollItem, Poller, poll};
#[doc(inline)]
pub use proxy::{Proxy, ProxyHandle, proxy};
#[cfg(unix)]
#[doc(inline)]
pub use reactor::Reactor;
pub use socket::kinds::*;
#[doc(inline)]
pub use socket::{Heartbeat, Mechanism, Received, Security, Socket, StreamEvent, Subscription, TcpKeepalive, Topic};
#[doc(inline)]
pub use timers::Timers;
pub use version::{Capability, Version, has, version};
#[cfg(unix)]
pub use with_fd::WithFd;

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
