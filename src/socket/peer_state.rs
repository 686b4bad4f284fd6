//! The state of the peers of ROUTER sockets.

use super::Socket;
use super::kinds::{Ability, Kind, Routes};
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::sys;

/// The state of a connected peer of a ROUTER socket. See [`Socket::peer_state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerState {
    /// The queue to the peer has room for a message.
    Writable,
    /// The queue to the peer has reached its high-water mark.
    Full,
}

/// # State of peers
impl<K: Kind> Socket<K> {
    /// Returns the state of the peer with this routing ID, or `None` if no such peer is connected.
    ///
    /// The call first processes the connections and disconnections that libzmq has reported to the socket. The state
    /// may change immediately afterwards, so a send can still fail or block. ROUTER sockets only.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket is not a ROUTER, which can only happen with
    ///   `Socket<Any>`.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Dealer, Router};
    /// use zmq::socket::PeerState;
    ///
    /// let context = Context::new()?;
    /// let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    /// let endpoint = router.set_send_hwm(1)?.bind("inproc://peer-state")?;
    /// assert_eq!(router.peer_state("worker")?, None);
    ///
    /// dealer.set_recv_hwm(1)?.set_routing_id("worker")?.connect(&endpoint)?;
    /// assert_eq!(router.peer_state("worker")?, Some(PeerState::Writable));
    /// // The queue of an inproc connection has room for the messages of both ends.
    /// router.send_multipart(["worker", "one"])?;
    /// router.send_multipart(["worker", "two"])?;
    /// assert_eq!(router.peer_state("worker")?, Some(PeerState::Full));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_socket_get_peer_state`.
    #[doc(alias = "zmq_socket_get_peer_state")]
    pub fn peer_state(&self, routing_id: impl AsRef<[u8]>) -> Result<Option<PeerState>>
    where
        K: Routes,
    {
        self.expect_ability(Ability::Routes, Operation::GetOption, "peer_state")?;
        let found = self.find_peer(routing_id.as_ref());
        found.map_err(|failure| Error::on(Operation::GetOption, "peer_state", failure))
    }

    /// Returns the state of a peer of a ROUTER.
    pub(super) fn find_peer(&self, routing_id: &[u8]) -> Result<Option<PeerState>, Failure> {
        // A read of the events makes libzmq process commands.
        self.core.raw.get_int(sys::ZMQ_EVENTS)?;
        match self.core.raw.peer_state(routing_id) {
            Ok(events) if events & sys::ZMQ_POLLOUT == 0 => Ok(Some(PeerState::Full)),
            Ok(_) => Ok(Some(PeerState::Writable)),
            Err(Failure::Errno(Errno::EHOSTUNREACH)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
