//! Listeners that the program created itself.

use std::net::TcpListener;
use std::os::fd::{AsRawFd, IntoRawFd};

use super::Socket;
use super::kinds::Kind;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::{raw, sys};

impl<K: Kind> Socket<K> {
    /// Binds the socket to an existing listener, such as one from a service manager or one with options that libzmq
    /// does not set. Returns its endpoint. Unix only.
    ///
    /// libzmq takes ownership of the listener and closes it.
    ///
    /// # Errors
    /// If this fails, the listener is closed.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the descriptor is not a listening TCP socket.
    /// - all errors of [`bind`](Self::bind).
    ///
    /// # Safety
    /// While the socket is bound, no other descriptor of the listener, such as a clone or one in another process, may
    /// be used to shut the listener down (`shutdown(2)`), to make it blocking, or to accept connections. Otherwise
    /// libzmq aborts, or one of its threads blocks forever.
    ///
    /// # Examples
    /// ```
    /// use std::net::TcpListener;
    /// use zmq::{Context, Pull, Push};
    ///
    /// let context = Context::new()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    /// // SAFETY: this is the listener's only descriptor.
    /// source.connect(unsafe { sink.bind_listener(listener)? })?;
    /// source.send("hello")?;
    /// assert_eq!(sink.recv()?, "hello");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_USE_FD`.
    #[doc(alias = "ZMQ_USE_FD")]
    #[allow(unsafe_code)]
    pub unsafe fn bind_listener(&self, listener: TcpListener) -> Result<Endpoint> {
        let failed = |errno| Error::on(Operation::Bind, "listener", errno);
        let refused = || failed(Errno::EINVAL).because("it is not a listening TCP socket");
        let system = |error: std::io::Error| failed(Errno::from_raw(error.raw_os_error().unwrap_or(sys::EINVAL)));
        if !raw::is_listening(&listener) {
            return Err(refused());
        }
        // The address of a listener of another address family cannot be read.
        let address = listener.local_addr().map_err(|_| refused())?;
        let endpoint = Endpoint::parse_for(Operation::Bind, &format!("tcp://{address}"))?;
        // libzmq accepts when the system reports a connection, which may be gone by then.
        listener.set_nonblocking(true).map_err(system)?;
        let _attaching = self.core.attaching(Operation::Bind, endpoint.as_str())?;
        self.set_option(sys::ZMQ_USE_FD, "use_fd", listener.as_raw_fd())?;
        let bound = self.core.bind_raw(&endpoint);
        if bound.is_ok() {
            // The listener belongs to libzmq from now on.
            let _ = listener.into_raw_fd();
        }
        // This can fail only if every later bind fails too.
        let _ = self.set_option(sys::ZMQ_USE_FD, "use_fd", -1);
        bound?;
        self.core.bound(&endpoint)
    }
}
