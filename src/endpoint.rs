//! Endpoints: the addresses that sockets bind and connect to, checked before libzmq sees them.
//!
//! libzmq misinterprets some wrong endpoints (port 99999 as port 34463, `12ab` as port 12), so errors have to be found
//! here. Unknown transports are left to libzmq, so transports of a newer version work.

use std::ffi::{CStr, CString};
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use crate::error::{Errno, Error, ErrorKind, Operation, Result};
use crate::raw;

/// The maximum length of a path that fits a socket address of the system, without its terminating NUL.
pub(crate) const LONGEST_IPC_PATH: usize = if cfg!(target_os = "linux") || cfg!(windows) { 107 } else { 103 };

/// The maximum length of an endpoint that can be read back with its terminating NUL.
const LONGEST_ENDPOINT: usize = raw::LONGEST_VALUE - 1;

/// An address that a socket binds or connects to: a transport and a transport-specific address, such as
/// `tcp://127.0.0.1:5555`.
///
/// [`bind`](crate::Socket::bind) and [`connect`](crate::Socket::connect) take text and return this type with wildcards
/// resolved. Pass the result of `bind` to a peer's `connect`, as it is or as text.
///
/// # Examples
/// ```
/// use zmq::Endpoint;
///
/// let endpoint: Endpoint = "tcp://127.0.0.1:5555".parse()?;
/// assert_eq!(endpoint.transport(), "tcp");
/// assert_eq!(endpoint.address(), "127.0.0.1:5555");
/// assert_eq!(endpoint.port(), Some(5555));
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint(CString);

impl Endpoint {
    /// Parses an endpoint and checks its form.
    ///
    /// An endpoint that only bind or only connect can use is valid here: [`bind`](crate::Socket::bind) takes wildcards,
    /// and [`connect`](crate::Socket::connect) rejects them.
    ///
    /// # Errors
    /// - [`InvalidEndpoint`](ErrorKind::InvalidEndpoint): the text is malformed. The error names the remedy.
    /// - [`NameTooLong`](ErrorKind::NameTooLong): an IPC path does not fit a socket address.
    ///
    /// # Examples
    /// ```
    /// use zmq::Endpoint;
    ///
    /// assert_eq!(Endpoint::parse("inproc://jobs")?.address(), "jobs");
    /// let error = Endpoint::parse("127.0.0.1:5555").unwrap_err();
    /// assert!(error.to_string().contains("the form must be transport://address"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_for(Operation::ParseEndpoint, text)
    }

    /// Parses an endpoint on behalf of an operation, which errors name.
    pub(crate) fn parse_for(operation: Operation, text: &str) -> Result<Self> {
        let invalid = |reason: String| Error::invalid(operation, text, reason).of_kind(ErrorKind::InvalidEndpoint);
        let endpoint = CString::new(text).map_err(|_| invalid("it contains a NUL byte".to_owned()))?;
        let Some((transport, address)) = text.split_once("://") else {
            return Err(invalid("the form must be transport://address, for example tcp://127.0.0.1:5555".to_owned()));
        };
        if transport.is_empty() {
            return Err(invalid("the transport is missing before ://".to_owned()));
        }
        if address.is_empty() {
            return Err(invalid(format!("the address is missing after {transport}://")));
        }
        let role = Role::of(operation);
        match transport {
            "tcp" => role.check_tcp(address).map_err(invalid)?,
            // The interface that precedes the address has no port.
            "udp" => role.check_host(address.rsplit(';').next().unwrap_or_default()).map_err(invalid)?,
            // Without a number, the libraries of these transports fail in various ways and sometimes abort.
            "pgm" | "epgm" | "norm" => check_multicast_port(address).map_err(invalid)?,
            "ws" | "wss" => role.check_host(address.split('/').next().unwrap_or_default()).map_err(invalid)?,
            "ipc" => {
                role.check_ipc_name(address).map_err(invalid)?;
                if address.len() > LONGEST_IPC_PATH {
                    let len = address.len();
                    let reason =
                        format!("the path has {len} bytes, but at most {LONGEST_IPC_PATH} fit a socket address");
                    return Err(Error::on(operation, text, Errno::ENAMETOOLONG).because(reason));
                }
            }
            _ => {}
        }
        if text.len() > LONGEST_ENDPOINT {
            let reason = format!("it has {} bytes, at most {LONGEST_ENDPOINT} are possible", text.len());
            return Err(Error::on(operation, text, Errno::ENAMETOOLONG).because(reason));
        }
        Ok(Self(endpoint))
    }

    /// Creates an endpoint from libzmq's report, without checks: libzmq knows which endpoint it bound.
    pub(crate) fn from_libzmq(mut text: Vec<u8>) -> Self {
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        text.truncate(end);
        // Endpoints are passed to libzmq as UTF-8, so nothing is lost here.
        let text = String::from_utf8_lossy(&text).into_owned();
        Self(CString::new(text).unwrap_or_default())
    }

    /// Returns the endpoint as text.
    ///
    /// # Examples
    /// ```
    /// let endpoint = zmq::Endpoint::parse("tcp://127.0.0.1:5555")?;
    /// assert_eq!(endpoint.as_str(), "tcp://127.0.0.1:5555");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        // The endpoint was created from text.
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn as_c_str(&self) -> &CStr {
        &self.0
    }

    /// Returns the transport: the part before `://`.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Endpoint::parse("ipc:///tmp/jobs")?.transport(), "ipc");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn transport(&self) -> &str {
        self.as_str().split_once("://").map_or("", |(transport, _)| transport)
    }

    /// Returns the address: the part after `://`.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Endpoint::parse("ipc:///tmp/jobs")?.address(), "/tmp/jobs");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn address(&self) -> &str {
        self.as_str().split_once("://").map_or("", |(_, address)| address)
    }

    /// Returns the port, or `None` if the transport has no ports or the port is not a number.
    ///
    /// # Examples
    /// ```
    /// use zmq::Endpoint;
    ///
    /// assert_eq!(Endpoint::parse("tcp://127.0.0.1:5555")?.port(), Some(5555));
    /// assert_eq!(Endpoint::parse("tcp://127.0.0.1:*")?.port(), None);
    /// assert_eq!(Endpoint::parse("inproc://jobs")?.port(), None);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.authority()?.1.parse().ok()
    }

    /// Returns the host without brackets, or `None` if the transport has no hosts. The host is a name, or an address
    /// with its zone.
    pub(crate) fn host(&self) -> Option<&str> {
        let (host, _) = self.authority()?;
        Some(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host))
    }

    /// Returns `true` if the address, or the source address of a connection, is a numeric IPv6 address.
    pub(crate) fn has_ipv6_address(&self) -> bool {
        let address = match self.transport() {
            "tcp" | "udp" => self.address(),
            "ws" | "wss" => self.address().split('/').next().unwrap_or_default(),
            _ => return false,
        };
        address.split(';').any(|part| {
            // An address without brackets was already rejected.
            let host = part.strip_prefix('[').and_then(|part| part.split([']', '%']).next());
            host.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok())
        })
    }

    /// Returns host and port, without the source address of a connection.
    fn authority(&self) -> Option<(&str, &str)> {
        let address = match self.transport() {
            "tcp" | "udp" => self.address().rsplit(';').next()?,
            "ws" | "wss" => self.address().split('/').next()?,
            _ => return None,
        };
        address.rsplit_once(':')
    }
}

/// The use of an endpoint, which determines the parts that may be left open and the remedies in errors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A bind, or an unknown use: the system may choose interfaces, port and path.
    Bind,
    /// A connect: every part must be given.
    Connect,
    /// An unbind or a disconnect. Malformed endpoints are rejected, and others are looked up among the socket's
    /// endpoints.
    Leave,
}

impl Role {
    fn of(operation: Operation) -> Self {
        match operation {
            Operation::Connect => Self::Connect,
            Operation::Unbind | Operation::Disconnect => Self::Leave,
            _ => Self::Bind,
        }
    }

    /// Returns the reason, followed by the remedy that only a bind has.
    fn reason(self, reason: &str, in_bind: &str) -> String {
        if self == Self::Bind { format!("{reason}{in_bind}") } else { reason.to_owned() }
    }

    /// Checks `host:port`, or `source:port;host:port`.
    fn check_tcp(self, address: &str) -> Result<(), String> {
        let Some((source, destination)) = address.rsplit_once(';') else {
            return self.check_host(address);
        };
        check_source(source)?;
        self.check_host(destination)
    }

    /// Checks `host:port`.
    fn check_host(self, authority: &str) -> Result<(), String> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        if self == Self::Connect && matches!(host, "*" | "[*]") {
            return Err("* is only valid in bind; to connect, name the host".to_owned());
        }
        let Some(port) = port else {
            let reason = format!("the port is missing: {authority}:PORT");
            return Err(self.reason(&reason, &format!(", or {authority}:* for any free one")));
        };
        if matches!(host, "" | "[]") {
            return Err(self.reason("the host is missing before the port", "; * stands for all interfaces"));
        }
        if host.contains(';') {
            return Err("a source address is only supported by tcp".to_owned());
        }
        check_brackets(host)?;
        match port {
            "" => Err(self.reason("the port is missing after the colon", "; * stands for any free one")),
            _ => check_port(port),
        }?;
        if self == Self::Connect && is_any_port(port) {
            return Err("only bind can choose a port; connect to the endpoint that it returned".to_owned());
        }
        Ok(())
    }

    /// Checks the special first characters of an `ipc` path: `*`, for a path that libzmq chooses, and `@`, for an
    /// abstract name.
    fn check_ipc_name(self, address: &str) -> Result<(), String> {
        match address {
            "@" => Err("the name is missing after @".to_owned()),
            "*" if self == Self::Connect => {
                Err("only bind can choose a path; connect to the endpoint that it returned".to_owned())
            }
            "*" => Ok(()),
            // libzmq would silently choose another path.
            _ if address.starts_with('*') => Err(format!(
                "* stands for any free path, so nothing may follow it; for a file of that name, write ./{address}"
            )),
            _ => Ok(()),
        }
    }
}

/// Checks the `source:port` of a connection; without a valid one, libzmq never connects.
fn check_source(source: &str) -> Result<(), String> {
    if source.is_empty() {
        return Err("the source address is missing before ;".to_owned());
    }
    let (host, port) = match source.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => {
            let host = if source.contains(':') && !source.starts_with('[') {
                format!("[{source}]")
            } else {
                source.to_owned()
            };
            return Err(format!("the port of the source is missing: {host}:0 for any free one"));
        }
    };
    match host {
        "" | "[]" => return Err("the source address is missing before its port".to_owned()),
        "*" | "[*]" => return Err("the source must be an address or an interface; to use any, leave it out".to_owned()),
        _ => check_brackets(host)?,
    }
    match port {
        "" => Err(format!("the port of the source is missing: {host}:0 for any free one")),
        _ => check_port(port),
    }
}

fn check_brackets(host: &str) -> Result<(), String> {
    if host.starts_with('[') != host.ends_with(']') || (host.contains(':') && !host.starts_with('[')) {
        return Err("an IPv6 address must be in brackets: [::1]:5555".to_owned());
    }
    Ok(())
}

/// Checks the port of `[interface;]group:port`, which bind cannot choose.
fn check_multicast_port(address: &str) -> Result<(), String> {
    match address.rsplit_once(':') {
        None => Err(format!("the port is missing: {address}:PORT")),
        Some(("", _)) => Err("the group is missing before the port".to_owned()),
        Some((_, port)) if port == "*" || port.parse() == Ok(0_u16) => {
            Err("multicast cannot choose a free port; name one from 1 to 65535".to_owned())
        }
        Some((_, port)) => check_port(port),
    }
}

fn check_port(port: &str) -> Result<(), String> {
    match port {
        "*" => Ok(()),
        _ if !port.bytes().all(|byte| byte.is_ascii_digit()) => Err(format!("port {port:?} is not a number")),
        _ if port.parse::<u16>().is_err() => Err(format!("port {port} is above 65535")),
        _ => Ok(()),
    }
}

/// Returns `true` if bind chooses a free port for this port.
fn is_any_port(port: &str) -> bool {
    port == "*" || port.bytes().all(|digit| digit == b'0')
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl AsRef<str> for Endpoint {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.as_str().to_owned()
    }
}

impl PartialEq<str> for Endpoint {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Endpoint {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
