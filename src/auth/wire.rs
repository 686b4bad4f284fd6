//! Requests and replies of ZAP 1.0, the protocol between libzmq and an authenticator (RFC 27).

use std::fmt;
use std::net::IpAddr;

use super::malformed::{Fault, Malformed};
use super::status::Status;
use super::verdict::{LONGEST, VERSION, Verdict};
use crate::curve::PublicKey;
use crate::multipart::Multipart;
use crate::password::Password;

/// The maximum length of a GSSAPI principal, which ZAP does not limit.
const LONGEST_PRINCIPAL: usize = 4096;

/// An authentication request of libzmq for a peer.
///
/// `Debug` omits the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    id: Vec<u8>,
    domain: String,
    address: String,
    routing_id: Vec<u8>,
    credentials: Credentials,
}

/// The credentials of a peer: the mechanism of its connection, with the data that the mechanism provides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// No credentials.
    Null,
    /// A username and a password, unverified.
    Plain {
        /// The username that the peer claims.
        username: String,
        /// The password that the peer sent.
        password: Password,
    },
    /// A public key. The peer has proven that it has the secret key.
    Curve {
        /// The key.
        public_key: PublicKey,
    },
    /// A principal, authenticated by Kerberos.
    Gssapi {
        /// The principal.
        principal: String,
    },
}

/// The origin of a peer's connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// An IP address. An IPv4-mapped IPv6 address is represented as the IPv4 address.
    Ip(IpAddr),
    /// A process on this machine, over `ipc`, with the information that the system provides.
    Ipc {
        /// The user ID of the process, if the system reports it.
        uid: Option<u32>,
        /// The group ID of the process, if the system reports it.
        gid: Option<u32>,
        /// The process ID, if the system reports it.
        pid: Option<u32>,
    },
    /// An address of an unknown form, as libzmq writes it.
    Other(String),
}

impl Request {
    /// Parses the frames of a request, as a REP socket receives them. Use this to serve `inproc://zeromq.zap.01` in an
    /// event loop of your own, and [`Verdict::reply_to`] to create the reply.
    ///
    /// # Errors
    /// Returns [`Malformed`] if the username or the principal is not UTF-8, or if libzmq would not send such a request.
    /// [`Malformed::reply`] creates the reply.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Credentials, Request, Rules, Verdict};
    ///
    /// let frames = ["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"];
    /// let request = Request::read(&frames)?;
    /// assert_eq!(request.domain(), "global");
    /// assert!(matches!(request.credentials(), Credentials::Plain { username, .. } if username == "admin"));
    ///
    /// let verdict = Rules::new().plain_user("admin", "secret").judge(&request);
    /// assert_eq!(verdict.reply_to(&request).into_vec()[2], "200");
    /// # Ok::<(), zmq::auth::Malformed>(())
    /// ```
    pub fn read<F: AsRef<[u8]>>(frames: &[F]) -> Result<Self, Malformed> {
        let mut frames = frames.iter().map(AsRef::as_ref);
        let mut id = None;
        Self::read_frames(&mut frames, &mut id).map_err(|fault| Malformed::new(id, fault))
    }

    fn read_frames<'a>(
        frames: &mut impl Iterator<Item = &'a [u8]>,
        answered: &mut Option<Vec<u8>>,
    ) -> Result<Self, Fault> {
        let version = frames.next().ok_or("it has no frames")?;
        let id = frames.next().ok_or("it has no request id")?;
        if id.len() > LONGEST {
            return Err("its request id is too long".into());
        }
        *answered = Some(id.to_vec());
        if version != VERSION {
            return Err("it is not of version 1.0".into());
        }
        let domain = text(frames.next(), LONGEST).ok_or("its domain is missing or not UTF-8")?;
        let address = text(frames.next(), LONGEST).ok_or("its address is missing or not UTF-8")?;
        let routing_id =
            frames.next().filter(|id| id.len() <= LONGEST).ok_or("its routing id is missing or too long")?;
        let mechanism = frames.next().ok_or("it has no mechanism")?;
        let credentials = match mechanism {
            b"NULL" => Credentials::Null,
            b"PLAIN" => Credentials::Plain {
                username: credential(
                    frames.next(),
                    LONGEST,
                    "the username is missing or too long",
                    "the username is not UTF-8",
                )?,
                password: match frames.next() {
                    Some(password) if password.len() <= LONGEST => password.into(),
                    _ => return Err("the password is missing or too long".into()),
                },
            },
            b"CURVE" => {
                let key = frames.next().and_then(|key| <[u8; 32]>::try_from(key).ok());
                Credentials::Curve { public_key: PublicKey::from_bytes(key.ok_or("there is no key of 32 bytes")?) }
            }
            b"GSSAPI" => Credentials::Gssapi {
                principal: credential(
                    frames.next(),
                    LONGEST_PRINCIPAL,
                    "the principal is missing or too long",
                    "the principal is not UTF-8",
                )?,
            },
            _ => return Err("its mechanism is unknown".into()),
        };
        if frames.next().is_some() {
            return Err("it has too many frames".into());
        }
        Ok(Self { id: id.to_vec(), domain, address, routing_id: routing_id.to_vec(), credentials })
    }

    /// Returns the domain of the socket that the peer connects to, which is empty if the socket has none.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Request;
    ///
    /// let frames = ["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"];
    /// let request = Request::read(&frames)?;
    /// assert_eq!(request.domain(), "global");
    /// # Ok::<(), zmq::auth::Malformed>(())
    /// ```
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the peer's address, as libzmq writes it.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Request;
    ///
    /// let request = Request::read(&["1.0", "1", "global", "127.0.0.1", "", "NULL"]).unwrap();
    /// assert_eq!(request.address(), "127.0.0.1");
    /// ```
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the origin of the peer's connection.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Origin, Request};
    ///
    /// let request = Request::read(&["1.0", "1", "global", "127.0.0.1", "", "NULL"]).unwrap();
    /// assert_eq!(request.origin(), Origin::Ip([127, 0, 0, 1].into()));
    /// ```
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::read(&self.address)
    }

    /// Returns the routing ID of the socket that the peer connects to, which is empty if the socket has none.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Request;
    ///
    /// let request = Request::read(&["1.0", "1", "global", "127.0.0.1", "server", "NULL"]).unwrap();
    /// assert_eq!(request.routing_id(), b"server");
    /// ```
    #[must_use]
    pub fn routing_id(&self) -> &[u8] {
        &self.routing_id
    }

    /// Returns the peer's credentials.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Request;
    ///
    /// let frames = ["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"];
    /// let request = Request::read(&frames)?;
    /// assert_eq!(request.credentials().mechanism(), "PLAIN");
    /// # Ok::<(), zmq::auth::Malformed>(())
    /// ```
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) fn id(&self) -> &[u8] {
        &self.id
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("domain", &self.domain)
            .field("address", &self.address)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Returns the name of the mechanism in ZMTP.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::Credentials::Null.mechanism(), "NULL");
    /// ```
    #[must_use]
    pub fn mechanism(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Plain { .. } => "PLAIN",
            Self::Curve { .. } => "CURVE",
            Self::Gssapi { .. } => "GSSAPI",
        }
    }

    /// Returns the user ID that the peer has once it is accepted: the username, the key in Z85, or the principal;
    /// `"anonymous"` for NULL.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::Credentials::Null.user_id(), "anonymous");
    /// ```
    #[must_use]
    pub fn user_id(&self) -> String {
        match self {
            Self::Null => "anonymous".to_owned(),
            Self::Plain { username, .. } => username.clone(),
            Self::Curve { public_key } => public_key.to_string(),
            Self::Gssapi { principal } => principal.clone(),
        }
    }
}

impl Origin {
    fn read(address: &str) -> Self {
        // The form is "localhost:uid:gid:pid", and the last two may be empty.
        if let Some(numbers) = address.strip_prefix("localhost:") {
            let mut numbers = numbers.split(':').map(|number| number.parse().ok());
            let [uid, gid, pid] = std::array::from_fn(|_| numbers.next().flatten());
            return Self::Ipc { uid, gid, pid };
        }
        if address == "localhost" {
            return Self::Ipc { uid: None, gid: None, pid: None };
        }
        // A link-local IPv6 address is followed by its interface.
        let number = address.split_once('%').map_or(address, |(number, _)| number);
        let number = if number.contains(':') { number } else { address };
        match number.parse::<IpAddr>() {
            Ok(address) => Self::Ip(address.to_canonical()),
            Err(_) => Self::Other(address.to_owned()),
        }
    }
}

impl Verdict {
    /// Creates the reply to the request. Use this to serve `inproc://zeromq.zap.01` in an event loop of your own.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Request, Verdict};
    ///
    /// let frames = ["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"];
    /// let request = Request::read(&frames)?;
    /// let reply = Verdict::accept("admin").reply_to(&request).into_vec();
    /// assert_eq!((&reply[2], &reply[4]), (&"200".into(), &"admin".into()));
    /// # Ok::<(), zmq::auth::Malformed>(())
    /// ```
    #[must_use]
    pub fn reply_to(&self, request: &Request) -> Multipart {
        self.reply(request.id())
    }
}

fn text(frame: Option<&[u8]>, longest: usize) -> Option<String> {
    let frame = frame.filter(|frame| frame.len() <= longest)?;
    std::str::from_utf8(frame).ok().map(str::to_owned)
}

/// Parses a name that the peer chose, which may be any bytes.
fn credential(
    frame: Option<&[u8]>,
    longest: usize,
    missing: &'static str,
    no_text: &'static str,
) -> Result<String, Fault> {
    let frame = frame.filter(|frame| frame.len() <= longest).ok_or(missing)?;
    let text = std::str::from_utf8(frame).map_err(|_| Fault { status: Status::Refused, reason: no_text })?;
    Ok(text.to_owned())
}
