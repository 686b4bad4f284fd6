//! A proxy on its own thread.

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::back::{ProxyBack, SameSocket};
use super::builder::ProxyBuilder;
use super::statistics::ProxyStatistics;
use super::steering::{Order, Steering};
use crate::context::Context;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::multipart::Multipart;
use crate::raw::Bell;
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind};
use crate::sys;

/// A proxy that runs on its own thread, and forwards messages like [`proxy()`](super::proxy()).
///
/// To start one, call [`builder`](Self::builder), or [`single`](Proxy::single) for a single socket, and then
/// [`spawn`](ProxyBuilder::spawn). Other processes pause, resume and stop the proxy through a [control
/// socket](ProxyBuilder::control). Apart from [`join`](Self::join), every method returns soon, even if no peer reads.
///
/// # Dropping
/// A drop stops the proxy and closes its sockets.
///
/// # Examples
/// ```
/// use zmq::{Context, Proxy, Pull, Push};
///
/// let context = Context::new()?;
/// let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
/// let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
/// source.connect(front.bind("inproc://to-relay")?)?;
/// sink.connect(back.bind("inproc://relayed")?)?;
///
/// let relay = Proxy::builder(front, back).spawn()?;
/// source.send("work")?;
/// assert_eq!(sink.recv()?, "work");
/// assert_eq!(relay.statistics().back.sent.messages, 1);
///
/// let stopped = relay.stop()?;
/// source.send("more work")?;
/// assert_eq!(stopped.front.recv()?, "more work");
/// # Ok::<(), zmq::Error>(())
/// ```
#[must_use = "the proxy stops when it is dropped"]
pub struct Proxy<F: Kind, B: ProxyBack> {
    steering: Arc<Steering>,
    /// `None` after a stop or a join.
    thread: Option<JoinHandle<Result<Stopped<F, B>, Failure>>>,
    context: Context,
}

/// The sockets of a proxy that was stopped, free for other use.
#[non_exhaustive]
pub struct Stopped<F: Kind, B: ProxyBack> {
    /// The front socket.
    pub front: Socket<F>,
    /// The back socket, or `()` for a proxy with a single socket.
    pub back: B::Socket,
    /// The capture socket, if the proxy had one. To restore its kind, call [`downcast`](Socket::downcast).
    pub capture: Option<Socket<Any>>,
    /// The control socket, if the proxy had one.
    pub control: Option<Socket<Any>>,
    /// Messages that the proxy received but could not forward, at most one for each direction.
    pub unsent: Vec<Multipart>,
    /// The statistics from start to stop.
    pub statistics: ProxyStatistics,
}

/// Another name of [`Proxy`], for the handle that [`ProxyBuilder::spawn`] returns.
pub type ProxyHandle<F, B> = Proxy<F, B>;

impl<F: Kind, B: Kind> Proxy<F, B> {
    /// Returns a builder for a proxy between two sockets.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dealer, Proxy, Router};
    ///
    /// let context = Context::new()?;
    /// let (front, back) = (context.socket(Router)?, context.socket(Dealer)?);
    /// let queue = Proxy::builder(front, back).spawn()?;
    /// queue.stop()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn builder(front: Socket<F>, back: Socket<B>) -> ProxyBuilder<F, B> {
        ProxyBuilder::new(front, back)
    }
}

impl<F: Kind> Proxy<F, SameSocket> {
    /// Returns a builder for a proxy with a single socket, which returns every message through the socket that received
    /// it.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Proxy, Rep, Req};
    ///
    /// let context = Context::new()?;
    /// let (server, client) = (context.socket(Rep)?, context.socket(Req)?);
    /// client.connect(server.bind("inproc://echo")?)?;
    ///
    /// let echo = Proxy::single(server).spawn()?;
    /// client.send("hello")?;
    /// assert_eq!(client.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn single(socket: Socket<F>) -> ProxyBuilder<F, SameSocket> {
        ProxyBuilder::new(socket, ())
    }
}

impl<F: Kind, B: ProxyBack> ProxyBuilder<F, B> {
    /// Starts the proxy on its own thread.
    ///
    /// When the context is shut down, the thread ends and closes the sockets.
    ///
    /// # Errors
    /// Every error closes the sockets.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): no message can pass between sockets of these types, or the
    ///   capture or control socket has an unsupported type.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a socket is in the middle of a message.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the system cannot open a file descriptor or start a thread.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// assert!(!relay.has_ended());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Replaces `zmq_proxy_steerable`, whose commands differ between versions.
    pub fn spawn(self) -> Result<Proxy<F, B>> {
        drop(self.forwarder()?);
        let context = self.front.context().clone();
        let refused = |errno| Error::new(Operation::StartProxy, errno);
        let steering = Arc::new(Steering::new(Bell::new().map_err(refused)?));
        let shared = Arc::clone(&steering);
        let run = move || {
            let served = shared.serve(&self);
            // Mark the end before the sockets are closed, because a program may wait for the close and then check the
            // proxy.
            shared.end(served.as_ref().err().copied());
            served.map(|(unsent, statistics)| self.into_stopped(unsent, statistics))
        };
        let thread = thread::Builder::new().name("zmq-proxy".to_owned()).spawn(run).map_err(|error| {
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(sys::EAGAIN));
            refused(errno).of_kind(crate::ErrorKind::LimitReached)
        })?;
        Ok(Proxy { steering, thread: Some(thread), context })
    }

    fn into_stopped(self, unsent: Vec<Multipart>, statistics: ProxyStatistics) -> Stopped<F, B> {
        let Self { front, back, capture, control } = self;
        Stopped { front, back, capture: capture.map(|capture| capture.socket), control, unsent, statistics }
    }
}

impl<F: Kind, B: ProxyBack> Proxy<F, B> {
    /// Pauses the proxy until [`resume`](Self::resume). When this returns, no more messages are forwarded.
    ///
    /// Arriving messages wait in the sockets, up to their high-water marks. Pausing a paused proxy has no effect.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`Ended`](crate::ErrorKind::Ended): the proxy was ended by the command `TERMINATE`.
    /// - any error that ended the proxy.
    ///
    /// # Examples
    /// ```
    /// # use std::time::Duration;
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// # let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    /// # source.connect(front.bind("inproc://to-paused-relay")?)?;
    /// # sink.connect(back.bind("inproc://paused-relay")?)?;
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// relay.pause()?;
    /// source.send("work")?;
    /// assert_eq!(sink.recv_timeout(Duration::from_millis(20))?, None);
    /// relay.resume()?;
    /// assert_eq!(sink.recv()?, "work");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn pause(&self) -> Result<()> {
        self.order(Order::Pause)
    }

    /// Resumes the proxy after [`pause`](Self::pause).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`Ended`](crate::ErrorKind::Ended): the proxy was ended by the command `TERMINATE`.
    /// - any error that ended the proxy.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// relay.pause()?;
    /// // Messages wait in the sockets.
    /// relay.resume()?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn resume(&self) -> Result<()> {
        self.order(Order::Run)
    }

    /// Returns the statistics since the start. Every message that a peer received before this call is counted.
    ///
    /// After the proxy has ended, the statistics no longer change.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// # let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    /// # source.connect(front.bind("inproc://to-counted-relay")?)?;
    /// # sink.connect(back.bind("inproc://counted-relay")?)?;
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// source.send("work")?;
    /// assert_eq!(sink.recv()?, "work");
    /// let statistics = relay.statistics();
    /// assert_eq!((statistics.front.received.messages, statistics.front.received.bytes), (1, 4));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn statistics(&self) -> ProxyStatistics {
        if self.context.is_forked() {
            return ProxyStatistics::default();
        }
        self.steering.ask(None).statistics
    }

    /// Returns `true` if the proxy has ended without a call of [`stop`](Self::stop): the context was shut down, the
    /// [control socket](ProxyBuilder::control) received the command `TERMINATE`, or an error occurred.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// assert!(!relay.has_ended());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !self.context.is_forked() && self.steering.state().ended
    }

    /// Stops the proxy and returns its sockets.
    ///
    /// If the proxy holds a message that it could not forward yet, it retries for up to half a second. After that it
    /// returns the message in [`Stopped::unsent`]. Therefore the call returns even if no peer reads.
    ///
    /// # Errors
    /// Every error closes the sockets.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - any error that ended the proxy.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// let stopped = relay.stop()?;
    /// assert!(stopped.unsent.is_empty());
    /// stopped.front.bind("tcp://127.0.0.1:*")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn stop(mut self) -> Result<Stopped<F, B>> {
        self.check()?;
        drop(self.steering.ask(Some(Order::Stop)));
        self.joined()
    }

    /// Blocks until the proxy ends. Returns `None` after a shutdown of the context, and the sockets after the command
    /// `TERMINATE` of the [control socket](ProxyBuilder::control).
    ///
    /// # Errors
    /// - any error that ended the proxy, except a shutdown.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Proxy, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (front, back) = (context.socket(Pull)?, context.socket(Push)?);
    /// let relay = Proxy::builder(front, back).spawn()?;
    /// context.shutdown();
    /// assert!(relay.join()?.is_none());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn join(mut self) -> Result<Option<Stopped<F, B>>> {
        self.check()?;
        match self.joined() {
            Err(error) if error.is_terminated() => Ok(None),
            ended => ended.map(Some),
        }
    }

    fn joined(&mut self) -> Result<Stopped<F, B>> {
        let ended = self.thread.take().and_then(|thread| thread.join().ok());
        // The thread does not panic.
        ended.unwrap_or(Err(Errno::ENOTSOCK.into())).map_err(failed)
    }

    fn order(&self, order: Order) -> Result<()> {
        self.check()?;
        let state = self.steering.ask(Some(order));
        match state.failure {
            Some(failure) => Err(failed(failure)),
            None if state.ended => {
                let error = failed(Errno::ENOTSOCK.into()).of_kind(crate::ErrorKind::Ended);
                Err(error.because("it was terminated through its control socket"))
            }
            None => Ok(()),
        }
    }

    /// Returns an error in a forked child, which does not have the thread.
    fn check(&self) -> Result<()> {
        if self.context.is_forked() { Err(failed(Failure::Forked)) } else { Ok(()) }
    }
}

impl<F: Kind, B: ProxyBack> Drop for Proxy<F, B> {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.context.is_forked() {
            // The thread does not exist in this process.
            std::mem::forget(thread);
            return;
        }
        drop(self.steering.ask(Some(Order::Abandon)));
        let _ = thread.join();
    }
}

impl<F: Kind, B: ProxyBack> fmt::Debug for Proxy<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("has_ended", &self.has_ended()).finish_non_exhaustive()
    }
}

impl<F: Kind, B: ProxyBack> fmt::Debug for Stopped<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stopped")
            .field("front", &self.front)
            .field("back", &self.back)
            .field("capture", &self.capture)
            .field("control", &self.control)
            .field("unsent", &self.unsent)
            .field("statistics", &self.statistics)
            .finish()
    }
}

#[cold]
fn failed(failure: Failure) -> Error {
    Error::new(Operation::Proxy, failure)
}
