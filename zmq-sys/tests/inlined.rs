//! The inlined functions behave like the functions of libzmq, for all messages.

use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use zmq_sys::*;

/// An initialised message, which is closed by libzmq's function.
struct Message(zmq_msg_t);

impl Message {
    fn new(init: impl FnOnce(*mut zmq_msg_t) -> c_int) -> Self {
        // Fills the memory with arbitrary bytes.
        let mut message = MaybeUninit::<zmq_msg_t>::uninit();
        // SAFETY: the pointer is valid for writing 64 bytes.
        unsafe { message.as_mut_ptr().write_bytes(0xa5, 1) };
        assert_eq!(init(message.as_mut_ptr()), 0);
        // SAFETY: the message was initialised above.
        Self(unsafe { message.assume_init() })
    }

    fn empty() -> Self {
        // SAFETY: the pointer is valid for writing.
        Self::new(|message| unsafe { zmq_msg_init(message) })
    }

    fn of(len: usize) -> Self {
        // SAFETY: the pointer is valid for writing.
        let mut message = Self::new(|message| unsafe { zmq_msg_init_size(message, len) });
        // SAFETY: the message is initialised.
        let bytes = unsafe { zmq_msg_data(message.ptr()) }.cast::<u8>();
        // SAFETY: the message has that many bytes.
        unsafe { bytes.write_bytes(b'x', len) };
        message
    }

    fn ptr(&mut self) -> *mut zmq_msg_t {
        &raw mut self.0
    }

    /// Compares the results of the inlined functions with those of libzmq.
    fn check(&mut self, what: &str) {
        let message = self.ptr();
        // SAFETY: the message is initialised.
        let (data, more) = (unsafe { zmq_msg_data(message) }, unsafe { zmq_msg_more(message) });
        // SAFETY: as above.
        assert_eq!(unsafe { inlined::msg_data(message) }, data, "{what}");
        // SAFETY: as above.
        assert_eq!(unsafe { inlined::msg_more(message) }, more != 0, "{what}");
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: the message is initialised, and not used afterwards.
        unsafe { zmq_msg_close(self.ptr()) };
    }
}

/// Two sockets with their own context.
struct Pair {
    context: *mut c_void,
    from: *mut c_void,
    to: *mut c_void,
}

impl Pair {
    fn new(wildcard: &CStr) -> Self {
        // SAFETY: the function takes no arguments.
        let context = unsafe { zmq_ctx_new() };
        // SAFETY: the context was created above.
        let [from, to] = [(); 2].map(|()| unsafe { zmq_socket(context, ZMQ_PAIR) });
        let mut endpoint = [0_u8; 256];
        let mut len = endpoint.len();
        // SAFETY: the socket is open, and the text is NUL-terminated.
        assert_eq!(unsafe { zmq_bind(to, wildcard.as_ptr()) }, 0);
        let text = endpoint.as_mut_ptr().cast();
        // SAFETY: the socket is open, and the length is that of the buffer.
        assert_eq!(unsafe { zmq_getsockopt(to, ZMQ_LAST_ENDPOINT, text, &raw mut len) }, 0);
        // SAFETY: the socket is open, and libzmq wrote a NUL-terminated text.
        assert_eq!(unsafe { zmq_connect(from, endpoint.as_ptr().cast()) }, 0);
        Self { context, from, to }
    }

    fn send(&self, message: &mut Message, flags: c_int) {
        // SAFETY: the socket is open, and the message is initialised.
        assert!(unsafe { zmq_msg_send(message.ptr(), self.from, flags) } >= 0);
    }

    /// Receives into a message that was initialised in place.
    fn receive(&self) -> Message {
        let mut message = Message::new(|message| {
            // SAFETY: the pointer is valid for writing.
            unsafe { inlined::msg_init(message) };
            0
        });
        message.check("initialised in place");
        // SAFETY: the socket is open, and the message is initialised.
        assert!(unsafe { zmq_msg_recv(message.ptr(), self.to, 0) } >= 0);
        message
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for socket in [self.from, self.to] {
            // SAFETY: the socket is open, and not used afterwards.
            unsafe { zmq_close(socket) };
        }
        // SAFETY: the sockets are closed, and the context is not used afterwards.
        unsafe { zmq_ctx_term(self.context) };
    }
}

/// The number of freed buffers.
static FREED: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn count(_data: *mut c_void, _hint: *mut c_void) {
    FREED.fetch_add(1, Ordering::Relaxed);
}

/// Returns messages of every kind that a program can create.
fn messages() -> Vec<(String, Message)> {
    static BYTES: [u8; 100] =
        *b"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";
    let bytes = || BYTES.as_ptr().cast_mut().cast::<c_void>();
    let mut messages = vec![("empty".to_owned(), Message::empty())];
    messages.extend(
        [0, 1, 8, 29, 32, 33, 34, 35, 100, 8192, 100_000].map(|len| (format!("{len} bytes"), Message::of(len))),
    );
    // SAFETY: the bytes are `'static`.
    let constant =
        |len| Message::new(|message| unsafe { zmq_msg_init_data(message, bytes(), len, None, ptr::null_mut()) });
    messages.extend([0, 8, 100].map(|len| (format!("{len} constant bytes"), constant(len))));
    // SAFETY: there are no bytes to free.
    let nothing = |message| unsafe { zmq_msg_init_data(message, ptr::null_mut(), 0, None, ptr::null_mut()) };
    messages.push(("nothing".to_owned(), Message::new(nothing)));
    // SAFETY: the bytes are `'static`, and `count` does not access them.
    let lent =
        |len| Message::new(|message| unsafe { zmq_msg_init_data(message, bytes(), len, Some(count), ptr::null_mut()) });
    messages.extend([8, 100].map(|len| (format!("{len} lent bytes"), lent(len))));
    for len in [8, 100] {
        let (mut one, mut other) = (Message::of(len), Message::empty());
        // SAFETY: both messages are initialised, and they are distinct.
        assert_eq!(unsafe { zmq_msg_copy(other.ptr(), one.ptr()) }, 0);
        messages.extend([(format!("{len} shared bytes"), one), (format!("{len} shared bytes, the copy"), other)]);
    }
    messages
}

#[test]
fn messages_are_read_in_place_as_libzmq_reads_them() {
    for (what, mut message) in messages() {
        message.check(&what);
    }
}

#[test]
fn messages_that_arrive_are_read_in_place_as_libzmq_reads_them() {
    for wildcard in [c"inproc://inlined", c"tcp://127.0.0.1:*"] {
        let pair = Pair::new(wildcard);
        for (what, mut message) in messages() {
            pair.send(&mut message, ZMQ_SNDMORE);
            message.check("after a send");
            pair.send(&mut Message::of(3), 0);
            let (mut first, mut last) = (pair.receive(), pair.receive());
            first.check(&what);
            last.check("the last frame");
            // SAFETY: the message is initialised.
            assert!(unsafe { inlined::msg_more(first.ptr()) }, "{what}");
            // SAFETY: the message is initialised.
            assert!(!unsafe { inlined::msg_more(last.ptr()) }, "{what}");
        }
    }
}

#[test]
fn closing_in_place_frees_all_buffers() {
    let close = |message: Message| {
        let mut message = std::mem::ManuallyDrop::new(message);
        // SAFETY: the message is initialised, and not used afterwards.
        unsafe { inlined::msg_close(message.ptr()) };
    };
    let before = FREED.load(Ordering::Relaxed);
    let messages = messages();
    let lent = messages.iter().filter(|(what, _)| what.ends_with("lent bytes")).count();
    messages.into_iter().for_each(|(_, message)| close(message));
    // Other tests free buffers at the same time.
    assert!(FREED.load(Ordering::Relaxed) >= before + lent);

    // Over tcp, a small message shares metadata with its connection.
    let pair = Pair::new(c"tcp://127.0.0.1:*");
    for _ in 0..100 {
        pair.send(&mut Message::of(8), 0);
        let mut message = pair.receive();
        // SAFETY: the message is initialised, and the text is NUL-terminated.
        assert!(!unsafe { zmq_msg_gets(message.ptr(), c"Peer-Address".as_ptr()) }.is_null());
        close(message);
    }
}

#[test]
fn the_vendored_build_knows_the_layout() {
    // The source is pinned, so a failed comparison is a fault of this crate.
    let compiled_here = build::VENDORED && cfg!(target_os = "linux");
    assert_eq!(build::KNOWS_LAYOUT, compiled_here);
}
