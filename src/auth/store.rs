//! A directory of certificates, as it is at the moment.

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

/// For how long after a change a file system may give another one the same time.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

/// The public certificates in a directory, in files of any name, as czmq and pyzmq have them.
///
/// Every peer is looked up in the directory as it is then. A file that was added, changed or removed counts for the next
/// connection; nothing has to be called. What is not changed is not read again. Clones share what they read.
///
/// Three kinds of names are not read: those that end in `_secret`, where secret keys are, and hidden files and those that
/// end in `~`, which editors leave. To lock a peer out, remove its file: under most other names it still lets the peer in.
/// A file that is no certificate, a directory, or one of an editor lets no peer in, and [`problems`](Self::problems) names
/// it.
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
    /// Held while files are read, by whoever looks something up: nobody else needs it to finish that.
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

/// What changes when a file does.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    identity: [i64; 4],
    /// Whether a later change may have left no trace, because it came too soon.
    fresh: bool,
}

/// What a store has on a key.
pub(super) enum Lookup {
    Found(Vec<(String, String)>),
    Missing,
    Unreadable(String),
}

impl CertificateStore {
    /// Opens the store of a directory.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) and [`PermissionDenied`](crate::ErrorKind::PermissionDenied) where it
    /// cannot be read. Should that come to be later, nobody is let in by it, and peers try again.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self> {
        let directory = directory.into();
        let store = Self { inner: Arc::new(Inner { directory, cache: Mutex::default() }) };
        store.refreshed(|_| ())?;
        Ok(store)
    }

    /// Returns the directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.inner.directory
    }

    /// Returns the certificates that are there now, without secret keys, in the order of the files' names.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn certificates(&self) -> Result<Vec<Certificate>> {
        self.refreshed(|cache| {
            cache.files.values().filter_map(|entry| entry.content.as_ref().ok()).map(Certificate::public).collect()
        })
    }

    /// Returns the files that are no certificates or were not read, and why. Those of secret keys are not among them.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn problems(&self) -> Result<Vec<(PathBuf, String)>> {
        self.refreshed(|cache| {
            let problems = cache.files.iter().filter_map(|(name, entry)| Some((name, entry.content.as_ref().err()?)));
            problems.map(|(name, reason)| (self.inner.directory.join(name), reason.clone())).collect()
        })
    }

    /// Whether a certificate with this key is there now.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
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
    /// Returns the metadata of a key. Where neither the directory nor the key's file changed, that is all that is looked
    /// at.
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

    /// Reads what changed.
    fn refresh(&mut self, directory: &Path) -> io::Result<()> {
        let mut before = std::mem::take(self);
        // Before the files: a change in the meantime leaves its trace.
        let stamp = Stamp::of(directory)?;
        for file in fs::read_dir(directory)? {
            let name = file?.file_name();
            let path = directory.join(&name);
            if name.as_encoded_bytes().ends_with(b"_secret") {
                continue;
            }
            let entry = match (Stamp::of(&path), before.files.remove(&name)) {
                // It went in the meantime.
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

/// Returns `true` if a file is hidden, or is an editor's backup, whose key must not count after the original is gone.
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

    /// Whether what was read under this stamp is what is there now.
    fn holds(&self, now: &Self) -> bool {
        !self.fresh && self.modified == now.modified && self.size == now.size && self.identity == now.identity
    }
}

impl fmt::Debug for CertificateStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CertificateStore").field(&self.inner.directory).finish()
    }
}
