//! The part of a socket that does not depend on its kind: binds, connects and state.

use std::ffi::CStr;
use std::sync::{Arc, MutexGuard};

use super::ZAP_ENDPOINT;
use super::kinds::{Fact, SocketType};
use super::memory::Memory;
use super::outgoing::Outgoing;
use crate::context::Entry;
#[cfg(unix)]
use crate::context::MadeUpPath;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, ErrorKind, Failure, Operation, Result};
use crate::raw::RawSocket;
use crate::{raw, sys};

/// The part of a socket that does not depend on its kind. The order of the fields matters for the drop: the socket
/// closes before its entry in the registry is removed, which may be the last handle of the context.
pub(super) struct Core {
    pub(super) raw: RawSocket,
    pub(super) socket_type: SocketType,
    pub(super) outgoing: Outgoing,
    pub(super) memory: Memory,
    pub(super) entry: Entry,
}

/// A compile-time check: threads may share every field, except the raw socket, whose gate decides.
const _: () = {
    const fn is_sync<T: Sync>(_: &T) {}
    const fn fields(Core { raw: _, socket_type, outgoing, memory, entry }: &Core) {
        is_sync(socket_type);
        is_sync(outgoing);
        is_sync(memory);
        is_sync(entry);
    }
    let _ = fields;
};

impl Core {
    pub(super) fn new(raw: RawSocket, socket_type: SocketType, entry: Entry) -> Self {
        if socket_type.has(Fact::OutwaitsPeers) {
            raw.wait_itself();
        }
        let memory = Memory::new(Arc::clone(entry.context().life()));
        Self { raw, socket_type, outgoing: Outgoing::default(), memory, entry }
    }

    pub(super) fn bind(&self, text: &str) -> Result<Endpoint> {
        let endpoint = Endpoint::parse_for(Operation::Bind, text)?;
        if text == ZAP_ENDPOINT && !self.socket_type.has(Fact::Authenticates) {
            let reason = match self.socket_type {
                SocketType::Server => {
                    "authenticators are REP or ROUTER sockets; a SERVER drops their requests".to_owned()
                }
                other => format!("authenticators are REP or ROUTER sockets; libzmq aborts with a {other}"),
            };
            return Err(Error::invalid(Operation::Bind, text, reason));
        }
        let _attaching = self.attaching(Operation::Bind, text)?;
        #[cfg(feature = "draft")]
        if self.socket_type.has(Fact::BindsUdp) && endpoint.transport() == "udp" {
            return self.bind_udp(&endpoint);
        }
        #[cfg(unix)]
        if text == "ipc://*" {
            return self.bind_to_path(MadeUpPath::create()?);
        }
        self.bind_raw(&endpoint)?;
        self.bound(&endpoint)
    }

    #[cfg(unix)]
    fn bind_to_path(&self, path: MadeUpPath) -> Result<Endpoint> {
        self.bind_raw(path.endpoint())?;
        let bound = self.bound(path.endpoint());
        self.entry.registry().keep_path(self.entry.id(), path);
        bound
    }

    pub(super) fn bind_raw(&self, endpoint: &Endpoint) -> Result<()> {
        self.check_transport(Operation::Bind, endpoint)?;
        self.check_security(Operation::Bind, endpoint)?;
        self.memory.attach();
        self.memory.let_peers_choose_ids();
        self.bind_checked(endpoint)
    }

    /// Registers a bound endpoint, and returns the resolved endpoint.
    pub(super) fn bound(&self, endpoint: &Endpoint) -> Result<Endpoint> {
        let resolved = self.last_endpoint(Operation::Bind, endpoint)?;
        self.entry.registry().bound(self.entry.id(), &resolved);
        Ok(resolved)
    }

    pub(super) fn connect(&self, text: &str) -> Result<Endpoint> {
        if self.memory.has_pending_peer_id() {
            let reason = "a connect_as failed, and libzmq would use its routing ID here; repeat connect_as first";
            return Err(Error::on(Operation::Connect, text, Errno::EFSM).because(reason));
        }
        self.memory.let_peers_choose_ids();
        self.connect_raw(text)
    }

    pub(super) fn connect_raw(&self, text: &str) -> Result<Endpoint> {
        self.connect_by(text, RawSocket::connect).map(|((), endpoint)| endpoint)
    }

    /// Connects by the call `connect`, and returns its result with the endpoint.
    pub(super) fn connect_by<T>(
        &self,
        text: &str,
        connect: impl FnOnce(&RawSocket, &CStr) -> Result<T, Failure>,
    ) -> Result<(T, Endpoint)> {
        let endpoint = Endpoint::parse_for(Operation::Connect, text)?;
        let _attaching = self.attaching(Operation::Connect, text)?;
        self.check_transport(Operation::Connect, &endpoint)?;
        self.check_security(Operation::Connect, &endpoint)?;
        let registry = self.entry.registry();
        let conflates = self.outgoing.conflates();
        let refused = |reason: &str| Error::on(Operation::Connect, endpoint.as_str(), Errno::EFSM).because(reason);
        let binder = registry.connecting(self.socket_type, self.cannot_wait(), &endpoint).map_err(refused)?;
        self.memory.attach();
        // For such a socket libzmq ignores a repeated connect, and then reports the endpoint of another connection.
        let repeated = is_connected_once(self.socket_type) && registry.is_connected(self.entry.id(), &endpoint);
        let made = self.connect_transport(&endpoint, connect);
        if made.is_ok() && registry.connected(self.entry.id(), self.socket_type, conflates, &endpoint, binder) {
            self.await_bind();
        }
        registry.not_connecting(&endpoint);
        let made = made.map_err(|errno| attach_error(Operation::Connect, &endpoint, errno))?;
        self.memory.set_pending_peer_id(false);
        // libzmq reports UDP endpoints without the transport.
        let is_known = repeated || endpoint.transport() == "udp";
        let endpoint = if is_known { endpoint } else { self.last_endpoint(Operation::Connect, &endpoint)? };
        Ok((made, endpoint))
    }

    fn connect_transport<T>(
        &self,
        endpoint: &Endpoint,
        connect: impl FnOnce(&RawSocket, &CStr) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        #[cfg(feature = "draft")]
        if endpoint.transport() == "udp" {
            return self.connect_udp(endpoint, connect);
        }
        connect(&self.raw, endpoint.as_c_str())
    }

    /// Keeps other threads from binding, connecting and leaving endpoints of a shared socket. Otherwise its last endpoint may
    /// be another call's, and the crate's notes about its endpoints may be wrong.
    pub(super) fn attaching(&self, operation: Operation, text: &str) -> Result<Option<MutexGuard<'_, ()>>> {
        self.expect_own_process(operation, text)?;
        if !self.raw.is_shared() {
            return Ok(None);
        }
        // A call that must not start does not wait for the lock: this thread, or one that a fork left behind, may hold it.
        self.raw.get_int(sys::ZMQ_TYPE).map_err(|failure| Error::on(operation, text, failure))?;
        Ok(Some(self.memory.attaching()))
    }

    /// Returns an error in a forked child, in which a thread that does not exist there may hold the lock of the registry.
    pub(super) fn expect_own_process(&self, operation: Operation, text: &str) -> Result<()> {
        if self.entry.context().is_forked() { Err(Error::on(operation, text, Failure::Forked)) } else { Ok(()) }
    }

    /// Returns the reason why a connection over inproc cannot wait for its name to be bound, or `None` if it can.
    fn cannot_wait(&self) -> Option<&'static str> {
        // If a PAIR or CHANNEL with a peer refuses a waiting connection, libzmq frees the connection but keeps it in its
        // list.
        let refuses =
            self.socket_type.has(Fact::HasOnePeer) && self.memory.is_attached() && !raw::carries("inproc-refused");
        // A socket with a running call on this thread reports that itself.
        let refuses = refuses && self.raw.get_int(sys::ZMQ_TYPE).is_ok();
        if self.outgoing.conflates() {
            Some("over inproc a conflating socket can only connect to a bound name; bind it first")
        } else if refuses {
            Some(
                "over inproc this libzmq may crash if a PAIR or CHANNEL connects again before the name is bound; \
                 bind it first",
            )
        } else {
            None
        }
    }

    pub(super) fn last_endpoint(&self, operation: Operation, endpoint: &Endpoint) -> Result<Endpoint> {
        let text = self.raw.get_bytes(sys::ZMQ_LAST_ENDPOINT);
        text.map(Endpoint::from_libzmq).map_err(|errno| Error::on(operation, endpoint.as_str(), errno))
    }
}

/// Returns `true` if libzmq ignores a repeated connect of this type of socket to the same endpoint.
fn is_connected_once(socket_type: SocketType) -> bool {
    socket_type.has(Fact::ConnectsOnce)
}

/// Returns the error of a failed bind or connect. `EINVAL` can only mean an invalid endpoint.
pub(super) fn attach_error(operation: Operation, endpoint: &Endpoint, failure: Failure) -> Error {
    if failure != Failure::Errno(Errno::EINVAL) {
        return Error::on(operation, endpoint.as_str(), failure);
    }
    let reason = match endpoint.transport() {
        "tcp" if operation == Operation::Connect => {
            "a host consists of letters, digits and .-_, and starts with a letter or digit"
        }
        "ws" | "wss" => "the host has no address that the socket can use",
        _ => "libzmq cannot read the address",
    };
    Error::invalid(operation, endpoint.as_str(), reason).of_kind(ErrorKind::InvalidEndpoint)
}

/// The options that libzmq before 4.3.5 lacks, apart from those of NORM.
const SINCE_4_3_5: [&str; 4] = ["busy_poll", "hiccup_message", "verbose_unsubscribe", "topics_count"];

/// Returns the error of an option. `EINVAL` means that this build of libzmq lacks the option, or that the value is
/// invalid.
pub(super) fn option_error(operation: Operation, name: &str, failure: Failure) -> Error {
    let error = Error::on(operation, name, failure);
    let lacks = |capability: &CStr, word: &str, remedy: &str| {
        if raw::has(capability) {
            return None;
        }
        let [major, minor, patch] = raw::version();
        Some(format!("this libzmq {major}.{minor}.{patch} was built without {word}{remedy}"))
    };
    let reason = match name.split('_').next() {
        _ if failure != Failure::Errno(Errno::EINVAL) => None,
        Some("curve") => lacks(c"curve", "CURVE", " (enable the feature \"curve\")"),
        Some("gssapi") => lacks(c"gssapi", "GSSAPI", ""),
        Some("vmci") => lacks(c"vmci", "VMCI", ""),
        Some("wss") => lacks(c"WSS", "WSS", ""),
        Some("norm") => lacks(c"norm", "NORM", ""),
        _ if SINCE_4_3_5.contains(&name) && raw::version() < [4, 3, 5] => {
            let [major, minor, patch] = raw::version();
            Some(format!("this libzmq {major}.{minor}.{patch} lacks the option; load 4.3.5 or later"))
        }
        _ => None,
    };
    match reason {
        Some(reason) => error.because(reason).of_kind(ErrorKind::NotSupported),
        None => error,
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if self.entry.context().is_forked() {
            return;
        }
        #[cfg(unix)]
        if self.raw.is_released() {
            self.entry.leave_paths();
        }
        self.orphan_names();
        self.entry.registry().closing(self.entry.id());
        self.entry.context().free_names();
    }
}
