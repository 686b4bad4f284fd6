//! What libzmq aborts on, or leaves unprotected, where a transport does not suit the socket or the endpoint.

use super::Core;
use super::kinds::Ability;
use super::values::Mechanism;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Failure, Operation, Result};
use crate::raw::{self, FromOption, Gate};
use crate::sys;

/// The most bytes that host and path of a WebSocket endpoint may have together: libzmq writes the request that opens a
/// connection into a buffer of 8192 bytes, of which its own words take up to 182, and the end one.
const LONGEST_WEB_ADDRESS: usize = 8192 - 182 - 1;

impl<G: Gate> Core<G> {
    /// Refuses a transport that libzmq takes for this socket and aborts with later.
    pub(super) fn check_transport(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let transport = endpoint.transport();
        if self.socket_type.can(Ability::Streams) && matches!(transport, "inproc" | "ws" | "wss") {
            let error = Error::on(operation, endpoint.as_str(), Errno::ENOCOMPATPROTO);
            return Err(error.because("STREAM sockets have connections of TCP, and libzmq aborts on others' messages"));
        }
        self.check_ipv6(operation, endpoint)?;
        match transport {
            "ws" | "wss" => self.check_web(operation, endpoint),
            "pgm" | "epgm" | "norm" => self.check_multicast(operation, endpoint),
            _ => Ok(()),
        }
    }

    /// Refuses addresses of IPv6 where IPv6 is off. A bind would find no such interface, and a connection would never be
    /// made, which nothing tells.
    fn check_ipv6(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        if !endpoint.has_ipv6_address() {
            return Ok(());
        }
        let failed = |failure: Failure| Error::on(operation, endpoint.as_str(), failure);
        // A listener of the program's own is bound already, whatever the option says.
        let is_bound = || self.raw.get_int(sys::ZMQ_USE_FD).map_err(failed).map(|fd| fd >= 0);
        if bool::read(&self.raw, sys::ZMQ_IPV6).map_err(failed)? || is_bound()? {
            return Ok(());
        }
        let reason = "IPv6 is off, as it is by default: call set_ipv6(true) before, or ContextBuilder::ipv6(true)";
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
                let reason = "WebSocket has no GSSAPI, and libzmq aborts where it is asked for";
                Err(failed(Errno::ENOCOMPATPROTO.into()).because(reason))
            }
            Mechanism::Null => self.check_web_without_mechanism(operation, endpoint),
            _ => Ok(()),
        }
    }

    /// Refuses what does not go with a peer that speaks `ZWS2.0`, a protocol without a handshake, which it may choose as
    /// long as the socket has no mechanism.
    fn check_web_without_mechanism(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        let failed = |failure: Failure| Error::on(operation, endpoint.as_str(), failure);
        let refused = |reason: String| Err(Error::invalid(operation, endpoint.as_str(), reason));
        if !raw::carries("ws-zap") {
            if let Some(domain) = Option::<String>::read(&self.raw, sys::ZMQ_ZAP_DOMAIN).map_err(failed)? {
                return refused(format!(
                    "over WebSocket this libzmq lets peers in without asking the authenticator of the domain {domain:?}: \
                     use PLAIN or CURVE, or another transport"
                ));
            }
        }
        if !raw::carries("ws-heartbeat") {
            let interval = self.raw.get_int(sys::ZMQ_HEARTBEAT_IVL).map_err(failed)?;
            if interval > 0 {
                return refused(format!(
                    "over WebSocket a peer can make this libzmq abort at the first heartbeat, and the interval is \
                     {interval} ms: set no heartbeat, or use PLAIN or CURVE"
                ));
            }
        }
        Ok(())
    }
}

/// Says that host and path do not fit the request that libzmq makes of them.
fn check_web_address(address: &str) -> Result<(), String> {
    // libzmq ends the host at the last colon, be it one of the path.
    let host = address.rfind(':').unwrap_or(address.len());
    let path = address.find('/').map_or(1, |slash| address.len() - slash);
    match host + path {
        0..=LONGEST_WEB_ADDRESS => Ok(()),
        len => Err(format!("host and path have {len} bytes together, at most {LONGEST_WEB_ADDRESS} are possible")),
    }
}
