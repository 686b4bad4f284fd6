//! The global context of a process.

use once_cell::race::OnceBox;

use super::Context;
use crate::error::Result;

impl Context {
    /// Returns the global context of the process, which is created on first use with the defaults and never terminated.
    ///
    /// A forked child has its own global context, which the first call in the child creates.
    ///
    /// # Errors
    /// A later call retries.
    /// - [`LimitReached`](crate::ErrorKind::LimitReached): there are no file descriptors left.
    /// - [`LibraryMismatch`](crate::ErrorKind::LibraryMismatch): the loaded libzmq is incompatible with this build.
    ///
    /// # Examples
    /// ```
    /// use zmq::Context;
    ///
    /// let server = Context::global()?.socket(zmq::Rep)?;
    /// let client = Context::global()?.socket(zmq::Req)?;
    /// client.connect(server.bind("inproc://global")?)?;
    /// # Ok::<(), zmq::Error>(())
    /// ```
    pub fn global() -> Result<&'static Self> {
        static GLOBAL: OnceBox<Global> = OnceBox::new();
        let mut place = &GLOBAL;
        loop {
            let global = place.get_or_try_init(|| Self::new().map(Global::new))?;
            if !global.context.is_forked() {
                return Ok(&global.context);
            }
            place = &global.of_children;
        }
    }
}

/// The global context of a process, followed by that of a forked child, which inherits the whole list.
///
/// No lock is held while an entry is created: in a child, the thread that creates it may not exist.
struct Global {
    context: Context,
    of_children: OnceBox<Global>,
}

impl Global {
    fn new(context: Context) -> Box<Self> {
        Box::new(Self { context, of_children: OnceBox::new() })
    }
}
