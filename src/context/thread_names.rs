//! The names of libzmq's threads.

use super::{Context, ContextBuilder};
use crate::error::{Error, Operation, Result};
use crate::raw::RawContext;
use crate::sys;

/// The name of the setting in errors.
const NAME: &str = "thread_name_prefix";
/// The maximum length of a prefix in bytes.
const LONGEST: usize = 16;
/// The length of an integer, for which libzmq takes a text of this length.
const MISREAD: usize = size_of::<std::ffi::c_int>();

impl ContextBuilder {
    /// Sets a text that precedes the names of libzmq's threads: 1 to 16 bytes, but not 4. With `broker`, the first name
    /// is `broker/ZMQbg/R`, because the system cuts names off after 15 bytes.
    ///
    /// Of this setting and [`thread_name_prefix`](Self::thread_name_prefix), the last one applies. A text of another
    /// length, or with a NUL byte, is an [`InvalidInput`](crate::ErrorKind::InvalidInput) error of
    /// [`build`](Self::build). libzmq would read a text of 4 bytes as a number.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, ErrorKind};
    ///
    /// let context = Context::builder().thread_name_prefix_text("broker").build()?;
    /// assert_eq!(context.thread_name_prefix()?, "broker");
    /// let error = Context::builder().thread_name_prefix_text("four").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_THREAD_NAME_PREFIX`, which is set with `zmq_ctx_set_ext`.
    #[doc(alias("ZMQ_THREAD_NAME_PREFIX", "zmq_ctx_set_ext"))]
    pub fn thread_name_prefix_text(mut self, text: impl Into<String>) -> Self {
        self.thread_name_prefix = None;
        self.thread_name_text = Some(text.into());
        self
    }

    /// Sets the text on a context.
    pub(super) fn name_threads(&self, raw: &RawContext) -> Result<()> {
        let Some(text) = &self.thread_name_text else { return Ok(()) };
        let reason = match text.len() {
            _ if text.contains('\0') => "it contains a NUL byte".to_owned(),
            MISREAD => "libzmq reads a text of 4 bytes as a number".to_owned(),
            1..=LONGEST => {
                let failed = |errno| Error::on(Operation::SetContextOption, NAME, errno);
                return raw.set_bytes(sys::ZMQ_THREAD_NAME_PREFIX, text.as_bytes()).map_err(failed);
            }
            len => format!("it has {len} bytes, from 1 to {LONGEST} are possible"),
        };
        Err(Error::invalid(Operation::SetContextOption, NAME, reason).with_value(format!("{text:?}")))
    }
}

impl Context {
    /// Returns the text that precedes the names of libzmq's threads. Default: empty.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// let context = zmq::Context::builder().thread_name_prefix(7).build()?;
    /// assert_eq!(context.thread_name_prefix()?, "7");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_THREAD_NAME_PREFIX`, which is read with `zmq_ctx_get_ext`.
    #[doc(alias("ZMQ_THREAD_NAME_PREFIX", "zmq_ctx_get_ext"))]
    pub fn thread_name_prefix(&self) -> Result<String> {
        // libzmq reports no length. The byte after the longest prefix stays 0.
        let mut text = [0; LONGEST + 1];
        let read = self.with_raw(|raw| raw.get_bytes(sys::ZMQ_THREAD_NAME_PREFIX, &mut text));
        read.map_err(|failure| Error::on(Operation::GetContextOption, NAME, failure))?;
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        Ok(String::from_utf8_lossy(&text[..end]).into_owned())
    }
}
