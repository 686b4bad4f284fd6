//! The names of the `inproc` transport that dropped sockets waited for.
//!
//! libzmq keeps such a socket, with its slot and its descriptor, until the name is bound or the context ends. The
//! context therefore binds the name itself for a moment, unless a socket or messages still wait for the name.

use std::sync::MutexGuard;
use std::time::Instant;

use super::{Book, Registry};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;

impl Book {
    /// Removes a name that was bound, so that no connection waits for it.
    pub(super) fn forget(&mut self, endpoint: &Endpoint) {
        self.awaited.remove(endpoint);
        self.awaited_by_routers.remove(endpoint);
        self.orphans.remove(endpoint);
    }

    /// Records a bind or a connect in progress for this name.
    pub(super) fn begin(&mut self, endpoint: &Endpoint) {
        if endpoint.transport() == "inproc" {
            *self.busy.entry(endpoint.clone()).or_default() += 1;
        }
    }

    pub(super) fn end(&mut self, endpoint: &Endpoint) {
        if let Some(count) = self.busy.get_mut(endpoint) {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(endpoint);
            }
        }
    }

    /// Returns `true` if nothing is lost when the name is bound and unbound again.
    fn is_free(&self, endpoint: &Endpoint) -> bool {
        let has_it = |names: &[Endpoint]| names.contains(endpoint);
        !self.busy.contains_key(endpoint)
            && !self.unbindable.contains(endpoint)
            && !self.sockets.values().any(|socket| has_it(&socket.bound) || has_it(&socket.connected))
    }
}

impl Registry {
    /// Waits until the context itself has released the name, and locks the book.
    pub(super) fn lock_name(&self, endpoint: &Endpoint) -> MutexGuard<'_, Book> {
        let mut book = self.lock();
        while book.taken.contains(endpoint) {
            book = self.released.wait(book);
        }
        book
    }

    /// Records that C code has sockets of the context.
    pub(crate) fn admit_foreign_sockets(&self) {
        self.lock().has_foreign_sockets = true;
    }

    /// Returns the time of the last close of a socket.
    pub(crate) fn last_closed(&self) -> Option<Instant> {
        self.lock().last_closed
    }

    /// Returns the names that a socket may still wait for.
    pub(crate) fn waited_for(&self, id: u64) -> Vec<Endpoint> {
        let book = self.lock();
        let connected = book.sockets.get(&id).map(|socket| &socket.connected[..]).unwrap_or_default();
        connected.iter().filter(|endpoint| book.awaited.contains(*endpoint)).cloned().collect()
    }

    /// Records that a socket is about to leave these names, and the deadline until which its messages wait for a bind.
    pub(crate) fn orphan(&self, names: Vec<Endpoint>, until: Deadline) {
        let mut book = self.lock();
        for name in names {
            let latest = book.orphans.get(&name).map_or(until, |known| until.max(*known));
            book.orphans.insert(name, latest);
        }
    }

    /// Takes the names whose waits are over, until `give_back`.
    pub(crate) fn take_orphans(&self) -> Vec<Endpoint> {
        let mut book = self.lock();
        if book.orphans.is_empty() || book.served || book.has_foreign_sockets {
            return Vec::new();
        }
        let over = book.orphans.iter().filter(|(_, until)| until.has_passed());
        let names: Vec<_> = over.map(|(name, _)| name).filter(|name| book.is_free(name)).cloned().collect();
        for name in &names {
            book.orphans.remove(name);
            book.taken.insert(name.clone());
        }
        names
    }

    /// Gives taken names back, which were bound or have to wait for the next attempt. Returns the number of calls so
    /// far.
    pub(crate) fn give_back(&self, names: Vec<Endpoint>, served: bool) -> usize {
        let mut book = self.lock();
        book.given_back += 1;
        let count = book.given_back;
        for name in names {
            book.taken.remove(&name);
            if served {
                book.forget(&name);
            } else {
                book.orphans.insert(name, Deadline::now());
            }
        }
        drop(book);
        self.released.notify_all();
        count
    }
}
