//! A proxy on a thread of its own, and how it is steered.

use std::fmt;
use std::io;
use std::sync::{Arc, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::control::{Command, Control};
use super::forward::Callers;
use super::statistics::ProxyStatistics;
use super::{Proxy, ProxyBack};
use crate::context::Context;
use crate::deadline::Deadline;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::lock::{Condvar, Mutex};
use crate::multipart::Multipart;
use crate::raw::Bell;
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
    /// Wakes the thread.
    bell: Bell,
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

impl<F: Kind, B: ProxyBack> Proxy<F, B> {
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
    /// Replaces `zmq_proxy_steerable`, whose orders are not the same in every version.
    pub fn spawn(self) -> Result<ProxyHandle<F, B>> {
        drop(self.forwarder()?);
        let context = self.front.context().clone();
        let system = |error: &io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(sys::EAGAIN));
        let bell = Bell::new().map_err(|error| Error::new(Operation::StartProxy, system(&error)))?;
        let steering = Arc::new(Steering::new(bell));
        let shared = Arc::clone(&steering);
        let run = move || {
            let served = shared.serve(&self);
            // Before the sockets are closed: a program that waits for that finds the proxy ended.
            shared.end(served.as_ref().err().copied());
            served.map(|(unsent, statistics)| self.stopped(unsent, statistics))
        };
        let thread = thread::Builder::new().name("zmq-proxy".to_owned()).spawn(run).map_err(|error| {
            Error::new(Operation::StartProxy, system(&error)).of_kind(crate::ErrorKind::LimitReached)
        })?;
        Ok(ProxyHandle { steering, thread: Some(thread), context })
    }

    fn stopped(self, unsent: Vec<Multipart>, statistics: ProxyStatistics) -> Stopped<F, B> {
        let Self { front, back, capture, control } = self;
        Stopped { front, back, capture: capture.map(|capture| capture.socket), control, unsent, statistics }
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
        Self { state: Mutex::new(state), changed: Condvar::new(), bell }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
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
        self.bell.ring();
        let mut state = self.state();
        while state.answered < mine && !state.ended {
            state = self.changed.wait(state);
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
        let mut state = self.state();
        state.ended = true;
        state.failure = failure;
        self.changed.notify_all();
    }

    /// Runs the proxy, on its thread, until it is told to stop.
    ///
    /// Returns what found no room, and what passed.
    fn serve<F: Kind, B: ProxyBack>(&self, proxy: &Proxy<F, B>) -> Result<(Vec<Multipart>, ProxyStatistics), Failure> {
        let mut forwarder = proxy.forwarder().map_err(|error| Failure::Errno(error.errno()))?;
        let control = proxy.control.as_ref().map(Control::new);
        let callers = Callers { bell: Some(&self.bell), control: control.map(Control::raw) };
        let mut order = Order::Run;
        let unsent = loop {
            let called = match order {
                Order::Run => forwarder.run(callers),
                Order::Pause => forwarder.rest(callers),
                Order::Stop => break forwarder.finish(Deadline::after(FAREWELL)),
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
                self.bell.silence();
                order = self.answer(forwarder.statistics());
            }
        };
        let statistics = forwarder.statistics();
        self.state().statistics = statistics;
        unsent.map(|unsent| (unsent, statistics))
    }
}

#[cold]
fn failed(failure: Failure) -> Error {
    Error::new(Operation::Proxy, failure)
}
