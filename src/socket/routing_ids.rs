//! Routing IDs: the ID of the socket, and the IDs that it assigns to its peers.

use super::Socket;
use super::kinds::{Ability, HasRoutingId, Kind, NamesPeers};
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::sys;

/// # Routing IDs
impl<K: Kind> Socket<K> {
    /// Sets the routing ID of the socket, by which the peers of later connections identify it: 1 to 255 bytes. Returns
    /// the socket, so that setters chain.
    ///
    /// The ID must be unique among the peers of a ROUTER. Use random bytes such as a UUID. A ROUTER rejects a second
    /// peer with the same ID, and the peer receives no error. A ROUTER with [`set_handover`](Socket::set_handover)
    /// disconnects the first peer instead. With the vendored libzmq, a rejected peer reconnects and is accepted when
    /// the ID is free. With other builds, a ROUTER ignores the rejected peer as long as it stays connected.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the ID has another length, or it has 5 bytes and the first
    ///   byte is zero. A ROUTER generates IDs of this form, and libzmq aborts the process of the ROUTER if two IDs are
    ///   equal.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Dealer)?;
    /// socket.set_routing_id("worker-7")?;
    /// assert_eq!(socket.routing_id()?, b"worker-7");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_ROUTING_ID`.
    #[doc(alias("ZMQ_ROUTING_ID", "ZMQ_IDENTITY", "set_identity", "get_identity"))]
    pub fn set_routing_id(&self, id: impl AsRef<[u8]>) -> Result<&Self>
    where
        K: HasRoutingId,
    {
        self.expect_ability(Ability::HasRoutingId, Operation::SetOption, "routing_id")?;
        self.assign_routing_id(id.as_ref())
    }
}

impl<K: Kind> Socket<K> {
    /// Sets the routing ID of a socket whose type has a routing ID.
    pub(crate) fn assign_routing_id(&self, id: &[u8]) -> Result<&Self> {
        check_routing_id_option(id)?;
        self.set_option(sys::ZMQ_ROUTING_ID, "routing_id", id)
    }
}

impl<K: Kind> Socket<K> {
    /// Connects the socket to a peer, and assigns a routing ID to the peer. The ID follows the rules of
    /// [`set_routing_id`](Socket::set_routing_id).
    ///
    /// A socket can use each ID only once. On a ROUTER, call this before the first bind and the first plain connect.
    /// Later peers may choose the same ID themselves, and then libzmq aborts the process. If you trust the peers not to
    /// do so, use [`connect_as_unchecked`](Self::connect_as_unchecked).
    ///
    /// # Errors
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): the socket has already used the ID.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a ROUTER was already bound or connected without an ID, or
    ///   [`set_immediate`](Self::set_immediate) is on, with which libzmq would assign the ID to another connection.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the ID is invalid.
    /// - all errors of [`connect`](Self::connect).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dealer, Router};
    ///
    /// let context = Context::new()?;
    /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    /// router.connect_as(dealer.bind("inproc://peer")?, "peer")?;
    /// router.send_multipart(["peer", "hello"])?;
    /// assert_eq!(dealer.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_CONNECT_ROUTING_ID`.
    #[doc(alias("ZMQ_CONNECT_ROUTING_ID", "ZMQ_CONNECT_RID"))]
    pub fn connect_as(&self, endpoint: impl AsRef<str>, routing_id: impl AsRef<[u8]>) -> Result<Endpoint>
    where
        K: NamesPeers,
    {
        let (text, id) = (endpoint.as_ref(), routing_id.as_ref());
        // The other IDs of a STREAM socket are generated, in a form that the crate does not accept.
        if self.core.memory.peers_may_choose_ids() && !self.core.socket_type.can(Ability::Streams) {
            let reason = "a peer may have chosen this routing ID itself, and libzmq would abort; call connect_as \
                          before any bind and plain connect";
            return Err(named_error(text, id, Errno::EFSM, reason));
        }
        self.connect_named(text, id)
    }

    /// Connects the socket like [`connect_as`](Self::connect_as), even if a ROUTER was already bound or connected
    /// without an ID.
    ///
    /// # Errors
    /// - [`AddressInUse`](crate::ErrorKind::AddressInUse): the socket has already used the ID. With the feature `draft`,
    ///   also if a connected peer is known to have the ID.
    /// - [`WrongState`](crate::ErrorKind::WrongState): [`set_immediate`](Self::set_immediate) is on.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the ID is invalid.
    /// - all errors of [`connect`](Self::connect).
    ///
    /// # Safety
    /// No other peer of the socket may have this routing ID, or may have had it shortly before. Otherwise libzmq aborts
    /// the process.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dealer, Router};
    ///
    /// let context = Context::new()?;
    /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    /// router.bind("inproc://others")?;
    /// let endpoint = dealer.bind("inproc://peer")?;
    /// // SAFETY: no peer of this program chooses a routing ID.
    /// unsafe { router.connect_as_unchecked(endpoint, "peer")? };
    /// router.send_multipart(["peer", "hello"])?;
    /// assert_eq!(dealer.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_CONNECT_ROUTING_ID`.
    #[doc(alias = "ZMQ_CONNECT_ROUTING_ID")]
    #[allow(unsafe_code)]
    pub unsafe fn connect_as_unchecked(
        &self,
        endpoint: impl AsRef<str>,
        routing_id: impl AsRef<[u8]>,
    ) -> Result<Endpoint>
    where
        K: NamesPeers,
    {
        self.connect_named(endpoint.as_ref(), routing_id.as_ref())
    }

    fn connect_named(&self, text: &str, id: &[u8]) -> Result<Endpoint> {
        let core = &self.core;
        self.expect_ability(Ability::NamesPeers, Operation::Connect, text)?;
        let endpoint = Endpoint::parse_for(Operation::Connect, text)?;
        check_routing_id(id).map_err(|reason| named_error(text, id, Errno::EINVAL, &reason))?;
        if core.memory.was_given(id) {
            let reason = "the socket has or had a peer with this routing ID";
            return Err(named_error(text, id, Errno::EADDRINUSE, reason));
        }
        // This is no proof, because libzmq accepts further peers until the connection has its ID.
        #[cfg(feature = "draft")]
        if core.socket_type.can(Ability::Routes) && self.find_peer(id).is_ok_and(|peer| peer.is_some()) {
            return Err(named_error(text, id, Errno::EADDRINUSE, "a peer of the socket has chosen this routing ID"));
        }
        if endpoint.transport() != "inproc" && self.immediate()? {
            let reason = "libzmq does not assign routing IDs while immediate is on; call set_immediate(false) first";
            return Err(named_error(text, id, Errno::EFSM, reason));
        }
        self.set_option(sys::ZMQ_CONNECT_ROUTING_ID, "connect_routing_id", id)?;
        core.memory.set_pending_peer_id(true);
        let connected = core.connect_raw(text);
        if !core.memory.has_pending_peer_id() {
            core.memory.note_given(id);
        }
        connected
    }
}

fn named_error(endpoint: &str, id: &[u8], errno: Errno, reason: &str) -> Error {
    Error::on(Operation::Connect, endpoint, errno).because(format!("as {}: {reason}", show(id)))
}

/// Returns an error if no socket can have this routing ID.
pub(crate) fn check_routing_id_option(id: &[u8]) -> Result<()> {
    let invalid = |reason| Error::invalid(Operation::SetOption, "routing_id", reason).with_value(show(id));
    check_routing_id(id).map_err(invalid)
}

fn check_routing_id(id: &[u8]) -> Result<(), String> {
    match id {
        [] => Err("a routing ID has at least one byte".to_owned()),
        // This applies to all versions of libzmq, because the peer may use another version.
        [0, _, _, _, _] => Err("routing IDs of 5 bytes with a leading zero are reserved for libzmq".to_owned()),
        _ if id.len() > 255 => Err(format!("it has {} bytes, at most 255 are possible", id.len())),
        _ => Ok(()),
    }
}

fn show(id: &[u8]) -> String {
    format!("\"{}\"", id.escape_ascii())
}
