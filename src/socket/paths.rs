//! Paths of the ipc transport: libzmq removes what it finds at the path that it binds, whatever that is.

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
use crate::raw::{self, Gate};
use crate::sys;

/// How long a bind waits for a listener of this process to close, which happens in the background.
#[cfg(unix)]
const CLOSING: Duration = Duration::from_secs(1);

impl<G: Gate> Core<G> {
    /// Refuses a path at which is something else than the socket of a server that is gone.
    pub(super) fn check_path(&self, endpoint: &Endpoint) -> Result<()> {
        let path = endpoint.address();
        // A path of libzmq's own choice; and one that libzmq does not bind, because its listener is there already.
        if endpoint.transport() != "ipc" || path == "*" || self.has_listener(endpoint)? {
            return Ok(());
        }
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            // What cannot be looked at cannot be removed, and the bind says what is wrong.
            Err(_) => return Ok(()),
        };
        let refused =
            |reason: &str| Err(Error::on(Operation::Bind, endpoint.as_str(), Errno::EADDRINUSE).because(reason));
        if path.starts_with('@') {
            // The name is none of a file, and libzmq removes the file nevertheless. It leaves directories.
            return if found.is_dir() {
                Ok(())
            } else {
                refused("the working directory has a file of this name, which libzmq would delete")
            };
        }
        if !is_socket(&found) {
            return refused("the path is not that of a socket, and libzmq would delete what is there");
        }
        self.expect_no_listener(endpoint)
    }

    /// Whether the next bind takes a listener that was made elsewhere.
    fn has_listener(&self, endpoint: &Endpoint) -> Result<bool> {
        let listener = self.raw.get_int(sys::ZMQ_USE_FD);
        listener.map(|fd| fd != -1).map_err(|errno| Error::on(Operation::Bind, endpoint.as_str(), errno))
    }

    /// Waits for a listener of this process that is about to close, and refuses the path of any other.
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
                    // Nothing says when libzmq has closed a socket that was dropped.
                    thread::sleep(pause);
                    pause *= 2;
                }
                Ok(Some(_)) => return refused(Errno::EADDRINUSE, "a server listens there"),
                Err(errno) => return refused(errno, "whether a server listens there cannot be found out"),
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

/// Sockets are reparse points there, which files are not as a rule.
#[cfg(windows)]
fn is_socket(found: &fs::Metadata) -> bool {
    use std::os::windows::fs::MetadataExt;

    const REPARSE_POINT: u32 = 0x400;
    found.file_attributes() & REPARSE_POINT != 0
}
