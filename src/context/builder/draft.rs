//! A setting of contexts that belongs to the draft API.

use super::ContextBuilder;
use crate::context::Context;
use crate::error::{Error, Operation, Result};
use crate::sys;

#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl ContextBuilder {
    /// Sets whether new sockets lend out the buffers that they read into, instead of copying each received message.
    ///
    /// With the option, a message that is kept keeps the whole buffer of [`in_batch_size`](crate::Socket::in_batch_size)
    /// bytes that it arrived in. Without it, a message keeps its own bytes only, and each costs an allocation and a copy.
    /// Messages of at most 33 bytes are always copied.
    ///
    /// Default: `true`.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().zero_copy_recv(false).build()?;
    /// assert!(!context.zero_copy_recv()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_ZERO_COPY_RECV`.
    #[doc(alias = "ZMQ_ZERO_COPY_RECV")]
    pub fn zero_copy_recv(mut self, on: bool) -> Self {
        self.zero_copy_recv = Some(on);
        self
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "draft")))]
impl Context {
    /// Returns `true` if new sockets lend out the buffers that they read into.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// assert!(zmq::Context::new()?.zero_copy_recv()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_ZERO_COPY_RECV`.
    #[doc(alias = "ZMQ_ZERO_COPY_RECV")]
    pub fn zero_copy_recv(&self) -> Result<bool> {
        let on = self.with_raw(|raw| raw.get(sys::ZMQ_ZERO_COPY_RECV));
        on.map(|on| on != 0).map_err(|errno| Error::on(Operation::GetContextOption, "zero_copy_recv", errno))
    }
}
