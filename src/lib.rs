//! The safe Rust binding of libzmq, the ZeroMQ messaging library.
#![deny(unsafe_code)]

mod context;
mod endpoint;
mod error;
mod macros;
mod message;
mod multipart;
mod raw;
mod socket;
mod version;

pub use zmq_sys as sys;

pub use context::{Context, ContextBuilder, OpenSocket, SchedulingPolicy, StillOpen};
pub use endpoint::Endpoint;
pub use error::{Errno, Error, ErrorKind, Operation, Result, SendError};
pub use message::Message;
pub use multipart::Multipart;
pub use socket::kinds::{
    Any, Dealer, Kind, Open, Pair, Pub, Pull, Push, Receives, Rep, Req, Router, Routes, Sends, SocketType, Stream, Sub,
    Subscribes, XPub, XSub,
};
pub use socket::{Received, Socket};
pub use version::{Capability, Version, has, version};
