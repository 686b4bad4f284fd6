//! A safe Rust binding of libzmq, the ZeroMQ messaging library.
//!
//! ZeroMQ sockets carry whole messages rather than byte streams, talk to many peers at once, and come in messaging
//! patterns: request and reply, publish and subscribe, push and pull. A [`Context`] owns the I/O threads and opens
//! [`Socket`]s. The kind of a socket is a part of its type. Sockets send and receive [`Message`]s.
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
//! | To | use |
//! |---|---|
//! | open, bind and connect sockets, send, receive, set options | [`Context`], [`Socket`] |
//! | build messages, with or without a copy of the content | [`Message`], [`Multipart`], [`IntoMessage`] |
//! | wait for several sockets at once (Unix) | [`poll()`], [`Poller`], [`Reactor`] |
//! | read sockets from a configuration file (feature `serde`) | `SocketConfig` |
//! | run code at intervals | [`Timers`] |
//! | observe connections | [`Socket::monitor`] |
//! | forward messages between two sockets | [`proxy()`], [`Proxy`] |
//! | encrypt connections and authenticate peers | [`Security`], [`auth`], [`curve`] |
//! | use `async` (features `tokio`, `async-io`; Unix) | `zmq::aio::tokio`, `zmq::aio::async_io` |
//! | call a C function that this crate does not wrap | [`sys`] |
//! | look up the faults of libzmq that remain | [`guide::libzmq`] |
//! | move from rust-zmq | [`guide::rust_zmq`] |
//!
//! # Guarantees
//! - Without `unsafe`, a program cannot make libzmq abort, block forever in an undocumented way, or corrupt memory. A
//!   call that could do so is a compile-time error, an [`Error`], or an `unsafe fn` that documents its requirements.
//!   Released versions of libzmq have faults that no check from outside prevents. The vendored libzmq is patched, and
//!   [`guide::libzmq`] lists the faults that an installed libzmq keeps.
//! - No message is lost in an error: a send that fails returns the message, and a multipart message arrives whole or
//!   not at all.
//! - Signals do not interrupt calls. An interrupted call continues for the rest of its timeout.
//! - Sending and receiving through a [`Socket`] costs the same as in C: no lock, no allocation and no additional call
//!   for each message. Values that are not bytes, such as your own types, are converted to a [`Message`] first.
//!   `BENCHMARKS.md` has the measurements.
//! - Data from peers never causes a panic, and unknown values from a newer libzmq are preserved as numbers.
//!
//! # Limits
//! - libzmq still aborts if the process runs out of file descriptors or memory.
//! - The crate does not queue messages. When a socket has reached its high-water mark, a send blocks or fails.
//!
//! # Drafts
//! The feature `draft` adds libzmq's draft API: the socket kinds CLIENT, SERVER, PEER, CHANNEL, SCATTER, GATHER, RADIO, DISH and
//! DGRAM. It needs a libzmq that was built with the draft API, such as the vendored one. A later version of libzmq may change
//! drafts, and a change of this crate that follows libzmq is not a breaking change.
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
/// In an async block or a closure, `zmq::Result::Ok` tells the compiler the error type:
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
compile_error!("the features `tokio` and `async-io` are only supported on Unix; elsewhere, use sockets on threads");

#[cfg(feature = "serde")]
pub use config::SocketConfig;
#[doc(inline)]
pub use context::{Context, ContextBuilder, StillOpen};
pub use endpoint::Endpoint;
pub use error::{Errno, Error, ErrorKind, Operation, SendError};
pub use events::Events;
#[cfg(feature = "draft")]
pub use message::Group;
#[cfg(feature = "draft")]
pub use message::RoutingId;
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
#[cfg(feature = "draft")]
pub use socket::Datagram;
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
