//! What libzmq aborts on where it connects sockets within the process.

use std::ffi::CStr;
use std::time::Duration;

use super::Core;
use super::core::attach_error;
use super::kinds::{Ability, Fact};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{FromOption, Gate, RawSocket, Value};
use crate::{raw, sys};

impl<G: Gate> Core<G> {
    /// Binds, unless libzmq would abort on what waits for the name.
    pub(super) fn bind_checked(&self, endpoint: &Endpoint) -> Result<()> {
        let registry = self.entry.registry();
        let refused = |reason: &str| Error::on(Operation::Bind, endpoint.as_str(), Errno::EFSM).because(reason);
        self.check_path(endpoint)?;
        registry.binding(self.socket_type, endpoint).map_err(refused)?;
        if !matches!(endpoint.transport(), "inproc" | "ipc") {
            // libzmq looks for the host among the names of the interfaces, for which it aborts without a descriptor.
            raw::expect_descriptors(1).map_err(|errno| Error::on(Operation::Bind, endpoint.as_str(), errno))?;
        }
        let bound = self.bind_without_welcome(endpoint);
        registry.not_binding(endpoint);
        bound.map_err(|errno| attach_error(Operation::Bind, endpoint, errno))
    }

    /// Binds, without the welcome message for those who waited for the name: libzmq aborts where one of them is gone.
    fn bind_without_welcome(&self, endpoint: &Endpoint) -> Result<(), Failure> {
        let welcome = self.memory.welcome_message();
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
        leave: fn(&RawSocket<G>, &CStr) -> Result<(), Failure>,
    ) -> Result<()> {
        let endpoint = Endpoint::parse_for(operation, text)?;
        let registry = self.entry.registry();
        if self.socket_type.has(Fact::TakesRoutingIds) && registry.waits(self.entry.id(), &endpoint) {
            let error = Error::on(operation, endpoint.as_str(), Errno::EFSM);
            return Err(error.because(
                "the connection waits for a bind, at which libzmq would abort: drop the socket, or leave after the bind",
            ));
        }
        self.raw.keep_rest().map_err(|errno| Error::on(operation, endpoint.as_str(), errno))?;
        if registry.waits(self.entry.id(), &endpoint) {
            registry.orphan(vec![endpoint.clone()], self.keeps_until());
        }
        // Before libzmq does: as long as the name stands there it is bound.
        registry.left(self.entry.id(), &endpoint);
        leave(&self.raw, endpoint.as_c_str()).map_err(|errno| Error::on(operation, endpoint.as_str(), errno))?;
        #[cfg(unix)]
        if operation == Operation::Unbind {
            registry.remove_paths(self.entry.id(), Some(&endpoint));
        }
        Ok(())
    }

    /// Has the first message noted that is sent while a connection waits for a bind.
    pub(super) fn await_bind(&self) {
        if self.socket_type.can(Ability::Sends) {
            self.raw.note_next_send();
        }
    }

    /// Leaves the names that the socket waits for to the context, which frees what they hold.
    pub(super) fn orphan_names(&self) {
        let registry = self.entry.registry();
        let names = registry.waited_for(self.entry.id());
        if !names.is_empty() {
            // C code goes on with a socket that was given up.
            let until = if self.raw.is_released() { Deadline::NEVER } else { self.keeps_until() };
            registry.orphan(names, until);
        }
    }

    /// Returns the end of the time for which messages may wait for a bind after the socket is closed.
    fn keeps_until(&self) -> Deadline {
        if !self.socket_type.can(Ability::Sends) || self.raw.has_sent_nothing() {
            return Deadline::now();
        }
        // After a shutdown nothing is read, and nothing waits.
        Deadline::after(Option::<Duration>::read(&self.raw, sys::ZMQ_LINGER).unwrap_or(Some(Duration::ZERO)))
    }
}
