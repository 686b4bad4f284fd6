//! The memory of a socket: facts that libzmq does not report, and limits on later calls.
//!
//! Only cold calls use the memory: binds, connects, options, and the streams of STREAM sockets. No lock outlives a
//! method, and no code of the program runs within a method. State that sends need for every message is in [`Outgoing`](super::outgoing::Outgoing) or in the gate
//! of the socket.

use std::collections::HashSet;
use std::sync::{Arc, MutexGuard};

use super::connections::{Connections, StreamEvent};
#[cfg(feature = "draft")]
use crate::endpoint::Endpoint;
use crate::lock::Mutex;
use crate::multipart::Multipart;
use crate::raw::Life;

/// The memory of a socket.
#[derive(Debug)]
pub(super) struct Memory {
    remembered: Mutex<Remembered>,
    attaching: Mutex<()>,
    life: Arc<Life>,
}

#[derive(Debug, Default)]
struct Remembered {
    attached: bool,
    peers_may_choose_ids: bool,
    pending_peer_id: bool,
    given_ids: HashSet<Box<[u8]>>,
    zap_optional: bool,
    welcome_message: Option<Box<[u8]>>,
    connections: Connections,
    #[cfg(feature = "draft")]
    udp: UdpEndpoints,
    #[cfg(feature = "draft")]
    greets: bool,
    #[cfg(feature = "draft")]
    properties: HashSet<Box<str>>,
}

/// The UDP endpoints of a socket.
#[cfg(feature = "draft")]
#[derive(Debug, Default)]
struct UdpEndpoints {
    present: Vec<Endpoint>,
    /// `true` if there was one at some time.
    had_one: bool,
}

impl Memory {
    /// Creates the memory of a socket whose context has this life.
    pub(super) fn new(life: Arc<Life>) -> Self {
        Self { remembered: Mutex::default(), attaching: Mutex::default(), life }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Remembered) -> T) -> T {
        // In a forked child, a thread that does not exist there may hold the lock. The socket is unusable.
        if self.life.is_forked() {
            return look(&mut Remembered::default());
        }
        look(&mut self.remembered.lock())
    }

    /// Returns the lock under which the threads that use a shared socket bind and connect it.
    pub(super) fn attaching(&self) -> MutexGuard<'_, ()> {
        self.attaching.lock()
    }

    /// Returns `true` if the socket was bound or connected.
    pub(super) fn is_attached(&self) -> bool {
        self.with(|remembered| remembered.attached)
    }

    pub(super) fn attach(&self) {
        self.with(|remembered| remembered.attached = true);
    }

    /// Returns `true` if some peers may have chosen their own routing IDs.
    pub(super) fn peers_may_choose_ids(&self) -> bool {
        self.with(|remembered| remembered.peers_may_choose_ids)
    }

    pub(super) fn let_peers_choose_ids(&self) {
        self.with(|remembered| remembered.peers_may_choose_ids = true);
    }

    /// Returns `true` if libzmq holds a routing ID for the next connection.
    pub(super) fn has_pending_peer_id(&self) -> bool {
        self.with(|remembered| remembered.pending_peer_id)
    }

    pub(super) fn set_pending_peer_id(&self, pending: bool) {
        self.with(|remembered| remembered.pending_peer_id = pending);
    }

    /// Returns `true` if this routing ID was assigned to a peer.
    pub(super) fn was_given(&self, id: &[u8]) -> bool {
        self.with(|remembered| remembered.given_ids.contains(id))
    }

    pub(super) fn note_given(&self, id: &[u8]) {
        self.with(|remembered| remembered.given_ids.insert(id.into()));
    }

    /// Returns `true` if the socket may bind and connect without the authenticator that its options require.
    pub(super) fn is_zap_optional(&self) -> bool {
        self.with(|remembered| remembered.zap_optional)
    }

    pub(super) fn set_zap_optional(&self, optional: bool) {
        self.with(|remembered| remembered.zap_optional = optional);
    }

    /// Returns the welcome message of an XPUB socket, which cannot be read from libzmq.
    pub(super) fn welcome_message(&self) -> Option<Box<[u8]>> {
        self.with(|remembered| remembered.welcome_message.clone())
    }

    /// Sets the welcome message. An empty message means none.
    pub(super) fn set_welcome_message(&self, message: &[u8]) {
        self.with(|remembered| remembered.welcome_message = (!message.is_empty()).then(|| message.into()));
    }

    /// Interprets a message that a STREAM socket received.
    pub(super) fn read_stream(&self, received: Multipart) -> StreamEvent {
        self.with(|remembered| remembered.connections.read(received))
    }

    /// Notes that this end closed a connection of a STREAM socket.
    pub(super) fn close_stream(&self, peer: &[u8]) {
        self.with(|remembered| remembered.connections.close(peer));
    }
}

/// The memory of options of the draft API.
#[cfg(feature = "draft")]
impl Memory {
    /// Returns `true` if the socket greets its peers with a message.
    pub(super) fn greets(&self) -> bool {
        self.with(|remembered| remembered.greets)
    }

    pub(super) fn set_greets(&self, greets: bool) {
        self.with(|remembered| remembered.greets = greets);
    }

    /// Notes the key of a property. Returns `false` if it was noted before.
    pub(super) fn note_property(&self, key: &str) -> bool {
        self.with(|remembered| remembered.properties.insert(key.into()))
    }

    pub(super) fn forget_property(&self, key: &str) {
        self.with(|remembered| remembered.properties.remove(key));
    }
}

/// UDP endpoints.
#[cfg(feature = "draft")]
impl Memory {
    pub(super) fn add_udp_endpoint(&self, endpoint: &Endpoint) {
        self.with(|remembered| {
            remembered.udp.had_one = true;
            remembered.udp.present.push(endpoint.clone());
        });
    }

    /// Returns `true` if the socket had the endpoint, and has no UDP endpoint left.
    pub(super) fn remove_udp_endpoint(&self, endpoint: &Endpoint) -> bool {
        self.with(|Remembered { udp, .. }| {
            let count = udp.present.len();
            // libzmq ends all connections to an endpoint at once.
            udp.present.retain(|present| present != endpoint);
            udp.present.len() < count && udp.present.is_empty()
        })
    }

    pub(super) fn has_udp_endpoint(&self) -> bool {
        self.with(|remembered| !remembered.udp.present.is_empty())
    }

    /// Returns `true` if the socket has or had a UDP endpoint.
    pub(super) fn had_udp_endpoint(&self) -> bool {
        self.with(|remembered| remembered.udp.had_one)
    }
}
