//! The context that a process has without making one.

use once_cell::race::OnceBox;

use super::Context;
use crate::error::Result;

impl Context {
    /// Returns the context of the process, which is created on first use with the defaults and never ended.
    ///
    /// A forked child has a context of its own: the first call there creates it.
    ///
    /// # Errors
    /// As for [`new`](Self::new); the next call tries again.
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

/// The context of a process, and behind it that of a forked child, which inherits the whole line.
///
/// No place is locked while it is filled: in a child the thread that fills it may be missing.
struct Global {
    context: Context,
    of_children: OnceBox<Global>,
}

impl Global {
    fn new(context: Context) -> Box<Self> {
        Box::new(Self { context, of_children: OnceBox::new() })
    }
}
