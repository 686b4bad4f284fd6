//! Calls that are not made: what they would do is done in place, where it is known.
//!
//! Each does as the function of libzmq that it is named for. The vendored build knows where its libzmq keeps the parts of a
//! message, because the compiler compared them with the source ([`build::KNOWS_LAYOUT`](crate::build::KNOWS_LAYOUT)); with
//! any other libzmq, each is the call.

use core::ffi::c_void;

use crate::build::KNOWS_LAYOUT;
use crate::layout::{ELSEWHERE, FLAGS, GROUP_KIND, IN_PLACE, KIND, METADATA, MORE, SHORT_GROUP};
use crate::{zmq_msg_close, zmq_msg_data, zmq_msg_init, zmq_msg_more, zmq_msg_t};

/// Initialises a message as `zmq_msg_init` does, which cannot fail.
///
/// # Safety
/// As for `zmq_msg_init`: the pointer is valid for writing.
#[inline(always)]
pub unsafe fn msg_init(message: *mut zmq_msg_t) {
    /// The eight bytes that the kind and the flags are among.
    const EMPTY: u64 = {
        let mut bytes = [0; 8];
        bytes[KIND % 8] = IN_PLACE;
        u64::from_ne_bytes(bytes)
    };
    if KNOWS_LAYOUT {
        for (offset, eight) in [(METADATA, 0), (KIND / 8 * 8, EMPTY), (GROUP_KIND / 8 * 8, SHORT_GROUP.into())] {
            let part = message.wrapping_byte_add(offset).cast::<u64>();
            // SAFETY: the part is among the 64 bytes of the message, which the caller lets be written.
            unsafe { part.write_unaligned(eight) };
        }
    } else {
        // SAFETY: as the caller says.
        unsafe { zmq_msg_init(message) };
    }
}

/// Closes a message as `zmq_msg_close` does, which does not fail for one that is initialised.
///
/// # Safety
/// As for `zmq_msg_close`: the message is initialised; and it is not used any more afterwards.
#[inline(always)]
pub unsafe fn msg_close(message: *mut zmq_msg_t) {
    // SAFETY: the message is initialised.
    if KNOWS_LAYOUT && unsafe { owns_nothing(message) } {
        return;
    }
    // SAFETY: as the caller says.
    unsafe { zmq_msg_close(message) };
}

/// Returns the content of a message as `zmq_msg_data` does.
///
/// # Safety
/// As for `zmq_msg_data`: the message is initialised.
#[inline(always)]
pub unsafe fn msg_data(message: *mut zmq_msg_t) -> *mut c_void {
    if KNOWS_LAYOUT {
        let content = message.wrapping_byte_add(size_of::<*mut c_void>());
        // SAFETY: the message is initialised.
        match unsafe { byte(message, KIND) } {
            IN_PLACE => return content.cast(),
            ELSEWHERE => {
                // SAFETY: this kind has a pointer there, which is valid for as long as the message is initialised.
                let structure = unsafe { content.cast::<*const *mut c_void>().read() };
                // SAFETY: the structure begins with a pointer.
                return unsafe { structure.read() };
            }
            _ => {}
        }
    }
    // SAFETY: as the caller says.
    unsafe { zmq_msg_data(message) }
}

/// Whether more frames follow, as `zmq_msg_more` says.
///
/// # Safety
/// As for `zmq_msg_more`: the message is initialised.
#[inline(always)]
pub unsafe fn msg_more(message: *const zmq_msg_t) -> bool {
    if KNOWS_LAYOUT {
        // SAFETY: the message is initialised.
        unsafe { byte(message, FLAGS) & MORE != 0 }
    } else {
        // SAFETY: as the caller says.
        unsafe { zmq_msg_more(message) != 0 }
    }
}

/// Whether closing the message would free nothing.
///
/// # Safety
/// The message is initialised, and the layout known.
#[inline(always)]
unsafe fn owns_nothing(message: *const zmq_msg_t) -> bool {
    // SAFETY: every message has its kind.
    let kind = unsafe { byte(message, KIND) };
    // SAFETY: every message has the kind of its group.
    let group = unsafe { byte(message, GROUP_KIND) };
    let metadata = message.wrapping_byte_add(METADATA).cast::<*const c_void>();
    // SAFETY: every message has the pointer, and it is aligned, because it stands at a multiple of its size.
    let metadata = unsafe { metadata.read() };
    kind == IN_PLACE && group == SHORT_GROUP && metadata.is_null()
}

/// Reads a byte of a message.
///
/// # Safety
/// The message is initialised, and the layout known.
#[inline(always)]
unsafe fn byte(message: *const zmq_msg_t, offset: usize) -> u8 {
    // SAFETY: the offset is inside the message, and libzmq initialises that byte of every message.
    unsafe { message.wrapping_byte_add(offset).cast::<u8>().read() }
}
