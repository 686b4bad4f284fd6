//! Asynchronous sockets on tokio.
//!
//! # Examples
//! ```
//! use zmq::aio::tokio::AsyncSocket;
//! use zmq::{Context, Rep, Req};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> zmq::Result<()> {
//! let context = Context::new()?;
//! let server = context.socket(Rep)?;
//! let client = context.socket(Req)?;
//! client.connect(server.bind("tcp://127.0.0.1:*")?)?;
//! let (mut server, mut client) = (AsyncSocket::new(server)?, AsyncSocket::new(client)?);
//!
//! let serving = tokio::spawn(async move {
//!     let question = server.recv().await?;
//!     zmq::Result::Ok(server.send([b"re: ", question.as_bytes()].concat()).await?)
//! });
//! client.send("hello").await?;
//! assert_eq!(client.recv().await?, "re: hello");
//! # serving.await.unwrap()
//! # }
//! ```

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::task::{Context, Poll, ready};

use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;

use super::{Runtime, sealed};
use crate::raw::{self, EventFd, Registered};
use crate::socket::kinds::Any;

/// A socket whose sends and receives are futures of tokio. See [`AsyncSocket`](super::AsyncSocket).
pub type AsyncSocket<K = Any> = super::AsyncSocket<K, Tokio>;
/// The half of an [`AsyncSocket`] that sends.
pub type SendHalf<K = Any> = super::SendHalf<K, Tokio>;
/// The half of an [`AsyncSocket`] that receives.
pub type ReceiveHalf<K = Any> = super::ReceiveHalf<K, Tokio>;

/// A socket of a thread-safe kind that several tasks use. See [`SharedSocket`](super::SharedSocket).
#[cfg(feature = "draft")]
#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
pub type SharedSocket<K> = super::SharedSocket<K, Tokio>;

/// A monitor whose receives are futures of tokio. See [`AsyncMonitor`](super::AsyncMonitor).
pub type AsyncMonitor = super::AsyncMonitor<Tokio>;

/// tokio, as the runtime of asynchronous sockets.
#[derive(Debug)]
pub struct Tokio(Registered<AsyncFd<EventFd>>);

impl Runtime for Tokio {}

impl sealed::Runtime for Tokio {
    fn register(fd: EventFd) -> Result<Self, io::Error> {
        Handle::try_current().map_err(io::Error::other)?;
        // tokio panics if the runtime was built without I/O, and offers no way to find out before.
        match panic::catch_unwind(AssertUnwindSafe(|| fd.register(raw::register_with_tokio))) {
            Ok(registered) => registered.map(Self),
            Err(_) => Err(io::Error::other("the tokio runtime was built without enable_io")),
        }
    }

    fn poll_signal(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut guard = ready!(self.0.poll_read_ready(cx))?;
        guard.clear_ready();
        guard.get_inner().clear();
        Poll::Ready(Ok(()))
    }

    #[cfg(feature = "draft")]
    fn clear(&self) {
        self.0.get_ref().clear();
    }
}
