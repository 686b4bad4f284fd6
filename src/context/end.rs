//! The end of a context: the shutdown, and the termination that waits for its sockets.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::registry::{OpenSocket, Registry};
use super::{Context, Inner, State};
use crate::deadline::Deadline;
use crate::error::{Errno, Result};
use crate::raw::{self, RawContext};
use crate::socket::kinds::SocketType;

impl Context {
    /// Shuts down, waits until every socket is dropped and what they sent is on the network, and ends libzmq's threads.
    ///
    /// `None` waits for ever. When the time is up the error names the sockets that are still open; the context stays
    /// shut down, and the call may be repeated. In a forked child it does nothing. In the drop of a
    /// [message's owner](crate::Message::from_owner), which may run on one of the threads that end, it does not wait.
    ///
    /// # Errors
    /// [`StillOpen`] when the time is up.
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

    /// Ends the context on a thread of its own, if it lives: libzmq waits for lingering messages without a limit.
    fn end_in_background(&self) {
        let mut state = self.inner.state();
        if !matches!(*state, State::Live(_)) {
            // Somebody else ends it, or has: the state is theirs to change.
            return;
        }
        let State::Live(mut raw) = mem::replace(&mut *state, State::Ending) else { return };
        drop(state);
        if self.inner.registry.may_abort() {
            raw.leak();
        }
        let ending = Ending { raw: Some(raw), inner: Arc::clone(&self.inner) };
        // Where no thread can be had the closure is dropped, which ends the context here and now.
        let _ = thread::Builder::new().name("zmq-term".to_owned()).spawn(move || drop(ending));
    }
}

/// Ends all calls, and serves the names that connections wait for, which libzmq could not do any more.
pub(super) fn shut_down(raw: &RawContext, registry: &Registry) {
    if raw.life().end() {
        return;
    }
    if serve_awaited(raw, registry).is_err() {
        registry.not_served();
    }
    raw.shutdown();
}

/// Binds every name that an `inproc` connection waits for, as libzmq does when it terminates, where it aborts if it has
/// no socket left to do it with.
fn serve_awaited(raw: &RawContext, registry: &Registry) -> Result<(), Errno> {
    let awaited = registry.serve_awaited();
    if awaited.is_empty() {
        return Ok(());
    }
    // A ROUTER, because one of the names may be that of the authenticator, and a handshake that is under way may ask it.
    let server = raw.last_socket(SocketType::Router.to_raw())?;
    for endpoint in &awaited {
        match server.bind(endpoint.as_c_str()) {
            // Somebody else bound it in the meantime.
            Ok(()) | Err(Errno::EADDRINUSE) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// A context that [`Context::terminate`] took; its drop ends it and says so.
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

/// What [`Context::terminate`] did not get done in its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillOpen {
    sockets: Vec<OpenSocket>,
    monitors: usize,
}

impl StillOpen {
    /// Returns the sockets that are open; none where all are dropped and their messages still linger.
    #[must_use]
    pub fn sockets(&self) -> &[OpenSocket] {
        &self.sockets
    }

    /// Returns how many monitors are still to be dropped.
    #[must_use]
    pub fn monitors(&self) -> usize {
        self.monitors
    }
}

impl fmt::Display for StillOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.sockets.len(), self.monitors) {
            (0, 0) => return f.write_str("every socket is dropped, and unsent messages linger: set a finite linger"),
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
