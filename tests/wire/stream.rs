//! Connections and listeners of the attackers, over any transport.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::time::Duration;

pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, String),
}

/// Calls the same method of either stream.
macro_rules! either {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            Stream::Tcp($inner) => $call,
            Stream::Unix($inner) => $call,
        }
    };
}

impl Stream {
    /// Connects to an endpoint in libzmq's notation.
    pub(crate) fn connect(endpoint: &str) -> io::Result<Self> {
        match endpoint.split_once("://") {
            Some(("ipc", name)) => {
                let address = SocketAddr::from_abstract_name(name.trim_start_matches('@'))?;
                UnixStream::connect_addr(&address).map(Self::Unix)
            }
            Some((_, address)) => {
                let stream = TcpStream::connect(address.trim_end_matches('/'))?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
            None => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// Sends all bytes, unless the peer does not read them in time.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        either!(self, stream => stream.write_all(bytes))
    }

    /// Receives `count` bytes, or fewer if the timeout expires, and returns the number of received bytes.
    pub(crate) fn receive(&mut self, count: usize) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let mut received = 0;
        while received < count {
            match either!(self, stream => stream.read(&mut buffer)) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(len) => received += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(received)
    }

    pub(crate) fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.read(buffer))
    }

    pub(crate) fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        either!(self, stream => stream.set_read_timeout(Some(timeout)))?;
        either!(self, stream => stream.set_write_timeout(Some(timeout)))
    }

    /// Shuts down the sending direction.
    pub(crate) fn half_close(&self) -> io::Result<()> {
        either!(self, stream => stream.shutdown(Shutdown::Write))
    }

    /// Sets a TCP connection to be reset when it is dropped.
    pub(crate) fn reset_on_drop(&self) {
        let linger = libc::linger { l_onoff: 1, l_linger: 0 };
        let (value, len) = ((&raw const linger).cast(), size_of_val(&linger) as libc::socklen_t);
        let fd = self.as_fd().as_raw_fd();
        // SAFETY: the descriptor is open while `self` is borrowed, and `linger` outlives the call and has the given
        // length.
        unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_LINGER, value, len) };
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        either!(self, stream => stream.as_fd())
    }
}

impl Listener {
    /// Listens at a unique address.
    pub(crate) fn new(over_ipc: bool, name: &str) -> io::Result<Self> {
        let listener = if over_ipc {
            let name = format!("zmq-wire-{}-{name}", std::process::id());
            Self::Unix(UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name)?)?, name)
        } else {
            Self::Tcp(TcpListener::bind("127.0.0.1:0")?)
        };
        match &listener {
            Self::Tcp(listener) => listener.set_nonblocking(true)?,
            Self::Unix(listener, _) => listener.set_nonblocking(true)?,
        }
        Ok(listener)
    }

    /// Returns the endpoint to which libzmq connects, with the scheme `scheme` unless it is an ipc endpoint.
    pub(crate) fn endpoint(&self, transport: &str) -> io::Result<String> {
        Ok(match self {
            Self::Tcp(listener) => format!("{transport}://{}", listener.local_addr()?),
            Self::Unix(_, name) => format!("ipc://@{name}"),
        })
    }

    /// Accepts a waiting connection.
    pub(crate) fn accept(&self) -> io::Result<Stream> {
        let stream = match self {
            Self::Tcp(listener) => Stream::Tcp(listener.accept()?.0),
            Self::Unix(listener, _) => Stream::Unix(listener.accept()?.0),
        };
        either!(&stream, stream => stream.set_nonblocking(false))?;
        Ok(stream)
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener, _) => listener.as_fd(),
        }
    }
}
