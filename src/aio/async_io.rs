//! Asynchronous sockets on async-io, for smol and any other executor, because async-io has its own reactor.
//!
//! # Examples
//! ```
//! use zmq::aio::async_io::AsyncSocket;
//! use zmq::{Context, Pull, Push};
//!
//! # fn main() -> zmq::Result<()> {
//! let context = Context::new()?;
//! let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
//! source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
//! let (mut sink, mut source) = (AsyncSocket::new(sink)?, AsyncSocket::new(source)?);
//! async_io::block_on(async {
//!     source.send("hello").await?;
//!     assert_eq!(sink.recv().await?, "hello");
//!     Ok(())
//! })
//! # }
//! ```

use std::io;
use std::task::{Context, Poll};

use async_io::Async;

use super::{Runtime, sealed};
use crate::raw::{EventFd, Registered};
use crate::socket::kinds::Any;

/// A socket whose sends and receives are futures of async-io. See [`AsyncSocket`](super::AsyncSocket).
pub type AsyncSocket<K = Any> = super::AsyncSocket<K, AsyncIo>;
/// The half of an [`AsyncSocket`] that sends.
pub type SendHalf<K = Any> = super::SendHalf<K, AsyncIo>;
/// The half of an [`AsyncSocket`] that receives.
pub type ReceiveHalf<K = Any> = super::ReceiveHalf<K, AsyncIo>;

/// A socket of a thread-safe kind that several tasks use. See [`SharedSocket`](super::SharedSocket).
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
pub type SharedSocket<K> = super::SharedSocket<K, AsyncIo>;

/// A monitor whose receives are futures of async-io. See [`AsyncMonitor`](super::AsyncMonitor).
pub type AsyncMonitor = super::AsyncMonitor<AsyncIo>;

/// async-io, as the runtime of asynchronous sockets.
#[derive(Debug)]
pub struct AsyncIo(Registered<Async<EventFd>>);

impl Runtime for AsyncIo {}

impl sealed::Runtime for AsyncIo {
    fn register(fd: EventFd) -> Result<Self, io::Error> {
        // libzmq's descriptors do not block, and nothing is read from them here.
        fd.register(Async::new_nonblocking).map(Self)
    }

    fn poll_signal(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_readable(cx).map_ok(|()| self.0.get_ref().clear())
    }

    #[cfg(feature = "draft")]
    fn clear(&self) {
        self.0.get_ref().clear();
    }
}
