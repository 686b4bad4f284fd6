//! Helpers for the benchmarks: sockets of this crate, and equivalents that use libzmq's raw functions.
//!
//! Each benchmark is written once for both, and appears in one group as `zmq` and `bare`.
#![allow(dead_code, reason = "no benchmark uses all of it")]

use std::ffi::{CStr, CString, c_int, c_void};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use zmq::abilities::Open;
use zmq::abilities::{Receives, Sends};
use zmq::{Context, Message, Socket, sys};

/// The transports, each with an endpoint to bind to. Each pair has its own context, so the names do not clash.
pub(crate) const TRANSPORTS: [(&str, &str); 2] = [("inproc", "inproc://benchmark"), ("tcp", "tcp://127.0.0.1:*")];

/// A socket that sends, of this crate or of libzmq.
pub(crate) trait Sending: Send + 'static {
    /// Sends a copy of `bytes`.
    fn give(&self, bytes: &[u8]);
}

/// A socket that receives, of this crate or of libzmq.
pub(crate) trait Receiving: Send + 'static {
    /// The type of message that the socket receives into.
    type Message: Default;

    /// Receives into an existing message, reads the bytes, and returns their number.
    fn take(&self, message: &mut Self::Message) -> usize;
}

impl<K: Sends> Sending for Socket<K> {
    #[inline]
    fn give(&self, bytes: &[u8]) {
        self.send(bytes).expect("the context lives");
    }
}

impl<K: Receives> Receiving for Socket<K> {
    type Message = Message;

    #[inline]
    fn take(&self, message: &mut Message) -> usize {
        self.recv_into(message).expect("the context lives");
        black_box(message.as_bytes()).len()
    }
}

/// Configures the shortest measurement whose results are stable.
pub(crate) fn criterion() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1))
}

/// Creates a context of this crate that discards unsent messages when it ends.
pub(crate) fn context() -> Context {
    Context::builder().linger(Duration::ZERO).build().expect("file descriptors are available")
}

/// Opens two connected sockets of this crate.
pub(crate) fn pair<A: Open, B: Open>(endpoint: &str, binds: A, connects: B) -> (Socket<A::Kind>, Socket<B::Kind>) {
    let context = context();
    let bound = context.socket(binds).expect("a socket");
    let connected = context.socket(connects).expect("a socket");
    let endpoint = bound.bind(endpoint).expect("a port is available");
    connected.connect(endpoint).expect("it is bound");
    (bound, connected)
}

/// Opens two connected sockets of libzmq.
pub(crate) fn bare_pair(endpoint: &str, binds: c_int, connects: c_int) -> (BareSocket, BareSocket) {
    let context = BareContext::new();
    let (bound, connected) = (context.socket(binds), context.socket(connects));
    connected.connect(&bound.bind(endpoint));
    (bound, connected)
}

/// A libzmq context, which its sockets keep alive.
#[derive(Clone)]
pub(crate) struct BareContext(Arc<Handle>);

struct Handle(*mut c_void);

// SAFETY: libzmq's contexts are thread-safe.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl BareContext {
    pub(crate) fn new() -> Self {
        // SAFETY: the function takes no arguments.
        let handle = unsafe { sys::zmq_ctx_new() };
        assert!(!handle.is_null());
        Self(Arc::new(Handle(handle)))
    }

    /// Opens a socket of type `kind` that discards unsent messages when it closes.
    pub(crate) fn socket(&self, kind: c_int) -> BareSocket {
        // SAFETY: the context is open.
        let handle = unsafe { sys::zmq_socket(self.0.0, kind) };
        assert!(!handle.is_null());
        let socket = BareSocket { handle, _context: self.clone() };
        socket.set(sys::ZMQ_LINGER, &0_i32.to_ne_bytes());
        socket
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the context is open, and its sockets are closed, because each socket keeps the context alive.
        unsafe { sys::zmq_ctx_term(self.0) };
    }
}

/// A libzmq socket, with wrappers of the raw functions.
pub(crate) struct BareSocket {
    handle: *mut c_void,
    _context: BareContext,
}

// SAFETY: libzmq allows a socket to move to another thread, and the type is not `Sync`.
unsafe impl Send for BareSocket {}

impl BareSocket {
    /// Binds to `endpoint`, and returns the resolved endpoint.
    pub(crate) fn bind(&self, endpoint: &str) -> CString {
        let endpoint = CString::new(endpoint).expect("the endpoint has no NUL");
        // SAFETY: the socket is open, and the endpoint is NUL-terminated.
        check(unsafe { sys::zmq_bind(self.handle, endpoint.as_ptr()) });
        let mut resolved = [0_u8; 256];
        let mut len = resolved.len();
        let (option, buffer) = (sys::ZMQ_LAST_ENDPOINT, resolved.as_mut_ptr().cast());
        // SAFETY: the socket is open, and the buffer has `len` bytes.
        check(unsafe { sys::zmq_getsockopt(self.handle, option, buffer, &raw mut len) });
        CStr::from_bytes_until_nul(&resolved).expect("the endpoint ends with NUL").to_owned()
    }

    pub(crate) fn connect(&self, endpoint: &CStr) {
        // SAFETY: the socket is open, and the endpoint is NUL-terminated.
        check(unsafe { sys::zmq_connect(self.handle, endpoint.as_ptr()) });
    }

    /// Sets an option.
    pub(crate) fn set(&self, option: c_int, value: &[u8]) {
        // SAFETY: the socket is open, and the length is that of the value.
        check(unsafe { sys::zmq_setsockopt(self.handle, option, value.as_ptr().cast(), value.len()) });
    }

    /// Sends a copy of `bytes`.
    #[inline]
    pub(crate) fn send(&self, bytes: &[u8], flags: c_int) {
        // SAFETY: the socket is open, and the bytes outlive the call.
        check(unsafe { sys::zmq_send(self.handle, bytes.as_ptr().cast(), bytes.len(), flags) });
    }

    /// Sends a message, and leaves it empty.
    #[inline]
    pub(crate) fn send_message(&self, mut message: BareMessage) {
        // SAFETY: the socket is open, and the message is initialised.
        check(unsafe { sys::zmq_msg_send(&raw mut message.0, self.handle, 0) });
    }

    /// Receives into a buffer.
    #[inline]
    pub(crate) fn receive_into(&self, buffer: &mut [u8]) -> usize {
        // SAFETY: the socket is open, and the length is that of the buffer.
        check(unsafe { sys::zmq_recv(self.handle, buffer.as_mut_ptr().cast(), buffer.len(), 0) })
    }

    /// Receives a message, and returns its length.
    #[inline]
    pub(crate) fn receive(&self, message: &mut BareMessage, flags: c_int) -> usize {
        // SAFETY: the socket is open, and the message is initialised.
        check(unsafe { sys::zmq_msg_recv(&raw mut message.0, self.handle, flags) })
    }
}

impl Sending for BareSocket {
    #[inline]
    fn give(&self, bytes: &[u8]) {
        self.send(bytes, 0);
    }
}

impl Receiving for BareSocket {
    type Message = BareMessage;

    #[inline]
    fn take(&self, message: &mut BareMessage) -> usize {
        self.receive(message, 0);
        black_box(message.bytes()).len()
    }
}

impl Drop for BareSocket {
    fn drop(&mut self) {
        // SAFETY: the socket is open, and is not used afterwards.
        unsafe { sys::zmq_close(self.handle) };
    }
}

/// An initialised message of libzmq.
pub(crate) struct BareMessage(sys::zmq_msg_t);

impl BareMessage {
    #[inline]
    pub(crate) fn new() -> Self {
        let mut message = MaybeUninit::uninit();
        // SAFETY: the pointer is valid for writing.
        unsafe { sys::zmq_msg_init(message.as_mut_ptr()) };
        // SAFETY: the call above initialised the message.
        Self(unsafe { message.assume_init() })
    }

    /// Creates a message with a copy of the bytes.
    #[inline]
    pub(crate) fn copied(bytes: &[u8]) -> Self {
        let mut message = MaybeUninit::uninit();
        // SAFETY: the pointer is valid for writing.
        check(unsafe { sys::zmq_msg_init_size(message.as_mut_ptr(), bytes.len()) });
        // SAFETY: the call above initialised the message.
        let mut message = Self(unsafe { message.assume_init() });
        // SAFETY: the message is initialised.
        let data = unsafe { sys::zmq_msg_data(&raw mut message.0) };
        // SAFETY: both regions have the same length, and do not overlap, because the message is new.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast(), bytes.len()) };
        message
    }

    /// Creates a message from bytes that are not copied.
    #[inline]
    pub(crate) fn lent(lent: Lent) -> Self {
        let mut message = MaybeUninit::uninit();
        // SAFETY: the pointer is valid for writing, and the bytes are valid until they are freed.
        check(unsafe { sys::zmq_msg_init_data(message.as_mut_ptr(), lent.data, lent.len, lent.free, lent.hint) });
        // SAFETY: the call above initialised the message.
        Self(unsafe { message.assume_init() })
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the message is initialised.
        let len = unsafe { sys::zmq_msg_size(&raw const self.0) };
        // SAFETY: the message is initialised, and C does not write through the mutable pointer.
        let data = unsafe { sys::zmq_msg_data((&raw const self.0).cast_mut()) };
        // SAFETY: the content has that length, and is valid until the message changes.
        unsafe { slice::from_raw_parts(data.cast(), len) }
    }

    /// Returns `true` if more frames follow.
    #[inline]
    pub(crate) fn more(&self) -> bool {
        // SAFETY: the message is initialised.
        unsafe { sys::zmq_msg_more(&raw const self.0) != 0 }
    }
}

impl Default for BareMessage {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for BareMessage {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the message is initialised, and is not used afterwards.
        unsafe { sys::zmq_msg_close(&raw mut self.0) };
    }
}

/// Bytes with a stable address, and the function that frees them.
pub(crate) struct Lent {
    data: *mut c_void,
    len: usize,
    free: sys::zmq_free_fn,
    hint: *mut c_void,
}

impl Lent {
    pub(crate) fn constant(bytes: &'static [u8]) -> Self {
        Self { data: bytes.as_ptr().cast_mut().cast(), len: bytes.len(), free: None, hint: ptr::null_mut() }
    }

    pub(crate) fn vec(bytes: Vec<u8>) -> Self {
        unsafe extern "C" fn free(data: *mut c_void, capacity: *mut c_void) {
            // SAFETY: the pointer and the capacity are those of the vector below, which is freed once.
            drop(unsafe { Vec::<u8>::from_raw_parts(data.cast(), 0, capacity.addr()) });
        }
        let mut bytes = std::mem::ManuallyDrop::new(bytes);
        let hint = ptr::without_provenance_mut(bytes.capacity());
        Self { data: bytes.as_mut_ptr().cast(), len: bytes.len(), free: Some(free), hint }
    }

    pub(crate) fn arc(bytes: Arc<[u8]>) -> Self {
        unsafe extern "C" fn free(data: *mut c_void, len: *mut c_void) {
            let bytes = ptr::slice_from_raw_parts(data.cast::<u8>().cast_const(), len.addr());
            // SAFETY: the pointer is that of the slice below, which is freed once.
            drop(unsafe { Arc::from_raw(bytes) });
        }
        let hint = ptr::without_provenance_mut(bytes.len());
        Self { len: bytes.len(), data: Arc::into_raw(bytes).cast_mut().cast(), free: Some(free), hint }
    }

    pub(crate) fn owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Self {
        unsafe extern "C" fn free<T>(_data: *mut c_void, owner: *mut c_void) {
            // SAFETY: the pointer is that of the box below, which is freed once.
            drop(unsafe { Box::from_raw(owner.cast::<T>()) });
        }
        let owner = Box::new(owner);
        let bytes = T::as_ref(&owner);
        let (data, len) = (bytes.as_ptr().cast_mut().cast(), bytes.len());
        Self { data, len, free: Some(free::<T>), hint: Box::into_raw(owner).cast() }
    }
}

/// Returns the result of a libzmq function, and panics if the result is negative.
#[inline]
fn check(code: c_int) -> usize {
    usize::try_from(code).unwrap_or_else(|_| failed())
}

#[cold]
fn failed() -> ! {
    // SAFETY: the function takes no arguments.
    panic!("libzmq failed with errno {}", unsafe { sys::zmq_errno() })
}
