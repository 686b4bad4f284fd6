//! Sockets that have their options from the start: one of them, or all of a context.

use std::cell::RefCell;
use std::sync::Arc;

use super::Socket;
use super::kinds::Kind;
use crate::context::{Context, ContextBuilder, SocketDefaults};
use crate::error::Result;

/// What the program gave a context for its sockets.
struct Defaults(Box<Configure>);

thread_local! {
    /// The contexts whose defaults run on this thread, by their addresses: the innermost is the last.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Marks a context whose defaults run on this thread, until it is dropped.
struct Running;

impl Running {
    /// Returns `None` if they run already.
    fn start(context: &Context) -> Option<Self> {
        let context = Arc::as_ptr(context.life()).addr();
        let marked = RUNNING.try_with(|running| {
            let mut running = running.borrow_mut();
            let starts = !running.contains(&context);
            if starts {
                running.push(context);
            }
            starts
        });
        // At the thread's very end there are no marks, and the defaults count all the same.
        marked.unwrap_or(true).then_some(Self)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = RUNNING.try_with(|running| running.borrow_mut().pop());
    }
}

type Configure = dyn Fn(&Socket) -> Result<()> + Send + Sync;

/// # Options at opening
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
    /// configured, and neither are those that `configure` opens in the same context on the thread that it is called on.
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
        let Some(Defaults(configure)) = self.socket_defaults().get() else { return Ok(()) };
        match Running::start(self) {
            Some(_running) => configure(socket),
            None => Ok(()),
        }
    }
}
