//! The keys of CURVE, the security mechanism that encrypts connections and authenticates peers.
//!
//! A server has a key pair, and its clients need the server's public key. Each client has a key pair of its own, by
//! which the server identifies the client. Keys are printed and parsed in [Z85](crate::z85), as 40 characters.

use std::fmt;
use std::str::{self, FromStr};

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::{Errno, Error, ErrorKind, Operation, Result};
use crate::raw::KeyText;
use crate::{raw, sys, z85};

pub use zeroize::Zeroizing;

/// A secret key and the public key that belongs to it.
///
/// # Examples
/// ```
/// use zmq::Capability;
/// use zmq::curve::{KeyPair, PublicKey};
///
/// if zmq::has(Capability::Curve) {
///     let keys = KeyPair::generate()?;
///     let text = keys.public_key().to_string();
///     assert_eq!(text.len(), 40);
///     assert_eq!(text.parse::<PublicKey>()?, keys.public_key());
/// }
/// # Ok::<(), zmq::Error>(())
/// ```
#[doc(alias = "CurveKeyPair")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPair {
    public: PublicKey,
    secret: SecretKey,
}

impl KeyPair {
    /// Generates a new key pair from the system's random numbers.
    ///
    /// # Errors
    /// - [`NotSupported`](ErrorKind::NotSupported): libzmq was built without CURVE. The error names the remedy.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    ///
    /// if zmq::has(zmq::Capability::Curve) {
    ///     assert_ne!(KeyPair::generate()?, KeyPair::generate()?);
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_curve_keypair`.
    #[doc(alias = "zmq_curve_keypair")]
    pub fn generate() -> Result<Self> {
        const OPERATION: Operation = Operation::CreateKeyPair;
        let mut texts = [Zeroizing::new([0; 41]), Zeroizing::new([0; 41])];
        let [public, secret] = &mut texts;
        raw::key_pair(public, secret).map_err(|errno| refused(OPERATION, errno))?;
        let mut pair = Self { public: PublicKey([0; 32]), secret: SecretKey::unwritten() };
        read_text(OPERATION, public, &mut pair.public.0)?;
        read_text(OPERATION, secret, &mut pair.secret.0)?;
        Ok(pair)
    }

    /// Creates the key pair of an existing secret key.
    ///
    /// # Errors
    /// - [`NotSupported`](ErrorKind::NotSupported): libzmq was built without CURVE. The error names the remedy.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    ///
    /// if zmq::has(zmq::Capability::Curve) {
    ///     let keys = KeyPair::generate()?;
    ///     assert_eq!(KeyPair::from_secret(keys.secret_key().clone())?, keys);
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn from_secret(secret: SecretKey) -> Result<Self> {
        Ok(Self { public: secret.public_key()?, secret })
    }

    /// Creates a key pair from two keys that were stored separately, and checks that they belong together.
    ///
    /// libzmq accepts any two keys; with the wrong ones, every handshake fails without an error at this end.
    ///
    /// # Errors
    /// - [`InvalidInput`](ErrorKind::InvalidInput): the keys do not belong together.
    /// - [`NotSupported`](ErrorKind::NotSupported): libzmq was built without CURVE. The error names the remedy.
    ///
    /// # Examples
    /// ```
    /// use zmq::curve::KeyPair;
    ///
    /// if zmq::has(zmq::Capability::Curve) {
    ///     let (public, secret) = KeyPair::generate()?.into_parts();
    ///     assert!(KeyPair::from_parts(public, secret.clone()).is_ok());
    ///     let other = KeyPair::generate()?.public_key();
    ///     assert!(KeyPair::from_parts(other, secret).is_err());
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn from_parts(public: PublicKey, secret: SecretKey) -> Result<Self> {
        let pair = Self::from_secret(secret)?;
        if pair.public != public {
            return Err(Error::new(Operation::CreateKeyPair, Errno::EINVAL).because(format!(
                "the public key {public} does not belong to the secret key, whose own is {}",
                pair.public
            )));
        }
        Ok(pair)
    }

    /// Returns the public key, which you give to peers.
    ///
    /// # Examples
    /// ```
    /// if zmq::has(zmq::Capability::Curve) {
    ///     let keys = zmq::curve::KeyPair::generate()?;
    ///     println!("curve_server_key = {}", keys.public_key());
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Returns the secret key, which must not leave this process or its key store.
    ///
    /// # Examples
    /// ```
    /// if zmq::has(zmq::Capability::Curve) {
    ///     let keys = zmq::curve::KeyPair::generate()?;
    ///     assert_eq!(keys.secret_key().public_key()?, keys.public_key());
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn secret_key(&self) -> &SecretKey {
        &self.secret
    }

    /// Returns both keys.
    ///
    /// # Examples
    /// ```
    /// if zmq::has(zmq::Capability::Curve) {
    ///     let (public, secret) = zmq::curve::KeyPair::generate()?.into_parts();
    ///     assert_eq!(secret.public_key()?, public);
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn into_parts(self) -> (PublicKey, SecretKey) {
        (self.public, self.secret)
    }
}

/// The public half of a key pair. It is not confidential.
///
/// # Examples
/// ```
/// use zmq::curve::PublicKey;
///
/// let key: PublicKey = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6".parse()?;
/// assert_eq!(key.as_bytes()[..4], [0x8E, 0x0B, 0xDD, 0x69]);
/// assert_eq!(key.to_string(), "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
///
/// let error = "JTKVSB%%".parse::<PublicKey>().unwrap_err();
/// assert_eq!(error.to_string(), "cannot read the public key: its length is 8, but a key in Z85 has 40 characters");
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Creates a key from its bytes. Any 32 bytes are a valid key.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::PublicKey::from_bytes([7; 32]);
    /// assert_eq!(key.as_bytes(), &[7; 32]);
    /// ```
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::PublicKey::from_bytes([7; 32]);
    /// assert_eq!(key.as_bytes()[0], 7);
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Prints the key in Z85.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&z85::encode_groups(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// Parses Z85: exactly 40 characters.
impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut key = Self([0; 32]);
        read_z85(Operation::ReadPublicKey, text, &mut key.0)?;
        Ok(key)
    }
}

impl TryFrom<&[u8]> for PublicKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        let mut key = Self([0; 32]);
        read_bytes(Operation::ReadPublicKey, bytes, &mut key.0)?;
        Ok(key)
    }
}

impl From<[u8; 32]> for PublicKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for PublicKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The secret half of a key pair.
///
/// `Debug` omits the key, there is no `Display`, and no error repeats it; call [`to_z85`](Self::to_z85) to write it on
/// purpose. The memory is wiped on drop, and moving the value does not copy the key. Copies that libzmq keeps while a
/// socket uses the key are not wiped. Comparisons take constant time.
///
/// # Examples
/// ```
/// use zmq::curve::SecretKey;
///
/// let key: SecretKey = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6".parse()?;
/// assert_eq!(format!("{key:?}"), "SecretKey(..)");
/// assert_eq!(*key.to_z85(), "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");
/// # Ok::<(), zmq::Error>(())
/// ```
pub struct SecretKey(Box<[u8; 32]>);

impl SecretKey {
    /// Creates a key with a copy of its bytes. Any 32 bytes are a valid key.
    ///
    /// The caller's bytes are not changed; the caller has to wipe them.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::SecretKey::from_bytes(&[7; 32]);
    /// assert_eq!(key.as_bytes(), &[7; 32]);
    /// ```
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut key = Self::unwritten();
        key.0.copy_from_slice(bytes);
        key
    }

    /// Allocates room for a key, so that its bytes are written in their final place.
    fn unwritten() -> Self {
        Self(Box::new([0; 32]))
    }

    /// Returns the bytes.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::SecretKey::from_bytes(&[7; 32]);
    /// assert_eq!(key.as_bytes()[0], 7);
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the key in Z85, as text that is wiped on drop.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::SecretKey::from_bytes(&[0; 32]);
    /// assert_eq!(*key.to_z85(), "0".repeat(40));
    /// ```
    #[must_use]
    pub fn to_z85(&self) -> Zeroizing<String> {
        Zeroizing::new(z85::encode_groups(&*self.0))
    }

    /// Derives the public key of this secret key.
    ///
    /// # Errors
    /// - [`NotSupported`](ErrorKind::NotSupported): libzmq was built without CURVE. The error names the remedy.
    ///
    /// # Examples
    /// ```
    /// use zmq::Capability;
    /// use zmq::curve::{KeyPair, SecretKey};
    ///
    /// if zmq::has(Capability::Curve) {
    ///     let keys = KeyPair::generate()?;
    ///     let kept = keys.secret_key().to_z85();
    ///     assert_eq!(kept.parse::<SecretKey>()?.public_key()?, keys.public_key());
    /// }
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_curve_public`.
    #[doc(alias = "zmq_curve_public")]
    pub fn public_key(&self) -> Result<PublicKey> {
        const OPERATION: Operation = Operation::DerivePublicKey;
        let mut secret = Zeroizing::new([0; 41]);
        secret[..40].copy_from_slice(self.to_z85().as_bytes());
        let mut public = [0; 41];
        raw::public_key(&secret, &mut public).map_err(|errno| refused(OPERATION, errno))?;
        let mut key = PublicKey([0; 32]);
        read_text(OPERATION, &public, &mut key.0)?;
        Ok(key)
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SecretKey {}

impl Clone for SecretKey {
    fn clone(&self) -> Self {
        Self::from_bytes(&self.0)
    }
}

impl PartialEq for SecretKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }
}

impl Eq for SecretKey {}

/// Omits the key.
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// Parses Z85: exactly 40 characters.
impl FromStr for SecretKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut key = Self::unwritten();
        read_z85(Operation::ReadSecretKey, text, &mut key.0)?;
        Ok(key)
    }
}

impl TryFrom<&[u8]> for SecretKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        let mut key = Self::unwritten();
        read_bytes(Operation::ReadSecretKey, bytes, &mut key.0)?;
        Ok(key)
    }
}

/// Returns the error of an operation that libzmq refused, usually for lack of CURVE.
fn refused(operation: Operation, errno: Errno) -> Error {
    let error = Error::new(operation, errno);
    match error.kind() {
        ErrorKind::NotSupported => error.because(without_curve()),
        _ => error,
    }
}

/// Returns the explanation that this libzmq has no CURVE, with the remedy.
fn without_curve() -> String {
    let [major, minor, patch] = raw::version();
    let remedy = match sys::build::VENDORED {
        true => "enable the feature \"curve\"",
        false => "install one that has it, or enable the features \"vendored\" and \"curve\"",
    };
    format!("this libzmq {major}.{minor}.{patch} was built without CURVE: {remedy}")
}

/// Parses a key that libzmq wrote.
fn read_text(operation: Operation, text: &KeyText, key: &mut [u8; 32]) -> Result<()> {
    read_z85(operation, str::from_utf8(&text[..40]).unwrap_or_default(), key)
}

fn read_z85(operation: Operation, text: &str, key: &mut [u8; 32]) -> Result<()> {
    let invalid = |reason: String| Error::new(operation, Errno::EINVAL).because(reason);
    match text.chars().count() {
        40 => z85::decode_into(text, key).map_err(invalid),
        _ if text.trim().chars().count() == 40 => Err(invalid("it is surrounded by white space; trim it".to_owned())),
        len => Err(invalid(format!("its length is {len}, but a key in Z85 has 40 characters"))),
    }
}

fn read_bytes(operation: Operation, bytes: &[u8], key: &mut [u8; 32]) -> Result<()> {
    let hint = if bytes.len() == 40 { "; to read a key in Z85, parse it as text" } else { "" };
    if bytes.len() != key.len() {
        let reason = format!("its length is {}, but a key has 32 bytes{hint}", bytes.len());
        return Err(Error::new(operation, Errno::EINVAL).because(reason));
    }
    key.copy_from_slice(bytes);
    Ok(())
}
