//! Monitors of asynchronous programs.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use super::Runtime;
use super::engine::{Budget, Stage, io_error, poll_receive, poll_signal};
use crate::error::{Error, Operation, Result};
use crate::monitor::{Monitor, MonitorEvent};

/// A [`Monitor`] whose receives are futures, on the runtime `R`.
///
/// `zmq::aio::tokio::AsyncMonitor` and `zmq::aio::async_io::AsyncMonitor` are the names for the two that there are. With the
/// feature `futures` it is a `Stream` of events, which ends where the iteration over a [`Monitor`] ends.
///
/// # Examples
/// ```
/// # #[cfg(feature = "tokio")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> zmq::Result<()> {
/// use zmq::aio::tokio::AsyncMonitor;
/// use zmq::{Context, MonitorEventKind, MonitorEvents, Pull, Push};
///
/// let context = Context::new()?;
/// let sink = context.socket(Pull)?;
/// let mut monitor = AsyncMonitor::new(sink.monitor(MonitorEvents::HANDSHAKE_SUCCEEDED)?)?;
/// let source = context.socket(Push)?;
/// source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
/// assert_eq!(monitor.recv().await?.kind(), MonitorEventKind::HandshakeSucceeded);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "tokio"))]
/// # fn main() {}
/// ```
#[must_use = "the events end when the monitor is dropped"]
pub struct AsyncMonitor<R: Runtime> {
    // Dropped before the monitor: the runtime lets the descriptor go before libzmq closes it.
    runtime: R,
    monitor: Monitor,
    budget: Budget,
    /// The most telling failure that the last wait for a peer received.
    pub(super) failure: Option<MonitorEvent>,
}

impl<R: Runtime> AsyncMonitor<R> {
    /// Makes an asynchronous monitor of a monitor, on the runtime that is current.
    ///
    /// # Errors
    /// Those of [`AsyncSocket::new`](super::AsyncSocket::new). The monitor is dropped then.
    pub fn new(monitor: Monitor) -> Result<Self> {
        let fd = monitor.raw().runtime_fd().map_err(|errno| Error::new(Operation::Register, errno))?;
        let runtime = R::register(fd).map_err(|error| io_error(Operation::Register, &error))?;
        Ok(Self { runtime, monitor, budget: Budget::new(), failure: None })
    }

    /// Returns the monitor, for calls that do not wait.
    pub fn get_ref(&self) -> &Monitor {
        &self.monitor
    }

    /// Returns the monitor, which the runtime lets go.
    pub fn into_inner(self) -> Monitor {
        let Self { runtime, monitor, .. } = self;
        drop(runtime);
        monitor
    }

    /// Receives an event.
    ///
    /// # Errors
    /// Those of [`Monitor::recv`].
    ///
    /// # Cancel safety
    /// An event is taken only when it is returned: one that is cancelled loses nothing.
    pub async fn recv(&mut self) -> Result<MonitorEvent> {
        let mut stage = Stage::New;
        poll_fn(|cx| self.poll_event(cx, &mut stage)).await
    }

    /// Attempts to receive an event. For futures that are written by hand.
    ///
    /// `Pending` registers the task of `cx`, which is woken when an event may be there. Of several tasks that poll, the
    /// last is woken.
    ///
    /// # Errors
    /// Those of [`Monitor::recv`].
    ///
    /// # Cancel safety
    /// An event is taken only when it is returned: `Pending` has taken nothing, and needs no further poll.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<MonitorEvent>> {
        self.poll_event(cx, &mut Stage::New)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>, stage: &mut Stage) -> Poll<Result<MonitorEvent>> {
        if *stage == Stage::New {
            ready!(self.budget.poll(cx));
        }
        let Self { runtime, monitor, .. } = self;
        poll_receive(stage, || monitor.try_recv(), |operation| poll_signal(runtime, cx, operation))
    }
}

/// Yields the events as they come, until none can come any more: the socket is gone, or the context was shut down.
#[cfg(feature = "futures")]
impl<R: Runtime> futures_core::Stream for AsyncMonitor<R> {
    type Item = Result<MonitorEvent>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let received = ready!(self.poll_recv(cx));
        Poll::Ready(match received {
            Err(error) if error.is_terminated() || error.kind() == crate::ErrorKind::Ended => None,
            received => Some(received),
        })
    }
}

impl<R: Runtime> fmt::Debug for AsyncMonitor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncMonitor").field(&self.monitor).finish()
    }
}
