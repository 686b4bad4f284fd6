//! Owners of bytes that act when libzmq drops them: some use sockets or the context.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use zmq::{Context, Message, Pair, Push, Result, Socket};

use crate::common::random::Random;

/// The shared state of the owners of a history.
#[derive(Clone)]
pub(crate) struct Owners {
    made: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    context: Context,
    /// A socket that owners on all threads use.
    shared: Arc<Mutex<Option<Socket<Pair>>>>,
}

struct Owner {
    bytes: Vec<u8>,
    deed: usize,
    /// The shared state.
    owners: Owners,
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let Owners { context, shared, .. } = &self.owners;
        match self.deed {
            0 => drop(context.socket(Push)),
            1 => drop(context.socket(Pair).and_then(|socket| socket.bind("inproc://an-owner"))),
            2 | 3 => {
                // Skipped if this thread has locked the socket, because an action of one owner may drop another.
                if let Ok(socket) = shared.try_lock() {
                    if let Some(socket) = &*socket {
                        let _ = socket.try_send("from an owner");
                        let _ = socket.try_recv();
                    }
                }
            }
            4 => drop(context.open_sockets()),
            _ => {}
        }
        self.owners.dropped.fetch_add(1, Ordering::AcqRel);
    }
}

impl Owners {
    pub(crate) fn new(context: &Context) -> Result<Self> {
        let shared = context.socket(Pair)?;
        shared.bind("inproc://the-socket-of-the-owners")?;
        Ok(Self {
            made: Arc::default(),
            dropped: Arc::default(),
            context: context.clone(),
            shared: Arc::new(Mutex::new(Some(shared))),
        })
    }

    pub(crate) fn message(&self, bytes: Vec<u8>, random: &mut Random) -> Message {
        self.made.fetch_add(1, Ordering::AcqRel);
        Message::from_owner(Owner { bytes, deed: random.below(8), owners: self.clone() })
    }

    /// Closes the shared socket and drops this handle. Returns the counters of created and dropped owners.
    pub(crate) fn end(self) -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
        let socket = self.shared.lock().ok().and_then(|mut shared| shared.take());
        drop(socket);
        (Arc::clone(&self.made), Arc::clone(&self.dropped))
    }
}
