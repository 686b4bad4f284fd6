//! Listeners that the program made itself.

use std::net::TcpListener;
use std::os::fd::{AsRawFd, IntoRawFd};

use super::Socket;
use super::kinds::Kind;
use crate::endpoint::Endpoint;
use crate::error::{Errno, Error, Operation, Result};
use crate::{raw, sys};

impl<K: Kind> Socket<K> {
    /// Binds the socket to a listener that is there already: one that a service manager handed over, or that has options
    /// which libzmq does not set. Returns its endpoint. Unix only.
    ///
    /// libzmq takes the listener over and closes it.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for something that is not a listening TCP socket; those of
    /// [`bind`](Self::bind). The listener is closed then.
    ///
    /// # Safety
    /// Nobody shuts the listener down (`shutdown(2)`), makes it blocking, or takes connections from it, through another
    /// descriptor of it, be it a clone, or one in another process: libzmq aborts, or one of its threads waits for ever.
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
    #[allow(unsafe_code)]
    pub unsafe fn bind_listener(&self, listener: TcpListener) -> Result<Endpoint> {
        let failed = |errno| Error::on(Operation::Bind, "listener", errno);
        let refused = || failed(Errno::EINVAL).because("it is not a listening TCP socket");
        let system = |error: std::io::Error| failed(Errno::from_raw(error.raw_os_error().unwrap_or(sys::EINVAL)));
        if !raw::is_listening(&listener) {
            return Err(refused());
        }
        // The address of a listener of another family cannot be read.
        let address = listener.local_addr().map_err(|_| refused())?;
        let endpoint = Endpoint::parse_for(Operation::Bind, &format!("tcp://{address}"))?;
        // libzmq accepts when the system says that it can, which may have changed by then.
        listener.set_nonblocking(true).map_err(system)?;
        self.set_option(sys::ZMQ_USE_FD, "use_fd", listener.as_raw_fd())?;
        let bound = self.core.bind_raw(&endpoint);
        if bound.is_ok() {
            // It is libzmq's now, whatever comes next.
            let _ = listener.into_raw_fd();
        }
        // It fails only where every bind does from now on.
        let _ = self.set_option(sys::ZMQ_USE_FD, "use_fd", -1);
        bound?;
        self.core.bound(&endpoint)
    }
}
