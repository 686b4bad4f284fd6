//! Inlined versions of libzmq functions.
//!
//! Each function behaves like the libzmq function of the same name. In a vendored build, these functions access a
//! message directly, because the compiler has compared the layout with the source
//! ([`build::KNOWS_LAYOUT`](crate::build::KNOWS_LAYOUT)). With any other libzmq, they call the libzmq function.

use core::ffi::c_void;

use crate::build::KNOWS_LAYOUT;
use crate::layout::{ELSEWHERE, FLAGS, GROUP_KIND, IN_PLACE, KIND, METADATA, MORE, SHORT_GROUP};
use crate::{zmq_msg_close, zmq_msg_data, zmq_msg_init, zmq_msg_more, zmq_msg_t};

/// Initialises a message, like `zmq_msg_init`, which cannot fail.
///
/// # Safety
/// The requirements of `zmq_msg_init`: `message` must be valid for writing.
#[inline(always)]
pub unsafe fn msg_init(message: *mut zmq_msg_t) {
    /// The eight bytes that contain the kind and the flags.
    const EMPTY: u64 = {
        let mut bytes = [0; 8];
        bytes[KIND % 8] = IN_PLACE;
        u64::from_ne_bytes(bytes)
    };
    if KNOWS_LAYOUT {
        for (offset, eight) in [(METADATA, 0), (KIND / 8 * 8, EMPTY), (GROUP_KIND / 8 * 8, SHORT_GROUP.into())] {
            let part = message.wrapping_byte_add(offset).cast::<u64>();
            // SAFETY: the part is inside the 64 bytes of the message, which are valid for writing.
            unsafe { part.write_unaligned(eight) };
        }
    } else {
        // SAFETY: the caller guarantees it.
        unsafe { zmq_msg_init(message) };
    }
}

/// Closes a message, like `zmq_msg_close`, which cannot fail for an initialised message.
///
/// # Safety
/// The requirements of `zmq_msg_close`: `message` must be initialised, and must not be used afterwards.
#[inline(always)]
pub unsafe fn msg_close(message: *mut zmq_msg_t) {
    // SAFETY: the message is initialised.
    if KNOWS_LAYOUT && unsafe { owns_nothing(message) } {
        return;
    }
    // SAFETY: the caller guarantees it.
    unsafe { zmq_msg_close(message) };
}

/// Returns the content of a message, like `zmq_msg_data`.
///
/// # Safety
/// The requirements of `zmq_msg_data`: `message` must be initialised.
#[inline(always)]
pub unsafe fn msg_data(message: *mut zmq_msg_t) -> *mut c_void {
    if KNOWS_LAYOUT {
        let content = message.wrapping_byte_add(size_of::<*mut c_void>());
        // SAFETY: the message is initialised.
        match unsafe { byte(message, KIND) } {
            IN_PLACE => return content.cast(),
            ELSEWHERE => {
                // SAFETY: this kind has a pointer there, which is valid while the message is initialised.
                let structure = unsafe { content.cast::<*const *mut c_void>().read() };
                // SAFETY: the structure begins with a pointer.
                return unsafe { structure.read() };
            }
            _ => {}
        }
    }
    // SAFETY: the caller guarantees it.
    unsafe { zmq_msg_data(message) }
}

/// Returns `true` if more frames follow, like `zmq_msg_more`.
///
/// # Safety
/// The requirements of `zmq_msg_more`: `message` must be initialised.
#[inline(always)]
pub unsafe fn msg_more(message: *const zmq_msg_t) -> bool {
    if KNOWS_LAYOUT {
        // SAFETY: the message is initialised.
        unsafe { byte(message, FLAGS) & MORE != 0 }
    } else {
        // SAFETY: the caller guarantees it.
        unsafe { zmq_msg_more(message) != 0 }
    }
}

/// Returns `true` if closing the message would free no memory.
///
/// # Safety
/// `message` must be initialised, and the layout must be known.
#[inline(always)]
unsafe fn owns_nothing(message: *const zmq_msg_t) -> bool {
    // SAFETY: every message has its kind.
    let kind = unsafe { byte(message, KIND) };
    // SAFETY: every message has the kind of its group.
    let group = unsafe { byte(message, GROUP_KIND) };
    let metadata = message.wrapping_byte_add(METADATA).cast::<*const c_void>();
    // SAFETY: every message has the pointer, and it is aligned, because its offset is a multiple of its size.
    let metadata = unsafe { metadata.read() };
    kind == IN_PLACE && group == SHORT_GROUP && metadata.is_null()
}

/// Reads a byte of a message.
///
/// # Safety
/// `message` must be initialised, and the layout must be known.
#[inline(always)]
unsafe fn byte(message: *const zmq_msg_t, offset: usize) -> u8 {
    // SAFETY: the offset is inside the message, and libzmq initialises that byte of every message.
    unsafe { message.wrapping_byte_add(offset).cast::<u8>().read() }
}
