//! The settings of a context, as they are now.

use std::ffi::c_int;

use super::Context;
use crate::error::{Error, Operation, Result};
use crate::sys;

impl Context {
    fn option(&self, option: c_int, name: &str) -> Result<c_int> {
        let value = self.with_raw(|raw| raw.get(option));
        value.map_err(|errno| Error::on(Operation::GetContextOption, name, errno))
    }

    /// Returns the number of I/O threads.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Context::new()?.io_threads()?, 1);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_IO_THREADS`.
    #[doc(alias("ZMQ_IO_THREADS", "get_io_threads"))]
    pub fn io_threads(&self) -> Result<u32> {
        self.option(sys::ZMQ_IO_THREADS, "io_threads").map(|count| count.try_into().unwrap_or(0))
    }

    /// Returns the maximum number of open sockets.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Context::new()?.max_sockets(), 1023);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_MAX_SOCKETS`.
    #[doc(alias = "ZMQ_MAX_SOCKETS")]
    #[must_use]
    pub fn max_sockets(&self) -> usize {
        self.inner.max_sockets
    }

    /// Returns the maximum value of [`max_sockets`](crate::ContextBuilder::max_sockets): libzmq's limit less one,
    /// because the crate keeps a slot for itself.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Context::new()?.socket_limit()?, 65_534);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_SOCKET_LIMIT`.
    #[doc(alias = "ZMQ_SOCKET_LIMIT")]
    pub fn socket_limit(&self) -> Result<usize> {
        let limit = self.option(sys::ZMQ_SOCKET_LIMIT, "socket_limit")?;
        Ok(usize::try_from(limit).unwrap_or(0).saturating_sub(1))
    }

    /// Returns `true` if new sockets use IPv6.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// assert!(!zmq::Context::new()?.ipv6()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_IPV6`.
    #[doc(alias = "ZMQ_IPV6")]
    pub fn ipv6(&self) -> Result<bool> {
        self.option(sys::ZMQ_IPV6, "ipv6").map(|on| on != 0)
    }

    /// Returns `true` if new sockets linger forever by default.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// assert!(zmq::Context::new()?.blocky()?);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_BLOCKY`.
    #[doc(alias = "ZMQ_BLOCKY")]
    pub fn blocky(&self) -> Result<bool> {
        self.option(sys::ZMQ_BLOCKY, "blocky").map(|on| on != 0)
    }

    /// Returns the maximum size of a message in bytes.
    ///
    /// # Errors
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::Context::new()?.max_message_size()?, 2_147_483_647);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `ZMQ_MAX_MSGSZ`.
    #[doc(alias = "ZMQ_MAX_MSGSZ")]
    pub fn max_message_size(&self) -> Result<u32> {
        self.option(sys::ZMQ_MAX_MSGSZ, "max_message_size").map(|size| size.try_into().unwrap_or(0))
    }
}
