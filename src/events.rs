//! What a socket or a file descriptor is ready for.

use bitflags::bitflags;

use crate::error::Failure;
use crate::raw::{FromOption, Gate, RawSocket};
use crate::sys;

bitflags! {
    /// What a socket or a file descriptor is ready for, or is asked for.
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
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Events: i16 {
        /// A receive does not wait. Maps to `ZMQ_POLLIN`.
        const READABLE = sys::ZMQ_POLLIN as i16;
        /// A send does not wait. Maps to `ZMQ_POLLOUT`.
        const WRITABLE = sys::ZMQ_POLLOUT as i16;
        /// A file descriptor has an error, was hung up, or is not open. Maps to `ZMQ_POLLERR`.
        const ERROR = sys::ZMQ_POLLERR as i16;
        /// A file descriptor has urgent data. Maps to `ZMQ_POLLPRI`.
        const PRIORITY = sys::ZMQ_POLLPRI as i16;
    }
}

impl Events {
    /// Whether a receive does not wait.
    #[must_use]
    pub fn is_readable(self) -> bool {
        self.contains(Self::READABLE)
    }

    /// Whether a send does not wait.
    #[must_use]
    pub fn is_writable(self) -> bool {
        self.contains(Self::WRITABLE)
    }

    /// Whether a file descriptor has an error.
    #[must_use]
    pub fn is_error(self) -> bool {
        self.contains(Self::ERROR)
    }
}

impl FromOption for Events {
    fn read<G: Gate>(socket: &RawSocket<G>, option: std::ffi::c_int) -> Result<Self, Failure> {
        // Bits of a newer libzmq are kept.
        Ok(Self::from_bits_retain(socket.get_int(option)? as i16))
    }
}
