//! Who gets in: the rules of a domain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::address::AddressRange;
use super::store::{CertificateStore, Lookup};
use super::wire::{Credentials, Origin, Request, Verdict, is_metadata};
use crate::curve::PublicKey;
use crate::error::Result;
use crate::password::Password;

/// Who gets in, for an [`Authenticator`](crate::auth::Authenticator) or one of its domains: nobody but whom a rule lets
/// in.
///
/// Addresses come first: a peer in a range that is denied is refused, and once any range is allowed, so is a peer outside
/// of all of them. What remains is judged by its mechanism:
///
/// | mechanism | gets in |
/// |---|---|
/// | NULL | whose address a range allows |
/// | PLAIN | who has the password of a user, or whom the callback accepts |
/// | CURVE | whose key is one of the keys, in the store, or accepted by the callback; with [`curve_any`](Self::curve_any), everybody |
/// | GSSAPI | whose principal is named; with [`gssapi_any`](Self::gssapi_any), everybody |
///
/// The user is then the PLAIN user, the key in Z85, the principal, or `anonymous` for NULL, and the metadata that of the
/// certificate.
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
    /// Makes rules that let nobody in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets peers from this range in, as far as their address goes, and no others but those of further ranges: see
    /// [`AddressRange`] for the forms.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a text that is no range.
    pub fn allow(self, range: &str) -> Result<Self> {
        Ok(self.allow_range(range.parse::<AddressRange>()?))
    }

    /// Refuses peers from this range, also where another one allows them.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a text that is no range.
    pub fn deny(self, range: &str) -> Result<Self> {
        Ok(self.deny_range(range.parse::<AddressRange>()?))
    }

    /// Lets peers from this range in, as [`allow`](Self::allow) does.
    pub fn allow_range(mut self, range: impl Into<AddressRange>) -> Self {
        self.allowed.push(range.into());
        self
    }

    /// Refuses peers from this range, as [`deny`](Self::deny) does.
    pub fn deny_range(mut self, range: impl Into<AddressRange>) -> Self {
        self.denied.push(range.into());
        self
    }

    /// Lets this user in over PLAIN, with this password instead of one it had before.
    pub fn plain_user(mut self, username: impl Into<String>, password: impl Into<Password>) -> Self {
        self.users.insert(username.into(), password.into());
        self
    }

    /// Lets users in over PLAIN whom the callback accepts, beside those that have a password here.
    ///
    /// It runs on the authenticator's thread, and every other handshake waits for it. Where it panics, the peer is turned
    /// away.
    pub fn plain_with(mut self, accepts: impl Fn(&str, &Password) -> bool + Send + Sync + 'static) -> Self {
        self.plain = Some(Arc::new(accepts));
        self
    }

    /// Lets everybody in over CURVE who knows the server's public key.
    pub fn curve_any(mut self) -> Self {
        self.any_key = true;
        self
    }

    /// Lets who has this key in over CURVE.
    pub fn curve_key(mut self, key: PublicKey) -> Self {
        self.keys.insert(key);
        self
    }

    /// Lets who has one of these keys in over CURVE.
    pub fn curve_keys(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// Lets who has a certificate in the store in over CURVE; the store is looked at for every peer anew.
    pub fn curve_store(mut self, store: CertificateStore) -> Self {
        self.stores.push(store);
        self
    }

    /// Lets who has a key in over CURVE that the callback accepts.
    ///
    /// It runs on the authenticator's thread, and every other handshake waits for it. Where it panics, the peer is turned
    /// away.
    pub fn curve_with(mut self, accepts: impl Fn(&PublicKey) -> bool + Send + Sync + 'static) -> Self {
        self.curve = Some(Arc::new(accepts));
        self
    }

    /// Lets everybody in over GSSAPI whom Kerberos knows.
    pub fn gssapi_any(mut self) -> Self {
        self.any_principal = true;
        self
    }

    /// Lets this principal in over GSSAPI. Up to version 4.3.5 libzmq lets in whom an authenticator refuses.
    pub fn gssapi_principal(mut self, principal: impl Into<String>) -> Self {
        self.principals.insert(principal.into());
        self
    }

    /// Judges a request.
    pub fn judge(&self, request: &Request) -> Verdict {
        let origin = request.origin();
        let within = |ranges: &[AddressRange]| ranges.iter().any(|range| range.holds(&origin));
        if within(&self.denied) {
            return Verdict::refuse("the address is denied");
        }
        // Of an address that cannot be read nobody knows whether it is denied.
        if matches!(origin, Origin::Other(_)) && !self.denied.is_empty() {
            return Verdict::refuse("the address is of no known form");
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
                false => Verdict::refuse("user and password are wrong"),
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
        // First, for the metadata that it may have of a key that other rules let in too.
        for store in &self.stores {
            match store.look_up(key) {
                Lookup::Found(metadata) => {
                    // A file may have names that ZAP has not.
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
            // It may be there again in a moment, and a peer that is refused does not come back.
            Some(reason) => Verdict::postpone(reason),
            None => Verdict::refuse("the key is unknown"),
        }
    }
}

/// Leaves passwords out.
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
