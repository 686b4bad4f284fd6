//! Readiness of sockets and file descriptors.

use bitflags::bitflags;

use crate::error::Failure;
use crate::raw::{FromOption, RawSocket};
use crate::sys;

bitflags! {
    /// A set of events: the operations that a socket or a file descriptor is ready for, or that a poll waits for.
    ///
    /// # Examples
    /// ```
    /// use zmq::{Context, Events, Pair};
    ///
    /// let context = Context::new()?;
    /// let (one, other) = (context.socket(Pair)?, context.socket(Pair)?);
    /// other.connect(one.bind("inproc://events")?)?;
    /// assert_eq!(one.events()?, Events::WRITABLE);
    /// other.send("hello")?;
    /// assert_eq!(one.events()?, Events::READABLE | Events::WRITABLE);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    #[doc(alias = "PollEvents")]
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Events: i16 {
        /// A receive does not block. Maps to `ZMQ_POLLIN`.
        #[doc(alias("ZMQ_POLLIN", "POLLIN"))]
        const READABLE = sys::ZMQ_POLLIN as i16;
        /// A send does not block. Maps to `ZMQ_POLLOUT`.
        #[doc(alias("ZMQ_POLLOUT", "POLLOUT"))]
        const WRITABLE = sys::ZMQ_POLLOUT as i16;
        /// A file descriptor has an error, was hung up, or is not open. Maps to `ZMQ_POLLERR`.
        #[doc(alias("ZMQ_POLLERR", "POLLERR"))]
        const ERROR = sys::ZMQ_POLLERR as i16;
        /// A file descriptor has urgent data. Maps to `ZMQ_POLLPRI`.
        #[doc(alias = "ZMQ_POLLPRI")]
        const PRIORITY = sys::ZMQ_POLLPRI as i16;
    }
}

impl Events {
    /// Returns `true` if a receive does not block.
    ///
    /// # Examples
    /// ```
    /// assert!(zmq::Events::READABLE.is_readable());
    /// ```
    #[must_use]
    pub fn is_readable(self) -> bool {
        self.contains(Self::READABLE)
    }

    /// Returns `true` if a send does not block.
    ///
    /// # Examples
    /// ```
    /// use zmq::Events;
    ///
    /// assert!((Events::READABLE | Events::WRITABLE).is_writable());
    /// ```
    #[must_use]
    pub fn is_writable(self) -> bool {
        self.contains(Self::WRITABLE)
    }

    /// Returns `true` if a file descriptor has an error.
    ///
    /// # Examples
    /// ```
    /// use zmq::Events;
    ///
    /// assert!(!Events::READABLE.is_error());
    /// ```
    #[must_use]
    pub fn is_error(self) -> bool {
        self.contains(Self::ERROR)
    }
}

impl FromOption for Events {
    fn read(socket: &RawSocket, option: std::ffi::c_int) -> Result<Self, Failure> {
        // Unknown bits of a newer libzmq are kept.
        Ok(Self::from_bits_retain(socket.get_int(option)? as i16))
    }
}
