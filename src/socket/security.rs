//! The security of a socket as one value.

use std::fmt;

use super::Socket;
use super::kinds::{Ability, Kind};
use super::values::NameType;
use crate::curve::{KeyPair, PublicKey};
use crate::error::{Errno, Error, Operation, Result};
use crate::password::Password;
use crate::sys;

/// The domain of a server that was given none.
const DEFAULT_DOMAIN: &str = "global";

/// How a socket and its peers make sure of each other: a mechanism, this socket's role in it, and what that needs.
///
/// [`Socket::set_security`] applies it as a whole, before the socket binds or connects. Both ends need the same mechanism,
/// one as the server and the other as the client; which of them binds does not matter.
///
/// | | encrypted | the client is sure of the server | the server is sure of the client |
/// |---|---|---|---|
/// | NULL | no | no | by its address |
/// | PLAIN | no: the password travels in the clear | no | by user and password |
/// | CURVE | yes | yes | by its key |
/// | GSSAPI | unless turned off | yes | by its principal |
///
/// # Authentication
/// A server's peers are judged by the [`Authenticator`](crate::auth::Authenticator) of its context, in a
/// [domain](Self::domain), `"global"` by default. Servers fail closed: a bind or connect is an error while the context has
/// no authenticator, and should it be dropped later, nobody gets in any more. Who is connected already stays.
///
/// # What is not secured
/// Over `inproc` there is no handshake: whoever is in the process gets in. STREAM sockets and multicast have none either;
/// there a mechanism is an error. CURVE encrypts the content of frames; their number and their lengths stay visible on the
/// network.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use zmq::auth::{Authenticator, Rules};
/// use zmq::curve::KeyPair;
/// use zmq::{Capability, Context, Rep, Req, Security};
///
/// # if !zmq::has(Capability::Curve) { return Ok(()) }
/// let (server_keys, client_keys) = (KeyPair::generate()?, KeyPair::generate()?);
/// let context = Context::new()?;
/// let rules = Rules::new().curve_key(client_keys.public_key());
/// let authenticator = Authenticator::builder(&context).rules(rules).spawn()?;
///
/// let server = context.socket(Rep)?;
/// server.set_security(&Security::curve_server(&server_keys))?;
/// let endpoint = server.bind("tcp://127.0.0.1:*")?;
///
/// let client = context.socket(Req)?;
/// client.set_security(&Security::curve_client(&client_keys, server_keys.public_key()))?;
/// client.connect_and_wait(&endpoint, Duration::from_secs(10))?;
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone)]
pub struct Security {
    mechanism: Chosen,
    domain: Domain,
}

#[derive(Clone)]
enum Chosen {
    Null,
    PlainServer,
    PlainClient { username: String, password: Password },
    CurveServer { keys: KeyPair },
    CurveClient { keys: KeyPair, server: PublicKey },
    GssapiServer { principal: String },
    GssapiClient { principal: String, service: String },
}

#[derive(Clone, PartialEq, Eq)]
enum Domain {
    Default,
    Named(String),
    /// Everybody gets in who can.
    None,
}

impl Security {
    /// Makes the absence of security, which a new socket has. With a [domain](Self::domain) an authenticator judges peers
    /// by their addresses.
    #[must_use]
    pub fn null() -> Self {
        Self::new(Chosen::Null)
    }

    /// Makes a server that asks for user and password. They travel in the clear: it is for networks that are trusted.
    #[must_use]
    pub fn plain_server() -> Self {
        Self::new(Chosen::PlainServer)
    }

    /// Makes a client with user and password, of 1 to 255 bytes each.
    #[must_use]
    pub fn plain_client(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self::new(Chosen::PlainClient { username: username.into(), password: password.into() })
    }

    /// Makes a server with these keys, whose public one the clients have to know.
    #[must_use]
    pub fn curve_server(keys: &KeyPair) -> Self {
        Self::new(Chosen::CurveServer { keys: keys.clone() })
    }

    /// Makes a client with these keys, for the server with that key.
    #[must_use]
    pub fn curve_client(keys: &KeyPair, server: PublicKey) -> Self {
        Self::new(Chosen::CurveClient { keys: keys.clone(), server })
    }

    /// Makes a client with keys that were made just for it, for a server that does not mind who its clients are.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) where libzmq was built without CURVE, with the remedy.
    pub fn curve_anonymous_client(server: PublicKey) -> Result<Self> {
        Ok(Self::new(Chosen::CurveClient { keys: KeyPair::generate()?, server }))
    }

    /// Makes a GSSAPI server of this host-based principal.
    ///
    /// Up to version 4.3.5 libzmq lets in whom the authenticator refuses, so that a bind is an error unless
    /// [`without_authentication`](Self::without_authentication) leaves the judgement to Kerberos.
    #[must_use]
    pub fn gssapi_server(principal: impl Into<String>) -> Self {
        Self::new(Chosen::GssapiServer { principal: principal.into() })
    }

    /// Makes a GSSAPI client of this principal, for the server of that host-based one.
    #[must_use]
    pub fn gssapi_client(principal: impl Into<String>, service: impl Into<String>) -> Self {
        Self::new(Chosen::GssapiClient { principal: principal.into(), service: service.into() })
    }

    fn new(mechanism: Chosen) -> Self {
        Self { mechanism, domain: Domain::Default }
    }

    /// Chooses the domain in which the authenticator judges a server's peers: which of its rules apply.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Domain::Named(domain.into());
        self
    }

    /// Lets a CURVE or GSSAPI server do without an authenticator: everybody gets in who knows its public key, or whom
    /// Kerberos knows.
    #[must_use]
    pub fn without_authentication(mut self) -> Self {
        self.domain = Domain::None;
        self
    }

    /// Returns the domain to set, or why there is none to be had.
    fn zap_domain(&self) -> Result<Option<&str>, &'static str> {
        let (is_client, is_plain_server) = match self.mechanism {
            Chosen::PlainServer => (false, true),
            Chosen::PlainClient { .. } | Chosen::CurveClient { .. } | Chosen::GssapiClient { .. } => (true, false),
            Chosen::Null | Chosen::CurveServer { .. } | Chosen::GssapiServer { .. } => (false, false),
        };
        match &self.domain {
            Domain::Named(_) if is_client => Err("a client has no domain: the server's authenticator judges"),
            Domain::Named(domain) => Ok(Some(domain)),
            Domain::None if is_plain_server => {
                Err("a PLAIN server cannot do without authentication: libzmq turns everybody away then")
            }
            Domain::Default if !is_client && !matches!(self.mechanism, Chosen::Null) => Ok(Some(DEFAULT_DOMAIN)),
            Domain::Default | Domain::None => Ok(None),
        }
    }
}

/// Leaves passwords and secret keys out.
impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Security");
        match &self.mechanism {
            Chosen::Null => shown.field("mechanism", &"NULL"),
            Chosen::PlainServer => shown.field("mechanism", &"PLAIN server"),
            Chosen::PlainClient { username, .. } => {
                shown.field("mechanism", &"PLAIN client").field("username", username)
            }
            Chosen::CurveServer { keys } => {
                shown.field("mechanism", &"CURVE server").field("public_key", &keys.public_key())
            }
            Chosen::CurveClient { keys, server } => shown
                .field("mechanism", &"CURVE client")
                .field("public_key", &keys.public_key())
                .field("server_key", server),
            Chosen::GssapiServer { principal } => {
                shown.field("mechanism", &"GSSAPI server").field("principal", principal)
            }
            Chosen::GssapiClient { principal, service } => shown
                .field("mechanism", &"GSSAPI client")
                .field("principal", principal)
                .field("service_principal", service),
        };
        if let Ok(Some(domain)) = self.zap_domain() {
            shown.field("domain", &domain);
        }
        shown.finish_non_exhaustive()
    }
}

impl<K: Kind> Socket<K> {
    /// Sets the security of the socket: mechanism, role, keys and domain, in the order that libzmq needs. Returns the
    /// socket, so that setters chain.
    ///
    /// What was set before, here or through the options, no longer counts, but for a domain, which stays.
    ///
    /// # Errors
    /// [`WrongState`](crate::ErrorKind::WrongState) after the first bind or connect, for connections that are there keep
    /// what they were made with; [`NotSupported`](crate::ErrorKind::NotSupported) where this libzmq lacks the mechanism,
    /// with the remedy, and on STREAM sockets; [`InvalidInput`](crate::ErrorKind::InvalidInput) for an empty or too long
    /// user, password, principal or domain, a domain for a client, and a PLAIN server without authentication.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Mechanism, Req, Security};
    ///
    /// let socket = Context::new()?.socket(Req)?;
    /// socket.set_security(&Security::plain_client("admin", "secret"))?;
    /// assert_eq!(socket.mechanism()?, Mechanism::Plain);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_PLAIN_SERVER`, `ZMQ_PLAIN_USERNAME`, `ZMQ_PLAIN_PASSWORD`, `ZMQ_CURVE_SERVER`,
    /// `ZMQ_CURVE_PUBLICKEY`, `ZMQ_CURVE_SECRETKEY`, `ZMQ_CURVE_SERVERKEY`, `ZMQ_GSSAPI_SERVER`,
    /// `ZMQ_GSSAPI_PRINCIPAL`, `ZMQ_GSSAPI_SERVICE_PRINCIPAL` and `ZMQ_ZAP_DOMAIN`.
    pub fn set_security(&self, security: &Security) -> Result<&Self> {
        let refused = |errno, reason: &str| Error::on(Operation::SetOption, "security", errno).because(reason);
        if self.core.memory.is_attached() {
            let reason = "set it before the socket binds or connects: connections keep what they were made with";
            return Err(refused(Errno::EFSM, reason));
        }
        if self.socket_type().can(Ability::Streams) && !matches!(security.mechanism, Chosen::Null) {
            return Err(refused(Errno::ENOTSUP, "STREAM sockets have no handshake"));
        }
        let domain = security.zap_domain().map_err(|reason| refused(Errno::EINVAL, reason))?;
        // First: where the domain is refused, the socket is still what it was.
        if let Some(domain) = domain {
            self.set_zap_domain(domain)?;
        } else if self.zap_domain()?.is_some() && security.domain == Domain::None {
            let reason = "the socket has a zap_domain, which cannot be taken back: open another one";
            return Err(refused(Errno::EFSM, reason));
        }
        // Whatever the mechanism was, this makes it NULL, and the role that of a client.
        self.set_plain_server(false)?;
        match &security.mechanism {
            Chosen::Null => {}
            // Last in each: the other options make a client of the socket.
            Chosen::PlainServer => drop(self.set_plain_server(true)?),
            Chosen::PlainClient { username, password } => {
                self.set_option(sys::ZMQ_PLAIN_PASSWORD, "plain_password", password)?;
                self.set_plain_username(Some(username))?;
            }
            Chosen::CurveServer { keys } => {
                self.set_keys(keys)?.set_curve_server(true)?;
            }
            Chosen::CurveClient { keys, server } => {
                self.set_keys(keys)?.set_curve_server_key(server)?;
            }
            Chosen::GssapiServer { principal } => {
                let host_based = NameType::HostBased;
                self.set_gssapi_principal_name_type(host_based)?.set_gssapi_principal(principal)?;
                self.set_gssapi_server(true)?;
            }
            Chosen::GssapiClient { principal, service } => {
                self.set_gssapi_principal(principal)?.set_gssapi_service_principal(service)?;
            }
        }
        Ok(self)
    }

    fn set_keys(&self, keys: &KeyPair) -> Result<&Self> {
        self.set_curve_public_key(&keys.public_key())?.set_curve_secret_key(keys.secret_key())
    }

    /// Sets whether the socket fails closed where its peers have to be judged (default on). Returns the socket, so that
    /// setters chain.
    ///
    /// That is with a [`zap_domain`](Self::set_zap_domain), and as a PLAIN server. When it is on, a bind or connect is an
    /// error while the context has no [`Authenticator`](crate::auth::Authenticator), and peers are turned away should it
    /// be gone later. When it is off, libzmq lets everybody in without one; a PLAIN server turns everybody away.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_ZAP_ENFORCE_DOMAIN`.
    pub fn set_zap_enforce_domain(&self, on: bool) -> Result<&Self> {
        // libzmq gets it with the next bind or connect, together with a domain: without one it aborts.
        self.socket_is_open("zap_enforce_domain")?;
        self.core.memory.set_zap_optional(!on);
        Ok(self)
    }

    /// Returns what [`set_zap_enforce_domain`](Self::set_zap_enforce_domain) sets.
    ///
    /// # Errors
    /// [`ContextTerminated`](crate::ErrorKind::ContextTerminated) once the context is shut down.
    ///
    /// Maps to `ZMQ_ZAP_ENFORCE_DOMAIN`.
    pub fn zap_enforce_domain(&self) -> Result<bool> {
        self.socket_is_open("zap_enforce_domain")?;
        Ok(!self.core.memory.is_zap_optional())
    }

    fn socket_is_open(&self, name: &str) -> Result<()> {
        self.get_option::<i32>(sys::ZMQ_TYPE, name).map(drop)
    }
}
