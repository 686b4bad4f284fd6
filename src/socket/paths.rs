//! Paths of the ipc transport. libzmq deletes any existing file at the path that it binds.

use std::fs;
#[cfg(unix)]
use std::thread;
#[cfg(unix)]
use std::time::Duration;

use super::Core;
#[cfg(unix)]
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
#[cfg(unix)]
use crate::raw;
use crate::sys;

/// The maximum time that a bind waits for a listener of this process to close in the background.
#[cfg(unix)]
const CLOSING: Duration = Duration::from_secs(1);

impl Core {
    /// Refuses a path that exists, unless it is the socket of a server that has ended.
    pub(super) fn check_path(&self, endpoint: &Endpoint) -> Result<()> {
        let path = endpoint.address();
        // libzmq chooses an unused path itself, and does not bind a path if a listener is given.
        if endpoint.transport() != "ipc" || path == "*" || self.has_listener(endpoint)? {
            return Ok(());
        }
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            // A path that cannot be examined cannot be deleted, and the bind reports the problem.
            Err(_) => return Ok(()),
        };
        let refused =
            |reason: &str| Err(Error::on(Operation::Bind, endpoint.as_str(), Errno::EADDRINUSE).because(reason));
        if path.starts_with('@') {
            // An abstract name is not a path, but libzmq deletes a file with that name nevertheless. It does not delete
            // directories.
            return if found.is_dir() {
                Ok(())
            } else {
                refused("the working directory has a file with this name, which libzmq would delete")
            };
        }
        if !is_socket(&found) {
            return refused("the path exists and is not a socket; libzmq would delete it");
        }
        self.expect_no_listener(endpoint)
    }

    /// Returns `true` if the next bind uses a listener that was created elsewhere.
    fn has_listener(&self, endpoint: &Endpoint) -> Result<bool> {
        let listener = self.raw.get_int(sys::ZMQ_USE_FD);
        listener.map(|fd| fd != -1).map_err(|errno| Error::on(Operation::Bind, endpoint.as_str(), errno))
    }

    /// Waits for a listener of this process that is about to close, and refuses the path of any other listener.
    #[cfg(unix)]
    fn expect_no_listener(&self, endpoint: &Endpoint) -> Result<()> {
        let refused =
            |errno: Errno, reason: &str| Err(Error::on(Operation::Bind, endpoint.as_str(), errno).because(reason));
        let deadline = Deadline::after(CLOSING);
        let mut pause = Duration::from_millis(1);
        loop {
            match raw::listener_at(endpoint.address().as_bytes()) {
                Ok(None) => return Ok(()),
                Ok(Some(raw::Listener::Own))
                    if !self.entry.registry().is_bound(endpoint.as_str()) && !deadline.has_passed() =>
                {
                    // libzmq does not report when it has closed a dropped socket.
                    thread::sleep(pause);
                    pause *= 2;
                }
                Ok(Some(_)) => return refused(Errno::EADDRINUSE, "another server listens on this path"),
                Err(errno) => return refused(errno, "cannot determine whether another server listens on this path"),
            }
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    fn expect_no_listener(&self, _endpoint: &Endpoint) -> Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn is_socket(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;

    found.file_type().is_socket()
}

/// On Windows, sockets are reparse points, and files usually are not.
#[cfg(windows)]
fn is_socket(found: &fs::Metadata) -> bool {
    use std::os::windows::fs::MetadataExt;

    const REPARSE_POINT: u32 = 0x400;
    found.file_attributes() & REPARSE_POINT != 0
}
