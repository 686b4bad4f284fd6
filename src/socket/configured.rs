//! Sockets that have their options from the start: one of them, or all of a context.

use super::Socket;
use super::kinds::Kind;
use crate::context::{Context, ContextBuilder, SocketDefaults};
use crate::error::Result;

/// What the program gave a context for its sockets.
struct Defaults(Box<Configure>);

type Configure = dyn Fn(&Socket) -> Result<()> + Send + Sync;

impl<K: Kind> Socket<K> {
    /// Calls `configure` with the socket and returns the socket, so that one expression opens a socket and sets its options.
    ///
    /// Setters return a reference to the socket, which a `let` cannot keep. This method returns the socket itself.
    ///
    /// # Errors
    /// Those of `configure`. The socket is closed then.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Push};
    ///
    /// let context = Context::new()?;
    /// let socket = context.socket(Push)?.configure(|socket| socket.set_send_hwm(1)?.set_linger(Duration::ZERO))?;
    /// assert_eq!(socket.send_hwm()?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn configure(self, configure: impl FnOnce(&Self) -> Result<&Self>) -> Result<Self> {
        configure(&self)?;
        Ok(self)
    }
}

impl ContextBuilder {
    /// Sets what every socket that [`Context::socket`] opens is configured with: `configure` is called with each of them.
    ///
    /// It is called after [`linger`](Self::linger) was set. If it returns an error, the socket is closed, and
    /// [`Context::socket`] returns the error. The crate's own sockets, those of an authenticator for example, are not
    /// configured.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use zmq::{Context, Pull, Push, SocketType};
    ///
    /// let context = Context::builder()
    ///     .socket_defaults(|socket| {
    ///         if socket.socket_type() == SocketType::Push {
    ///             socket.set_send_timeout(Duration::from_secs(1))?;
    ///         }
    ///         socket.set_linger(Duration::ZERO)
    ///     })
    ///     .build()?;
    /// let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    /// assert_eq!(sink.linger()?, Some(Duration::ZERO));
    /// assert_eq!(source.configured_send_timeout()?, Some(Duration::from_secs(1)));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn socket_defaults(self, configure: impl Fn(&Socket) -> Result<&Socket> + Send + Sync + 'static) -> Self {
        let defaults = Defaults(Box::new(move |socket| configure(socket).map(drop)));
        self.defaults(SocketDefaults::new(defaults))
    }
}

impl Context {
    /// Configures a new socket with what the program gave the context.
    pub(super) fn apply_defaults(&self, socket: &Socket) -> Result<()> {
        self.socket_defaults().get::<Defaults>().map_or(Ok(()), |Defaults(configure)| configure(socket))
    }
}
