//! Waiting for a peer to connect, without blocking a thread.

use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::{AsyncMonitor, AsyncSocket, Runtime};
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::lock::Mutex;
use crate::monitor::{Awaited, MonitorEvent, Named, ask, more_informative};
use crate::socket::kinds::Kind;

impl<K: Kind, R: Runtime> AsyncSocket<K, R> {
    /// Connects the socket and waits until the handshake with the peer succeeds.
    ///
    /// This is the asynchronous counterpart of [`Socket::connect_and_wait`](crate::Socket::connect_and_wait), without a
    /// timeout: to set a deadline, wrap the future in a timeout of the runtime. To learn why no peer connects, wait
    /// with an [`AsyncMonitor`], whose [`failure`](AsyncMonitor::failure) returns the reason. The wait uses the current
    /// runtime. Subscriptions follow the handshake: a publisher that must not lose messages waits for
    /// [`recv_subscription`](Self::recv_subscription).
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket already has a monitor, which this call would replace.
    ///   Call [`AsyncMonitor::wait_connected`] instead.
    /// - other errors of [`connect`](crate::Socket::connect), [`monitor`](crate::Socket::monitor) and
    ///   [`AsyncMonitor::new`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the socket stays connected to the endpoint, and the connection is established in the
    /// background, as after [`connect`](crate::Socket::connect). A second call waits for the next handshake, which
    /// happens only if this connection is lost.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use tokio::time::timeout;
    /// use zmq::aio::tokio::AsyncSocket;
    /// use zmq::{Context, Rep, Req};
    ///
    /// let context = Context::new()?;
    /// let server = context.socket(Rep)?;
    /// let endpoint = server.bind("tcp://127.0.0.1:*")?;
    /// let mut client = AsyncSocket::new(context.socket(Req)?)?;
    /// timeout(Duration::from_secs(10), client.connect_and_wait(&endpoint)).await??;
    ///
    /// // No peer listens on this port.
    /// let mut lonely = AsyncSocket::new(context.socket(Req)?)?;
    /// let waited = timeout(Duration::from_millis(50), lonely.connect_and_wait("tcp://127.0.0.1:1")).await;
    /// assert!(waited.is_err());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn connect_and_wait(&mut self, endpoint: impl AsRef<str>) -> Result<Endpoint> {
        let (connected, awaited) = self.get_ref().connect_monitored(endpoint.as_ref())?;
        if let Some((monitor, awaited)) = awaited {
            AsyncMonitor::<R>::new(monitor)?.wait_for_peer(awaited).await?;
        }
        Ok(connected)
    }
}

impl<R: Runtime> AsyncMonitor<R> {
    /// Waits until the handshake with a peer succeeds, and returns that event. Earlier events are dropped. See
    /// [`Monitor::wait_connected`](crate::Monitor::wait_connected).
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the monitor does not report
    ///   [`HANDSHAKE_SUCCEEDED`](crate::MonitorEvents::HANDSHAKE_SUCCEEDED).
    /// - [`Ended`](crate::ErrorKind::Ended): no further event can arrive.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Cancel safety
    /// The event of a peer is removed from the queue only when it is returned. Earlier events may be dropped.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::time::Duration;
    /// # use tokio::time::timeout;
    /// # use zmq::{Context, Req};
    /// use zmq::aio::tokio::AsyncMonitor;
    /// use zmq::{MonitorEvent, MonitorEvents};
    ///
    /// # let client = Context::new()?.socket(Req)?;
    /// let mut monitor = AsyncMonitor::new(client.monitor(MonitorEvents::all())?)?;
    /// // No peer listens on this port.
    /// client.connect("tcp://127.0.0.1:1")?;
    /// if timeout(Duration::from_millis(200), monitor.wait_connected()).await.is_err() {
    ///     assert!(matches!(monitor.failure(), Some(MonitorEvent::ConnectRetried { .. })));
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    pub async fn wait_connected(&mut self) -> Result<MonitorEvent> {
        let connection_events = self.get_ref().connection_events()?;
        self.failure = None;
        loop {
            let event = self.recv().await?;
            if connection_events.contains(event.kind().into()) {
                return Ok(event);
            }
            self.failure = more_informative(self.failure.take(), event);
        }
    }

    /// Returns the most informative failure that the last [`wait_connected`](Self::wait_connected) received, even if
    /// its future was dropped. After a deadline, this is the reason why no peer has connected. `None` if the monitor
    /// reported no failure.
    ///
    /// A failed handshake is more informative than the end of its connection and the next attempt.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> zmq::Result<()> {
    /// use zmq::aio::tokio::AsyncMonitor;
    /// use zmq::{Context, MonitorEvents, Req};
    ///
    /// let client = Context::new()?.socket(Req)?;
    /// let monitor = AsyncMonitor::new(client.monitor(MonitorEvents::all())?)?;
    /// // No peer was waited for yet.
    /// assert!(monitor.failure().is_none());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "tokio"))]
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn failure(&self) -> Option<&MonitorEvent> {
        self.failure.as_ref()
    }

    /// Waits for the peer at an endpoint.
    pub(super) async fn wait_for_peer(&mut self, mut awaited: Awaited) -> Result<()> {
        let connection_events = self.get_ref().connection_events()?;
        loop {
            let event = self.recv().await?;
            if !connection_events.contains(event.kind().into()) {
                continue;
            }
            let is_awaited = match awaited.is_named(event.endpoint()) {
                Named::Yes => true,
                Named::No => false,
                Named::IfHostHas(address) => {
                    let found = LookUp::of(awaited.host()).await;
                    awaited.learn(found, address)
                }
            };
            if is_awaited {
                return Ok(());
            }
        }
    }
}

/// A future of the addresses of a host, which a thread resolves.
struct LookUp(Arc<Mutex<Asked>>);

#[derive(Default)]
struct Asked {
    found: Option<Vec<IpAddr>>,
    waker: Option<Waker>,
}

/// The answering end of a lookup, which answers on drop as well.
struct Answering(Arc<Mutex<Asked>>);

impl LookUp {
    fn of(host: String) -> Self {
        let asked = Arc::<Mutex<Asked>>::default();
        let answer = Answering(Arc::clone(&asked));
        ask(host, move |found| answer.0.lock().found = Some(found));
        Self(asked)
    }
}

impl Future for LookUp {
    type Output = Vec<IpAddr>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = Some(cx.waker().clone());
        let mut asked = self.0.lock();
        if let Some(found) = asked.found.take() {
            return Poll::Ready(found);
        }
        let before = mem::replace(&mut asked.waker, waker);
        // The drop of a waker runs code of the program, which must not find the lock held.
        drop(asked);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let waker = {
            let mut asked = self.0.lock();
            asked.found.get_or_insert_default();
            asked.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
