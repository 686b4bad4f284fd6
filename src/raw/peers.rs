//! The peers of a socket.

use std::ffi::c_int;

use super::socket::RawSocket;
use super::sys;
use crate::error::Failure;

impl RawSocket {
    /// Returns the events that the peer with this routing ID is ready for.
    pub(crate) fn peer_state(&self, routing_id: &[u8]) -> Result<c_int, Failure> {
        let id = routing_id.as_ptr().cast();
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; the ID outlives the call, which reads at most its length.
        self.call_through(|socket| unsafe { sys::zmq_socket_get_peer_state(socket, id, routing_id.len()) })
    }
}
