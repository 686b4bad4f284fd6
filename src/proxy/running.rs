//! A proxy on a thread of its own.

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

/// A proxy that runs on its own thread, and passes messages on as [`proxy()`](super::proxy()) does.
///
/// To start one, call [`builder`](Self::builder), or [`single`](Proxy::single) for a single socket, and then
/// [`spawn`](ProxyBuilder::spawn). Other processes pause, resume and stop the proxy through a
/// [control socket](ProxyBuilder::control). Apart from [`join`](Self::join), every method returns soon, even if no peer reads.
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
    /// There until the stop or the drop.
    thread: Option<JoinHandle<Result<Stopped<F, B>, Failure>>>,
    context: Context,
}

/// The sockets of a proxy that was stopped, free for other use.
#[non_exhaustive]
pub struct Stopped<F: Kind, B: ProxyBack> {
    /// The socket in front.
    pub front: Socket<F>,
    /// The socket at the back: `()` for a proxy of one socket.
    pub back: B::Socket,
    /// The socket that captured, if there was one; [`downcast`](Socket::downcast) gives it its kind back.
    pub capture: Option<Socket<Any>>,
    /// The socket that steered, if there was one.
    pub control: Option<Socket<Any>>,
    /// What was received and found no room until the end: one message for each direction at the most.
    pub unsent: Vec<Multipart>,
    /// What passed, from start to stop.
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
    /// Returns a builder for a proxy with a single socket. It sends every message back through the
    /// socket that received it.
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
    /// Starts the proxy on a thread of its own.
    ///
    /// When the context is shut down, the thread ends and closes the sockets.
    ///
    /// # Errors
    /// Every error closes the sockets.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): nothing can pass between the sockets, or the type of the capture or control
    ///   socket is not one of those that its method names.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a socket is in the middle of a message.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): the system has no file descriptor or no thread left.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context is shut down.
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
    /// Replaces `zmq_proxy_steerable`, whose orders are not the same in every version.
    pub fn spawn(self) -> Result<Proxy<F, B>> {
        drop(self.forwarder()?);
        let context = self.front.context().clone();
        let refused = |errno| Error::new(Operation::StartProxy, errno);
        let steering = Arc::new(Steering::new(Bell::new().map_err(refused)?));
        let shared = Arc::clone(&steering);
        let run = move || {
            let served = shared.serve(&self);
            // Before the sockets are closed: a program that waits for that finds the proxy ended.
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
    /// Has nothing pass any more until [`resume`](Self::resume): from this call's return on.
    ///
    /// What arrives waits in the sockets, up to their high-water marks. A proxy that is paused already stays so.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown,
    /// [`Ended`](crate::ErrorKind::Ended) after the command `TERMINATE`, and the error that ended the proxy where there
    /// was one.
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

    /// Has messages pass again after [`pause`](Self::pause).
    ///
    /// # Errors
    /// Those of [`pause`](Self::pause).
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

    /// Returns what passed since the start: every message that a peer got before this call is counted.
    ///
    /// Once the proxy has ended it is what passed until then.
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

    /// Whether the proxy has ended by itself: at the shutdown of the context, at the command `TERMINATE` of its
    /// [control socket](ProxyBuilder::control), or with an error.
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
    /// A message that was received and found no room gets half a second; then it is
    /// [handed back](Stopped::unsent). So the call returns whatever the peers do.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown, and the error that ended the proxy
    /// where there was one; the sockets are closed then.
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

    /// Waits until the proxy ends by itself: at the shutdown of the context, or at the command `TERMINATE` of its
    /// [control socket](ProxyBuilder::control), after which the sockets are returned.
    ///
    /// # Errors
    /// The error that ended the proxy, where it was not the shutdown.
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
        // Nothing in the thread panics.
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

    /// Refuses in a forked child, where the thread is missing.
    fn check(&self) -> Result<()> {
        if self.context.is_forked() { Err(failed(Failure::Forked)) } else { Ok(()) }
    }
}

impl<F: Kind, B: ProxyBack> Drop for Proxy<F, B> {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.context.is_forked() {
            // There is no such thread to wait for.
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
