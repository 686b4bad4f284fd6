//! The security of a socket as one value.

use std::fmt;

use super::Socket;
use super::kinds::{Ability, Kind};
use super::values::NameType;
use crate::curve::{KeyPair, PublicKey};
use crate::error::{Errno, Error, Operation, Result};
use crate::password::Password;
use crate::sys;

/// The default domain of servers.
const DEFAULT_DOMAIN: &str = "global";

/// The security of a socket: a mechanism, this socket's role in it, and its credentials.
///
/// Apply it with [`Socket::set_security`] before the socket binds or connects. Both ends need the same mechanism, one
/// end as the server and the other as the client; either end can bind.
///
/// | | encrypted | the client is sure of the server | the server is sure of the client |
/// |---|---|---|---|
/// | NULL | no | no | by its address |
/// | PLAIN | no: the password travels in the clear | no | by user and password |
/// | CURVE | yes | yes | by its key |
/// | GSSAPI | unless turned off | yes | by its principal |
///
/// # Authentication
/// The [`Authenticator`](crate::auth::Authenticator) of a server's context authenticates the server's peers, by the
/// rules of a [domain](Self::domain), which is `"global"` by default. Servers fail closed: a bind or connect fails
/// while the context has no authenticator, and if the authenticator is dropped later, new peers are rejected. Connected
/// peers stay connected.
///
/// # Limitations
/// There is no handshake over `inproc`: every socket in the process can connect. STREAM sockets and multicast have no
/// handshake either; setting a mechanism there is an error. CURVE encrypts the contents of frames; their number and
/// lengths stay visible on the network.
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
    /// No authenticator: every peer that completes the handshake is accepted.
    None,
}

impl Security {
    /// Creates the absence of security, which is the default of a new socket. With a [domain](Self::domain), an
    /// authenticator checks the addresses of peers.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// socket.set_security(&zmq::Security::null())?;
    /// assert_eq!(socket.mechanism()?, zmq::Mechanism::Null);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn null() -> Self {
        Self::new(Chosen::Null)
    }

    /// Creates a PLAIN server, which requires a username and a password. They are transmitted unencrypted, so use PLAIN
    /// on trusted networks only.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Rep)?;
    /// socket.set_security(&zmq::Security::plain_server())?;
    /// assert!(socket.plain_server()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn plain_server() -> Self {
        Self::new(Chosen::PlainServer)
    }

    /// Creates a PLAIN client with a username and a password, of 1 to 255 bytes each.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Req)?;
    /// socket.set_security(&zmq::Security::plain_client("admin", "secret"))?;
    /// assert_eq!(socket.plain_username()?.as_deref(), Some("admin"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn plain_client(username: impl Into<String>, password: impl Into<Password>) -> Self {
        Self::new(Chosen::PlainClient { username: username.into(), password: password.into() })
    }

    /// Creates a CURVE server with these keys. Its clients need the public key. [`Security`] has an example with both
    /// ends.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    /// use zmq::{Capability, Context, Mechanism, Rep, Security};
    ///
    /// # if !zmq::has(Capability::Curve) { return Ok(()) }
    /// let socket = Context::new()?.socket(Rep)?;
    /// socket.set_security(&Security::curve_server(&KeyPair::generate()?))?;
    /// assert_eq!(socket.mechanism()?, Mechanism::Curve);
    /// assert!(socket.curve_server()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn curve_server(keys: &KeyPair) -> Self {
        Self::new(Chosen::CurveServer { keys: keys.clone() })
    }

    /// Creates a CURVE client with these keys, for the server with the public key `server`. [`Security`] has an example
    /// with both ends.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    /// use zmq::{Capability, Context, Req, Security};
    ///
    /// # if !zmq::has(Capability::Curve) { return Ok(()) }
    /// let (server_keys, client_keys) = (KeyPair::generate()?, KeyPair::generate()?);
    /// let socket = Context::new()?.socket(Req)?;
    /// socket.set_security(&Security::curve_client(&client_keys, server_keys.public_key()))?;
    /// assert_eq!(socket.curve_server_key()?, Some(server_keys.public_key()));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn curve_client(keys: &KeyPair, server: PublicKey) -> Self {
        Self::new(Chosen::CurveClient { keys: keys.clone(), server })
    }

    /// Creates a CURVE client with newly generated keys, for a server that does not identify its clients.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq was built without CURVE. The error names the remedy.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    /// use zmq::{Capability, Context, Req, Security};
    ///
    /// # if !zmq::has(Capability::Curve) { return Ok(()) }
    /// let server_keys = KeyPair::generate()?;
    /// let client = Context::new()?.socket(Req)?;
    /// client.set_security(&Security::curve_anonymous_client(server_keys.public_key())?)?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn curve_anonymous_client(server: PublicKey) -> Result<Self> {
        Ok(Self::new(Chosen::CurveClient { keys: KeyPair::generate()?, server }))
    }

    /// Creates a GSSAPI server with this host-based principal.
    ///
    /// libzmq up to version 4.3.5 accepts GSSAPI peers that the authenticator rejects. A bind therefore fails unless
    /// [`without_authentication`](Self::without_authentication) leaves authentication to Kerberos.
    ///
    /// # Examples
    /// ```
    /// let security = zmq::Security::gssapi_server("zmq@server.example.org").without_authentication();
    /// assert!(format!("{security:?}").contains("GSSAPI server"));
    /// ```
    #[must_use]
    pub fn gssapi_server(principal: impl Into<String>) -> Self {
        Self::new(Chosen::GssapiServer { principal: principal.into() })
    }

    /// Creates a GSSAPI client with this principal, for the server with the host-based principal `service`.
    ///
    /// # Examples
    /// ```
    /// let security = zmq::Security::gssapi_client("alice@EXAMPLE.ORG", "zmq@server.example.org");
    /// assert!(format!("{security:?}").contains("GSSAPI client"));
    /// ```
    #[must_use]
    pub fn gssapi_client(principal: impl Into<String>, service: impl Into<String>) -> Self {
        Self::new(Chosen::GssapiClient { principal: principal.into(), service: service.into() })
    }

    fn new(mechanism: Chosen) -> Self {
        Self { mechanism, domain: Domain::Default }
    }

    /// Sets the domain of a server, which selects the rules that the authenticator applies to its peers.
    ///
    /// # Examples
    /// ```
    /// let security = zmq::Security::plain_server().domain("reports");
    /// assert!(format!("{security:?}").contains("reports"));
    /// ```
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Domain::Named(domain.into());
        self
    }

    /// Disables authentication for a CURVE or GSSAPI server: every peer that knows the server's public key, or that
    /// Kerberos authenticates, is accepted.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    /// use zmq::{Capability, Context, Rep, Security};
    ///
    /// # if !zmq::has(Capability::Curve) { return Ok(()) }
    /// let server = Context::new()?.socket(Rep)?;
    /// server.set_security(&Security::curve_server(&KeyPair::generate()?).without_authentication())?;
    /// server.bind("tcp://127.0.0.1:*")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn without_authentication(mut self) -> Self {
        self.domain = Domain::None;
        self
    }

    /// Returns the domain to set, or the reason why there is none.
    fn zap_domain(&self) -> Result<Option<&str>, &'static str> {
        let (is_client, is_plain_server) = match self.mechanism {
            Chosen::PlainServer => (false, true),
            Chosen::PlainClient { .. } | Chosen::CurveClient { .. } | Chosen::GssapiClient { .. } => (true, false),
            Chosen::Null | Chosen::CurveServer { .. } | Chosen::GssapiServer { .. } => (false, false),
        };
        match &self.domain {
            Domain::Named(_) if is_client => Err("a client has no domain; set the domain on the server"),
            Domain::Named(domain) => Ok(Some(domain)),
            Domain::None if is_plain_server => {
                Err("a PLAIN server needs authentication; without it, libzmq rejects every client")
            }
            Domain::Default if !is_client && !matches!(self.mechanism, Chosen::Null) => Ok(Some(DEFAULT_DOMAIN)),
            Domain::Default | Domain::None => Ok(None),
        }
    }
}

/// Omits passwords and secret keys.
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

/// # Security
impl<K: Kind> Socket<K> {
    /// Sets the security of the socket: mechanism, role, keys and domain, in the order that libzmq needs. Returns the
    /// socket, so that setters chain.
    ///
    /// Replaces all earlier security settings, including those of single options, except the domain, which is kept if
    /// the new value has none.
    ///
    /// # Errors
    /// - [`WrongState`](crate::ErrorKind::WrongState): the socket is bound or connected, and existing connections would
    ///   keep their security; or authentication cannot be disabled because the socket has a domain.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): this libzmq lacks the mechanism, and the error names the
    ///   remedy; or the socket is a STREAM socket.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a username, password, principal or domain is empty or too
    ///   long; a client has a domain; or a PLAIN server has no authentication.
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
        // No other thread attaches a shared socket while a part of the options is set.
        let _attaching = self.core.attaching(Operation::SetOption, "security")?;
        if self.core.memory.is_attached() {
            let reason = "set it before the first bind or connect; existing connections keep their security";
            return Err(refused(Errno::EFSM, reason));
        }
        if self.socket_type().can(Ability::Streams) && !matches!(security.mechanism, Chosen::Null) {
            return Err(refused(Errno::ENOTSUP, "STREAM sockets have no handshake"));
        }
        let domain = security.zap_domain().map_err(|reason| refused(Errno::EINVAL, reason))?;
        // The domain is set first: if it is refused, the socket is unchanged.
        if let Some(domain) = domain {
            self.set_zap_domain(domain)?;
        } else if self.zap_domain()?.is_some() && security.domain == Domain::None {
            let reason = "the socket has a zap_domain, which cannot be removed; open another socket";
            return Err(refused(Errno::EFSM, reason));
        }
        // This resets the mechanism to NULL and the role to client.
        self.set_plain_server(false)?;
        match &security.mechanism {
            Chosen::Null => {}
            // The last option in each arm decides the role: the other options make the socket a client.
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

    /// Sets whether the socket fails closed if its peers must be authenticated. Returns the socket, so that setters
    /// chain.
    ///
    /// Default: `true`.
    ///
    /// Peers must be authenticated if a [`zap_domain`](Self::set_zap_domain) is set, or if the socket is a PLAIN
    /// server. If the option is on, a bind or connect fails while the context has no
    /// [`Authenticator`](crate::auth::Authenticator), and new peers are rejected if the authenticator is dropped later.
    /// If it is off, libzmq accepts every peer while there is no authenticator, except that a PLAIN server rejects
    /// every peer.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// socket.set_zap_domain("reports")?.set_zap_enforce_domain(false)?;
    /// socket.bind("tcp://127.0.0.1:*")?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_ZAP_ENFORCE_DOMAIN`.
    #[doc(alias = "ZMQ_ZAP_ENFORCE_DOMAIN")]
    pub fn set_zap_enforce_domain(&self, on: bool) -> Result<&Self> {
        // libzmq receives the value with the next bind or connect, together with a domain; it aborts if there is no
        // domain.
        self.socket_is_open("zap_enforce_domain")?;
        self.core.memory.set_zap_optional(!on);
        Ok(self)
    }

    /// Returns the value set by [`set_zap_enforce_domain`](Self::set_zap_enforce_domain).
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Pull)?;
    /// assert!(socket.zap_enforce_domain()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
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
