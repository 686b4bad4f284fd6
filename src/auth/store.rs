//! A directory of certificates, read on demand.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::certificate::{Certificate, system_error};
use crate::curve::PublicKey;
use crate::error::{Operation, Result};
use crate::lock::Mutex;

/// The maximum time within which a file system may give two changes the same timestamp.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

/// The public certificates in a directory, in files with any names, compatible with czmq and pyzmq.
///
/// Each peer is looked up in the current contents of the directory. Added, changed and removed files take effect for
/// the next connection, without a call. Unchanged files are not read again. Clones share the cache.
///
/// Files with three kinds of names are not read: those that end in `_secret`, which contain secret keys, and hidden
/// files and those that end in `~`, which editors leave behind. To revoke a peer's access, remove its file; a renamed
/// file usually still grants access. Files that are not certificates, directories, and files of editors grant no
/// access, and [`problems`](Self::problems) lists them.
///
/// # Examples
/// ```
/// use zmq::Capability;
/// use zmq::auth::{Certificate, CertificateStore, Rules};
///
/// # if !zmq::has(Capability::Curve) { return Ok(()) }
/// # let directory = std::env::temp_dir().join(format!("zmq-doc-store-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// let alice = Certificate::generate()?;
/// alice.save_public(directory.join("alice.key"))?;
/// let store = CertificateStore::open(&directory)?;
/// assert_eq!(store.certificates()?, [alice.public()]);
/// let rules = Rules::new().curve_store(store);
/// # let _ = rules;
/// # std::fs::remove_dir_all(&directory).unwrap();
/// # Ok::<(), zmq::Error>(())
/// ```
#[derive(Clone)]
pub struct CertificateStore {
    inner: Arc<Inner>,
}

struct Inner {
    directory: PathBuf,
    /// Locked while files are read for a lookup, which never waits for anything else.
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    files: BTreeMap<OsString, Entry>,
    by_key: HashMap<PublicKey, Vec<OsString>>,
    directory: Option<Stamp>,
}

struct Entry {
    stamp: Stamp,
    content: Result<Certificate, String>,
}

/// Properties that change when a file does.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    identity: [i64; 4],
    /// `true` if a later change may be undetectable because it came too soon.
    fresh: bool,
}

/// The result of looking up a key.
pub(super) enum Lookup {
    Found(Vec<(String, String)>),
    Missing,
    Unreadable(String),
}

impl CertificateStore {
    /// Opens the store of a directory.
    ///
    /// If the directory becomes unreadable later, the store accepts no peer, and peers retry.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory does not exist.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the directory cannot be read.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::CertificateStore;
    ///
    /// assert!(CertificateStore::open("no such directory").is_err());
    /// let store = CertificateStore::open(std::env::temp_dir())?;
    /// assert_eq!(store.directory(), std::env::temp_dir());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self> {
        let directory = directory.into();
        let store = Self { inner: Arc::new(Inner { directory, cache: Mutex::default() }) };
        store.refreshed(|_| ())?;
        Ok(store)
    }

    /// Returns the directory.
    ///
    /// # Examples
    /// ```
    /// let store = zmq::auth::CertificateStore::open(std::env::temp_dir())?;
    /// assert_eq!(store.directory(), std::env::temp_dir());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.inner.directory
    }

    /// Returns the current certificates, without secret keys, in the order of the file names.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory no longer exists.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the directory cannot be read.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("zmq-doc-certificates-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// use zmq::auth::{Certificate, CertificateStore};
    ///
    /// let alice = Certificate::from(zmq::curve::PublicKey::from_bytes([7; 32]));
    /// alice.save_public(directory.join("alice.key"))?;
    /// let store = CertificateStore::open(&directory)?;
    /// assert_eq!(store.certificates()?, [alice]);
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn certificates(&self) -> Result<Vec<Certificate>> {
        self.refreshed(|cache| {
            cache.files.values().filter_map(|entry| entry.content.as_ref().ok()).map(Certificate::public).collect()
        })
    }

    /// Returns the files that are not certificates or were not read, with the reason. Files of secret keys are not
    /// included.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory no longer exists.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the directory cannot be read.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// # let directory = std::env::temp_dir().join(format!("zmq-doc-problems-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// std::fs::write(directory.join("notes.txt"), "not a certificate").unwrap();
    /// let store = zmq::auth::CertificateStore::open(&directory)?;
    /// assert_eq!(store.problems()?[0].0, directory.join("notes.txt"));
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn problems(&self) -> Result<Vec<(PathBuf, String)>> {
        self.refreshed(|cache| {
            let problems = cache.files.iter().filter_map(|(name, entry)| Some((name, entry.content.as_ref().err()?)));
            problems.map(|(name, reason)| (self.inner.directory.join(name), reason.clone())).collect()
        })
    }

    /// Returns `true` if the store currently has a certificate with this key.
    ///
    /// # Errors
    /// - [`NotFound`](crate::ErrorKind::NotFound): the directory no longer exists.
    /// - [`PermissionDenied`](crate::ErrorKind::PermissionDenied): the directory cannot be read.
    /// - other errors of the system.
    ///
    /// # Examples
    /// ```
    /// use zmq::auth::{Certificate, CertificateStore};
    ///
    /// # if !zmq::has(zmq::Capability::Curve) { return Ok(()) }
    /// # let directory = std::env::temp_dir().join(format!("zmq-doc-contains-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory).unwrap();
    /// let alice = Certificate::generate()?;
    /// let store = CertificateStore::open(&directory)?;
    /// assert!(!store.contains(&alice.public_key())?);
    /// alice.save_public(directory.join("alice.key"))?;
    /// assert!(store.contains(&alice.public_key())?);
    /// # std::fs::remove_dir_all(&directory).unwrap();
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn contains(&self, key: &PublicKey) -> Result<bool> {
        self.with_cache(|cache| Ok(cache.find(&self.inner.directory, key)?.is_some()))
    }

    pub(super) fn look_up(&self, key: &PublicKey) -> Lookup {
        match self.with_cache(|cache| cache.find(&self.inner.directory, key)) {
            Ok(Some(metadata)) => Lookup::Found(metadata),
            Ok(None) => Lookup::Missing,
            Err(error) => Lookup::Unreadable(error.to_string()),
        }
    }

    fn refreshed<T>(&self, read: impl FnOnce(&Cache) -> T) -> Result<T> {
        self.with_cache(|cache| cache.refresh(&self.inner.directory).map(|()| read(cache)))
    }

    fn with_cache<T>(&self, work: impl FnOnce(&mut Cache) -> io::Result<T>) -> Result<T> {
        let mut cache = self.inner.cache.lock();
        work(&mut cache).map_err(|error| system_error(Operation::ReadCertificates, &self.inner.directory, &error))
    }
}

impl Cache {
    /// Returns the metadata of a key. If neither the directory nor the key's file has changed, nothing else is
    /// examined.
    fn find(&mut self, directory: &Path, key: &PublicKey) -> io::Result<Option<Vec<(String, String)>>> {
        let same = self.directory.as_ref().is_some_and(|kept| Stamp::of(directory).is_ok_and(|now| kept.holds(&now)));
        if !same || !self.has_unchanged(directory, key) {
            self.refresh(directory)?;
        }
        let name = self.by_key.get(key).and_then(|names| names.first());
        let certificate = name.and_then(|name| self.files.get(name)).and_then(|entry| entry.content.as_ref().ok());
        Ok(certificate.map(|certificate| {
            certificate.properties().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        }))
    }

    fn has_unchanged(&self, directory: &Path, key: &PublicKey) -> bool {
        let Some(name) = self.by_key.get(key).and_then(|names| names.first()) else { return false };
        let Some(entry) = self.files.get(name) else { return false };
        Stamp::of(&directory.join(name)).is_ok_and(|now| entry.stamp.holds(&now))
    }

    /// Reads the files that have changed.
    fn refresh(&mut self, directory: &Path) -> io::Result<()> {
        let mut before = std::mem::take(self);
        // The directory's stamp is taken before reading the files, so that a change in the meantime is detected.
        let stamp = Stamp::of(directory)?;
        for file in fs::read_dir(directory)? {
            let name = file?.file_name();
            let path = directory.join(&name);
            if name.as_encoded_bytes().ends_with(b"_secret") {
                continue;
            }
            let entry = match (Stamp::of(&path), before.files.remove(&name)) {
                // The file was removed in the meantime.
                (Err(_), _) => continue,
                (Ok(now), Some(entry)) if entry.stamp.holds(&now) => entry,
                (Ok(stamp), _) if is_aside(&name) => {
                    Entry { stamp, content: Err("hidden files and those that end in ~ are not read".to_owned()) }
                }
                (Ok(stamp), _) => Entry { stamp, content: Certificate::load(&path).map_err(|error| error.to_string()) },
            };
            if let Ok(certificate) = &entry.content {
                self.by_key.entry(certificate.public_key()).or_default().push(name.clone());
            }
            self.files.insert(name, entry);
        }
        self.directory = Some(stamp);
        Ok(())
    }
}

/// Returns `true` if a file is hidden, or is an editor's backup, whose key must not count after the original was
/// removed.
fn is_aside(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.ends_with(b"~")
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let status = fs::metadata(path)?;
        let modified = status.modified().ok();
        let age = modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            [status.dev() as i64, status.ino() as i64, status.ctime(), status.ctime_nsec()]
        };
        #[cfg(not(unix))]
        let identity = [0; 4];
        Ok(Self { modified, size: status.len(), identity, fresh: age.is_none_or(|age| age < COARSEST_CLOCK) })
    }

    /// Returns `true` if the contents read under this stamp are still current.
    fn holds(&self, now: &Self) -> bool {
        !self.fresh && self.modified == now.modified && self.size == now.size && self.identity == now.identity
    }
}

impl fmt::Debug for CertificateStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CertificateStore").field(&self.inner.directory).finish()
    }
}
