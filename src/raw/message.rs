//! Messages of libzmq: `zmq_msg_t`, a structure of 64 bytes that may be moved but not copied bit by bit.

use std::alloc::{Layout, handle_alloc_error};
use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::owner::Lent;
use super::{check, sys};
use crate::error::Errno;

/// `true` if libzmq refuses to share a content whose reference count would overflow.
const COUNTS_ITSELF: bool = super::carries("refcount-wrap");

/// The maximum number of shares in a process whose libzmq lacks that check.
///
/// libzmq counts the references to a content, and the messages with the metadata of a connection, in 32 bits, and frees
/// both when the count wraps. A leaked message stays counted, so a single content may have been shared as often as all
/// contents together.
const MOST_SHARES: usize = 1 << 31;

/// An initialised `zmq_msg_t`, closed on drop, and the number of its bytes, which libzmq returns whenever it fills a
/// message.
pub(crate) struct RawMessage {
    msg: sys::zmq_msg_t,
    len: usize,
}

// SAFETY: libzmq ties no message to a thread: reference counts and metadata are atomic, and owners are `Send`.
unsafe impl Send for RawMessage {}
// SAFETY: `&RawMessage` only reads data, size, flags and properties. All functions that write take `&mut self`,
// including the source of `zmq_msg_copy`.
unsafe impl Sync for RawMessage {}

impl RawMessage {
    /// Creates an empty message.
    #[inline]
    pub(crate) fn new() -> Self {
        let mut message = MaybeUninit::<sys::zmq_msg_t>::uninit();
        // SAFETY: it writes all fields that libzmq reads, and cannot fail.
        unsafe { sys::inlined::msg_init(message.as_mut_ptr()) };
        // SAFETY: it was just initialised.
        Self { msg: unsafe { message.assume_init() }, len: 0 }
    }

    /// Creates a message of `len` uninitialised bytes. The caller writes the bytes before any read.
    #[inline]
    fn unwritten(len: usize) -> Result<Self, Errno> {
        let mut message = MaybeUninit::<sys::zmq_msg_t>::uninit();
        // SAFETY: it writes all fields that libzmq reads, or fails.
        check(unsafe { sys::zmq_msg_init_size(message.as_mut_ptr(), len) })?;
        // SAFETY: zmq_msg_init_size succeeded.
        Ok(Self { msg: unsafe { message.assume_init() }, len })
    }

    /// Creates a message with a copy of `bytes`.
    #[inline]
    pub(crate) fn copied(bytes: &[u8]) -> Result<Self, Errno> {
        let mut message = Self::unwritten(bytes.len())?;
        // SAFETY: the message has room for all the bytes, and is new, so that they do not overlap.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), message.data_mut(), bytes.len()) };
        Ok(message)
    }

    /// Creates a message of `len` zero bytes.
    pub(crate) fn zeroed(len: usize) -> Result<Self, Errno> {
        let mut message = Self::unwritten(len)?;
        // SAFETY: the message has room for `len` bytes.
        unsafe { ptr::write_bytes(message.data_mut(), 0, len) };
        Ok(message)
    }

    /// Creates a message that borrows static bytes.
    pub(crate) fn constant(bytes: &'static [u8]) -> Self {
        // Without a function that frees the bytes, libzmq treats them as constant and never writes to them.
        Self::lend(bytes.as_ptr().cast_mut().cast(), bytes.len(), None, ptr::null_mut())
    }

    /// Creates a message that owns the buffer of a vector.
    pub(crate) fn from_vec(bytes: Vec<u8>) -> Self {
        Self::from_lent(Lent::vec(bytes))
    }

    /// Creates a message that holds a reference-counted slice.
    pub(crate) fn from_arc(bytes: std::sync::Arc<[u8]>) -> Self {
        Self::from_lent(Lent::arc(bytes))
    }

    /// Creates a message that holds the owner of its bytes, or a copy if there are at most `copy_max` bytes.
    pub(crate) fn from_owner<T: AsRef<[u8]> + Send + 'static>(owner: T, copy_max: usize) -> Self {
        let lent = Lent::owner(owner);
        if lent.len <= copy_max {
            // SAFETY: the owner lends its bytes until `give_back`.
            let bytes = unsafe { slice::from_raw_parts(lent.data.cast::<u8>(), lent.len) };
            if let Ok(message) = Self::copied(bytes) {
                lent.give_back();
                return message;
            }
        }
        Self::from_lent(lent)
    }

    fn from_lent(lent: Lent) -> Self {
        let mut message = Self::lend(lent.data, lent.len, Some(lent.free), lent.hint);
        if lent.shared {
            // UNSHARED: after one copy libzmq marks the content as shared forever, also for the receiver. A new content
            // has a free count, so the copy succeeds.
            drop(message.counted());
        }
        message
    }

    fn lend(data: *mut c_void, len: usize, free: sys::zmq_free_fn, hint: *mut c_void) -> Self {
        let mut message = MaybeUninit::<sys::zmq_msg_t>::uninit();
        // SAFETY: `data` is not null and stays valid for `len` bytes until `free` is called, or forever without `free`.
        let code = unsafe { sys::zmq_msg_init_data(message.as_mut_ptr(), data, len, free, hint) };
        if code != 0 {
            // The only allocation is libzmq's small bookkeeping structure.
            handle_alloc_error(Layout::new::<sys::zmq_msg_t>());
        }
        // SAFETY: zmq_msg_init_data succeeded.
        Self { msg: unsafe { message.assume_init() }, len }
    }

    /// Returns a second message that shares the content, which becomes immutable in both messages. The second message
    /// has a copy if the content was shared too often.
    pub(crate) fn share(&mut self) -> Self {
        static SHARES: AtomicUsize = AtomicUsize::new(0);
        self.share_counting(&SHARES)
    }

    /// Shares the content like [`share`](Self::share), with a given count of all shares.
    fn share_counting(&mut self, shares: &AtomicUsize) -> Self {
        let may_share = COUNTS_ITSELF || {
            let count = shares.load(Ordering::Relaxed);
            count < MOST_SHARES && shares.fetch_add(1, Ordering::Relaxed) < MOST_SHARES
        };
        let shared = if may_share { self.counted() } else { None };
        shared.or_else(|| self.copy()).unwrap_or_else(|| {
            let bytes = Layout::array::<u8>(self.len).unwrap_or(Layout::new::<sys::zmq_msg_t>());
            handle_alloc_error(bytes)
        })
    }

    /// Returns a copy of the content, or `None` if there is not enough memory.
    fn copy(&self) -> Option<Self> {
        #[cfg_attr(not(feature = "draft"), expect(unused_mut, reason = "only drafts change the copy"))]
        let mut copy = Self::copied(self.as_slice()).ok()?;
        #[cfg(feature = "draft")]
        {
            if let Some(id) = std::num::NonZeroU32::new(self.routing_id()) {
                copy.set_routing_id(id);
            }
            copy.copy_group(self);
        }
        Some(copy)
    }

    /// Returns a second message that shares the content, or `None` if libzmq cannot count another reference.
    fn counted(&mut self) -> Option<Self> {
        let mut copy = Self::new();
        // SAFETY: INIT of both, which are two objects because `copy` is new.
        let code = unsafe { sys::zmq_msg_copy(copy.as_mut_ptr(), self.as_mut_ptr()) };
        copy.len = self.len;
        (code == 0).then_some(copy)
    }

    #[inline]
    pub(super) fn as_mut_ptr(&mut self) -> *mut sys::zmq_msg_t {
        &raw mut self.msg
    }

    #[inline]
    pub(super) fn as_ptr(&self) -> *const sys::zmq_msg_t {
        &raw const self.msg
    }

    #[inline]
    fn data(&self) -> *const u8 {
        // SAFETY: INIT. The function only reads the structure, although C takes a mutable pointer.
        unsafe { sys::inlined::msg_data(self.as_ptr().cast_mut()) }.cast_const().cast()
    }

    /// Returns the content for writing. Short content is inside the structure, so a pointer derived from `&self` must
    /// not be written through.
    #[inline]
    fn data_mut(&mut self) -> *mut u8 {
        // SAFETY: INIT.
        unsafe { sys::inlined::msg_data(self.as_mut_ptr()) }.cast()
    }

    /// Stores the number of bytes after a receive that returned `code`. Returns `false` if the code is not the number.
    #[inline(always)]
    pub(super) fn fill(&mut self, code: c_int) -> bool {
        // A size that does not fit an integer is returned as the largest integer, and a failure as a negative one.
        let is_size = (0..c_int::MAX).contains(&code);
        if is_size {
            self.len = code as usize;
        }
        is_size
    }

    /// Marks the message as empty, because it was sent.
    #[inline]
    pub(super) fn emptied(&mut self) {
        self.len = 0;
    }

    /// Reads the number of bytes from libzmq.
    #[cold]
    pub(super) fn measure(&mut self) {
        // SAFETY: INIT.
        self.len = unsafe { sys::zmq_msg_size(self.as_ptr()) };
    }

    /// Returns the number of bytes, without a call of libzmq.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        // The pointer of a message is null if C code created it from a null pointer.
        if self.len == 0 {
            return &[];
        }
        // SAFETY: LENGTH: the pointer is to `len` bytes until the message is changed, which takes `&mut self`.
        unsafe { slice::from_raw_parts(self.data(), self.len) }
    }

    /// Returns the bytes for writing, or `None` if the content is shared.
    pub(crate) fn as_mut_slice(&mut self) -> Option<&mut [u8]> {
        if self.property(sys::ZMQ_SHARED) != 0 {
            return None;
        }
        if self.len == 0 {
            return Some(&mut []);
        }
        // SAFETY: UNSHARED, LENGTH; `&mut self` is borrowed as long as the slice.
        Some(unsafe { slice::from_raw_parts_mut(self.data_mut(), self.len) })
    }

    /// Returns `true` if more frames of the same multipart message follow.
    #[inline]
    pub(crate) fn more(&self) -> bool {
        // SAFETY: INIT.
        unsafe { sys::inlined::msg_more(self.as_ptr()) }
    }

    /// Removes the mark that more frames follow, and with it the metadata of the peer. Keeps both if memory is short.
    pub(super) fn end(&mut self) {
        if let Ok(copy) = Self::copied(self.as_slice()) {
            *self = copy;
        }
    }

    /// Returns `true` if two messages came over the same connection. Messages over `inproc`, which have no metadata,
    /// count as coming over one connection.
    pub(super) fn is_of_the_same_connection(&self, other: &Self) -> bool {
        // All messages of a connection share the same metadata strings.
        let same = |name| self.metadata(name).map(CStr::as_ptr) == other.metadata(name).map(CStr::as_ptr);
        same(c"Socket-Type") && same(c"Peer-Address")
    }

    /// Returns the number of the peer that a SERVER or PEER socket received the message from, or sends it to, or 0.
    #[cfg(feature = "draft")]
    pub(crate) fn routing_id(&self) -> u32 {
        // SAFETY: INIT. The function only reads the structure, although C takes a mutable pointer.
        unsafe { sys::zmq_msg_routing_id(self.as_ptr().cast_mut()) }
    }

    #[cfg(feature = "draft")]
    pub(crate) fn set_routing_id(&mut self, id: std::num::NonZeroU32) {
        // SAFETY: INIT. Only 0 is refused.
        unsafe { sys::zmq_msg_set_routing_id(self.as_mut_ptr(), id.get()) };
    }

    fn property(&self, property: c_int) -> c_int {
        // SAFETY: INIT.
        unsafe { sys::zmq_msg_get(self.as_ptr(), property) }
    }

    /// Returns the metadata property with this name.
    pub(crate) fn metadata(&self, name: &CStr) -> Option<&CStr> {
        // SAFETY: INIT, and `name` is NUL-terminated.
        let text = unsafe { sys::zmq_msg_gets(self.as_ptr(), name.as_ptr()) };
        if text.is_null() {
            return None;
        }
        // SAFETY: libzmq returns a NUL-terminated string that lives as long as the message's metadata, which only
        // `&mut self` can drop.
        Some(unsafe { CStr::from_ptr(text) })
    }
}

impl Drop for RawMessage {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: INIT, and nothing uses the message afterwards.
        unsafe { sys::inlined::msg_close(self.as_mut_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refcount_wrap_is_out_of_reach_because_the_last_shares_are_copies() {
        let mut message = RawMessage::from_vec(vec![7; 1000]);
        let shares = AtomicUsize::new(MOST_SHARES - 2);
        let data = message.data();
        let made: Vec<_> = (0..4).map(|_| message.share_counting(&shares)).collect();
        let shared: Vec<_> = made.iter().map(|share| share.data() == data).collect();
        assert!(made.iter().all(|share| share.as_slice() == [7; 1000]));
        assert_eq!(shared, [true, true, COUNTS_ITSELF, COUNTS_ITSELF]);
        // The count stops growing.
        assert!(shares.load(Ordering::Relaxed) <= MOST_SHARES + 1);
    }
}
