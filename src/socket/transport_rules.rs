//! Rules for binds, and for connections over inproc, that prevent libzmq from aborting.

use std::ffi::CStr;
use std::time::Duration;

use super::Core;
use super::core::attach_error;
use super::kinds::{Ability, Fact};
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{FromOption, RawSocket, Value};
use crate::{raw, sys};

impl Core {
    /// Binds the socket, unless libzmq would abort because of a connection that waits for the name.
    pub(super) fn bind_checked(&self, endpoint: &Endpoint) -> Result<()> {
        let registry = self.entry.registry();
        let refused = |reason: &str| Error::on(Operation::Bind, endpoint.as_str(), Errno::EFSM).because(reason);
        #[cfg(feature = "draft")]
        if self.memory.greets() && endpoint.transport() == "inproc" && !raw::carries("inproc-names") {
            return Err(refused(
                "this libzmq would abort if a socket that the hello message goes to was closed; bind it without one",
            ));
        }
        self.check_path(endpoint)?;
        registry.binding(self.socket_type, endpoint).map_err(refused)?;
        if !matches!(endpoint.transport(), "inproc" | "ipc") {
            // libzmq compares the host with the names of the interfaces, and aborts if it cannot open a descriptor for
            // that.
            raw::expect_descriptors(1).map_err(|errno| Error::on(Operation::Bind, endpoint.as_str(), errno))?;
        }
        let bound = self.bind_without_welcome(endpoint);
        registry.not_binding(endpoint);
        bound.map_err(|errno| attach_error(Operation::Bind, endpoint, errno))
    }

    /// Binds the socket without a welcome message for the connections that wait for the name, because libzmq aborts if
    /// one of them was closed.
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

    /// Unbinds or disconnects an endpoint. Returns an error if a connection waits to which libzmq would send a routing
    /// ID when the name is bound.
    pub(super) fn leave(
        &self,
        operation: Operation,
        text: &str,
        leave: fn(&RawSocket, &CStr) -> Result<(), Failure>,
    ) -> Result<()> {
        let endpoint = Endpoint::parse_for(operation, text)?;
        let _attaching = self.attaching(operation, text)?;
        let registry = self.entry.registry();
        if self.socket_type.has(Fact::TakesRoutingIds) && registry.waits(self.entry.id(), &endpoint) {
            let error = Error::on(operation, endpoint.as_str(), Errno::EFSM);
            return Err(error.because(
                "the connection waits for a bind, at which libzmq would abort; drop the socket, or disconnect \
                 after the bind",
            ));
        }
        #[cfg(feature = "draft")]
        self.check_unbind_udp(operation, &endpoint)?;
        self.raw.keep_rest().map_err(|errno| Error::on(operation, endpoint.as_str(), errno))?;
        if registry.waits(self.entry.id(), &endpoint) {
            registry.orphan(vec![endpoint.clone()], self.keeps_until());
        }
        // Remove the name before libzmq does, because a registered name counts as bound.
        registry.left(self.entry.id(), &endpoint);
        leave(&self.raw, endpoint.as_c_str()).map_err(|errno| Error::on(operation, endpoint.as_str(), errno))?;
        #[cfg(feature = "draft")]
        self.left_udp(&endpoint);
        #[cfg(unix)]
        if operation == Operation::Unbind {
            registry.remove_paths(self.entry.id(), Some(&endpoint));
        }
        Ok(())
    }

    /// Notes the next send, because messages may then be queued in a connection that waits for a bind.
    pub(super) fn await_bind(&self) {
        if self.socket_type.can(Ability::Sends) {
            self.raw.note_next_send();
        }
    }

    /// Passes the names that the socket waits for to the context, which frees the waiting connections.
    pub(super) fn orphan_names(&self) {
        let registry = self.entry.registry();
        let names = registry.waited_for(self.entry.id());
        if !names.is_empty() {
            // C code continues to use a released socket.
            let until = if self.raw.is_released() { Deadline::NEVER } else { self.keeps_until() };
            registry.orphan(names, until);
        }
    }

    /// Returns the time until which messages of the closed socket may wait for a bind.
    fn keeps_until(&self) -> Deadline {
        if !self.socket_type.can(Ability::Sends) || self.raw.has_sent_nothing() {
            return Deadline::now();
        }
        // After a shutdown the option cannot be read, and no message waits.
        Deadline::after(Option::<Duration>::read(&self.raw, sys::ZMQ_LINGER).unwrap_or(Some(Duration::ZERO)))
    }
}
