//! Socket configurations: options, subscriptions and endpoints as data, for example from a file.

mod duration;
mod mechanism;
mod messages;
mod nested;
mod read;
mod setting;
mod table;
#[cfg(test)]
mod tests;
mod types;
mod write;

use std::collections::BTreeMap;
use std::fmt;

use crate::context::Context;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::socket::Socket;
use crate::socket::kinds::{Any, Kind, SocketType};
use crate::sys;
use mechanism::{check_mechanism, mechanism};
use setting::Setting;
use table::{BIND, CONNECT, Key, SUBSCRIBE, TYPE};

/// The configuration of a socket: its options, subscriptions and endpoints as data. Requires the feature `serde`.
///
/// Deserialize it from TOML, JSON or any other format of serde, or call the setters, which are those of [`Socket`].
/// [`open`](Self::open) opens a socket with the configuration, and [`apply`](Self::apply) configures an existing one.
///
/// # Keys
/// Each setter of [`Socket`] is a key without its `set_`: `send_hwm`, `linger`, `routing_id`. Further keys are `type`,
/// which `open` needs, and the lists `subscribe`, `bind` and `connect`. A missing key leaves its option at the default.
/// An unknown key is an error, which suggests a known one. [`known_keys`](Self::known_keys) returns all keys.
///
/// | in Rust | in a file |
/// |---|---|
/// | `bool`, a number | the same |
/// | [`Duration`](std::time::Duration) | a text of numbers with units: `"250ms"`, `"5s"`, `"1h30m"`, `"0.5s"`; `0` needs none |
/// | `None` | `"forever"` of a duration, `"none"` of a duration or a number; of a text, the key is left out, here too |
/// | bytes: a routing id, a prefix | a text, or a list of numbers: `[1, 255]` |
/// | [`Affinity`](crate::socket::Affinity) | a list of I/O threads: `[0, 2]` |
/// | [`TcpKeepalive`](crate::TcpKeepalive), [`Heartbeat`](crate::Heartbeat) | a table of their fields; `None` is left out |
/// | [`NameType`](crate::socket::NameType) | `"host_based"`, `"user_name"` or `"krb5_principal"` |
/// | a list of one | the one alone, too: `bind = "tcp://*:5555"` |
///
/// Values are checked during deserialization, so errors name the position in the file.
///
/// # Secrets
/// `plain_password` and `curve_secret_key` are deserialized, but never serialized, and neither `Debug` nor the crate's
/// errors show them. (The parser of a file format may quote a line that it cannot parse.)
///
/// # Examples
/// ```
/// use zmq::{Context, SocketConfig};
///
/// let config: SocketConfig = toml::from_str(r#"
///     type = "ROUTER"
///     send_hwm = 10000
///     linger = "250ms"
///     recv_timeout = "forever"
///     mandatory = true
///     bind = ["tcp://127.0.0.1:*", "inproc://front"]
///
///     [heartbeat]
///     interval = "1s"
///     timeout = "3s"
/// "#).unwrap();
///
/// let context = Context::new()?;
/// let socket = config.open(&context)?;
/// assert_eq!(socket.send_hwm()?, 10_000);
/// let [tcp, inproc] = &socket.bound_endpoints()[..] else { panic!("two endpoints are bound") };
/// assert!(tcp.port() > Some(0));
/// assert_eq!(inproc, "inproc://front");
/// # Ok::<(), zmq::Error>(())
/// ```
///
/// As a part of a program's own configuration, which overrides the program's defaults:
///
/// ```
/// use std::collections::BTreeMap;
/// use std::time::Duration;
/// use zmq::{Context, Pub, SocketConfig};
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     name: String,
///     sockets: BTreeMap<String, SocketConfig>,
/// }
///
/// let file = r#"{"name": "station 7", "sockets": {"reports": {"send_hwm": 5, "connect": "inproc://collector"}}}"#;
/// let settings: Settings = serde_json::from_str(file).unwrap();
///
/// let mut config = SocketConfig::new();
/// config.set_send_hwm(1000).set_linger(Duration::from_secs(2));
/// config.merge(&settings.sockets["reports"]);
/// let socket = Context::new()?.socket(Pub)?;
/// config.apply(&socket)?;
/// assert_eq!((socket.send_hwm()?, socket.linger()?), (5, Some(Duration::from_secs(2))));
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SocketConfig {
    settings: BTreeMap<&'static str, Setting>,
}

impl SocketConfig {
    /// Creates a configuration without keys.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Pull, SocketConfig};
    ///
    /// let mut config = SocketConfig::new();
    /// config.set_recv_hwm(10).bind("inproc://jobs")?;
    /// let socket = Context::new()?.socket(Pull)?;
    /// config.apply(&socket)?;
    /// assert_eq!(socket.recv_hwm()?, 10);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a socket of the configured `type`, and applies the rest of the configuration to it.
    ///
    /// # Errors
    /// If this fails, no socket stays open.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the configuration has no `type`.
    /// - other errors of [`Context::socket`](crate::Context::socket) and [`apply`](Self::apply).
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, SocketConfig, SocketType};
    ///
    /// let config: SocketConfig = toml::from_str("type = \"PULL\"\nbind = \"inproc://jobs\"").unwrap();
    /// let socket = config.open(&Context::new()?)?;
    /// assert_eq!(socket.socket_type(), SocketType::Pull);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn open(&self, context: &Context) -> Result<Socket<Any>> {
        let socket_type = self.socket_type().ok_or_else(|| {
            refused(r#"it has no type; add one, such as type = "ROUTER", or apply it to an open socket"#)
        })?;
        let socket = context.socket(socket_type)?;
        self.apply(&socket)?;
        Ok(socket)
    }

    /// Sets the options, subscribes, binds and connects, in this order, and returns the resolved endpoints of the
    /// binds.
    ///
    /// # Errors
    /// The first two errors leave the socket unchanged. After a later error, the preceding steps remain applied.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the socket's type does not support a key.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the `type` is not the socket's, or keys belong to two
    ///   security mechanisms.
    /// - other errors of the methods of [`Socket`]. The error names the key.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind, Pull, SocketConfig};
    ///
    /// let config: SocketConfig = toml::from_str("recv_hwm = 10\nmandatory = true").unwrap();
    /// let socket = Context::new()?.socket(Pull)?;
    /// let error = config.apply(&socket).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotSupported);
    /// assert_eq!(error.to_string(), "cannot set mandatory: PULL sockets do not have it (ENOTSUP)");
    /// assert_eq!(socket.recv_hwm()?, 1000);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn apply<K: Kind>(&self, socket: &Socket<K>) -> Result<Vec<Endpoint>> {
        let settings = self.in_order();
        self.check(socket.socket_type(), &settings)?;
        let mut bound = Vec::new();
        for (key, setting) in settings {
            set(socket, key, setting, &mut bound)?;
        }
        Ok(bound)
    }

    /// Checks whether the configuration suits sockets of this type, as far as possible without a socket. Call this to
    /// check a configuration at startup.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the type does not support a key.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the `type` is another one, or keys belong to two security
    ///   mechanisms.
    ///
    /// # Examples
    /// ```
    /// use zmq::{SocketConfig, SocketType};
    ///
    /// let config: SocketConfig = toml::from_str(r#"subscribe = ["weather."]"#).unwrap();
    /// assert!(config.check_for(SocketType::Sub).is_ok());
    /// let error = config.check_for(SocketType::Push).unwrap_err();
    /// assert_eq!(error.to_string(), "cannot set subscribe: PUSH sockets do not have it (ENOTSUP)");
    /// ```
    pub fn check_for(&self, socket_type: SocketType) -> Result<()> {
        self.check(socket_type, &self.in_order())
    }

    fn check(&self, socket_type: SocketType, settings: &[(&'static Key, &Setting)]) -> Result<()> {
        match self.socket_type() {
            Some(other) if other != socket_type => {
                return Err(refused(format!("it is for a {other} socket, but this is a {socket_type} socket")));
            }
            _ => {}
        }
        for (key, _) in settings {
            socket_type.expect_ability(key.ability, Operation::SetOption, key.name())?;
        }
        check_mechanism(settings)
    }

    /// Returns the configured socket type, or `None` if there is no key `type`.
    ///
    /// # Examples
    /// ```
    /// let config: zmq::SocketConfig = toml::from_str(r#"type = "PULL""#).unwrap();
    /// assert_eq!(config.socket_type(), Some(zmq::SocketType::Pull));
    /// ```
    #[must_use]
    pub fn socket_type(&self) -> Option<SocketType> {
        match self.settings.get(TYPE) {
            Some(Setting::SocketType(socket_type)) => Some(*socket_type),
            _ => None,
        }
    }

    /// Sets the type of socket that [`open`](Self::open) opens: the key `type`.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, SocketConfig, SocketType};
    ///
    /// let mut config = SocketConfig::new();
    /// config.set_type(SocketType::Push);
    /// let socket = config.open(&Context::new()?)?;
    /// # drop(socket);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_type(&mut self, socket_type: SocketType) -> &mut Self {
        self.put(TYPE, Some(Setting::SocketType(socket_type)))
    }

    /// Adds a prefix to the list `subscribe`, as an argument for [`Socket::subscribe`](crate::Socket::subscribe).
    ///
    /// # Examples
    /// ```
    /// let mut config = zmq::SocketConfig::new();
    /// config.subscribe("weather.").subscribe("traffic.");
    /// assert!(config.keys().eq(["subscribe"]));
    /// ```
    pub fn subscribe(&mut self, prefix: impl AsRef<[u8]>) -> &mut Self {
        let prefix = prefix.as_ref().to_vec();
        match self.settings.get_mut(SUBSCRIBE) {
            Some(Setting::Prefixes(prefixes)) => prefixes.push(prefix),
            _ => drop(self.put(SUBSCRIBE, Some(Setting::Prefixes(vec![prefix])))),
        }
        self
    }

    /// Adds an endpoint to the list `bind`, as an argument for [`Socket::bind`](crate::Socket::bind).
    ///
    /// # Errors
    /// - [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint): the endpoint cannot be parsed.
    ///
    /// # Examples
    /// ```
    /// let mut config = zmq::SocketConfig::new();
    /// config.bind("tcp://127.0.0.1:*")?.bind("inproc://jobs")?;
    /// assert!(config.bind("127.0.0.1").is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn bind(&mut self, endpoint: impl AsRef<str>) -> Result<&mut Self> {
        let endpoint = Endpoint::parse_for(Operation::Bind, endpoint.as_ref())?;
        match self.settings.get_mut(BIND) {
            Some(Setting::Binds(endpoints)) => endpoints.push(endpoint),
            _ => drop(self.put(BIND, Some(Setting::Binds(vec![endpoint])))),
        }
        Ok(self)
    }

    /// Adds an endpoint to the list `connect`, as an argument for [`Socket::connect`](crate::Socket::connect).
    ///
    /// # Errors
    /// - [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint): the endpoint cannot be parsed.
    ///
    /// # Examples
    /// ```
    /// let mut config = zmq::SocketConfig::new();
    /// config.connect("inproc://jobs")?;
    /// assert!(config.connect("tcp://*:5555").is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn connect(&mut self, endpoint: impl AsRef<str>) -> Result<&mut Self> {
        let endpoint = Endpoint::parse_for(Operation::Connect, endpoint.as_ref())?;
        match self.settings.get_mut(CONNECT) {
            Some(Setting::Connects(endpoints)) => endpoints.push(endpoint),
            _ => drop(self.put(CONNECT, Some(Setting::Connects(vec![endpoint])))),
        }
        Ok(self)
    }

    /// Overrides this configuration with every key of `other`. Lists are replaced as a whole.
    ///
    /// # Examples
    /// ```
    /// let mut config = zmq::SocketConfig::new();
    /// config.set_recv_hwm(1000);
    /// config.merge(zmq::SocketConfig::new().set_send_hwm(10));
    /// assert!(config.keys().eq(["recv_hwm", "send_hwm"]));
    /// ```
    pub fn merge(&mut self, other: &Self) -> &mut Self {
        self.settings.extend(other.settings.iter().map(|(name, setting)| (*name, setting.clone())));
        self
    }

    /// Removes a key. Returns `true` if it was present.
    ///
    /// # Examples
    /// ```
    /// let mut config = zmq::SocketConfig::new();
    /// config.set_recv_hwm(1000);
    /// assert!(config.remove("recv_hwm"));
    /// assert!(!config.remove("recv_hwm"));
    /// ```
    pub fn remove(&mut self, key: &str) -> bool {
        self.settings.remove(key).is_some()
    }

    /// Returns the keys of this configuration in alphabetical order.
    ///
    /// # Examples
    /// ```
    /// let mut config = zmq::SocketConfig::new();
    /// config.set_send_hwm(10).set_recv_hwm(10);
    /// assert!(config.keys().eq(["recv_hwm", "send_hwm"]));
    /// ```
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &'static str> + '_ {
        self.settings.keys().copied()
    }

    /// Returns all valid keys.
    ///
    /// # Examples
    /// ```
    /// assert!(zmq::SocketConfig::known_keys().contains(&"linger"));
    /// ```
    #[must_use]
    pub fn known_keys() -> &'static [&'static str] {
        table::names()
    }

    fn put(&mut self, name: &'static str, setting: Option<Setting>) -> &mut Self {
        match setting {
            Some(setting) => self.settings.insert(name, setting),
            None => self.settings.remove(name),
        };
        self
    }

    /// Returns the settings in the order in which they are applied: that of the keys, except for the roles of security
    /// mechanisms. Setting a role to `true` resets another mechanism's client settings, and setting one to `false`
    /// resets any mechanism.
    fn in_order(&self) -> Vec<(&'static Key, &Setting)> {
        let found = table::all().filter_map(|key| Some((key, self.settings.get(key.name())?)));
        let mut settings: Vec<_> = found.collect();
        settings.sort_by_key(|(key, setting)| match setting {
            Setting::Bool(on) if mechanism(key).is_some() && key.name().ends_with("_server") => u8::from(*on),
            _ => 2,
        });
        settings
    }
}

/// Omits secrets.
impl fmt::Debug for SocketConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SocketConfig ")?;
        f.debug_map().entries(&self.settings).finish()
    }
}

fn set<K: Kind>(socket: &Socket<K>, key: &Key, setting: &Setting, bound: &mut Vec<Endpoint>) -> Result<()> {
    match (key.name(), setting) {
        (TYPE, _) => {}
        ("send_hwm", Setting::Count(messages)) => drop(socket.set_send_hwm(*messages)?),
        ("recv_hwm", Setting::Count(messages)) => drop(socket.set_recv_hwm(*messages)?),
        ("tcp_keepalive", Setting::TcpKeepalive(keepalive)) => drop(socket.set_tcp_keepalive(*keepalive)?),
        ("heartbeat", Setting::Heartbeat(heartbeat)) => drop(socket.set_heartbeat(*heartbeat)?),
        ("zap_enforce_domain", Setting::Bool(on)) => drop(socket.set_zap_enforce_domain(*on)?),
        ("routing_id", Setting::Bytes(id)) => drop(socket.assign_routing_id(id)?),
        ("welcome_message", Setting::Bytes(message)) => drop(socket.assign_welcome_message(message)?),
        ("manual", Setting::Bool(on)) => drop(socket.assign_manual(sys::ZMQ_XPUB_MANUAL, key.name(), *on)?),
        ("manual_last_value", Setting::Bool(on)) => {
            socket.assign_manual(sys::ZMQ_XPUB_MANUAL_LAST_VALUE, key.name(), *on)?;
        }
        ("conflate", Setting::Bool(on)) => drop(socket.set_conflation(*on)?),
        #[cfg(feature = "draft")]
        ("busy_poll", Setting::Time(time)) => drop(socket.set_busy_poll(*time)?),
        #[cfg(feature = "draft")]
        ("hello_message", Setting::Bytes(message)) => drop(socket.assign_hello_message(message)?),
        (SUBSCRIBE, Setting::Prefixes(prefixes)) => {
            for prefix in prefixes {
                socket.assign_prefix(sys::ZMQ_SUBSCRIBE, key.name(), prefix)?;
            }
        }
        (BIND, Setting::Binds(endpoints)) => {
            for endpoint in endpoints {
                bound.push(socket.bind(endpoint)?);
            }
        }
        (CONNECT, Setting::Connects(endpoints)) => {
            for endpoint in endpoints {
                socket.connect(endpoint)?;
            }
        }
        (name, setting) => {
            let set = key.option.and_then(|option| {
                table::with(name, setting, |value| socket.set_option(option, name, value).map(drop))
            });
            // A key that nothing sets; a test finds such keys.
            set.unwrap_or_else(|| Err(Error::on(Operation::SetOption, name, Errno::EINVAL)))?;
        }
    }
    Ok(())
}

#[cold]
fn refused(reason: impl Into<Box<str>>) -> Error {
    Error::new(Operation::ApplyConfig, Errno::EINVAL).because(reason)
}
