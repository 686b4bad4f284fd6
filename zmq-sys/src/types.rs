//! Types and functions whose declarations depend on the platform, so that no generated file can contain them.

#[cfg(feature = "draft")]
use core::ffi::{c_int, c_long};

/// A file descriptor, as libzmq passes it.
#[cfg(not(windows))]
pub type zmq_fd_t = core::ffi::c_int;

/// A socket handle, as libzmq passes it.
#[cfg(windows)]
pub type zmq_fd_t = usize;

/// A message: 64 bytes that only libzmq reads, with the alignment of a pointer.
///
/// The type is neither `Copy` nor `Clone`, because a copy of the bytes would be a second owner of the content. To copy
/// or move a message, call `zmq_msg_copy` or `zmq_msg_move`.
#[repr(C)]
#[derive(Debug)]
pub struct zmq_msg_t {
    align: [usize; 0],
    // libzmq initialises only the bytes that it reads.
    bytes: core::mem::MaybeUninit<[u8; 64]>,
}

/// A buffer of `zmq_sendiov` and `zmq_recviov`.
#[cfg(unix)]
pub use libc::iovec;

/// A buffer of `zmq_sendiov` and `zmq_recviov`. This platform does not declare the type.
#[cfg(not(unix))]
#[repr(C)]
#[derive(Debug)]
pub struct iovec {
    opaque: [u8; 0],
}

/// The signal mask of `zmq_ppoll`.
#[cfg(all(feature = "draft", unix))]
type SignalMask = libc::sigset_t;

/// The signal mask of `zmq_ppoll`, which this platform does not have.
#[cfg(all(feature = "draft", not(unix)))]
type SignalMask = core::ffi::c_void;

#[cfg(feature = "draft")]
unsafe extern "C" {
    /// Polls like `zmq_poll`, with the signal mask `sigmask_`. New in libzmq 4.3.5.
    pub fn zmq_ppoll(
        items_: *mut crate::zmq_pollitem_t,
        nitems_: c_int,
        timeout_: c_long,
        sigmask_: *const SignalMask,
    ) -> c_int;
}
