//! Bytes that a message borrows from a Rust value, and the functions through which libzmq returns the value.
//!
//! libzmq calls such a function once, on the thread that frees the last reference to the content. This may be an I/O
//! thread or a thread of a peer.

use std::cell::Cell;
use std::ffi::c_void;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::Arc;

thread_local! {
    static DROPPING: Cell<bool> = const { Cell::new(false) };
}

/// Returns `true` if this thread is dropping the owner of a message. Such a thread may be one of libzmq's own.
pub(crate) fn is_dropping() -> bool {
    DROPPING.get()
}

/// The arguments of `zmq_msg_init_data`: the bytes, and the function that frees them.
pub(super) struct Lent {
    pub(super) data: *mut c_void,
    pub(super) len: usize,
    pub(super) free: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub(super) hint: *mut c_void,
    /// `true` if other code may read the bytes, so that the message must never lend them mutably.
    pub(super) shared: bool,
}

impl Lent {
    /// Lends the buffer of a vector. The hint stores the capacity, so nothing is allocated.
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

    /// Lends the bytes of a reference-counted slice. The hint stores the length.
    pub(super) fn arc(bytes: Arc<[u8]>) -> Self {
        let len = bytes.len();
        let data = Arc::into_raw(bytes).cast_mut().cast();
        Self { data, len, free: free_arc, hint: ptr::without_provenance_mut(len), shared: true }
    }

    /// Lends the bytes of any owner, which moves to the heap.
    pub(super) fn owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Self {
        /// Drops the owner if its `as_ref` panics.
        struct Asked<T>(*mut T);
        impl<T> Drop for Asked<T> {
            fn drop(&mut self) {
                // SAFETY: the pointer comes from the box created below, and nothing else has the pointer.
                drop(unsafe { Box::from_raw(self.0) });
            }
        }

        let asked = Asked(Box::into_raw(Box::new(owner)));
        // SAFETY: the box was just created and nothing else has it. The owner neither moves nor changes until
        // `free_owner`, so the bytes stay valid.
        let bytes = unsafe { &*asked.0 }.as_ref();
        let (data, len) = (bytes.as_ptr().cast_mut().cast(), bytes.len());
        let hint = mem::ManuallyDrop::new(asked).0.cast();
        Self { data, len, free: free_owner::<T>, hint, shared: true }
    }

    /// Drops the value as libzmq would.
    pub(super) fn give_back(self) {
        // SAFETY: `data` and `hint` come from the constructor that chose `free`, and were not passed to libzmq.
        unsafe { (self.free)(self.data, self.hint) }
    }
}

unsafe extern "C" fn free_vec(data: *mut c_void, hint: *mut c_void) {
    // SAFETY: `Lent::vec` took pointer and capacity from a vector, and libzmq calls this once. The length does not
    // matter, because bytes need no drop.
    drop(unsafe { Vec::from_raw_parts(data.cast::<u8>(), 0, hint.addr()) });
}

unsafe extern "C" fn free_arc(data: *mut c_void, hint: *mut c_void) {
    let bytes = ptr::slice_from_raw_parts(data.cast::<u8>().cast_const(), hint.addr());
    // SAFETY: `Lent::arc` took pointer and length from `Arc::into_raw`, and libzmq calls this once.
    drop(unsafe { Arc::from_raw(bytes) });
}

unsafe extern "C" fn free_owner<T>(_data: *mut c_void, hint: *mut c_void) {
    // SAFETY: `Lent::owner` took the hint from a box of a `T`, which is `Send`, and libzmq calls this once.
    let owner = unsafe { Box::from_raw(hint.cast::<T>()) };
    let outer = DROPPING.replace(true);
    // A panic must not unwind into C. The panic hook has reported it already, and there is no caller to propagate it
    // to.
    if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| drop(owner))) {
        // The payload of a panic may panic in its own drop. The payload of the second panic is leaked.
        if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            mem::forget(panic);
        }
    }
    DROPPING.set(outer);
}
