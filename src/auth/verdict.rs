//! The verdicts of an authenticator, and their form in ZAP 1.0 (RFC 27).

use super::status::Status;
use crate::message::Message;
use crate::multipart::Multipart;

pub(super) const VERSION: &[u8] = b"1.0";

/// The maximum length of a request's texts: libzmq has one byte for each length.
pub(super) const LONGEST: usize = 255;

/// The maximum length of a metadata value.
const LONGEST_VALUE: usize = 1 << 16;

/// Properties that libzmq sets itself and a verdict must not, including the peer's routing ID.
const RESERVED: [&str; 4] = ["Identity", "Socket-Type", "User-Id", "Peer-Address"];

/// The verdict on a [`Request`](crate::auth::Request).
///
/// # Examples
/// ```
/// use zmq::auth::{Status, Verdict};
///
/// let verdict = Verdict::accept("alice").with_metadata("Role", "operator");
/// assert_eq!(verdict.status(), Status::Accepted);
/// assert_eq!(Verdict::refuse("too late").status(), Status::Refused);
/// // C code would truncate this user ID to "root", so the peer is refused.
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
    /// Accepts the peer with this user ID, which [`Message::user_id`](crate::Message::user_id) returns for its
    /// messages.
    ///
    /// A user ID with more than 255 bytes, or with a NUL byte, which C code would take for its end, turns the verdict
    /// into [`fail`](Self::fail).
    ///
    /// # Examples
    /// ```
    /// let verdict = zmq::auth::Verdict::accept("alice");
    /// assert!(verdict.is_accepted());
    /// assert_eq!(verdict.user_id(), "alice");
    /// ```
    pub fn accept(user_id: impl Into<String>) -> Self {
        let user_id = user_id.into();
        if user_id.len() > LONGEST || user_id.contains('\0') {
            return Self::fail("the user id has more than 255 bytes, or a NUL");
        }
        Self { status: Status::Accepted, text: "OK".to_owned(), user_id, metadata: Vec::new() }
    }

    /// Refuses the peer permanently. A libzmq peer does not retry.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Status, Verdict};
    ///
    /// assert_eq!(Verdict::refuse("unknown user").status(), Status::Refused);
    /// ```
    pub fn refuse(reason: impl Into<String>) -> Self {
        Self::not(Status::Refused, reason.into())
    }

    /// Refuses the peer for now, without notifying it. The peer retries before its [handshake
    /// interval](crate::Socket::set_handshake_interval) is over.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Status, Verdict};
    ///
    /// assert_eq!(Verdict::postpone("the database is starting").status(), Status::Postponed);
    /// ```
    pub fn postpone(reason: impl Into<String>) -> Self {
        Self::not(Status::Postponed, reason.into())
    }

    /// Refuses the peer permanently because of a fault at this end. For a temporary fault, call
    /// [`postpone`](Self::postpone).
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Status, Verdict};
    ///
    /// assert_eq!(Verdict::fail("the database is corrupt").status(), Status::Failed);
    /// ```
    pub fn fail(reason: impl Into<String>) -> Self {
        Self::not(Status::Failed, reason.into())
    }

    pub(super) fn not(status: Status, mut text: String) -> Self {
        while text.len() > LONGEST {
            text.pop();
        }
        Self { status, text, user_id: String::new(), metadata: Vec::new() }
    }

    /// Adds a property to the metadata of the peer's messages, for [`Message::metadata`](crate::Message::metadata).
    ///
    /// The name must have 1 to 255 letters, digits and `-_.+`, and must not be one that libzmq sets itself. The value
    /// must not contain a NUL byte, which C code would take for its end. Otherwise the verdict turns into
    /// [`fail`](Self::fail). Of several properties with one name, the first counts. If a verdict does not set a name,
    /// the peer itself may have sent a property with that name.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Status, Verdict};
    ///
    /// assert!(Verdict::accept("alice").with_metadata("Role", "operator").is_accepted());
    /// assert_eq!(Verdict::accept("alice").with_metadata("User-Id", "root").status(), Status::Failed);
    /// ```
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        let (name, value) = (name.into(), value.into());
        if self.status != Status::Accepted {
            return self;
        }
        if !is_metadata(&name, &value) {
            return Self::fail("the metadata is invalid");
        }
        self.metadata.push((name, value));
        self
    }

    /// Returns the status.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Status, Verdict};
    /// assert_eq!(Verdict::accept("alice").status(), Status::Accepted);
    /// ```
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// Returns `true` if the peer is accepted.
    ///
    /// # Examples
    /// ```
    /// assert!(!zmq::auth::Verdict::refuse("unknown user").is_accepted());
    /// ```
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.status == Status::Accepted
    }

    /// Returns the reason, for logs. It is not sent to the peer.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::Verdict::refuse("unknown user").text(), "unknown user");
    /// ```
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the user ID of an accepted peer, which is empty otherwise.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::auth::Verdict::accept("alice").user_id(), "alice");
    /// ```
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    pub(super) fn reply(&self, id: &[u8]) -> Multipart {
        let mut metadata = Vec::new();
        for (name, value) in &self.metadata {
            // Both lengths were checked when the property was added.
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

/// Returns `true` if a verdict may set metadata with this name.
pub(super) fn is_metadata_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(fits)
        && !RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

pub(super) fn is_metadata(name: &str, value: &[u8]) -> bool {
    is_metadata_name(name) && value.len() <= LONGEST_VALUE && !value.contains(&0)
}
