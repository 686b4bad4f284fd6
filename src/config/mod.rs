//! Sockets as data: the options of a socket, its subscriptions and endpoints, from a file.

mod duration;
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
use setting::Setting;
use table::{BIND, CONNECT, Key, SUBSCRIBE, TYPE};

/// The options of a socket as data, with what it subscribes to and where it binds and connects: feature `serde`.
///
/// It comes from TOML, JSON or whatever else serde reads, or from the setters, which are those of [`Socket`] once more.
/// [`open`](Self::open) makes a socket of it, [`apply`](Self::apply) prepares one that is there.
///
/// # Keys
/// Each setter of [`Socket`] is a key without its `set_`: `send_hwm`, `linger`, `routing_id`. To them come `type`, which
/// `open` needs, and the lists `subscribe`, `bind` and `connect`. What is left out stays as it is on a new socket. A key
/// that does not exist is an error, which says what it may have been meant to be. [`known_keys`](Self::known_keys) has
/// all of them.
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
/// Values are checked while they are read, so that the error has the place in the file.
///
/// # Secrets
/// `plain_password` and `curve_secret_key` are read, never written, and not shown in `Debug` or in the crate's errors.
/// (The reader of a file format may quote the line that it could not read.)
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
/// A part of a program's own configuration, with what the file says on top of the program's defaults:
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
    /// Makes one without a key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a socket of the `type` that the configuration has, and applies the rest to it.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) without a `type`; those of
    /// [`Context::socket`](crate::Context::socket) and [`apply`](Self::apply). No socket stays open then.
    pub fn open(&self, context: &Context) -> Result<Socket<Any>> {
        let socket_type = self.socket_type().ok_or_else(|| {
            refused(r#"it has no type: add one, such as type = "ROUTER", or apply it to a socket that is open"#)
        })?;
        let socket = context.socket(socket_type)?;
        self.apply(&socket)?;
        Ok(socket)
    }

    /// Sets the options, subscribes, binds and connects, in this order, and returns where the socket was bound, as
    /// resolved.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) for a key that the socket's type lacks, and
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a `type` that is not the socket's and for options of two
    /// security mechanisms: nothing is changed then. Later errors are those of the methods of [`Socket`], which name the
    /// key; what comes before it in the order is done.
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

    /// Says whether a socket of this type could have the configuration, as far as that is known without one: for a
    /// program that checks its configuration before it starts.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply) with which nothing is changed.
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
                return Err(refused(format!("it is for a {other} socket, and this is a {socket_type}")));
            }
            _ => {}
        }
        for (key, _) in settings {
            socket_type.expect_ability(key.ability, Operation::SetOption, key.name())?;
        }
        check_mechanism(settings)
    }

    /// Returns the type of socket that it is for.
    #[must_use]
    pub fn socket_type(&self) -> Option<SocketType> {
        match self.settings.get(TYPE) {
            Some(Setting::SocketType(socket_type)) => Some(*socket_type),
            _ => None,
        }
    }

    /// Sets the type of socket that [`open`](Self::open) opens: the key `type`.
    pub fn set_type(&mut self, socket_type: SocketType) -> &mut Self {
        self.put(TYPE, Some(Setting::SocketType(socket_type)))
    }

    /// Adds a subscription, as [`Socket::subscribe`](crate::Socket::subscribe) makes it, to the list `subscribe`.
    pub fn subscribe(&mut self, prefix: impl AsRef<[u8]>) -> &mut Self {
        let prefix = prefix.as_ref().to_vec();
        match self.settings.get_mut(SUBSCRIBE) {
            Some(Setting::Prefixes(prefixes)) => prefixes.push(prefix),
            _ => drop(self.put(SUBSCRIBE, Some(Setting::Prefixes(vec![prefix])))),
        }
        self
    }

    /// Adds an endpoint, which [`Socket::bind`](crate::Socket::bind) takes, to the list `bind`.
    ///
    /// # Errors
    /// [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint) for one that cannot be parsed.
    pub fn bind(&mut self, endpoint: impl AsRef<str>) -> Result<&mut Self> {
        let endpoint = Endpoint::parse_for(Operation::Bind, endpoint.as_ref())?;
        match self.settings.get_mut(BIND) {
            Some(Setting::Binds(endpoints)) => endpoints.push(endpoint),
            _ => drop(self.put(BIND, Some(Setting::Binds(vec![endpoint])))),
        }
        Ok(self)
    }

    /// Adds an endpoint, which [`Socket::connect`](crate::Socket::connect) takes, to the list `connect`.
    ///
    /// # Errors
    /// [`InvalidEndpoint`](crate::ErrorKind::InvalidEndpoint) for one that cannot be parsed.
    pub fn connect(&mut self, endpoint: impl AsRef<str>) -> Result<&mut Self> {
        let endpoint = Endpoint::parse_for(Operation::Connect, endpoint.as_ref())?;
        match self.settings.get_mut(CONNECT) {
            Some(Setting::Connects(endpoints)) => endpoints.push(endpoint),
            _ => drop(self.put(CONNECT, Some(Setting::Connects(vec![endpoint])))),
        }
        Ok(self)
    }

    /// Takes over every key that the other has; a list as a whole. The others stay.
    pub fn merge(&mut self, other: &Self) -> &mut Self {
        self.settings.extend(other.settings.iter().map(|(name, setting)| (*name, setting.clone())));
        self
    }

    /// Takes a key out; returns whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.settings.remove(key).is_some()
    }

    /// Returns the keys that it has, in alphabetical order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &'static str> + '_ {
        self.settings.keys().copied()
    }

    /// Returns every key that there is.
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

    /// Returns the settings in the order in which they are applied: that of the keys, but for the roles in a security
    /// mechanism. To take one on undoes what the client of another has set, and to refuse one undoes any.
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

/// Leaves secrets out.
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
            let set = key.option.and_then(|option| setting.with(|value| socket.set_option(option, name, value)));
            // A key that nobody sets; a test looks for them.
            set.unwrap_or_else(|| Err(Error::on(Operation::SetOption, name, Errno::EINVAL)))?;
        }
    }
    Ok(())
}

/// Returns the security mechanism that an option belongs to.
fn mechanism(key: &Key) -> Option<&'static str> {
    let (mechanism, _) = key.name().split_once('_')?;
    matches!(mechanism, "plain" | "curve" | "gssapi").then_some(mechanism)
}

/// Refuses options of two mechanisms, and of both roles in one: libzmq would take those that it gets last.
fn check_mechanism(settings: &[(&'static Key, &Setting)]) -> Result<()> {
    let has = |name: &str| settings.iter().any(|(key, _)| key.name() == name);
    let chosen = settings.iter().filter(|(_, setting)| **setting != Setting::Bool(false)).map(|(key, _)| *key);
    let mut chosen = chosen.filter_map(|key| Some((key.name(), mechanism(key)?)));
    let Some((first, mechanism)) = chosen.next() else { return Ok(()) };
    let refused = |name: &str, reason: String| Err(Error::invalid(Operation::SetOption, name, reason));
    if let Some((other, _)) = chosen.find(|(_, other)| *other != mechanism) {
        return refused(other, format!("{first} chooses another security mechanism: keep the keys of one"));
    }
    let of_clients = CLIENTS_KEYS.iter().find(|(server, client)| *server == first && has(client));
    match of_clients {
        Some((server, client)) => {
            refused(client, format!("{server} is on, and it is for clients: keep one of the two"))
        }
        None => Ok(()),
    }
}

/// What makes a server of the socket, and what makes a client of it.
const CLIENTS_KEYS: [(&str, &str); 4] = [
    ("plain_server", "plain_username"),
    ("plain_server", "plain_password"),
    ("curve_server", "curve_server_key"),
    ("gssapi_server", "gssapi_service_principal"),
];

#[cold]
fn refused(reason: impl Into<Box<str>>) -> Error {
    Error::new(Operation::ApplyConfig, Errno::EINVAL).because(reason)
}
