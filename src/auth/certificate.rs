//! Certificates: keys in files, with a few words about whose they are.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

use super::wire::is_metadata_name;
use super::zpl;
use crate::curve::{KeyPair, PublicKey, SecretKey};
use crate::error::{Errno, Error, Operation, Result};
use crate::sys;

/// The longest file that is read as a certificate.
const LONGEST_FILE: u64 = 1 << 16;

/// A public key, with or without its secret half, and metadata: who has it, for example.
///
/// It is kept in files of the format that czmq and pyzmq have, ZPL (RFC 4): `alice.key` with the public key, to hand out,
/// and `alice.key_secret` with both.
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
    /// Makes one with new keys.
    ///
    /// # Errors
    /// [`NotSupported`](crate::ErrorKind::NotSupported) where libzmq was built without CURVE, with the remedy.
    pub fn generate() -> Result<Self> {
        Ok(KeyPair::generate()?.into())
    }

    /// Sets a property: the name has 1 to 255 letters, digits and `-_.+`, the value no line break, and not both kinds of
    /// quotes.
    ///
    /// A [`CertificateStore`](crate::auth::CertificateStore) adds the properties to the metadata of the client's messages.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a name or value that the file cannot hold, or that libzmq
    /// keeps for itself.
    pub fn set_metadata(&mut self, name: impl Into<String>, value: impl Into<String>) -> Result<()> {
        let (name, value) = (name.into(), value.into());
        let invalid = |reason: &str| Err(Error::invalid(Operation::SetMetadata, name.as_str(), reason));
        if !is_metadata_name(&name) {
            return invalid("a name has 1 to 255 letters, digits and -_.+, and libzmq keeps some for itself");
        }
        if !zpl::is_value(&value) {
            return invalid("a value has no control characters, and not both kinds of quotes");
        }
        self.metadata.retain(|(other, _)| *other != name);
        self.metadata.push((name, value));
        Ok(())
    }

    /// Returns the public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Returns the secret key, where the certificate has it.
    #[must_use]
    pub fn secret_key(&self) -> Option<&SecretKey> {
        self.secret.as_ref()
    }

    /// Returns both keys, where the certificate has them and they belong together.
    #[must_use]
    pub fn key_pair(&self) -> Option<KeyPair> {
        KeyPair::from_parts(self.public, self.secret.clone()?).ok()
    }

    /// Returns the property of this name.
    #[must_use]
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.properties().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Iterates over all properties, as name and value.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the certificate without its secret key, to hand out.
    #[must_use]
    pub fn public(&self) -> Self {
        Self { public: self.public, secret: None, metadata: self.metadata.clone() }
    }

    /// Reads a certificate from a file: `.key`, or `.key_secret`, which has to be its owner's alone.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) and others of the system;
    /// [`PermissionDenied`](crate::ErrorKind::PermissionDenied) for a secret key that others may read, with the command
    /// that changes it; [`InvalidInput`](crate::ErrorKind::InvalidInput) for what is no certificate, with the line. No
    /// error repeats anything of the file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error: io::Error| system_error(Operation::LoadCertificate, path, &error);
        let invalid = |reason: String| Error::invalid(Operation::LoadCertificate, shown(path), reason);
        // Before it is opened: a pipe would wait for somebody to write.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(invalid("it is no regular file".to_owned()));
        }
        let file = File::open(path).map_err(failed)?;
        let status = file.metadata().map_err(failed)?;
        if status.len() > LONGEST_FILE {
            return Err(invalid(format!("it has {} bytes, at most {LONGEST_FILE} are read", status.len())));
        }
        // Room for all at once, so that no part of a secret stays behind where it was before.
        let mut content = Zeroizing::new(Vec::with_capacity(LONGEST_FILE as usize + 1));
        file.take(LONGEST_FILE + 1).read_to_end(&mut content).map_err(failed)?;
        let content = std::str::from_utf8(&content).map_err(|_| invalid("it is not UTF-8".to_owned()))?;
        let zpl::Parts { public, secret, metadata } = zpl::read(content).map_err(invalid)?;
        let certificate = Self { public, secret, metadata };
        match (certificate.secret.is_some(), open_to_others(&status)) {
            (true, Some(mode)) => {
                let reason = format!("its mode {mode:o} lets others at the secret key: run chmod 600 {}", shown(path));
                Err(Error::on(Operation::LoadCertificate, shown(path), Errno::EACCES).because(reason))
            }
            _ => Ok(certificate),
        }
    }

    /// Writes the certificate to files: the public half to `path`, which should end in `.key`, and where there is a
    /// secret key, all of it to the same with `_secret` behind, for its owner alone.
    ///
    /// Files that are there are replaced, each at once: nobody reads half of one.
    ///
    /// # Errors
    /// Those of the system: [`NotFound`](crate::ErrorKind::NotFound) where the directory is not there,
    /// [`PermissionDenied`](crate::ErrorKind::PermissionDenied).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        if self.secret.is_some() {
            let mut secret_path = path.as_os_str().to_owned();
            secret_path.push("_secret");
            self.save_all(PathBuf::from(secret_path))?;
        }
        self.save_public(path)
    }

    /// Writes the public half alone, to `path`.
    ///
    /// # Errors
    /// Those of [`save`](Self::save).
    pub fn save_public(&self, path: impl AsRef<Path>) -> Result<()> {
        replace(path.as_ref(), &zpl::write(&self.public, None, &self.metadata), false)
    }

    /// Writes all of it, with the secret key where there is one, to `path` alone, for its owner alone.
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

/// Leaves the secret key out.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("public", &self.public)
            .field("has_secret", &self.secret.is_some())
            .field("metadata", &self.metadata)
            .finish()
    }
}

/// Writes a file beside its place and moves it there.
fn replace(path: &Path, content: &str, secret: bool) -> Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let failed = |error: io::Error| system_error(Operation::SaveCertificate, path, &error);
    let Some(name) = path.file_name() else {
        return Err(Error::invalid(Operation::SaveCertificate, shown(path), "it names no file"));
    };
    // Hidden, and not of the names that stores look for.
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

/// Returns the mode of a file that others than its owner may read or write.
#[cfg(unix)]
fn open_to_others(status: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&status.permissions()) & 0o777;
    Some(mode).filter(|mode| mode & 0o077 != 0)
}

/// Elsewhere the system has no such modes.
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
