//! Checks of transports that do not suit the socket or the endpoint: libzmq would abort, or leave the socket
//! unprotected.

use super::Core;
use super::kinds::Ability;
use super::values::Mechanism;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{self, FromOption};
use crate::sys;

/// The maximum total length in bytes of host and path of a WebSocket endpoint. libzmq writes the opening request into a
/// buffer of 8192 bytes, of which fixed text takes up to 182 and the terminator one.
const LONGEST_WEB_ADDRESS: usize = 8192 - 182 - 1;

impl Core {
    /// Refuses a transport that libzmq accepts for this socket but aborts with later.
    pub(super) fn check_transport(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let transport = endpoint.transport();
        if self.socket_type.can(Ability::Streams) && matches!(transport, "inproc" | "ws" | "wss") {
            let error = Error::on(operation, endpoint.as_str(), Errno::ENOCOMPATPROTO);
            return Err(error.because("STREAM sockets support tcp and ipc; with this transport, libzmq would abort"));
        }
        #[cfg(feature = "draft")]
        self.check_udp(operation, endpoint)?;
        self.check_ipv6(operation, endpoint)?;
        match transport {
            "ws" | "wss" => self.check_web(operation, endpoint),
            "pgm" | "epgm" | "norm" => self.check_multicast(operation, endpoint),
            _ => Ok(()),
        }
    }

    /// Refuses IPv6 addresses if IPv6 is off. Otherwise a bind would find no such interface, and a connection would
    /// silently never be established.
    fn check_ipv6(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        if !endpoint.has_ipv6_address() {
            return Ok(());
        }
        let failed = |failure: Failure| Error::on(operation, endpoint.as_str(), failure);
        // A listener of the program is bound already, regardless of the option.
        let is_bound = || self.raw.get_int(sys::ZMQ_USE_FD).map_err(failed).map(|fd| fd >= 0);
        if bool::read(&self.raw, sys::ZMQ_IPV6).map_err(failed)? || is_bound()? {
            return Ok(());
        }
        let reason = "IPv6 is off by default; to enable it, call set_ipv6(true) first, or ContextBuilder::ipv6(true)";
        Err(failed(Errno::ENODEV.into()).because(reason))
    }

    fn check_web(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let failed = |failure: Failure| Error::on(operation, endpoint.as_str(), failure);
        if operation == Operation::Connect {
            check_web_address(endpoint.address())
                .map_err(|reason| failed(Errno::ENAMETOOLONG.into()).because(reason))?;
        }
        match Mechanism::read(&self.raw, sys::ZMQ_MECHANISM).map_err(failed)? {
            Mechanism::Gssapi if operation == Operation::Connect => {
                let reason = "WebSocket does not support GSSAPI; libzmq would abort";
                Err(failed(Errno::ENOCOMPATPROTO.into()).because(reason))
            }
            Mechanism::Null => self.check_web_without_mechanism(operation, endpoint),
            _ => Ok(()),
        }
    }

    /// Refuses settings that are unsafe with peers that speak `ZWS2.0`, a protocol without a handshake. A peer can
    /// choose it if the socket has no mechanism.
    fn check_web_without_mechanism(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let failed = |failure: Failure| Error::on(operation, endpoint.as_str(), failure);
        let refused = |reason: String| Err(Error::invalid(operation, endpoint.as_str(), reason));
        if !raw::carries("ws-zap") {
            if let Some(domain) = Option::<String>::read(&self.raw, sys::ZMQ_ZAP_DOMAIN).map_err(failed)? {
                return refused(format!(
                    "over WebSocket this libzmq accepts peers without asking the authenticator of the domain {domain:?}; use PLAIN or CURVE, or another transport"
                ));
            }
        }
        if !raw::carries("ws-heartbeat") {
            let interval = self.raw.get_int(sys::ZMQ_HEARTBEAT_IVL).map_err(failed)?;
            if interval > 0 {
                return refused(format!(
                    "over WebSocket a peer can make this libzmq abort at the first heartbeat, and the interval is \
                     {interval} ms; disable the heartbeat, or use PLAIN or CURVE"
                ));
            }
        }
        Ok(())
    }
}

/// Returns the reason if host and path do not fit libzmq's request.
fn check_web_address(address: &str) -> Result<(), String> {
    // libzmq ends the host at the last colon, even if that is in the path.
    let host = address.rfind(':').unwrap_or(address.len());
    let path = address.find('/').map_or(1, |slash| address.len() - slash);
    match host + path {
        0..=LONGEST_WEB_ADDRESS => Ok(()),
        len => Err(format!("host and path have {len} bytes together, at most {LONGEST_WEB_ADDRESS} are possible")),
    }
}
