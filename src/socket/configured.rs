//! Options of new sockets: for a single socket, or for all sockets of a context.

use std::cell::RefCell;
use std::sync::Arc;

use super::Socket;
use super::kinds::Kind;
use crate::context::{Context, ContextBuilder, SocketDefaults};
use crate::error::Result;

/// The configuration that the program set for the sockets of a context.
struct Defaults(Box<Configure>);

thread_local! {
    /// The addresses of the contexts whose defaults are being applied on this thread, the innermost last.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// A mark that the defaults of a context are being applied on this thread, until it is dropped.
struct Running;

impl Running {
    /// Sets the mark. Returns `None` if it is set already.
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
        // The thread-local list no longer exists while the thread ends. The defaults apply nevertheless.
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
    /// Calls `configure` with the socket and returns the socket. Use this to open a socket and set its options in a
    /// single expression.
    ///
    /// Setters return a reference to the socket, which does not outlive the expression. This method returns the socket
    /// itself.
    ///
    /// # Errors
    /// - any error that `configure` returned. The socket is closed.
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
    /// Sets a function that configures every socket that [`Context::socket`] opens.
    ///
    /// The function is called after the [`linger`](Self::linger) period was set. If the function returns an error, the
    /// socket is closed, and [`Context::socket`] returns the error. The function is not called for the crate's own
    /// sockets, such as those of an authenticator, nor for sockets that the function itself opens in the same context.
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
    /// Applies the configuration of the context to a new socket.
    pub(super) fn apply_defaults(&self, socket: &Socket) -> Result<()> {
        let Some(Defaults(configure)) = self.socket_defaults().get() else { return Ok(()) };
        match Running::start(self) {
            Some(_running) => configure(socket),
            None => Ok(()),
        }
    }
}
