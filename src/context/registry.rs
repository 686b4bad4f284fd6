//! What a context knows of its open sockets, and of the `inproc` connections that wait for a bind.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;
use std::sync::MutexGuard;
use std::time::Instant;

#[cfg(unix)]
use super::made_up::MadeUpPath;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::lock::{Condvar, Mutex};
use crate::socket::kinds::{Fact, SocketType};

/// A socket that is open: its type, and where it is bound or connected.
///
/// It prints as `PUSH at tcp://127.0.0.1:5555`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSocket {
    socket_type: SocketType,
    bound: Vec<Endpoint>,
    connected: Vec<Endpoint>,
}

impl OpenSocket {
    /// Returns the type of the socket.
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.socket_type
    }

    /// Returns where it is bound.
    #[must_use]
    pub fn bound(&self) -> &[Endpoint] {
        &self.bound
    }

    /// Returns where it is connected.
    #[must_use]
    pub fn connected(&self) -> &[Endpoint] {
        &self.connected
    }
}

impl fmt::Display for OpenSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket_type.fmt(f)?;
        let mut separator = " at ";
        for endpoint in self.bound.iter().chain(&self.connected) {
            write!(f, "{separator}{endpoint}")?;
            separator = ", ";
        }
        Ok(())
    }
}

/// The open sockets of a context.
///
/// Nothing of libzmq is called while it is locked: that may drop messages, whose owners may come back here.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    book: Mutex<Book>,
    closed: Condvar,
    /// Signals that names are no longer taken by the context itself.
    released: Condvar,
}

#[derive(Debug, Default)]
struct Book {
    sockets: BTreeMap<u64, OpenSocket>,
    /// The monitors, each with its receiver, which the crate opened, and its sender, which libzmq opens.
    monitors: BTreeSet<u64>,
    next: u64,
    /// The names that `inproc` connections may wait for. libzmq needs a socket slot for each when it terminates and
    /// aborts where it finds none, so that the context serves them itself before.
    awaited: BTreeSet<Endpoint>,
    /// Those among them for which sockets may wait that libzmq sends a routing id, and those that PAIR sockets bind just
    /// now: libzmq aborts where a PAIR socket turns such a connection away.
    awaited_by_routers: BTreeSet<Endpoint>,
    being_paired: BTreeSet<Endpoint>,
    /// Names that nobody may bind any more: a connection that keeps the newest message alone waits for it, and libzmq
    /// aborts where that was closed.
    unbindable: BTreeSet<Endpoint>,
    /// The names that binds and connects are about now, and how many.
    busy: BTreeMap<Endpoint, usize>,
    /// The awaited names that sockets left or took to their end, and until when their messages wait for a bind.
    orphans: BTreeMap<Endpoint, Deadline>,
    /// Those among them that the context binds itself just now.
    taken: BTreeSet<Endpoint>,
    /// How often taken names were given back.
    given_back: usize,
    /// `true` if C code has sockets of the context, whose connections are not known here.
    has_foreign_sockets: bool,
    /// When a socket was closed last.
    last_closed: Option<Instant>,
    /// Whether the awaited names were served: what is awaited afterwards cannot be.
    served: bool,
    /// Whether some name was not served.
    unserved: bool,
    /// The paths that were made up, by the socket that is bound to them; without one, those of sockets that were handed
    /// to C code, which stay until the context ends.
    #[cfg(unix)]
    made_up: Vec<(Option<u64>, MadeUpPath)>,
}

/// How many of the context's sockets a monitor takes.
pub(super) const SLOTS_OF_A_MONITOR: usize = 2;

impl Book {
    fn slots(&self) -> usize {
        self.sockets.len() + SLOTS_OF_A_MONITOR * self.monitors.len()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn binder(&self, endpoint: &Endpoint) -> Option<u64> {
        self.sockets.iter().find(|(_, socket)| socket.bound.contains(endpoint)).map(|(id, _)| *id)
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock()
    }

    /// Enters a socket, unless `limit` are open, and returns its number.
    pub(crate) fn open(&self, socket_type: SocketType, limit: usize) -> Option<u64> {
        let mut book = self.lock();
        if book.slots() >= limit {
            return None;
        }
        let id = book.number();
        book.sockets.insert(id, OpenSocket { socket_type, bound: Vec::new(), connected: Vec::new() });
        Some(id)
    }

    /// Returns how many of the context's sockets are open.
    pub(crate) fn slots(&self) -> usize {
        self.lock().slots()
    }

    /// Enters a monitor, unless that would take more than `limit`, and returns its number.
    pub(crate) fn open_monitor(&self, limit: usize) -> Option<u64> {
        let mut book = self.lock();
        if book.slots() + SLOTS_OF_A_MONITOR > limit {
            return None;
        }
        let id = book.number();
        book.monitors.insert(id);
        Some(id)
    }

    /// Forgets the names of a socket that is about to close.
    pub(crate) fn closing(&self, id: u64) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            socket.bound.clear();
            socket.connected.clear();
        }
        #[cfg(unix)]
        self.remove_paths(id, None);
    }

    /// Forgets a socket or monitor that is closed.
    pub(crate) fn closed(&self, id: u64) {
        let mut book = self.lock();
        book.sockets.remove(&id);
        book.monitors.remove(&id);
        book.last_closed = Some(Instant::now());
        drop(book);
        self.closed.notify_all();
    }

    pub(crate) fn bound(&self, id: u64, endpoint: &Endpoint) {
        let mut book = self.lock();
        // The bind served whoever waited for the name.
        book.forget(endpoint);
        if let Some(socket) = book.sockets.get_mut(&id) {
            socket.bound.push(endpoint.clone());
        }
    }

    /// Keeps a path that was made up for as long as the socket is bound to it.
    #[cfg(unix)]
    pub(crate) fn keep_path(&self, id: u64, path: MadeUpPath) {
        self.lock().made_up.push((Some(id), path));
    }

    /// Removes the paths of a socket that was unbound from the endpoint, or from all.
    #[cfg(unix)]
    pub(crate) fn remove_paths(&self, id: u64, endpoint: Option<&Endpoint>) {
        let mut book = self.lock();
        let is_left = |path: &MadeUpPath| endpoint.is_none_or(|endpoint| path.endpoint() == endpoint);
        let paths = mem::take(&mut book.made_up).into_iter();
        let (left, kept): (Vec<_>, _) = paths.partition(|(owner, path)| *owner == Some(id) && is_left(path));
        book.made_up = kept;
        drop(book);
        drop(left);
    }

    /// Leaves the paths of a socket until the context ends.
    #[cfg(unix)]
    pub(crate) fn leave_paths(&self, id: u64) {
        for (owner, _) in &mut self.lock().made_up {
            *owner = owner.filter(|owner| *owner != id);
        }
    }

    /// Notes a bind that is about to be made, which `not_binding` ends; returns why it cannot be.
    pub(crate) fn binding(&self, socket_type: SocketType, endpoint: &Endpoint) -> Result<(), &'static str> {
        let mut book = self.lock_name(endpoint);
        if book.unbindable.contains(endpoint) {
            return Err("a socket that conflates waits for this name, and libzmq may abort: take another name");
        }
        if socket_type.has(Fact::HasOnePeer) && endpoint.transport() == "inproc" {
            if book.awaited_by_routers.contains(endpoint) {
                return Err("ROUTER or REP sockets wait for this name, with which libzmq aborts: take another name");
            }
            book.being_paired.insert(endpoint.clone());
        }
        book.begin(endpoint);
        Ok(())
    }

    /// Ends what `binding` began.
    pub(crate) fn not_binding(&self, endpoint: &Endpoint) {
        let mut book = self.lock();
        book.being_paired.remove(endpoint);
        book.end(endpoint);
    }

    /// Notes a connection that is about to be made, which `not_connecting` ends, and returns what `connected` has to be told,
    /// or why it cannot be. `cannot_wait` says why the name has to be bound.
    pub(crate) fn connecting(
        &self,
        socket_type: SocketType,
        cannot_wait: Option<&'static str>,
        endpoint: &Endpoint,
    ) -> Result<Option<u64>, &'static str> {
        if endpoint.transport() != "inproc" {
            return Ok(None);
        }
        let mut book = self.lock_name(endpoint);
        let binder = book.binder(endpoint);
        if let (None, Some(reason)) = (binder, cannot_wait) {
            return Err(reason);
        }
        if socket_type.has(Fact::TakesRoutingIds) {
            if book.being_paired.contains(endpoint) {
                return Err("a PAIR socket is binding this name, which does not go with a ROUTER or REP");
            }
            book.awaited_by_routers.insert(endpoint.clone());
        }
        book.awaited.insert(endpoint.clone());
        book.begin(endpoint);
        Ok(binder)
    }

    /// Ends what `connecting` began.
    pub(crate) fn not_connecting(&self, endpoint: &Endpoint) {
        self.lock().end(endpoint);
    }

    /// Enters a connection that was made, and returns whether it waits for a bind.
    pub(crate) fn connected(
        &self,
        id: u64,
        socket_type: SocketType,
        conflates: bool,
        endpoint: &Endpoint,
        binder: Option<u64>,
    ) -> bool {
        let mut book = self.lock();
        let mut waits = false;
        if endpoint.transport() == "inproc" {
            if binder.is_some() && book.binder(endpoint) == binder {
                // It was bound before and after, and so while the connection was made: nothing waits.
                book.forget(endpoint);
            } else {
                waits = true;
                if book.served {
                    book.unserved = true;
                }
                // A bind that was undone before the connection was made took them out.
                book.awaited.insert(endpoint.clone());
                if socket_type.has(Fact::TakesRoutingIds) {
                    book.awaited_by_routers.insert(endpoint.clone());
                }
                if conflates {
                    book.unbindable.insert(endpoint.clone());
                }
            }
        }
        if let Some(socket) = book.sockets.get_mut(&id) {
            if !socket.connected.contains(endpoint) {
                socket.connected.push(endpoint.clone());
            }
        }
        waits
    }

    /// Returns `true` if the socket is connected to the endpoint.
    pub(crate) fn is_connected(&self, id: u64, endpoint: &Endpoint) -> bool {
        self.lock().sockets.get(&id).is_some_and(|socket| socket.connected.contains(endpoint))
    }

    /// Whether a connection that this socket made may still wait for a bind.
    pub(crate) fn waits(&self, id: u64, endpoint: &Endpoint) -> bool {
        let book = self.lock();
        let connected = |socket: &OpenSocket| socket.connected.contains(endpoint);
        book.awaited.contains(endpoint) && book.sockets.get(&id).is_some_and(connected)
    }

    /// Forgets an endpoint that the socket left.
    pub(crate) fn left(&self, id: u64, endpoint: &Endpoint) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            socket.bound.retain(|bound| bound != endpoint);
            socket.connected.retain(|connected| connected != endpoint);
        }
    }

    /// Returns the names that connections wait for; from now on it is too late for others.
    pub(crate) fn serve_awaited(&self) -> BTreeSet<Endpoint> {
        let mut book = self.lock();
        book.served = true;
        mem::take(&mut book.awaited)
    }

    /// Notes that an awaited name was not served.
    pub(crate) fn not_served(&self) {
        self.lock().unserved = true;
    }

    /// Whether libzmq may abort when it terminates the context.
    pub(crate) fn may_abort(&self) -> bool {
        self.lock().unserved
    }

    /// Whether a socket is bound to this name of the `inproc` transport.
    pub(crate) fn is_bound(&self, name: &str) -> bool {
        self.lock().sockets.values().any(|socket| socket.bound.iter().any(|bound| bound.as_str() == name))
    }

    pub(crate) fn sockets(&self) -> Vec<OpenSocket> {
        self.lock().sockets.values().cloned().collect()
    }

    /// Returns where a socket is bound or connected.
    pub(crate) fn endpoints(&self, id: u64) -> Vec<Endpoint> {
        let book = self.lock();
        book.sockets.get(&id).map(|socket| [&socket.bound[..], &socket.connected].concat()).unwrap_or_default()
    }

    pub(crate) fn bound_endpoints(&self, id: u64) -> Vec<Endpoint> {
        self.lock().sockets.get(&id).map(|socket| socket.bound.clone()).unwrap_or_default()
    }

    /// Waits until no socket and no monitor is open, and returns the sockets that are at the deadline, and how many
    /// monitors.
    pub(crate) fn wait_empty(&self, deadline: Deadline) -> (Vec<OpenSocket>, usize) {
        let mut book = self.lock();
        while (!book.sockets.is_empty() || !book.monitors.is_empty()) && !deadline.has_passed() {
            book = self.closed.wait_until(book, deadline);
        }
        (book.sockets.values().cloned().collect(), book.monitors.len())
    }
}
