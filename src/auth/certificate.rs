//! Certificates: keys in files, with metadata about their owners.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use super::verdict::is_metadata_name;
use super::zpl;
use crate::curve::{KeyPair, PublicKey, SecretKey};
use crate::error::{Errno, Error, Operation, Result};
use crate::sys;

/// The maximum size in bytes of a certificate file.
const LONGEST_FILE: u64 = 1 << 16;

/// A certificate: a public key, optionally its secret key, and metadata such as the owner's name.
///
/// Files use the ZPL format (RFC 4), compatible with czmq and pyzmq: `alice.key` contains the public key and can be
/// distributed, and `alice.key_secret` contains both keys.
///
/// # Examples
/// ```
/// use zmq::Capability;
/// use zmq::auth::Certificate;
///
/// # if !zmq::has(Capability::Curve) { return Ok(()) }
/// # let directory = std::env::temp_dir().join(format!("zmq-doc-certificate-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// let mut certificate = Certificate::generate()?;
/// certificate.set_metadata("name", "Alice")?;
/// certificate.save(directory.join("alice.key"))?;
///
/// let public = Certificate::load(directory.join("alice.key"))?;
/// assert_eq!(public.public_key(), certificate.public_key());
/// assert!(public.secret_key().is_none());
/// let secret = Certificate::load(directory.join("alice.key_secret"))?;
/// assert_eq!(secret.key_pair(), certificate.key_pair());
/// # std::fs::remove_dir_all(&directory).unwrap();
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    public: PublicKey,
    secret: Option<SecretKey>,
    metadata: Vec<(String, String)>,
}

impl Certificate {
    /// Creates a certificate with new keys.
    ///
    /// # Errors
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): libzmq was built without CURVE. The error names the remedy.
    ///
    /// # Examples
    /// ```
    /// # if !zmq::has(zmq::Capability::Curve) { return Ok(()) }
    /// let certificate = zmq::auth::Certificate::generate()?;
    /// assert!(certificate.key_pair().is_some());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn generate() -> Result<Self> {
        Ok(KeyPair::generate()?.into())
    }

    /// Sets a property. The name has 1 to 255 letters, digits and `-_.+`. The value must not contain line breaks or
    /// other control characters, or both kinds of quotes.
    ///
    /// A [`CertificateStore`](crate::auth::CertificateStore) adds the properties to the metadata of the client's
    /// messages.
    ///
    /// # Errors
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the file format cannot represent the name or the value, or
    ///   libzmq reserves the name.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::Certificate;
    /// use zmq::curve::PublicKey;
    ///
    /// let mut certificate = Certificate::from(PublicKey::from_bytes([7; 32]));
    /// certificate.set_metadata("name", "Alice")?;
    /// assert_eq!(certificate.metadata("name"), Some("Alice"));
    /// assert!(certificate.set_metadata("User-Id", "root").is_err());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn set_metadata(&mut self, name: impl Into<String>, value: impl Into<String>) -> Result<()> {
        let (name, value) = (name.into(), value.into());
        let invalid = |reason: &str| Err(Error::invalid(Operation::SetMetadata, name.as_str(), reason));
        if !is_metadata_name(&name) {
            return invalid("a name must have 1 to 255 letters, digits and -_.+, and must not be reserved by libzmq");
        }
        if !zpl::is_value(&value) {
            return invalid("a value must not contain control characters or both kinds of quotes");
        }
        self.metadata.retain(|(other, _)| *other != name);
        self.metadata.push((name, value));
        Ok(())
    }

    /// Returns the public key.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::PublicKey::from_bytes([7; 32]);
    /// assert_eq!(zmq::auth::Certificate::from(key).public_key(), key);
    /// ```
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Returns the secret key, or `None` if the certificate has only the public key.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::PublicKey::from_bytes([7; 32]);
    /// assert!(zmq::auth::Certificate::from(key).secret_key().is_none());
    /// ```
    #[must_use]
    pub fn secret_key(&self) -> Option<&SecretKey> {
        self.secret.as_ref()
    }

    /// Returns both keys, or `None` if the certificate has only the public key or the keys do not belong together.
    ///
    /// # Examples
    /// ```
    /// let key = zmq::curve::PublicKey::from_bytes([7; 32]);
    /// assert!(zmq::auth::Certificate::from(key).key_pair().is_none());
    /// ```
    #[must_use]
    pub fn key_pair(&self) -> Option<KeyPair> {
        KeyPair::from_parts(self.public, self.secret.clone()?).ok()
    }

    /// Returns the property `name`.
    ///
    /// # Examples
    /// ```
    /// # use zmq::auth::Certificate;
    /// # use zmq::curve::PublicKey;
    /// let mut certificate = Certificate::from(PublicKey::from_bytes([7; 32]));
    /// certificate.set_metadata("name", "Alice")?;
    /// assert_eq!(certificate.metadata("name"), Some("Alice"));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.properties().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Returns an iterator over all properties, as pairs of name and value.
    ///
    /// # Examples
    /// ```
    /// # let mut certificate = zmq::auth::Certificate::from(zmq::curve::PublicKey::from_bytes([7; 32]));
    /// certificate.set_metadata("name", "Alice")?;
    /// assert!(certificate.properties().eq([("name", "Alice")]));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the certificate without its secret key, for distribution.
    ///
    /// # Examples
    /// ```
    /// # if !zmq::has(zmq::Capability::Curve) { return Ok(()) }
    /// let certificate = zmq::auth::Certificate::generate()?;
    /// assert!(certificate.public().secret_key().is_none());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn public(&self) -> Self {
        Self { public: self.public, secret: None, metadata: self.metadata.clone() }
    }

    /// Loads a certificate from a file: `.key`, or `.key_secret`, which must only be accessible to its owner.
    ///
    /// No error repeats any of the file's contents.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the file does not exist.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the file cannot be read; or it has a secret key that
    ///   other users can read, and the error names the command that fixes this.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the file is not a certificate. The error names the line.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// use zmq::ErrorKind;
    /// use zmq::auth::Certificate;
    ///
    /// let error = Certificate::load("no such file.key").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error: io::Error| system_error(Operation::LoadCertificate, path, &error);
        let invalid = |reason: String| Error::invalid(Operation::LoadCertificate, shown(path), reason);
        // The check precedes opening, because opening a pipe would wait for a writer.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(invalid("it is not a regular file".to_owned()));
        }
        let file = File::open(path).map_err(failed)?;
        let status = file.metadata().map_err(failed)?;
        if status.len() > LONGEST_FILE {
            return Err(invalid(format!("it has {} bytes, at most {LONGEST_FILE} are read", status.len())));
        }
        // The capacity is sufficient, so that a reallocation leaves no part of a secret behind.
        let mut content = Zeroizing::new(Vec::with_capacity(LONGEST_FILE as usize + 1));
        file.take(LONGEST_FILE + 1).read_to_end(&mut content).map_err(failed)?;
        let content = std::str::from_utf8(&content).map_err(|_| invalid("it is not UTF-8".to_owned()))?;
        let zpl::Parts { public, secret, metadata } = zpl::read(content).map_err(invalid)?;
        let certificate = Self { public, secret, metadata };
        match (certificate.secret.is_some(), open_to_others(&status)) {
            (true, Some(mode)) => {
                let reason =
                    format!("its mode {mode:o} lets other users access the secret key; run chmod 600 {}", shown(path));
                Err(Error::on(Operation::LoadCertificate, shown(path), Errno::EACCES).because(reason))
            }
            _ => Ok(certificate),
        }
    }

    /// Saves the certificate to files: the public key to `path`, which should end in `.key`, and a secret key, if there
    /// is one, with everything else to `path` with `_secret` appended, readable for its owner only.
    ///
    /// Existing files are replaced atomically.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory does not exist.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the directory or a file cannot be written.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("zmq-doc-save-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// use zmq::auth::Certificate;
    ///
    /// let certificate = Certificate::from(zmq::curve::PublicKey::from_bytes([7; 32]));
    /// certificate.save(directory.join("alice.key"))?;
    /// assert_eq!(Certificate::load(directory.join("alice.key"))?, certificate);
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if self.secret.is_some() {
            let mut secret_path = path.as_os_str().to_owned();
            secret_path.push("_secret");
            self.save_all(PathBuf::from(secret_path))?;
        }
        self.save_public(path)
    }

    /// Saves only the public key and the metadata, to `path`.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory does not exist.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the directory or the file cannot be written.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("zmq-doc-public-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// use zmq::auth::Certificate;
    ///
    /// let certificate = Certificate::from(zmq::curve::PublicKey::from_bytes([7; 32]));
    /// certificate.save_public(directory.join("alice.key"))?;
    /// assert_eq!(Certificate::load(directory.join("alice.key"))?, certificate);
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn save_public(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), &zpl::write(&self.public, None, &self.metadata), false)
    }

    /// Saves everything, including the secret key, to `path`, readable for its owner only.
    fn save_all(&self, path: PathBuf) -> Result<()> {
        replace(&path, &zpl::write(&self.public, self.secret.as_ref(), &self.metadata), true)
    }
}

impl From<KeyPair> for Certificate {
    fn from(keys: KeyPair) -> Self {
        let (public, secret) = keys.into_parts();
        Self { public, secret: Some(secret), metadata: Vec::new() }
    }
}

impl From<PublicKey> for Certificate {
    fn from(public: PublicKey) -> Self {
        Self { public, secret: None, metadata: Vec::new() }
    }
}

/// Omits the secret key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("public", &self.public)
            .field("has_secret", &self.secret.is_some())
            .field("metadata", &self.metadata)
            .finish()
    }
}

/// Writes a temporary file in the same directory and renames it.
fn replace(path: &Path, content: &str, secret: bool) -> Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let failed = |error: io::Error| system_error(Operation::SaveCertificate, path, &error);
    let Some(name) = path.file_name() else {
        return Err(Error::invalid(Operation::SaveCertificate, shown(path), "the path names no file"));
    };
    // Stores do not read hidden files.
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let new = path.with_file_name(hidden);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(&new).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&new, path)).map_err(|error| {
        let _ = fs::remove_file(&new);
        failed(error)
    })
}

/// Returns the mode of a file if users other than its owner can read or write it.
#[cfg(unix)]
fn open_to_others(status: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&status.permissions()) & 0o777;
    Some(mode).filter(|mode| mode & 0o077 != 0)
}

/// Other systems have no such modes.
#[cfg(not(unix))]
fn open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}

pub(super) fn system_error(operation: Operation, path: &Path, error: &io::Error) -> Error {
    match error.raw_os_error() {
        Some(number) => Error::on(operation, shown(path), Errno::from_raw(number)),
        None => Error::on(operation, shown(path), Errno::from_raw(sys::EINVAL)).because(error.kind().to_string()),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
