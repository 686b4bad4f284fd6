//! Bytes that a message borrows from a Rust value, and the functions through which libzmq gives the value back.
//!
//! libzmq calls them once, on whichever thread frees the message last: an I/O thread, or a peer's.

use std::cell::Cell;
use std::ffi::c_void;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;

thread_local! {
    static DROPPING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is dropping the owner of a message, so that it may be one of libzmq's.
pub(crate) fn is_dropping() -> bool {
    DROPPING.get()
}

/// What `zmq_msg_init_data` takes: the bytes, and how to give them back.
pub(super) struct Lent {
    pub(super) data: *mut c_void,
    pub(super) len: usize,
    pub(super) free: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub(super) hint: *mut c_void,
    /// Whether somebody else may read the bytes, so that the message must never hand them out mutably.
    pub(super) shared: bool,
}

impl Lent {
    /// Lends the buffer of a vector: its capacity travels in the hint, so that nothing is allocated.
    pub(super) fn vec(bytes: Vec<u8>) -> Self {
        let mut bytes = mem::ManuallyDrop::new(bytes);
        Self {
            data: bytes.as_mut_ptr().cast(),
            len: bytes.len(),
            free: free_vec,
            hint: ptr::without_provenance_mut(bytes.capacity()),
            shared: false,
        }
    }

    /// Lends the bytes of a counted slice: its length travels in the hint.
    pub(super) fn arc(bytes: Arc<[u8]>) -> Self {
        let len = bytes.len();
        let data = Arc::into_raw(bytes).cast_mut().cast();
        Self { data, len, free: free_arc, hint: ptr::without_provenance_mut(len), shared: true }
    }

    /// Lends the bytes of any owner, which moves to the heap.
    pub(super) fn owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Self {
        /// Drops the owner where it panics instead of telling its bytes.
        struct Asked<T>(*mut T);
        impl<T> Drop for Asked<T> {
            fn drop(&mut self) {
                // SAFETY: the pointer is of the box that was just made, and nobody else has it.
                drop(unsafe { Box::from_raw(self.0) });
            }
        }

        let asked = Asked(Box::into_raw(Box::new(owner)));
        // SAFETY: the box was just made and nobody else has it. It stays borrowed until `free_owner`, so that the bytes
        // stay where they are.
        let bytes = unsafe { &*asked.0 }.as_ref();
        let (data, len) = (bytes.as_ptr().cast_mut().cast(), bytes.len());
        let hint = mem::ManuallyDrop::new(asked).0.cast();
        Self { data, len, free: free_owner::<T>, hint, shared: true }
    }

    /// Takes the value back, as libzmq would.
    pub(super) fn give_back(self) {
        // SAFETY: data and hint are what the constructor beside `free` made, and libzmq did not take them.
        unsafe { (self.free)(self.data, self.hint) }
    }
}

unsafe extern "C" fn free_vec(data: *mut c_void, hint: *mut c_void) {
    // SAFETY: `Lent::vec` took both from a vector, which libzmq gives back once. The length does not matter: bytes need
    // no drop.
    drop(unsafe { Vec::from_raw_parts(data.cast::<u8>(), 0, hint.addr()) });
}

unsafe extern "C" fn free_arc(data: *mut c_void, hint: *mut c_void) {
    let bytes = ptr::slice_from_raw_parts(data.cast::<u8>().cast_const(), hint.addr());
    // SAFETY: `Lent::arc` took pointer and length from `Arc::into_raw`, and libzmq gives them back once.
    drop(unsafe { Arc::from_raw(bytes) });
}

unsafe extern "C" fn free_owner<T>(_data: *mut c_void, hint: *mut c_void) {
    // SAFETY: `Lent::owner` took the hint from a box of a `T`, which is `Send`, and libzmq gives it back once.
    let owner = unsafe { Box::from_raw(hint.cast::<T>()) };
    let outer = DROPPING.replace(true);
    // A panic must not unwind into C. Its message was printed when it arose, and nothing here could take it.
    if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| drop(owner))) {
        // The value of a panic may panic in its own drop: the value of that panic is left alone.
        if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            mem::forget(panic);
        }
    }
    DROPPING.set(outer);
}
