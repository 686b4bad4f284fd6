//! Waiting until a peer is there, without blocking a thread.

use std::mem;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::{AsyncMonitor, AsyncSocket, Runtime};
use crate::endpoint::Endpoint;
use crate::error::Result;
use crate::lock::Mutex;
use crate::monitor::{Awaited, MonitorEvent, Named, ask, more_telling};
use crate::socket::kinds::Kind;

impl<K: Kind, R: Runtime> AsyncSocket<K, R> {
    /// Connects the socket and waits until the handshake with the peer succeeds.
    ///
    /// It does what [`Socket::connect_and_wait`](crate::Socket::connect_and_wait) does, but for the timeout: a deadline is
    /// the runtime's to set, around the future. To learn why no peer comes, wait with an [`AsyncMonitor`], whose
    /// [`failure`](AsyncMonitor::failure) names the reason.
    /// It waits through the runtime that is current. Subscriptions follow the handshake: a publisher that is to lose
    /// nothing waits for [`recv_subscription`](Self::recv_subscription).
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket has a monitor already, whose place would be taken;
    ///   [`AsyncMonitor::wait_connected`] does it there.
    /// - Those of [`connect`](crate::Socket::connect), [`monitor`](crate::Socket::monitor) and [`AsyncMonitor::new`].
    ///
    /// # Cancel safety
    /// The socket stays connected to the endpoint: the connection is made in the background, as after
    /// [`connect`](crate::Socket::connect). A second call would wait for the next handshake, which comes only if this one
    /// is lost.
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
    /// Waits until the handshake with a peer succeeds, and returns that event; those before it are dropped. See
    /// [`Monitor::wait_connected`](crate::Monitor::wait_connected).
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the monitor was not asked for
    ///   [`HANDSHAKE_SUCCEEDED`](crate::MonitorEvents::HANDSHAKE_SUCCEEDED).
    /// - Those of [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// The event of a peer is taken only when it is returned. Events before it may be dropped.
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
        let telling = self.get_ref().telling()?;
        self.failure = None;
        loop {
            let event = self.recv().await?;
            if telling.contains(event.kind().into()) {
                return Ok(event);
            }
            self.failure = more_telling(self.failure.take(), event);
        }
    }

    /// Returns the most telling failure that the last [`wait_connected`](Self::wait_connected) received, also if that was
    /// cancelled: the reason why no peer came before a deadline. `None` if there was none among the events that the
    /// monitor was asked for.
    ///
    /// A handshake that failed, with its reason, tells more than the end of its connection and the next attempt.
    #[must_use]
    pub fn failure(&self) -> Option<&MonitorEvent> {
        self.failure.as_ref()
    }

    /// Waits for the peer at an endpoint.
    async fn wait_for_peer(&mut self, mut awaited: Awaited) -> Result<()> {
        let telling = self.get_ref().telling()?;
        loop {
            let event = self.recv().await?;
            if !telling.contains(event.kind().into()) {
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

/// The addresses of a host, which a thread asks the system for.
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
        // What its drop does is the program's, which must not find the lock held.
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
