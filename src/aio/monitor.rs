//! Asynchronous monitors.

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use super::Runtime;
use super::engine::{Budget, Stage, io_error, poll_receive, poll_signal};
use crate::error::{Error, Operation, Result};
use crate::monitor::{Monitor, MonitorEvent};

/// A [`Monitor`] whose receives are futures, on the runtime `R`.
///
/// Use the aliases `zmq::aio::tokio::AsyncMonitor` and `zmq::aio::async_io::AsyncMonitor`. With the feature `futures`,
/// the monitor is a `Stream` of events, which ends when the iterator of a [`Monitor`] ends.
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
    // Dropped before the monitor, so that the runtime releases the descriptor before libzmq closes it.
    runtime: R,
    monitor: Monitor,
    budget: Budget,
    /// The most informative failure that the last wait for a peer received.
    pub(super) failure: Option<MonitorEvent>,
}

impl<R: Runtime> AsyncMonitor<R> {
    /// Creates an asynchronous monitor from a monitor, on the current runtime.
    ///
    /// # Errors
    /// If this fails, the monitor is dropped.
    /// - [`Other`](crate::ErrorKind::Other): there is no current runtime, or its I/O is disabled.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the limit of file descriptors is reached.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncMonitor;
    /// use zmq::{Context, MonitorEvents, Pull};
    ///
    /// let socket = Context::new()?.socket(Pull)?;
    /// let monitor = AsyncMonitor::new(socket.monitor(MonitorEvents::all())?)?;
    /// # drop(monitor);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn new(monitor: Monitor) -> Result<Self> {
        let fd = monitor.raw().runtime_fd().map_err(|errno| Error::new(Operation::Register, errno))?;
        let runtime = R::register(fd).map_err(|error| io_error(Operation::Register, &error))?;
        Ok(Self { runtime, monitor, budget: Budget::new(), failure: None })
    }

    /// Returns a reference to the monitor, for calls that do not block.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::AsyncMonitor;
    /// # use zmq::{Context, MonitorEvents, Pull};
    /// # let socket = Context::new()?.socket(Pull)?;
    /// let monitor = AsyncMonitor::new(socket.monitor(MonitorEvents::LISTENING)?)?;
    /// assert_eq!(monitor.get_ref().events(), MonitorEvents::LISTENING);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn get_ref(&self) -> &Monitor {
        &self.monitor
    }

    /// Converts the asynchronous monitor back into a monitor, and releases it from the runtime.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::AsyncMonitor;
    /// # use zmq::{Context, MonitorEvents, Pull};
    /// # let socket = Context::new()?.socket(Pull)?;
    /// let monitor = AsyncMonitor::new(socket.monitor(MonitorEvents::LISTENING)?)?.into_inner();
    /// assert!(monitor.try_recv()?.is_none());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub fn into_inner(self) -> Monitor {
        let Self { runtime, monitor, .. } = self;
        drop(runtime);
        monitor
    }

    /// Receives an event.
    ///
    /// # Errors
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Cancel safety
    /// An event is removed from the queue only when it is returned, so a dropped future loses nothing.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::AsyncMonitor;
    /// # use zmq::{Context, MonitorEventKind, MonitorEvents, Pull};
    /// # let socket = Context::new()?.socket(Pull)?;
    /// let mut monitor = AsyncMonitor::new(socket.monitor(MonitorEvents::LISTENING)?)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// assert_eq!(monitor.recv().await?.kind(), MonitorEventKind::Listening);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn recv(&mut self) -> Result<MonitorEvent> {
        let mut stage = Stage::New;
        poll_fn(|cx| self.poll_event(cx, &mut stage)).await
    }

    /// Attempts to receive an event, in a poll of a hand-written future.
    ///
    /// `Pending` registers the task of `cx`, which is woken when an event may have arrived. Of several tasks that poll,
    /// only the last is woken.
    ///
    /// # Errors
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Cancel safety
    /// An event is removed from the queue only when it is returned. `Pending` has removed nothing and needs no further
    /// poll.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// # use zmq::aio::tokio::AsyncMonitor;
    /// # use zmq::{Context, MonitorEventKind, MonitorEvents, Pull};
    /// # let socket = Context::new()?.socket(Pull)?;
    /// let mut monitor = AsyncMonitor::new(socket.monitor(MonitorEvents::LISTENING)?)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// let event = std::future::poll_fn(|cx| monitor.poll_recv(cx)).await?;
    /// assert_eq!(event.kind(), MonitorEventKind::Listening);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
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

/// Yields events until no further event can arrive, because the socket was closed or the context was shut down.
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
