//! Routing ids: the socket's own, and those that it gives its peers.

use super::Socket;
use super::kinds::{Ability, HasRoutingId, Kind, NamesPeers};
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::sys;

/// # Routing IDs
impl<K: Kind> Socket<K> {
    /// Sets the routing id under which the peers of later connections know the socket: 1 to 255 bytes. Returns the socket,
    /// so that setters chain.
    ///
    /// The id has to be unique among the peers of a ROUTER, and random bytes are: a UUID, for example. A second peer with
    /// the same id is turned away without an error on its side, unless the ROUTER has
    /// [`set_handover`](Socket::set_handover) on: the first is disconnected then. A ROUTER of the vendored libzmq
    /// disconnects the second peer, which connects again and gets in once the id is free; a ROUTER of another libzmq
    /// ignores that peer for as long as it stays connected.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the id has another length, or it has 5 bytes and the first is
    ///   zero. A ROUTER makes up ids of that form itself, and libzmq aborts the ROUTER's process where two are the same.
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
    /// Sets the routing id of a socket whose type has one.
    pub(crate) fn assign_routing_id(&self, id: &[u8]) -> Result<&Self> {
        check_routing_id_option(id)?;
        self.set_option(sys::ZMQ_ROUTING_ID, "routing_id", id)
    }
}

impl<K: Kind> Socket<K> {
    /// Connects, and chooses the routing id under which the socket knows the peer: 1 to 255 bytes, as
    /// [`set_routing_id`](Socket::set_routing_id) takes them.
    ///
    /// Each id can be used once in the life of a socket. On a ROUTER it has to come before the first bind and the first
    /// plain connect: peers of those may choose the id themselves, and libzmq aborts the process where one has it, or
    /// had it and is not quite gone. [`connect_as_unchecked`](Self::connect_as_unchecked) is for peers that are trusted
    /// with that.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), [`AddressInUse`](crate::ErrorKind::AddressInUse) for an id that was used,
    /// and [`WrongState`](crate::ErrorKind::WrongState) on a ROUTER that was bound or connected otherwise, and while
    /// [`set_immediate`](Self::set_immediate) is on, with which libzmq gives the id to another connection.
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
        // A STREAM socket makes the other ids up itself, in a form that is refused here.
        if self.core.memory.peers_may_choose_ids() && !self.core.socket_type.can(Ability::Streams) {
            let reason = "a peer may have chosen this routing id itself, on which libzmq aborts: connect_as comes \
                          before any bind and plain connect";
            return Err(named_error(text, id, Errno::EFSM, reason));
        }
        self.connect_named(text, id)
    }

    /// Connects as [`connect_as`](Self::connect_as) does, also on a ROUTER that was bound or connected otherwise.
    ///
    /// # Errors
    /// Those of [`connect_as`](Self::connect_as) but for that.
    ///
    /// # Safety
    /// No peer has chosen this routing id itself, nor had it until just now: libzmq aborts the process then.
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
            let reason = "the socket has, or had, a peer of this routing id";
            return Err(named_error(text, id, Errno::EADDRINUSE, reason));
        }
        if endpoint.transport() != "inproc" && self.immediate()? {
            let reason = "libzmq names no connection while immediate is on: set it off first";
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

/// Refuses what no socket can have as its routing id.
pub(crate) fn check_routing_id_option(id: &[u8]) -> Result<()> {
    let invalid = |reason| Error::invalid(Operation::SetOption, "routing_id", reason).with_value(show(id));
    check_routing_id(id).map_err(invalid)
}

fn check_routing_id(id: &[u8]) -> Result<(), String> {
    match id {
        [] => Err("a routing id has at least one byte".to_owned()),
        // Whatever the libzmq here does, the peer's may be another.
        [0, _, _, _, _] => Err("libzmq makes up routing ids of 5 bytes with a zero at the front itself".to_owned()),
        _ if id.len() > 255 => Err(format!("it has {} bytes, at most 255 are possible", id.len())),
        _ => Ok(()),
    }
}

fn show(id: &[u8]) -> String {
    format!("\"{}\"", id.escape_ascii())
}
