//! The open sockets of a context, and the `inproc` connections that wait for a bind.

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

/// An open socket: its type and its endpoints. Returned by [`Context::open_sockets`](crate::Context::open_sockets).
///
/// Prints as `PUSH at tcp://127.0.0.1:5555`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSocket {
    socket_type: SocketType,
    bound: Vec<Endpoint>,
    connected: Vec<Endpoint>,
}

impl OpenSocket {
    /// Returns the type of the socket.
    ///
    /// # Examples
    /// ```
    /// # let context = zmq::Context::new()?;
    /// let socket = context.socket(zmq::Push)?;
    /// assert_eq!(context.open_sockets()[0].socket_type(), zmq::SocketType::Push);
    /// # drop(socket);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.socket_type
    }

    /// Returns the endpoints that the socket is bound to.
    ///
    /// # Examples
    /// ```
    /// # let context = zmq::Context::new()?;
    /// let socket = context.socket(zmq::Push)?;
    /// let endpoint = socket.bind("inproc://jobs")?;
    /// assert_eq!(context.open_sockets()[0].bound(), [endpoint]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn bound(&self) -> &[Endpoint] {
        &self.bound
    }

    /// Returns the endpoints that the socket is connected to.
    ///
    /// # Examples
    /// ```
    /// # let context = zmq::Context::new()?;
    /// let socket = context.socket(zmq::Push)?;
    /// let endpoint = socket.connect("inproc://jobs")?;
    /// assert_eq!(context.open_sockets()[0].connected(), [endpoint]);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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
/// No function of libzmq is called while this is locked, because such a call may drop messages whose owners call back.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    book: Mutex<Book>,
    closed: Condvar,
    /// Signals that the context has released names.
    released: Condvar,
}

#[derive(Debug, Default)]
struct Book {
    sockets: BTreeMap<u64, OpenSocket>,
    /// The monitors, each with its receiver, which the crate opened, and its sender, which libzmq opens.
    monitors: BTreeSet<u64>,
    next: u64,
    /// The names that `inproc` connections may wait for. At termination, libzmq needs a socket slot for each and aborts
    /// if there is none, so the context binds them before.
    awaited: BTreeSet<Endpoint>,
    /// The subset of names for which sockets that receive routing IDs may wait, and the names that PAIR sockets are
    /// binding now: libzmq aborts if a PAIR socket rejects such a connection.
    awaited_by_routers: BTreeSet<Endpoint>,
    being_paired: BTreeSet<Endpoint>,
    /// Names that must no longer be bound: a conflating connection waits for the name, and libzmq aborts if that
    /// connection was closed.
    unbindable: BTreeSet<Endpoint>,
    /// The names that binds and connects in progress use, with their number.
    busy: BTreeMap<Endpoint, usize>,
    /// The awaited names of sockets that disconnected or closed, with the deadline until which their messages wait for
    /// a bind.
    orphans: BTreeMap<Endpoint, Deadline>,
    /// The subset that the context itself is binding now.
    taken: BTreeSet<Endpoint>,
    /// The number of times that taken names were given back.
    given_back: usize,
    /// `true` if C code has sockets of the context, whose connections are unknown here.
    has_foreign_sockets: bool,
    /// The time of the last close of a socket.
    last_closed: Option<Instant>,
    /// `true` once the awaited names were bound. Later ones cannot be.
    served: bool,
    /// `true` if some name could not be bound.
    unserved: bool,
    /// The generated paths, with the socket that is bound to each. Paths without a socket belong to sockets that were
    /// passed to C code, and are kept until the context ends.
    #[cfg(unix)]
    made_up: Vec<(Option<u64>, MadeUpPath)>,
}

/// The number of the context's sockets that a monitor takes.
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

    /// Registers a socket, unless `limit` are open, and returns its number.
    pub(crate) fn open(&self, socket_type: SocketType, limit: usize) -> Option<u64> {
        let mut book = self.lock();
        if book.slots() >= limit {
            return None;
        }
        let id = book.number();
        book.sockets.insert(id, OpenSocket { socket_type, bound: Vec::new(), connected: Vec::new() });
        Some(id)
    }

    /// Returns the number of open sockets.
    pub(crate) fn slots(&self) -> usize {
        self.lock().slots()
    }

    /// Registers a monitor, unless this would exceed `limit`, and returns its number.
    pub(crate) fn open_monitor(&self, limit: usize) -> Option<u64> {
        let mut book = self.lock();
        if book.slots() + SLOTS_OF_A_MONITOR > limit {
            return None;
        }
        let id = book.number();
        book.monitors.insert(id);
        Some(id)
    }

    /// Removes the names of a socket that is about to close.
    pub(crate) fn closing(&self, id: u64) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            socket.bound.clear();
            socket.connected.clear();
        }
        #[cfg(unix)]
        self.remove_paths(id, None);
    }

    /// Removes a closed socket or monitor.
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
        // The bind has served all connections that waited for the name.
        book.forget(endpoint);
        if let Some(socket) = book.sockets.get_mut(&id) {
            socket.bound.push(endpoint.clone());
        }
    }

    /// Keeps a generated path while the socket is bound to it.
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

    /// Keeps the paths of a socket until the context ends.
    #[cfg(unix)]
    pub(crate) fn leave_paths(&self, id: u64) {
        for (owner, _) in &mut self.lock().made_up {
            *owner = owner.filter(|owner| *owner != id);
        }
    }

    /// Records a bind in progress, until `not_binding`. Returns the reason if the bind is not possible.
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

    /// Ends the bind that `binding` recorded.
    pub(crate) fn not_binding(&self, endpoint: &Endpoint) {
        let mut book = self.lock();
        book.being_paired.remove(endpoint);
        book.end(endpoint);
    }

    /// Records a connect in progress, until `not_connecting`. Returns the argument for `connected`, or the reason if
    /// the connect is not possible. `cannot_wait` is the reason why the name has to be bound.
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
                return Err("a PAIR or CHANNEL is binding this name, which does not go with a ROUTER or REP");
            }
            book.awaited_by_routers.insert(endpoint.clone());
        }
        book.awaited.insert(endpoint.clone());
        book.begin(endpoint);
        Ok(binder)
    }

    /// Ends the connect that `connecting` recorded.
    pub(crate) fn not_connecting(&self, endpoint: &Endpoint) {
        self.lock().end(endpoint);
    }

    /// Records a connection, and returns `true` if it waits for a bind.
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
                // The name was bound before and after, and therefore during the connect, so nothing waits.
                book.forget(endpoint);
            } else {
                waits = true;
                if book.served {
                    book.unserved = true;
                }
                // A bind that was undone before the connection was established has removed the names.
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

    /// Returns `true` if a connection of this socket may still wait for a bind.
    pub(crate) fn waits(&self, id: u64, endpoint: &Endpoint) -> bool {
        let book = self.lock();
        let connected = |socket: &OpenSocket| socket.connected.contains(endpoint);
        book.awaited.contains(endpoint) && book.sockets.get(&id).is_some_and(connected)
    }

    /// Removes an endpoint that the socket no longer uses.
    pub(crate) fn left(&self, id: u64, endpoint: &Endpoint) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            socket.bound.retain(|bound| bound != endpoint);
            socket.connected.retain(|connected| connected != endpoint);
        }
    }

    /// Returns the names that connections wait for. It is too late for later ones.
    pub(crate) fn serve_awaited(&self) -> BTreeSet<Endpoint> {
        let mut book = self.lock();
        book.served = true;
        mem::take(&mut book.awaited)
    }

    /// Records that an awaited name could not be bound.
    pub(crate) fn not_served(&self) {
        self.lock().unserved = true;
    }

    /// Returns `true` if libzmq may abort when it terminates the context.
    pub(crate) fn may_abort(&self) -> bool {
        self.lock().unserved
    }

    /// Returns `true` if a socket is bound to this name of the `inproc` transport.
    pub(crate) fn is_bound(&self, name: &str) -> bool {
        self.lock().sockets.values().any(|socket| socket.bound.iter().any(|bound| bound.as_str() == name))
    }

    pub(crate) fn sockets(&self) -> Vec<OpenSocket> {
        self.lock().sockets.values().cloned().collect()
    }

    /// Returns the endpoints that a socket is bound or connected to.
    pub(crate) fn endpoints(&self, id: u64) -> Vec<Endpoint> {
        let book = self.lock();
        book.sockets.get(&id).map(|socket| [&socket.bound[..], &socket.connected].concat()).unwrap_or_default()
    }

    pub(crate) fn bound_endpoints(&self, id: u64) -> Vec<Endpoint> {
        self.lock().sockets.get(&id).map(|socket| socket.bound.clone()).unwrap_or_default()
    }

    /// Waits until no socket and no monitor is open. At the deadline, returns the open sockets and the number of open
    /// monitors.
    pub(crate) fn wait_empty(&self, deadline: Deadline) -> (Vec<OpenSocket>, usize) {
        let mut book = self.lock();
        while (!book.sockets.is_empty() || !book.monitors.is_empty()) && !deadline.has_passed() {
            book = self.closed.wait_until(book, deadline);
        }
        (book.sockets.values().cloned().collect(), book.monitors.len())
    }
}
