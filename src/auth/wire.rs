//! Requests and replies of ZAP 1.0, the protocol between libzmq and an authenticator (RFC 27).

use std::fmt;
use std::net::IpAddr;

use super::malformed::{Fault, Malformed};
use super::status::Status;
use crate::curve::PublicKey;
use crate::message::Message;
use crate::multipart::Multipart;
use crate::password::Password;

const VERSION: &[u8] = b"1.0";

/// The longest that any of a request's texts may be: libzmq has a byte for each length.
const LONGEST: usize = 255;
/// The longest GSSAPI principal, for which ZAP has no limit.
const LONGEST_PRINCIPAL: usize = 4096;

/// The longest value of metadata that is passed on.
const LONGEST_VALUE: usize = 1 << 16;

/// What libzmq sets itself, and a verdict may not: the peer's routing id among them.
const RESERVED: [&str; 4] = ["Identity", "Socket-Type", "User-Id", "Peer-Address"];

/// A question of libzmq: may this peer come in?
///
/// It prints, as `Debug`, without password.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    id: Vec<u8>,
    domain: String,
    address: String,
    routing_id: Vec<u8>,
    credentials: Credentials,
}

/// By what a peer shows who it is: the mechanism of its connection, and what that brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// Nothing.
    Null,
    /// A user and a password, of which nothing is proven.
    Plain {
        /// The user that the peer says it is.
        username: String,
        /// The password that it has for that.
        password: Password,
    },
    /// A public key, whose secret half the peer has.
    Curve {
        /// The key.
        public_key: PublicKey,
    },
    /// A principal, as Kerberos found it to be.
    Gssapi {
        /// The principal.
        principal: String,
    },
}

/// From where a peer comes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// An IP address. An IPv4 address within IPv6 is the IPv4 address.
    Ip(IpAddr),
    /// A process on this machine, over `ipc`, with what the system says of it.
    Ipc {
        /// The user that the process runs as, where the system tells.
        uid: Option<u32>,
        /// Its group.
        gid: Option<u32>,
        /// Its number.
        pid: Option<u32>,
    },
    /// Something that the crate does not know, as libzmq writes it.
    Other(String),
}

impl Request {
    /// Reads the frames of a request, as a REP socket receives them: for who serves `inproc://zeromq.zap.01` in an event
    /// loop of their own. [`Verdict::reply_to`] writes the reply.
    ///
    /// # Errors
    /// [`Malformed`]: the user or the principal is not UTF-8, or libzmq would not send such a request at all.
    /// [`Malformed::reply`] writes the reply.
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
        let domain = text(frames.next(), LONGEST).ok_or("its domain is missing or no text")?;
        let address = text(frames.next(), LONGEST).ok_or("its address is missing or no text")?;
        let routing_id =
            frames.next().filter(|id| id.len() <= LONGEST).ok_or("its routing id is missing or too long")?;
        let mechanism = frames.next().ok_or("it has no mechanism")?;
        let credentials = match mechanism {
            b"NULL" => Credentials::Null,
            b"PLAIN" => Credentials::Plain {
                username: credential(frames.next(), LONGEST, "the user is missing or too long", "the user is no text")?,
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
                    "the principal is no text",
                )?,
            },
            _ => return Err("its mechanism is unknown".into()),
        };
        if frames.next().is_some() {
            return Err("it has too many frames".into());
        }
        Ok(Self { id: id.to_vec(), domain, address, routing_id: routing_id.to_vec(), credentials })
    }

    /// Returns the domain of the socket that the peer wants to talk to; empty where it has none.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the peer's address as libzmq writes it.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns from where the peer comes.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::read(&self.address)
    }

    /// Returns the routing id of the socket that the peer wants to talk to; empty where it has none.
    #[must_use]
    pub fn routing_id(&self) -> &[u8] {
        &self.routing_id
    }

    /// Returns by what the peer shows who it is.
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
    /// Returns the name of the mechanism, as ZMTP has it.
    #[must_use]
    pub fn mechanism(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Plain { .. } => "PLAIN",
            Self::Curve { .. } => "CURVE",
            Self::Gssapi { .. } => "GSSAPI",
        }
    }

    /// Returns who the peer is, once it is let in: the user, the key in Z85, or the principal; `"anonymous"` for NULL.
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
        // libzmq: "localhost:uid:gid:pid", where the last two may be empty.
        if let Some(numbers) = address.strip_prefix("localhost:") {
            let mut numbers = numbers.split(':').map(|number| number.parse().ok());
            let [uid, gid, pid] = std::array::from_fn(|_| numbers.next().flatten());
            return Self::Ipc { uid, gid, pid };
        }
        if address == "localhost" {
            return Self::Ipc { uid: None, gid: None, pid: None };
        }
        // A link-local address, of IPv6, has its interface behind it.
        let number = address.split_once('%').map_or(address, |(number, _)| number);
        let number = if number.contains(':') { number } else { address };
        match number.parse::<IpAddr>() {
            Ok(address) => Self::Ip(address.to_canonical()),
            Err(_) => Self::Other(address.to_owned()),
        }
    }
}

/// The answer to a [`Request`].
///
/// # Examples
/// ```
/// use zmq::auth::{Status, Verdict};
///
/// let verdict = Verdict::accept("alice").with_metadata("Role", "operator");
/// assert_eq!(verdict.status(), Status::Accepted);
/// assert_eq!(Verdict::refuse("too late").status(), Status::Refused);
/// // A user id in which C would find another one's end lets nobody in.
/// assert_eq!(Verdict::accept("root\0alice").status(), Status::Failed);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    status: Status,
    text: String,
    user_id: String,
    metadata: Vec<(String, Vec<u8>)>,
}

impl Verdict {
    /// Lets the peer in, as this user: what [`Message::user_id`](crate::Message::user_id) returns of its messages.
    ///
    /// A user id of more than 255 bytes, or with a NUL, which cuts it in C, makes the verdict [`fail`](Self::fail).
    pub fn accept(user_id: impl Into<String>) -> Self {
        let user_id = user_id.into();
        if user_id.len() > LONGEST || user_id.contains('\0') {
            return Self::fail("the user id has more than 255 bytes, or a NUL");
        }
        Self { status: Status::Accepted, text: "OK".to_owned(), user_id, metadata: Vec::new() }
    }

    /// Turns the peer away for good. A peer that is libzmq does not try again.
    pub fn refuse(reason: impl Into<String>) -> Self {
        Self::not(Status::Refused, reason.into())
    }

    /// Turns the peer away for now, in silence: it tries again, once its
    /// [handshake interval](crate::Socket::set_handshake_interval) is over at the latest.
    pub fn postpone(reason: impl Into<String>) -> Self {
        Self::not(Status::Postponed, reason.into())
    }

    /// Turns the peer away because of a fault at this end, for good: [`postpone`](Self::postpone) is for one that passes.
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::not(Status::Failed, reason.into())
    }

    pub(super) fn not(status: Status, mut text: String) -> Self {
        while text.len() > LONGEST {
            text.pop();
        }
        Self { status, text, user_id: String::new(), metadata: Vec::new() }
    }

    /// Adds a property to the messages of the peer, where [`Message::metadata`](crate::Message::metadata) returns it.
    ///
    /// The name has 1 to 255 letters, digits and `-_.+`, and is none that libzmq sets itself; the value has no NUL, which
    /// would cut it in C. Anything else makes the verdict [`fail`](Self::fail). Of two properties of one name the first
    /// counts. Where a verdict has none of a name, the peer itself may have sent one.
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        let (name, value) = (name.into(), value.into());
        if self.status != Status::Accepted {
            return self;
        }
        if !is_metadata(&name, &value) {
            return Self::fail("the metadata is not possible");
        }
        self.metadata.push((name, value));
        self
    }

    /// Returns what becomes of the peer.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Whether the peer is let in.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.status == Status::Accepted
    }

    /// Returns why: for a log, the peer is not told.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the user as whom the peer is let in; empty where it is not.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Writes the reply to the request: for who serves `inproc://zeromq.zap.01` in an event loop of their own.
    #[must_use]
    pub fn reply_to(&self, request: &Request) -> Multipart {
        self.reply(request.id())
    }

    pub(super) fn reply(&self, id: &[u8]) -> Multipart {
        let mut metadata = Vec::new();
        for (name, value) in &self.metadata {
            // Both were checked when they came in.
            metadata.extend(u8::try_from(name.len()).into_iter().chain(name.bytes()));
            metadata.extend(u32::try_from(value.len()).unwrap_or_default().to_be_bytes());
            metadata.extend(value);
        }
        let status = self.status.code().to_string();
        [VERSION, id, status.as_bytes(), self.text.as_bytes(), self.user_id.as_bytes(), &metadata]
            .into_iter()
            .map(Message::from)
            .collect()
    }
}

impl Malformed {
    /// Writes the reply that turns the peer away; `None` where the request has no id to reply to.
    ///
    /// Its status is 400 where the peer itself sent what is no text, and 500 for a request that libzmq would not send.
    #[must_use]
    pub fn reply(&self) -> Option<Multipart> {
        Some(Verdict::not(self.fault.status, self.fault.reason.to_owned()).reply(self.id.as_deref()?))
    }
}

/// Whether a verdict may set metadata of this name.
pub(super) fn is_metadata_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(fits)
        && !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

pub(super) fn is_metadata(name: &str, value: &[u8]) -> bool {
    is_metadata_name(name) && value.len() <= LONGEST_VALUE && !value.contains(&0)
}

fn text(frame: Option<&[u8]>, longest: usize) -> Option<String> {
    let frame = frame.filter(|frame| frame.len() <= longest)?;
    std::str::from_utf8(frame).ok().map(str::to_owned)
}

/// Reads the name that a peer gave itself, in whichever bytes it liked.
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
