//! Generated paths for `ipc://*`.
//!
//! If no environment variable names a directory, libzmq generates a relative path: a peer in another directory cannot
//! find it, and libzmq does not remove it if the process has changed its own directory.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::hash::BuildHasher;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{self, Path, PathBuf};
use std::{env, process};

use crate::endpoint::{Endpoint, LONGEST_IPC_PATH};
use crate::error::{Errno, Error, ErrorKind, Operation, Result};
use crate::sys;

/// The maximum number of attempts with names that already exist. Chance never needs as many.
const MOST_ATTEMPTS: u32 = 64;

/// A path for a socket, in a directory that no other user can enter. Both are removed on drop.
#[derive(Debug)]
pub(crate) struct MadeUpPath {
    directory: PathBuf,
    endpoint: Endpoint,
    /// In a forked child the path is the parent's.
    process: u32,
}

impl MadeUpPath {
    /// Creates the directory within the temporary directory.
    pub(crate) fn create() -> Result<Self> {
        let failed = |parent: &Path, error: &io::Error| {
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(sys::EINVAL));
            let reason = format!("no directory can be created in {parent:?}; set TMPDIR to a directory that allows it");
            Error::on(Operation::Bind, "ipc://*", errno).because(reason)
        };
        let parent = env::temp_dir();
        let parent = path::absolute(&parent).map_err(|error| failed(&parent, &error))?;
        for _ in 0..MOST_ATTEMPTS {
            let directory = parent.join(OsString::from(format!("zmq-{:08x}", random())));
            let endpoint = endpoint(&directory.join("socket"))?;
            match DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => return Ok(Self { directory, endpoint, process: process::id() }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(&parent, &error)),
            }
        }
        Err(failed(&parent, &io::Error::from_raw_os_error(libc::EEXIST)))
    }

    /// Returns the endpoint to bind.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for MadeUpPath {
    fn drop(&mut self) {
        if self.process == process::id() {
            // The removals fail if another program has already removed the path.
            let _ = fs::remove_file(self.endpoint.address());
            let _ = fs::remove_dir(&self.directory);
        }
    }
}

fn endpoint(path: &Path) -> Result<Endpoint> {
    let refused = |errno, reason: String| Error::on(Operation::Bind, "ipc://*", errno).because(reason);
    let Some(text) = path.to_str() else {
        let reason = format!("{path:?} is not UTF-8; set TMPDIR to a directory that is");
        return Err(refused(Errno::EINVAL, reason).of_kind(ErrorKind::InvalidEndpoint));
    };
    if text.len() > LONGEST_IPC_PATH {
        let len = text.len();
        let reason = format!(
            "{path:?} has {len} bytes, but at most {LONGEST_IPC_PATH} fit a socket address; set TMPDIR to a shorter directory"
        );
        return Err(refused(Errno::ENAMETOOLONG, reason));
    }
    Endpoint::parse_for(Operation::Bind, &format!("ipc://{text}"))
}

/// Returns a number that other programs cannot guess, so that they cannot block the name.
fn random() -> u32 {
    // The lower half of 64 bits.
    RandomState::new().hash_one(process::id()) as u32
}
