//! Binding and connecting.

use std::ffi::CStr;

use super::socket::RawSocket;
use super::sys;
use crate::error::Failure;

impl RawSocket {
    pub(crate) fn bind(&self, endpoint: &CStr) -> Result<(), Failure> {
        self.bind_with_reason(|| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
            self.call_through(|socket| unsafe { sys::zmq_bind(socket, endpoint.as_ptr()) }).map(drop)
        })?;
        #[cfg(feature = "draft")]
        self.attached();
        Ok(())
    }

    pub(crate) fn connect(&self, endpoint: &CStr) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_connect(socket, endpoint.as_ptr()) })?;
        #[cfg(feature = "draft")]
        self.attached();
        Ok(())
    }

    /// Connects a PEER socket, and returns libzmq's number of the peer.
    #[cfg(feature = "draft")]
    pub(crate) fn connect_peer(&self, endpoint: &CStr) -> Result<u32, Failure> {
        let mut id = 0;
        self.call_through(|socket| {
            // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
            id = unsafe { sys::zmq_connect_peer(socket, endpoint.as_ptr()) };
            // A failure is 0.
            if id == 0 { -1 } else { 0 }
        })?;
        self.attached();
        Ok(id)
    }

    pub(crate) fn unbind(&self, endpoint: &CStr) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_unbind(socket, endpoint.as_ptr()) }).map(drop)
    }

    pub(crate) fn disconnect(&self, endpoint: &CStr) -> Result<(), Failure> {
        // SAFETY: HANDLE, ONE THREAD, NOT REENTERED; `endpoint` is NUL-terminated and outlives the call.
        self.call_through(|socket| unsafe { sys::zmq_disconnect(socket, endpoint.as_ptr()) }).map(drop)
    }
}
