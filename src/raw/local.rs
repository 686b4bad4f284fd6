//! Local objects that endpoints refer to: Unix sockets and network interfaces.

use std::ffi::{CString, c_int};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use crate::error::Errno;

/// The process that listens on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    /// This process, as far as the system reports it.
    Own,
    Other,
}

/// Returns the listener on `path`, or `None` if there is no listener. Finds out by a non-blocking connect.
pub(crate) fn listener_at(path: &[u8]) -> Result<Option<Listener>, Errno> {
    // SAFETY: the structure consists of integers, for which all zeros are valid.
    let mut address: libc::sockaddr_un = unsafe { mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    // One byte is reserved for the terminating NUL.
    if path.len() >= address.sun_path.len() {
        return Err(Errno::ENAMETOOLONG);
    }
    for (to, from) in address.sun_path.iter_mut().zip(path) {
        *to = *from as libc::c_char;
    }
    let stream = stream().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EMFILE)))?;
    let len = size_of_val(&address) as libc::socklen_t;
    // SAFETY: the descriptor is open, and the pointer is to an address of that size, which outlives the call.
    let code = unsafe { libc::connect(stream.as_raw_fd(), (&raw const address).cast(), len) };
    if code == 0 {
        return Ok(Some(if is_own(&stream) { Listener::Own } else { Listener::Other }));
    }
    match io::Error::last_os_error().raw_os_error().unwrap_or(0) {
        libc::ECONNREFUSED | libc::ENOENT => Ok(None),
        // The queue of the listener is full, or the socket is of another type.
        libc::EAGAIN | libc::EINPROGRESS | libc::EPROTOTYPE => Ok(Some(Listener::Other)),
        errno => Err(Errno::from_raw(errno)),
    }
}

/// Returns `true` if the machine has a network interface with this name.
pub(crate) fn is_interface(name: &str) -> bool {
    // SAFETY: the text is NUL-terminated and outlives the call.
    CString::new(name).is_ok_and(|name| unsafe { libc::if_nametoindex(name.as_ptr()) } != 0)
}

/// Opens a non-blocking Unix socket.
fn stream() -> io::Result<UnixStream> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const KIND: c_int = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const KIND: c_int = libc::SOCK_STREAM;
    // SAFETY: it only takes numbers.
    let fd = unsafe { libc::socket(libc::AF_UNIX, KIND, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was just opened, and nothing else has it.
    let stream = UnixStream::from(unsafe { OwnedFd::from_raw_fd(fd) });
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// Returns `true` if the peer is this process.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_own(stream: &UnixStream) -> bool {
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut len = size_of_val(&peer) as libc::socklen_t;
    let value = (&raw mut peer).cast();
    // SAFETY: the descriptor is open, and the pointers are to variables of that size, which outlive the call.
    let code =
        unsafe { libc::getsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_PEERCRED, value, &raw mut len) };
    code == 0 && u32::try_from(peer.pid).is_ok_and(|pid| pid == std::process::id())
}

/// Returns `true`, because this system has no portable way to identify the peer, which may be this process.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_own(_stream: &UnixStream) -> bool {
    true
}
