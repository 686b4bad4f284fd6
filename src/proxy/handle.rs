//! A proxy on a thread of its own, and how it is steered.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::control::{Command, Control};
use super::forward::Callers;
use super::statistics::ProxyStatistics;
use super::{Proxy, ProxyBack};
use crate::context::{Context, Entry, Helper};
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::multipart::Multipart;
use crate::raw::{RawMessage, RawSocket};
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind};
use crate::sys;

/// How long a stop tries to deliver what found no room.
const FAREWELL: Duration = Duration::from_millis(500);

/// The handle of a proxy that runs on a thread of its own.
///
/// [`Proxy::spawn`] returns it. Every method returns within a burst of messages, whatever the peers do.
///
/// # Dropping
/// A drop stops the proxy, and closes its sockets.
#[must_use = "the proxy stops when the handle is dropped"]
pub struct ProxyHandle<F: Kind, B: ProxyBack> {
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

/// What handle and thread share.
struct Steering {
    state: Mutex<State>,
    changed: Condvar,
    /// The handle's end of the line that wakes the thread; the thread closes it at its end.
    bell: Mutex<Option<Bell>>,
}

struct State {
    order: Order,
    /// How often the thread was asked, and which of these it answered last.
    asked: u64,
    answered: u64,
    statistics: ProxyStatistics,
    ended: bool,
    /// Why it ended, where that was not its order.
    failure: Option<Failure>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Run,
    Pause,
    /// Delivers what is held, if it can, and ends.
    Stop,
    /// Ends.
    Abandon,
}

/// One end of the line that wakes the thread, a PAIR socket.
struct Bell {
    raw: RawSocket,
    _entry: Entry,
}

impl<F: Kind, B: ProxyBack> Proxy<F, B> {
    /// Starts the proxy on a thread of its own.
    ///
    /// It takes two more of the sockets that [`max_sockets`](crate::ContextBuilder::max_sockets) allows. When the
    /// context is shut down the thread ends, and closes the sockets.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for sockets between which nothing can pass, for one that cannot
    /// capture, and for one that cannot steer, [`WrongState`](crate::ErrorKind::WrongState) for a socket in the middle of a message,
    /// [`LimitReached`](crate::ErrorKind::LimitReached) where the context has no two sockets left, or the system no
    /// thread, and [`ContextTerminated`](crate::ErrorKind::ContextTerminated) after a shutdown. The sockets are closed
    /// then.
    ///
    /// Replaces `zmq_proxy_steerable`, whose orders are not the same in every version.
    pub fn spawn(self) -> Result<ProxyHandle<F, B>> {
        drop(self.forwarder()?);
        let context = self.front.context().clone();
        let (inner, outer) = Bell::pair(&context)?;
        let steering = Arc::new(Steering::new(outer));
        let shared = Arc::clone(&steering);
        let run = move || {
            let ended = shared.serve(self, &inner);
            // First: what waits for the end of the context's sockets is to find the proxy ended.
            shared.end(ended.as_ref().err().copied());
            drop(inner);
            ended
        };
        let thread = thread::Builder::new().name("zmq-proxy".to_owned()).spawn(run).map_err(|error| {
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(sys::EAGAIN));
            Error::new(Operation::StartProxy, errno).of_kind(crate::ErrorKind::LimitReached)
        })?;
        Ok(ProxyHandle { steering, thread: Some(thread), context })
    }
}

impl<F: Kind, B: ProxyBack> ProxyHandle<F, B> {
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
    pub fn resume(&self) -> Result<()> {
        self.order(Order::Run)
    }

    /// Returns what passed since the start: every message that a peer got before this call is counted.
    ///
    /// Once the proxy has ended it is what passed until then.
    #[must_use]
    pub fn statistics(&self) -> ProxyStatistics {
        if self.context.is_forked() {
            return ProxyStatistics::default();
        }
        self.steering.ask(None).statistics
    }

    /// Whether the proxy has ended by itself: at the shutdown of the context, at the command `TERMINATE` of its
    /// [control socket](Proxy::control), or with an error.
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
    pub fn stop(mut self) -> Result<Stopped<F, B>> {
        self.check()?;
        drop(self.steering.ask(Some(Order::Stop)));
        self.joined()
    }

    /// Waits until the proxy ends by itself: at the shutdown of the context, or at the command `TERMINATE` of its
    /// [control socket](Proxy::control), after which the sockets are returned.
    ///
    /// # Errors
    /// The error that ended the proxy, where it was not the shutdown.
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

impl<F: Kind, B: ProxyBack> Drop for ProxyHandle<F, B> {
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

impl<F: Kind, B: ProxyBack> fmt::Debug for ProxyHandle<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyHandle").field("has_ended", &self.has_ended()).finish_non_exhaustive()
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

impl Steering {
    fn new(bell: Bell) -> Self {
        let state = State {
            order: Order::Run,
            asked: 0,
            answered: 0,
            statistics: ProxyStatistics::default(),
            ended: false,
            failure: None,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), bell: Mutex::new(Some(bell)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bell(&self) -> MutexGuard<'_, Option<Bell>> {
        self.bell.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the thread an order, if there is one, and waits until it has seen it, or has ended.
    fn ask(&self, order: Option<Order>) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.asked += 1;
        let mine = state.asked;
        if let Some(order) = order {
            state.order = order;
        }
        drop(state);
        if let Some(bell) = &*self.bell() {
            bell.ring();
        }
        let mut state = self.state();
        while state.answered < mine && !state.ended {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    /// Answers, on the thread, and returns the order.
    fn answer(&self, statistics: ProxyStatistics) -> Order {
        let mut state = self.state();
        state.statistics = statistics;
        state.answered = state.asked;
        self.changed.notify_all();
        state.order
    }

    /// Takes a command of the control socket for the order, on the thread, unless the handle has ended the proxy.
    fn obey(&self, command: Option<Command>) -> Order {
        let mut state = self.state();
        if let (Some(command), Order::Run | Order::Pause) = (command, state.order) {
            state.order = match command {
                Command::Pause => Order::Pause,
                Command::Resume => Order::Run,
                Command::Terminate => Order::Stop,
            };
        }
        state.order
    }

    fn end(&self, failure: Option<Failure>) {
        // First, so that a context that waits for its sockets does not wait for this one.
        drop(self.bell().take());
        let mut state = self.state();
        state.ended = true;
        state.failure = failure;
        self.changed.notify_all();
    }

    /// Runs the proxy, on its thread, until it is told to stop.
    fn serve<F: Kind, B: ProxyBack>(&self, proxy: Proxy<F, B>, bell: &Bell) -> Result<Stopped<F, B>, Failure> {
        let mut forwarder = proxy.forwarder().map_err(|error| Failure::Errno(error.errno()))?;
        let control = proxy.control.as_ref().map(Control::new);
        let callers = Callers { bell: Some(&bell.raw), control: control.map(Control::raw) };
        let mut order = Order::Run;
        let unsent = loop {
            let called = match order {
                Order::Run => forwarder.run(callers),
                Order::Pause => forwarder.rest(callers),
                Order::Stop => break forwarder.finish(Instant::now() + FAREWELL),
                Order::Abandon => break Ok(Vec::new()),
            };
            let called = match called {
                Ok(called) => called,
                Err(failure) => break Err(failure),
            };
            if let Some(control) = control.filter(|_| called.control) {
                match control.serve(&forwarder.statistics()) {
                    Ok(command) => order = self.obey(command),
                    Err(failure) => break Err(failure),
                }
            }
            if called.bell {
                bell.silence();
                order = self.answer(forwarder.statistics());
            }
        };
        let statistics = forwarder.statistics();
        self.state().statistics = statistics;
        drop(forwarder);
        let Proxy { front, back, capture, control } = proxy;
        let capture = capture.map(|capture| capture.socket);
        Ok(Stopped { front, back, capture, control, unsent: unsent?, statistics })
    }
}

impl Bell {
    fn pair(context: &Context) -> Result<(Self, Self)> {
        let open = || context.open_helper(Helper::Bell, Operation::StartProxy);
        let ((inner, inner_entry), (outer, outer_entry)) = (open()?, open()?);
        let connected = inner.pair_with(&outer);
        connected.map_err(|errno| Error::new(Operation::StartProxy, errno))?;
        Ok((Self { raw: inner, _entry: inner_entry }, Self { raw: outer, _entry: outer_entry }))
    }

    fn ring(&self) {
        // Where it fails the bell rings already, or the thread is at its end.
        let _ = self.raw.send(&mut RawMessage::new(), || sys::ZMQ_DONTWAIT);
    }

    fn silence(&self) {
        let mut rings = RawMessage::new();
        while matches!(self.raw.receive(&mut rings, || sys::ZMQ_DONTWAIT), Ok(()) | Err(Failure::Errno(Errno::EINTR))) {
        }
    }
}

#[cold]
fn failed(failure: Failure) -> Error {
    Error::new(Operation::Proxy, failure)
}
