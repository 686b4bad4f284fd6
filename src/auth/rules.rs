//! The rules of a domain: the peers to accept.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::address::AddressRange;
use super::store::{CertificateStore, Lookup};
use super::verdict::{Verdict, is_metadata};
use super::wire::{Credentials, Origin, Request};
use crate::curve::PublicKey;
use crate::error::Result;
use crate::password::Password;

/// The rules of an [`Authenticator`](crate::auth::Authenticator), or of one of its domains. Only peers that a rule
/// accepts are accepted.
///
/// Addresses are checked first. Peers in a denied range are refused; if any range is allowed, peers outside all allowed
/// ranges are refused too. The remaining peers are checked by their mechanism:
///
/// | mechanism | accepted peers |
/// |---|---|
/// | NULL | those with an address in an allowed range |
/// | PLAIN | those with the password of a user, and those that the callback accepts |
/// | CURVE | those with one of the keys, with a key in a store, or that the callback accepts; all with [`curve_any`](Self::curve_any) |
/// | GSSAPI | those with a listed principal; all with [`gssapi_any`](Self::gssapi_any) |
///
/// The user ID of an accepted peer is its PLAIN username, its key in Z85, its principal, or `anonymous` for NULL. Its
/// metadata is that of its certificate.
///
/// # Examples
/// ```
/// use zmq::auth::Rules;
///
/// let rules = Rules::new().allow("10.0.0.0/8")?.deny("10.6.6.6")?.plain_user("admin", "secret");
/// # let _ = rules;
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Rules {
    allowed: Vec<AddressRange>,
    denied: Vec<AddressRange>,
    users: BTreeMap<String, Password>,
    plain: Option<Arc<PlainCallback>>,
    any_key: bool,
    keys: BTreeSet<PublicKey>,
    stores: Vec<CertificateStore>,
    curve: Option<Arc<CurveCallback>>,
    any_principal: bool,
    principals: BTreeSet<String>,
}

type PlainCallback = dyn Fn(&str, &Password) -> bool + Send + Sync;
type CurveCallback = dyn Fn(&PublicKey) -> bool + Send + Sync;

impl Rules {
    /// Creates rules that accept no peer.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    /// use zmq::auth::{Authenticator, Rules};
    ///
    /// let rules = Rules::new().allow("127.0.0.1")?;
    /// let authenticator = Authenticator::builder(&Context::new()?).rules(rules).spawn()?;
    /// # drop(authenticator);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows peers from this range of addresses. Peers outside all allowed ranges are refused. See [`AddressRange`]
    /// for the forms.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the text is not a valid range.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Rules;
    ///
    /// let rules = Rules::new().allow("127.0.0.1")?.allow("10.0.0.0/8")?;
    /// # let _ = rules;
    /// assert!(Rules::new().allow("10.0.0.0/33").is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn allow(self, range: &str) -> Result<Self> {
        Ok(self.allow_range(range.parse::<AddressRange>()?))
    }

    /// Denies peers from this range of addresses, even if another range allows them.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the text is not a valid range.
    ///
    /// # Examples
    /// ```
    /// let rules = zmq::auth::Rules::new().allow("10.0.0.0/8")?.deny("10.6.6.6")?;
    /// # let _ = rules;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn deny(self, range: &str) -> Result<Self> {
        Ok(self.deny_range(range.parse::<AddressRange>()?))
    }

    /// Allows peers from this range of addresses, as [`allow`](Self::allow) does.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{AddressRange, Rules};
    ///
    /// let rules = Rules::new().allow_range(AddressRange::IPC);
    /// # let _ = rules;
    /// ```
    pub fn allow_range(mut self, range: impl Into<AddressRange>) -> Self {
        self.allowed.push(range.into());
        self
    }

    /// Denies peers from this range of addresses, as [`deny`](Self::deny) does.
    ///
    /// # Examples
    /// ```
    /// use std::net::Ipv4Addr;
    ///
    /// let rules = zmq::auth::Rules::new().deny_range(Ipv4Addr::new(10, 6, 6, 6));
    /// # let _ = rules;
    /// ```
    pub fn deny_range(mut self, range: impl Into<AddressRange>) -> Self {
        self.denied.push(range.into());
        self
    }

    /// Accepts this PLAIN user with this password, which replaces an earlier one.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Request, Rules};
    ///
    /// let rules = Rules::new().plain_user("admin", "secret");
    /// let request = Request::read(&["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"]).unwrap();
    /// assert!(rules.judge(&request).is_accepted());
    /// ```
    pub fn plain_user(mut self, username: impl Into<String>, password: impl Into<Password>) -> Self {
        self.users.insert(username.into(), password.into());
        self
    }

    /// Accepts PLAIN users that the callback accepts, in addition to those with a password in the rules.
    ///
    /// The callback runs on the authenticator's thread, and blocks all other handshakes while it runs. If it panics,
    /// the peer is refused.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Request, Rules};
    ///
    /// let rules = Rules::new().plain_with(|username, password| username == "guest" && password.as_bytes().is_empty());
    /// let request = Request::read(&["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "guest", ""]).unwrap();
    /// assert!(rules.judge(&request).is_accepted());
    /// ```
    pub fn plain_with(mut self, accepts: impl Fn(&str, &Password) -> bool + Send + Sync + 'static) -> Self {
        self.plain = Some(Arc::new(accepts));
        self
    }

    /// Accepts every CURVE peer that knows the server's public key.
    ///
    /// # Examples
    /// ```
    /// let rules = zmq::auth::Rules::new().curve_any();
    /// # let _ = rules;
    /// ```
    pub fn curve_any(mut self) -> Self {
        self.any_key = true;
        self
    }

    /// Accepts CURVE peers with this key.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Rules;
    /// use zmq::curve::KeyPair;
    ///
    /// # if !zmq::has(zmq::Capability::Curve) { return Ok(()) }
    /// let client = KeyPair::generate()?;
    /// let rules = Rules::new().curve_key(client.public_key());
    /// # let _ = rules;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn curve_key(mut self, key: PublicKey) -> Self {
        self.keys.insert(key);
        self
    }

    /// Accepts CURVE peers with one of these keys.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Rules;
    /// use zmq::curve::PublicKey;
    ///
    /// let keys = ["JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6".parse::<PublicKey>()?];
    /// let rules = Rules::new().curve_keys(keys);
    /// # let _ = rules;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn curve_keys(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// Accepts CURVE peers with a certificate in the store. The store is consulted for each peer.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{CertificateStore, Rules};
    ///
    /// let store = CertificateStore::open(std::env::temp_dir())?;
    /// let rules = Rules::new().curve_store(store);
    /// # let _ = rules;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn curve_store(mut self, store: CertificateStore) -> Self {
        self.stores.push(store);
        self
    }

    /// Accepts CURVE peers whose key the callback accepts.
    ///
    /// The callback runs on the authenticator's thread, and blocks all other handshakes while it runs. If it panics,
    /// the peer is refused.
    ///
    /// # Examples
    /// ```
    /// let rules = zmq::auth::Rules::new().curve_with(|key| key.as_bytes()[0] == 0);
    /// # let _ = rules;
    /// ```
    pub fn curve_with(mut self, accepts: impl Fn(&PublicKey) -> bool + Send + Sync + 'static) -> Self {
        self.curve = Some(Arc::new(accepts));
        self
    }

    /// Accepts every GSSAPI peer that Kerberos authenticates.
    ///
    /// # Examples
    /// ```
    /// let rules = zmq::auth::Rules::new().gssapi_any();
    /// # let _ = rules;
    /// ```
    pub fn gssapi_any(mut self) -> Self {
        self.any_principal = true;
        self
    }

    /// Accepts GSSAPI peers with this principal. libzmq up to version 4.3.5 accepts GSSAPI peers that the authenticator
    /// refuses.
    ///
    /// # Examples
    /// ```
    /// let rules = zmq::auth::Rules::new().gssapi_principal("reports@EXAMPLE.ORG");
    /// # let _ = rules;
    /// ```
    pub fn gssapi_principal(mut self, principal: impl Into<String>) -> Self {
        self.principals.insert(principal.into());
        self
    }

    /// Returns the verdict on a request.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Request, Rules};
    ///
    /// let frames = ["1.0", "1", "global", "127.0.0.1", "", "PLAIN", "admin", "secret"];
    /// let request = Request::read(&frames)?;
    /// assert!(Rules::new().plain_user("admin", "secret").judge(&request).is_accepted());
    /// assert!(!Rules::new().judge(&request).is_accepted());
    /// # Ok::<(), zmq::auth::Malformed>(())
    /// ```
    pub fn judge(&self, request: &Request) -> Verdict {
        let origin = request.origin();
        let within = |ranges: &[AddressRange]| ranges.iter().any(|range| range.holds(&origin));
        if within(&self.denied) {
            return Verdict::refuse("the address is denied");
        }
        // An address that cannot be parsed may be a denied one.
        if matches!(origin, Origin::Other(_)) && !self.denied.is_empty() {
            return Verdict::refuse("the form of the address is unknown");
        }
        let is_allowed = within(&self.allowed);
        if !is_allowed && !self.allowed.is_empty() {
            return Verdict::refuse("the address is not allowed");
        }
        let accepted = || Verdict::accept(request.credentials().user_id());
        match request.credentials() {
            Credentials::Null if is_allowed => accepted(),
            Credentials::Null => Verdict::refuse("no address is allowed without credentials"),
            Credentials::Plain { username, password } => match self.knows_user(username, password) {
                true => accepted(),
                false => Verdict::refuse("the username or password is wrong"),
            },
            Credentials::Curve { public_key } => self.judge_key(public_key),
            Credentials::Gssapi { principal } => match self.any_principal || self.principals.contains(principal) {
                true => accepted(),
                false => Verdict::refuse("the principal is unknown"),
            },
        }
    }

    fn knows_user(&self, username: &str, password: &Password) -> bool {
        match self.users.get(username) {
            Some(known) if known == password => true,
            _ => self.plain.as_ref().is_some_and(|accepts| accepts(username, password)),
        }
    }

    fn judge_key(&self, key: &PublicKey) -> Verdict {
        let mut unreadable = None;
        // Stores come first because they have metadata, even for keys that other rules accept.
        for store in &self.stores {
            match store.look_up(key) {
                Lookup::Found(metadata) => {
                    // A file may contain property names that are invalid in ZAP.
                    let metadata = metadata.into_iter().filter(|(name, value)| is_metadata(name, value.as_bytes()));
                    let accepted = Verdict::accept(key.to_string());
                    return metadata.fold(accepted, |verdict, (name, value)| verdict.with_metadata(name, value));
                }
                Lookup::Missing => {}
                Lookup::Unreadable(reason) => unreadable = Some(reason),
            }
        }
        let accepts = || self.curve.as_ref().is_some_and(|accepts| accepts(key));
        match unreadable {
            _ if self.any_key || self.keys.contains(key) || accepts() => Verdict::accept(key.to_string()),
            // The store may soon be readable again, and a refused peer does not return.
            Some(reason) => Verdict::postpone(reason),
            None => Verdict::refuse("the key is unknown"),
        }
    }
}

/// Omits passwords.
impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("allowed", &self.allowed)
            .field("denied", &self.denied)
            .field("users", &self.users.keys())
            .field("any_key", &self.any_key)
            .field("keys", &self.keys)
            .field("stores", &self.stores)
            .field("any_principal", &self.any_principal)
            .field("principals", &self.principals)
            .finish_non_exhaustive()
    }
}
