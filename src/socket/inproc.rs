//! What libzmq aborts on where it connects sockets within the process.

use std::ffi::CStr;

use super::Core;
use crate::context::takes_routing_ids;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::raw::{RawSocket, Value};
use crate::{raw, sys};

impl Core {
    /// Binds, unless libzmq would abort on what waits for the name.
    pub(super) fn bind_checked(&self, endpoint: &Endpoint) -> Result<()> {
        let registry = self.entry.registry();
        let refused = |reason: &str| Error::on(Operation::Bind, endpoint, Errno::EFSM).because(reason);
        self.check_path(endpoint)?;
        registry.binding(self.socket_type, endpoint).map_err(refused)?;
        if !matches!(endpoint.transport(), "inproc" | "ipc") {
            // libzmq looks for the host among the names of the interfaces, for which it aborts without a descriptor.
            raw::expect_descriptors(1).map_err(|errno| Error::on(Operation::Bind, endpoint, errno))?;
        }
        let bound = self.bind_without_welcome(endpoint);
        registry.not_binding(endpoint);
        bound.map_err(|errno| Error::on(Operation::Bind, endpoint, errno))
    }

    /// Binds, without the welcome message for those who waited for the name: libzmq aborts where one of them is gone.
    fn bind_without_welcome(&self, endpoint: &Endpoint) -> Result<(), Errno> {
        let welcome = self.welcome.borrow().clone();
        match welcome {
            Some(welcome) if endpoint.transport() == "inproc" => {
                self.raw.set(sys::ZMQ_XPUB_WELCOME_MSG, &Value::Bytes((&[][..]).into()))?;
                let bound = self.raw.bind(endpoint.as_c_str());
                let restored = self.raw.set(sys::ZMQ_XPUB_WELCOME_MSG, &Value::Bytes((&*welcome).into()));
                bound.and(restored)
            }
            _ => self.raw.bind(endpoint.as_c_str()),
        }
    }

    /// Leaves an endpoint, unless a connection to it waits that libzmq would send a routing id when the name is bound.
    pub(super) fn leave(
        &self,
        operation: Operation,
        text: &str,
        leave: fn(&RawSocket, &CStr) -> Result<(), Errno>,
    ) -> Result<()> {
        let endpoint = Endpoint::parse_for(operation, text)?;
        let registry = self.entry.registry();
        if takes_routing_ids(self.socket_type) && registry.waits(self.entry.id(), &endpoint) {
            let error = Error::on(operation, &endpoint, Errno::EFSM);
            return Err(error.because(
                "the connection waits for a bind, at which libzmq would abort: drop the socket, or leave after the bind",
            ));
        }
        self.raw.keep_rest().map_err(|errno| Error::on(operation, &endpoint, errno))?;
        // Before libzmq does: as long as the name stands there it is bound.
        registry.left(self.entry.id(), &endpoint);
        leave(&self.raw, endpoint.as_c_str()).map_err(|errno| Error::on(operation, &endpoint, errno))
    }
}
