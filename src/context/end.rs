//! The end of a context: the shutdown, and the termination that waits for its sockets.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::registry::{OpenSocket, Registry};
use super::{Context, Inner, State};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure, Result};
use crate::raw::{self, RawContext};
use crate::socket::kinds::SocketType;

impl Context {
    /// Shuts the context down, blocks until every socket is dropped and its messages are on the network, and ends
    /// libzmq's threads.
    ///
    /// A timeout of `None` blocks forever. If the timeout expires, the error names the open sockets, the context stays
    /// shut down, and the call may be repeated. In a forked child the call does nothing. In the `Drop` of a [message's
    /// owner](crate::Message::from_owner), which may run on one of the threads that end, the call does not block.
    ///
    /// # Errors
    /// Returns [`StillOpen`] if the timeout expires.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Push};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Push)?;
    /// socket.bind("inproc://work")?;
    /// let still_open = context.terminate(Duration::ZERO).unwrap_err();
    /// assert_eq!(still_open.to_string(), "1 socket is still open: PUSH at inproc://work");
    /// drop(socket);
    /// assert!(context.terminate(Duration::from_secs(10)).is_ok());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_ctx_term`.
    #[doc(alias("zmq_ctx_term", "zmq_term", "zmq_ctx_destroy", "destroy"))]
    pub fn terminate(&self, timeout: impl Into<Option<Duration>>) -> Result<(), StillOpen> {
        let timeout = if raw::is_in_owners_drop() { Some(Duration::ZERO) } else { timeout.into() };
        let deadline = Deadline::after(timeout);
        if self.inner.life.is_forked() {
            return Ok(());
        }
        self.shutdown();
        let (sockets, monitors) = self.inner.registry.wait_empty(deadline);
        if !sockets.is_empty() || monitors > 0 {
            return Err(StillOpen { sockets, monitors });
        }
        self.end_in_background();
        let mut state = self.inner.state();
        while !matches!(*state, State::Ended) {
            if deadline.has_passed() {
                return Err(StillOpen { sockets: Vec::new(), monitors: 0 });
            }
            state = self.inner.ended.wait_until(state, deadline);
        }
        Ok(())
    }

    /// Ends the context on a separate thread, unless it has ended: libzmq waits for lingering messages without a limit.
    fn end_in_background(&self) {
        let mut state = self.inner.state();
        if !matches!(*state, State::Live(_)) {
            // Another call is ending the context, or has, and owns the state.
            return;
        }
        let State::Live(mut raw) = mem::replace(&mut *state, State::Ending) else { return };
        drop(state);
        if self.inner.registry.may_abort() {
            raw.leak();
        }
        let ending = Ending { raw: Some(raw), inner: Arc::clone(&self.inner) };
        // If no thread can be started, the closure is dropped, which ends the context on this thread.
        let _ = thread::Builder::new().name("zmq-term".to_owned()).spawn(move || drop(ending));
    }
}

/// Ends all calls, and binds the names that connections wait for, which libzmq can no longer do afterwards.
pub(super) fn shut_down(raw: &RawContext, registry: &Registry) {
    if raw.life().end() {
        return;
    }
    if serve_awaited(raw, registry).is_err() {
        registry.not_served();
    }
    raw.shutdown();
}

/// Binds every name that an `inproc` connection waits for. libzmq does this at termination, but aborts if it has no
/// socket left for it.
fn serve_awaited(raw: &RawContext, registry: &Registry) -> Result<(), Failure> {
    let awaited = registry.serve_awaited();
    if awaited.is_empty() {
        return Ok(());
    }
    // A ROUTER, because one of the names may be that of the authenticator, which a handshake in progress may query.
    let server = raw.last_socket(SocketType::Router)?;
    for endpoint in &awaited {
        match server.bind(endpoint.as_c_str()) {
            // The name was bound in the meantime.
            Ok(()) | Err(Failure::Errno(Errno::EADDRINUSE)) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// A context that [`Context::terminate`] has taken. Its drop ends the context and notifies the waiting calls.
struct Ending {
    raw: Option<RawContext>,
    inner: Arc<Inner>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        drop(self.raw.take());
        *self.inner.state() = State::Ended;
        self.inner.ended.notify_all();
    }
}

/// The error of [`Context::terminate`]: the timeout expired before the context ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillOpen {
    sockets: Vec<OpenSocket>,
    monitors: usize,
}

impl StillOpen {
    /// Returns the open sockets. Empty if all sockets are dropped and their messages still linger.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Push, SocketType};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Push)?;
    /// let still_open = context.terminate(Duration::ZERO).unwrap_err();
    /// assert_eq!(still_open.sockets()[0].socket_type(), SocketType::Push);
    /// # drop(socket);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn sockets(&self) -> &[OpenSocket] {
        &self.sockets
    }

    /// Returns the number of open monitors.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, MonitorEvents, Push};
    ///
    /// let context = Context::new()?;
    /// let monitor = context.socket(Push)?.monitor(MonitorEvents::all())?;
    /// let still_open = context.terminate(Duration::ZERO).unwrap_err();
    /// assert_eq!(still_open.monitors(), 1);
    /// # drop(monitor);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn monitors(&self) -> usize {
        self.monitors
    }
}

impl fmt::Display for StillOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.sockets.len(), self.monitors) {
            (0, 0) => {
                return f.write_str("every socket is dropped, but unsent messages linger; set a finite linger period");
            }
            (0, 1) => return f.write_str("1 monitor is still open"),
            (0, count) => return write!(f, "{count} monitors are still open"),
            (1, _) => f.write_str("1 socket is still open: ")?,
            (count, _) => write!(f, "{count} sockets are still open: ")?,
        }
        for (index, socket) in self.sockets.iter().enumerate() {
            write!(f, "{}{socket}", if index == 0 { "" } else { "; " })?;
        }
        match self.monitors {
            0 => Ok(()),
            1 => f.write_str("; and 1 monitor"),
            count => write!(f, "; and {count} monitors"),
        }
    }
}

impl std::error::Error for StillOpen {}
