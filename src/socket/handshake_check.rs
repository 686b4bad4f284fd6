//! Checks of the security settings before a bind or connect. libzmq accepts settings that are not secure.

use super::kinds::Ability;
use super::values::Mechanism;
use super::{Core, ZAP_ENDPOINT, option_error};
use crate::curve::{PublicKey, SecretKey};
use crate::endpoint::Endpoint;
use crate::error::{Error, Failure, Operation, Result};
use crate::raw::FromOption;
use crate::{raw, sys};

/// The last version whose GSSAPI servers accept peers that the authenticator rejects.
const GSSAPI_IGNORES_ZAP: [i32; 3] = [4, 3, 5];

impl Core {
    /// Returns an error if the connection would be less secure than the options of the socket require. Sets the option
    /// with which libzmq rejects peers if the authenticator is dropped later.
    pub(super) fn check_security(&self, operation: Operation, endpoint: &Endpoint) -> Result<()> {
        // There is no handshake, and all peers are in the same process.
        if endpoint.transport() == "inproc" {
            return Ok(());
        }
        let failed = |errno| Error::on(operation, endpoint.as_str(), errno);
        let refused = |reason: &str| Err(Error::invalid(operation, endpoint.as_str(), reason));
        let mechanism = Mechanism::read(&self.raw, sys::ZMQ_MECHANISM).map_err(failed)?;
        let domain = Option::<String>::read(&self.raw, sys::ZMQ_ZAP_DOMAIN).map_err(failed)?;
        let is_server = match mechanism {
            Mechanism::Null if domain.is_none() => return Ok(()),
            // Both ends act as servers and ask an authenticator.
            Mechanism::Null => true,
            Mechanism::Plain => bool::read(&self.raw, sys::ZMQ_PLAIN_SERVER).map_err(failed)?,
            Mechanism::Curve => bool::read(&self.raw, sys::ZMQ_CURVE_SERVER).map_err(failed)?,
            Mechanism::Gssapi => bool::read(&self.raw, sys::ZMQ_GSSAPI_SERVER).map_err(failed)?,
            Mechanism::Other(_) => return Ok(()),
        };
        if self.socket_type.can(Ability::Streams) {
            return refused(
                "STREAM sockets have no handshake; the connection would be neither encrypted nor authenticated",
            );
        }
        if matches!(endpoint.transport(), "pgm" | "epgm" | "norm" | "udp") {
            return refused("multicast has no handshake; the messages would be neither encrypted nor authenticated");
        }
        if mechanism == Mechanism::Curve {
            self.check_keys(is_server).map_err(|reason| Error::invalid(operation, endpoint.as_str(), reason))?;
        }
        if !is_server {
            return Ok(());
        }
        // A PLAIN server always asks an authenticator.
        let asks = domain.is_some() || mechanism == Mechanism::Plain;
        if asks && !self.memory.is_zap_optional() {
            if mechanism == Mechanism::Gssapi && raw::version() <= GSSAPI_IGNORES_ZAP {
                return refused(
                    "libzmq up to 4.3.5 accepts GSSAPI peers that the authenticator rejects; to rely on Kerberos \
                     alone, call set_zap_enforce_domain(false)",
                );
            }
            if !self.entry.registry().is_bound(ZAP_ENDPOINT) {
                return refused(
                    "its context has no authenticator; start a zmq::auth::Authenticator first, and keep it, or call \
                     set_zap_enforce_domain(false) to accept peers without an authenticator",
                );
            }
        }
        // With the option but without a domain, libzmq aborts when a PLAIN client connects, and accepts every other
        // peer.
        let enforced = domain.is_some() && !self.memory.is_zap_optional();
        self.raw
            .set(sys::ZMQ_ZAP_ENFORCE_DOMAIN, &raw::Value::Int(enforced.into()))
            .map_err(|errno| option_error(Operation::SetOption, "zap_enforce_domain", errno))
    }

    /// Checks the keys for CURVE. libzmq accepts missing keys, and a key pair that does not match, with which every
    /// handshake silently fails.
    ///
    /// # Errors
    /// The reason why the keys are invalid.
    fn check_keys(&self, is_server: bool) -> Result<(), String> {
        let unreadable = |failure: Failure| format!("the keys cannot be read: {}", failure.errno());
        let missing = |name: &str| format!("{name} is not set, and CURVE needs it");
        let secret = Option::<SecretKey>::read(&self.raw, sys::ZMQ_CURVE_SECRETKEY).map_err(unreadable)?;
        let secret = secret.ok_or_else(|| missing("curve_secret_key"))?;
        if is_server {
            return Ok(());
        }
        let key = |option| Option::<PublicKey>::read(&self.raw, option).map_err(unreadable);
        key(sys::ZMQ_CURVE_SERVERKEY)?.ok_or_else(|| missing("curve_server_key"))?;
        let public = key(sys::ZMQ_CURVE_PUBLICKEY)?.ok_or_else(|| missing("curve_public_key"))?;
        match secret.public_key() {
            Ok(own) if own != public => {
                Err(format!("curve_public_key {public} does not belong to curve_secret_key, whose public key is {own}"))
            }
            _ => Ok(()),
        }
    }
}
