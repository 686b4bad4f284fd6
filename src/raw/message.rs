//! `zmq_msg_t`: 64 bytes that libzmq fills, movable, never copied bit by bit.

use std::alloc::{Layout, handle_alloc_error};
use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::owner::Lent;
use super::{check, sys};
use crate::error::Errno;

/// Whether libzmq refuses to share a content whose count would overflow.
const COUNTS_ITSELF: bool = super::carries("refcount-wrap");

/// How often messages are shared in a process whose libzmq does not.
///
/// libzmq counts in 32 bits who shares a content, and who came over a connection, and frees both when the count wraps. A
/// message that is forgotten stays counted; so each of them may have been shared as often as all together.
const MOST_SHARES: usize = 1 << 31;

/// An initialised `zmq_msg_t`, closed on drop, and how many bytes it has, which libzmq says whenever it fills one.
pub(crate) struct RawMessage {
    msg: sys::zmq_msg_t,
    len: usize,
}

// SAFETY: libzmq ties no message to a thread: reference counts and metadata are atomic, and owners are `Send`.
unsafe impl Send for RawMessage {}
// SAFETY: `&RawMessage` only reads: data, size, flags and properties. What writes takes `&mut self`, `zmq_msg_copy`
// from it included.
unsafe impl Sync for RawMessage {}

impl RawMessage {
    /// Makes an empty message.
    #[inline]
    pub(crate) fn new() -> Self {
        let mut message = MaybeUninit::<sys::zmq_msg_t>::uninit();
        // SAFETY: it writes what libzmq reads of the structure, and cannot fail.
        unsafe { sys::inlined::msg_init(message.as_mut_ptr()) };
        // SAFETY: it was just initialised.
        Self { msg: unsafe { message.assume_init() }, len: 0 }
    }

    /// Makes a message of `len` bytes, which the caller writes before anything reads them.
    #[inline]
    fn unwritten(len: usize) -> Result<Self, Errno> {
        let mut message = MaybeUninit::<sys::zmq_msg_t>::uninit();
        // SAFETY: it writes what libzmq reads of the structure, or fails.
        check(unsafe { sys::zmq_msg_init_size(message.as_mut_ptr(), len) })?;
        // SAFETY: zmq_msg_init_size succeeded.
        Ok(Self { msg: unsafe { message.assume_init() }, len })
    }

    /// Makes a message that holds a copy of `bytes`.
    #[inline]
    pub(crate) fn copied(bytes: &[u8]) -> Result<Self, Errno> {
        let mut message = Self::unwritten(bytes.len())?;
        // SAFETY: the message has room for all the bytes, and is new, so that they do not overlap.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), message.data_mut(), bytes.len()) };
        Ok(message)
    }

    /// Makes a message of `len` zero bytes.
    pub(crate) fn zeroed(len: usize) -> Result<Self, Errno> {
        let mut message = Self::unwritten(len)?;
        // SAFETY: the message has room for `len` bytes.
        unsafe { ptr::write_bytes(message.data_mut(), 0, len) };
        Ok(message)
    }

    /// Makes a message that borrows `bytes` for ever.
    pub(crate) fn constant(bytes: &'static [u8]) -> Self {
        // Without a function to free them libzmq takes the bytes for constant, and never writes.
        Self::lend(bytes.as_ptr().cast_mut().cast(), bytes.len(), None, ptr::null_mut())
    }

    /// Makes a message around the buffer of a vector.
    pub(crate) fn from_vec(bytes: Vec<u8>) -> Self {
        Self::from_lent(Lent::vec(bytes))
    }

    /// Makes a message around a counted slice.
    pub(crate) fn from_arc(bytes: std::sync::Arc<[u8]>) -> Self {
        Self::from_lent(Lent::arc(bytes))
    }

    /// Makes a message around the bytes of any owner, or a copy of at most `copy_max` bytes.
    pub(crate) fn from_owner<T: AsRef<[u8]> + Send + 'static>(owner: T, copy_max: usize) -> Self {
        let lent = Lent::owner(owner);
        if lent.len <= copy_max {
            // SAFETY: the owner lends its bytes until it is given back.
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
            // UNSHARED: once it was copied libzmq counts the content as shared for ever, whoever receives it. One can be had.
            drop(message.counted());
        }
        message
    }

    fn lend(data: *mut c_void, len: usize, free: sys::zmq_free_fn, hint: *mut c_void) -> Self {
        let mut message = MaybeUninit::<sys::zmq_msg_t>::uninit();
        // SAFETY: `data` is not null and stays valid for `len` bytes until `free` is called, or for ever without one.
        let code = unsafe { sys::zmq_msg_init_data(message.as_mut_ptr(), data, len, free, hint) };
        if code != 0 {
            // Only its small bookkeeping structure was to be allocated.
            handle_alloc_error(Layout::new::<sys::zmq_msg_t>());
        }
        // SAFETY: zmq_msg_init_data succeeded.
        Self { msg: unsafe { message.assume_init() }, len }
    }

    /// Makes a second message with the same content, which from now on neither may change; or with a copy of it, where the
    /// content was shared too often.
    pub(crate) fn share(&mut self) -> Self {
        static SHARES: AtomicUsize = AtomicUsize::new(0);
        self.share_counting(&SHARES)
    }

    /// As `share`, with the count of all shares.
    fn share_counting(&mut self, shares: &AtomicUsize) -> Self {
        let may_share = COUNTS_ITSELF || {
            let count = shares.load(Ordering::Relaxed);
            count < MOST_SHARES && shares.fetch_add(1, Ordering::Relaxed) < MOST_SHARES
        };
        let shared = if may_share { self.counted() } else { None };
        shared.or_else(|| Self::copied(self.as_slice()).ok()).unwrap_or_else(|| {
            let bytes = Layout::array::<u8>(self.len).unwrap_or(Layout::new::<sys::zmq_msg_t>());
            handle_alloc_error(bytes)
        })
    }

    /// Makes a second message with the same content, unless libzmq has no count left for it.
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
    fn as_ptr(&self) -> *const sys::zmq_msg_t {
        &raw const self.msg
    }

    #[inline]
    fn data(&self) -> *const u8 {
        // SAFETY: INIT. It only reads the structure, although C takes a pointer to mutable.
        unsafe { sys::inlined::msg_data(self.as_ptr().cast_mut()) }.cast_const().cast()
    }

    /// Returns the content for writing: it may be a part of the structure, which a pointer made of `&self` cannot change.
    #[inline]
    fn data_mut(&mut self) -> *mut u8 {
        // SAFETY: INIT.
        unsafe { sys::inlined::msg_data(self.as_mut_ptr()) }.cast()
    }

    /// Notes how many bytes the message has after a receive that returned `code`; `false` where that does not tell.
    #[inline(always)]
    pub(super) fn fill(&mut self, code: c_int) -> bool {
        // What does not fit an integer comes as the largest one, and what failed as a negative one.
        let told = (0..c_int::MAX).contains(&code);
        if told {
            self.len = code as usize;
        }
        told
    }

    /// Notes that the message was sent.
    #[inline]
    pub(super) fn emptied(&mut self) {
        self.len = 0;
    }

    /// Asks libzmq how many bytes the message has.
    #[cold]
    pub(super) fn measure(&mut self) {
        // SAFETY: INIT.
        self.len = unsafe { sys::zmq_msg_size(self.as_ptr()) };
    }

    /// Returns how many bytes the message has, which takes no call.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        // A message that C code made of nothing has a null pointer.
        if self.len == 0 {
            return &[];
        }
        // SAFETY: LENGTH: libzmq keeps so many bytes there until the message is changed, which takes `&mut self`.
        unsafe { slice::from_raw_parts(self.data(), self.len) }
    }

    /// Returns the bytes for writing, or `None` where anybody else may read them.
    pub(crate) fn as_mut_slice(&mut self) -> Option<&mut [u8]> {
        if self.property(sys::ZMQ_SHARED) != 0 {
            return None;
        }
        if self.len == 0 {
            return Some(&mut []);
        }
        // SAFETY: UNSHARED, and as in `as_slice`.
        Some(unsafe { slice::from_raw_parts_mut(self.data_mut(), self.len) })
    }

    /// Whether more frames of the same multipart message follow.
    #[inline]
    pub(crate) fn more(&self) -> bool {
        // SAFETY: INIT.
        unsafe { sys::inlined::msg_more(self.as_ptr()) }
    }

    /// Has no more frames follow. What the peer said of itself goes with the mark, unless memory is short.
    pub(super) fn end(&mut self) {
        if let Ok(copy) = Self::copied(self.as_slice()) {
            *self = copy;
        }
    }

    /// Whether two messages came over the same connection, as far as that is known: there is nothing to know of inproc.
    pub(super) fn is_of_the_same_connection(&self, other: &Self) -> bool {
        // libzmq has one text for all messages of a connection.
        let same = |name| self.metadata(name).map(CStr::as_ptr) == other.metadata(name).map(CStr::as_ptr);
        same(c"Socket-Type") && same(c"Peer-Address")
    }

    fn property(&self, property: c_int) -> c_int {
        // SAFETY: INIT.
        unsafe { sys::zmq_msg_get(self.as_ptr(), property) }
    }

    /// Returns the metadata property of this name, which belongs to the message.
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
        // SAFETY: INIT, and this is its end.
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
        // The count stays where it is.
        assert!(shares.load(Ordering::Relaxed) <= MOST_SHARES + 1);
    }
}
