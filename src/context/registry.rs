//! What a context knows of its open sockets, and of the `inproc` connections that wait for a bind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::endpoint::Endpoint;
use crate::socket::kinds::SocketType;

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
}

#[derive(Debug, Default)]
struct Book {
    sockets: BTreeMap<u64, OpenSocket>,
    next: u64,
    /// The names that `inproc` connections may wait for. libzmq needs a socket slot for each when it terminates and
    /// aborts where it finds none, so that the context serves them itself before.
    awaited: BTreeSet<Endpoint>,
    /// Whether the awaited names were served: what is awaited afterwards cannot be.
    served: bool,
    /// Whether some name was not served.
    unserved: bool,
}

impl Book {
    fn binder(&self, endpoint: &Endpoint) -> Option<u64> {
        self.sockets.iter().find(|(_, socket)| socket.bound.contains(endpoint)).map(|(id, _)| *id)
    }
}

impl Registry {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a socket, unless `limit` are open, and returns its number.
    pub(crate) fn open(&self, socket_type: SocketType, limit: usize) -> Option<u64> {
        let mut book = self.lock();
        if book.sockets.len() >= limit {
            return None;
        }
        let id = book.next;
        book.next += 1;
        book.sockets.insert(id, OpenSocket { socket_type, bound: Vec::new(), connected: Vec::new() });
        Some(id)
    }

    /// Forgets the names of a socket that is about to close.
    pub(crate) fn closing(&self, id: u64) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            socket.bound.clear();
            socket.connected.clear();
        }
    }

    /// Forgets a socket that is closed.
    pub(crate) fn closed(&self, id: u64) {
        self.lock().sockets.remove(&id);
        self.closed.notify_all();
    }

    pub(crate) fn bound(&self, id: u64, endpoint: &Endpoint) {
        let mut book = self.lock();
        // The bind served whoever waited for the name.
        book.awaited.remove(endpoint);
        if let Some(socket) = book.sockets.get_mut(&id) {
            socket.bound.push(endpoint.clone());
        }
    }

    /// Notes a connection that is about to be made, and returns what `connected` has to be told.
    pub(crate) fn connecting(&self, endpoint: &Endpoint) -> Option<u64> {
        if endpoint.transport() != "inproc" {
            return None;
        }
        let mut book = self.lock();
        book.awaited.insert(endpoint.clone());
        book.binder(endpoint)
    }

    pub(crate) fn connected(&self, id: u64, endpoint: &Endpoint, binder: Option<u64>) {
        let mut book = self.lock();
        if endpoint.transport() == "inproc" {
            if binder.is_some() && book.binder(endpoint) == binder {
                // It was bound before and after, and so while the connection was made: nothing waits.
                book.awaited.remove(endpoint);
            } else if book.served {
                book.unserved = true;
            }
        }
        if let Some(socket) = book.sockets.get_mut(&id) {
            if !socket.connected.contains(endpoint) {
                socket.connected.push(endpoint.clone());
            }
        }
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

    pub(crate) fn sockets(&self) -> Vec<OpenSocket> {
        self.lock().sockets.values().cloned().collect()
    }

    /// Waits until no socket is open, and returns those that are at the deadline.
    pub(crate) fn wait_empty(&self, deadline: Option<Instant>) -> Vec<OpenSocket> {
        let mut book = self.lock();
        while !book.sockets.is_empty() {
            book = match deadline {
                None => self.closed.wait(book).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    self.closed.wait_timeout(book, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        book.sockets.values().cloned().collect()
    }
}
