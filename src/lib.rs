//! The safe Rust binding of libzmq, the ZeroMQ messaging library.
#![deny(unsafe_code)]

mod context;
pub mod curve;
mod endpoint;
mod error;
mod events;
mod macros;
mod message;
mod monitor;
mod multipart;
#[cfg(unix)]
mod poll;
mod proxy;
mod raw;
#[cfg(unix)]
mod reactor;
mod socket;
pub mod timers;
mod version;
pub mod z85;

pub use zmq_sys as sys;

/// What the kinds of socket can do: sealed traits, for generic code and for reading signatures.
///
/// # Examples
/// ```
/// use zmq::abilities::{Receives, Sends};
/// use zmq::{Message, Socket};
///
/// fn echo<K: Sends + Receives>(socket: &Socket<K>) -> zmq::Result<()> {
///     let message: Message = socket.recv()?;
///     Ok(socket.send(message)?)
/// }
/// ```
pub mod abilities {
    pub use crate::socket::kinds::{
        ConflatesReceived, ConflatesSent, HasRoutingId, MatchesPrefixes, Multicasts, NamesPeers, ProbesRouters,
        Publishes, Receives, Requests, Routes, SeesSubscriptions, Sends, Streams, Subscribes,
    };
}

pub use context::{Context, ContextBuilder, OpenSocket, SchedulingPolicy, StillOpen};
pub use endpoint::Endpoint;
pub use error::{Errno, Error, ErrorKind, Operation, Result, SendError};
pub use events::Events;
pub use message::{IntoMessage, Message};
pub use monitor::{Monitor, MonitorEvent, MonitorEventKind, MonitorEvents, ProtocolError};
pub use multipart::Multipart;
#[cfg(unix)]
pub use poll::{PollItem, Poller, Ready, ReadySet, poll};
pub use proxy::{Proxy, ProxyHandle, ProxySide, ProxyStatistics, Stopped, Traffic, proxy};
#[cfg(unix)]
pub use reactor::{End, Reactor, SocketId, SourceId, Stopper, Turn};
pub use socket::kinds::{
    Any, Dealer, Kind, Open, Pair, Pub, Pull, Push, Rep, Req, Router, SocketType, Stream, Sub, XPub, XSub,
};
pub use socket::{
    Affinity, Heartbeat, Mechanism, NameType, Received, Socket, StreamEvent, Subscribed, Subscription, TcpKeepalive,
    Topic,
};
pub use timers::{TimerGuard, TimerId, Timers};
pub use version::{Capability, Version, has, version};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
