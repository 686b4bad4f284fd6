//! The opening of sockets, which sometimes has to wait for dropped sockets.

use std::thread;
use std::time::Duration;

use super::registry::SLOTS_OF_A_MONITOR;
use super::{Context, Entry, State};
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{self, RawContext, RawSocket};
use crate::socket::kinds::SocketType;
use crate::sys;

/// The maximum time after the last drop of a socket for which opening another one waits for libzmq to close dropped
/// sockets.
const REAPING: Duration = Duration::from_secs(3);

/// The number of freed names after which the thread that drops sockets pauses. libzmq closes two sockets for each name
/// in the background without reporting it, so a loop that opens and drops sockets would otherwise accumulate thousands.
const PACE: usize = 16;
const PAUSE: Duration = Duration::from_millis(2);

/// The maximum pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

impl Context {
    /// Opens the socket that receives the events of a monitor, and registers the monitor.
    pub(crate) fn open_monitor(&self) -> Result<(RawSocket, Entry)> {
        let refused = |failure: Failure| Error::new(Operation::Monitor, failure);
        self.inner.life.check().map_err(refused)?;
        let Some(id) = self.inner.registry.open_monitor(self.inner.max_sockets) else {
            let max_sockets = self.max_sockets();
            let reason =
                format!("{SLOTS_OF_A_MONITOR} more sockets would exceed the {max_sockets} that max_sockets allows");
            return Err(refused(Errno::EMFILE.into()).because(reason));
        };
        let entry = Entry { context: self.clone(), id };
        let raw = self.open_raw(SocketType::Pair, SLOTS_OF_A_MONITOR, refused)?;
        Ok((raw, entry))
    }

    /// Opens a socket of libzmq. The caller has checked that there is room among the open ones.
    ///
    /// A drop returns before libzmq has closed the socket. If slots or descriptors are short only for that reason, this
    /// waits for them. `entered` slots are counted for the socket.
    pub(super) fn open_raw(
        &self,
        socket_type: SocketType,
        entered: usize,
        refused: impl Fn(Failure) -> Error,
    ) -> Result<RawSocket> {
        let mut pause = Duration::from_micros(50);
        loop {
            let opened = self.with_raw(|raw| {
                raw.expect_threads()?;
                raw.socket(socket_type)
            });
            match opened {
                Err(Failure::Errno(Errno::EMFILE | Errno::ENFILE)) if self.is_closing_sockets() => {
                    self.free_names();
                    // libzmq does not report when it has closed a socket.
                    thread::sleep(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(Failure::NoThread) => return Err(no_thread(&refused)),
                Err(failure @ Failure::Errno(Errno::EMFILE | Errno::ENFILE)) => {
                    return Err(refused(failure).because(self.limit_reason(entered)));
                }
                opened => return opened.map_err(refused),
            }
        }
    }

    /// Returns the resource that is exhausted if libzmq opens no more sockets. `entered` slots are counted for the
    /// socket that failed to open.
    fn limit_reason(&self, entered: usize) -> String {
        let has_closed = self.inner.registry.last_closed().is_some();
        if !has_closed || raw::expect_descriptors(1).is_err() {
            let dropped =
                if has_closed { ", and dropped sockets keep theirs until libzmq has closed them" } else { "" };
            return format!("too few file descriptors are left (ulimit -n){dropped}");
        }
        let open = self.inner.registry.slots().saturating_sub(entered);
        let slots =
            self.with_raw(|raw| raw.get(sys::ZMQ_MAX_SOCKETS)).ok().and_then(|slots| usize::try_from(slots).ok());
        // All slots that open sockets do not use belong to dropped ones.
        let dropped = slots.unwrap_or(self.inner.max_sockets).saturating_sub(open);
        format!(
            "dropped sockets still count, {dropped} of them in addition to {open} open ones, and max_sockets is {}; libzmq closes a \
             dropped socket when its messages are sent or its linger is over",
            self.inner.max_sockets
        )
    }

    /// Returns `true` if sockets were dropped so recently that libzmq may still be closing them.
    fn is_closing_sockets(&self) -> bool {
        // The drop of a message may run on the very thread that closes sockets.
        let last = if raw::is_in_owners_drop() { None } else { self.inner.registry.last_closed() };
        last.is_some_and(|last| last.elapsed() < REAPING)
    }

    /// Records that C code has sockets of the context.
    pub(crate) fn admit_foreign_sockets(&self) {
        self.inner.registry.admit_foreign_sockets();
    }

    /// Frees the resources of sockets that were dropped while they waited for names which nothing has bound.
    pub(crate) fn free_names(&self) {
        // libzmq may be in the middle of a call on this thread.
        if raw::is_in_owners_drop() || raw::carries("inproc-names") {
            return;
        }
        let names = self.inner.registry.take_orphans();
        if names.is_empty() {
            return;
        }
        let served = match &*self.inner.state() {
            State::Live(raw) => serve(raw, &names).is_ok(),
            State::Ending | State::Ended => false,
        };
        if self.inner.registry.give_back(names, served) % PACE == 0 {
            thread::sleep(PAUSE);
        }
    }
}

/// Binds the names, which connects the waiting sockets, and closes the binding socket.
fn serve(raw: &RawContext, names: &[Endpoint]) -> Result<(), Failure> {
    // A ROUTER accepts any number of peers of any kind.
    let server = raw.socket(SocketType::Router)?;
    for name in names {
        match server.bind(name.as_c_str()) {
            // Closing frees the name in the background, and until then other sockets would connect to it.
            Ok(()) => server.unbind(name.as_c_str())?,
            // C code has bound it.
            Err(Failure::Errno(Errno::EADDRINUSE)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

fn no_thread(refused: &impl Fn(Failure) -> Error) -> Error {
    refused(Failure::NoThread).because(
        "the system cannot start another thread; libzmq needs some for each context, and would abort; raise the limit \
         (ulimit -u, or pids.max of the control group), share one context, or use fewer io_threads",
    )
}
