//! The linked library has the features that a careless build would lose.

use std::ffi::{CStr, c_int, c_void};
#[cfg(target_os = "linux")]
use std::ptr;

use zmq_sys::*;

/// A context that is terminated when dropped.
struct Context(*mut c_void);

impl Context {
    fn new() -> Self {
        // SAFETY: the function takes no arguments.
        let context = unsafe { zmq_ctx_new() };
        assert!(!context.is_null());
        Self(context)
    }

    fn socket(&self, kind: c_int) -> Socket<'_> {
        // SAFETY: the context is open until `self` is dropped.
        let socket = unsafe { zmq_socket(self.0, kind) };
        assert!(!socket.is_null(), "{}", last_error());
        Socket(socket, self)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context is open, and all sockets are closed, because each borrows the context.
        unsafe { zmq_ctx_term(self.0) };
    }
}

/// A socket that is closed before its context.
struct Socket<'a>(*mut c_void, #[allow(dead_code, reason = "holds the borrow")] &'a Context);

impl Socket<'_> {
    fn bind(&self, endpoint: &CStr) -> Result<(), String> {
        // SAFETY: the socket is open until `self` is dropped, and the endpoint is NUL-terminated.
        let code = unsafe { zmq_bind(self.0, endpoint.as_ptr()) };
        if code == 0 { Ok(()) } else { Err(last_error()) }
    }

    /// Reads an option into `value`, whose size is the maximum that libzmq can write.
    #[cfg(target_os = "linux")]
    fn option<T: Copy>(&self, option: c_int, value: &mut T) {
        let mut size = size_of::<T>();
        // SAFETY: the socket is open, and the value and its size outlive the call.
        let code = unsafe { zmq_getsockopt(self.0, option, ptr::from_mut(value).cast(), &mut size) };
        assert_eq!(code, 0, "{}", last_error());
    }
}

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        // SAFETY: the socket is open, and not used afterwards.
        unsafe { zmq_close(self.0) };
    }
}

/// Sends a message over TCP. When it arrives, the I/O thread is running, and has set its name.
#[cfg(target_os = "linux")]
fn pass_through_the_io_thread(context: &Context, socket: &Socket<'_>) {
    socket.bind(c"tcp://127.0.0.1:*").unwrap();
    let mut endpoint = [0_u8; 64];
    socket.option(ZMQ_LAST_ENDPOINT, &mut endpoint);
    let peer = context.socket(ZMQ_PAIR);
    // SAFETY: the socket is open, and libzmq NUL-terminated the endpoint.
    let code = unsafe { zmq_connect(peer.0, endpoint.as_ptr().cast()) };
    assert_eq!(code, 0, "{}", last_error());
    // SAFETY: the socket is open, and the buffer has one byte.
    let code = unsafe { zmq_send(peer.0, b"x".as_ptr().cast(), 1, 0) };
    assert_eq!(code, 1, "{}", last_error());
    let mut byte = 0_u8;
    // SAFETY: the socket is open, and the buffer has one byte.
    let code = unsafe { zmq_recv(socket.0, ptr::from_mut(&mut byte).cast(), 1, 0) };
    assert_eq!(code, 1, "{}", last_error());
    assert_eq!(byte, b'x');
}

fn last_error() -> String {
    // SAFETY: the function takes no arguments.
    let number = unsafe { zmq_errno() };
    // SAFETY: the function accepts any number.
    let text = unsafe { zmq_strerror(number) };
    // SAFETY: libzmq returns a NUL-terminated static string.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn version() -> [c_int; 3] {
    let [mut major, mut minor, mut patch] = [0; 3];
    // SAFETY: the pointers are to integers that outlive the call.
    unsafe { zmq_version(&mut major, &mut minor, &mut patch) };
    [major, minor, patch]
}

fn has(capability: &CStr) -> bool {
    // SAFETY: the name is NUL-terminated.
    unsafe { zmq_has(capability.as_ptr()) == 1 }
}

#[test]
fn the_version_is_that_of_the_build() {
    assert_eq!(version(), build::VERSION);
    if build::DRAFT {
        assert!(has(c"draft"));
    }
}

#[test]
fn the_vendored_library_has_what_its_features_promise() {
    if build::VENDORED {
        assert_eq!(has(c"curve"), cfg!(feature = "curve"));
        assert_eq!(has(c"draft"), cfg!(feature = "draft"));
        assert!(has(c"WS"));
        assert_eq!(has(c"ipc"), cfg!(unix));
    }
}

#[test]
fn an_interface_can_be_bound_by_its_name() {
    if cfg!(target_os = "linux") {
        let context = Context::new();
        assert_eq!(context.socket(ZMQ_REP).bind(c"tcp://lo:*"), Ok(()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn io_threads_have_a_name_and_a_mailbox_has_one_descriptor() {
    let context = Context::new();
    let socket = context.socket(ZMQ_PAIR);
    pass_through_the_io_thread(&context, &socket);

    let names: Vec<String> = std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok())
        .collect();
    assert!(names.iter().any(|name| name.trim() == "ZMQbg/IO/0"), "{names:?}");

    let mut descriptor: zmq_fd_t = -1;
    socket.option(ZMQ_FD, &mut descriptor);
    let target = std::fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap();
    assert_eq!(target.to_str(), Some("anon_inode:[eventfd]"));
}

#[cfg(feature = "curve")]
#[test]
fn a_curve_key_pair_belongs_together() {
    if !build::VENDORED {
        return;
    }
    let [mut public, mut secret, mut derived] = [[0; 41]; 3];
    // SAFETY: both buffers have room for 40 characters and a NUL.
    let code = unsafe { zmq_curve_keypair(public.as_mut_ptr(), secret.as_mut_ptr()) };
    assert_eq!(code, 0, "{}", last_error());
    // SAFETY: the first buffer has room for 40 characters and a NUL, and the second contains a key of that length.
    let code = unsafe { zmq_curve_public(derived.as_mut_ptr(), secret.as_ptr()) };
    assert_eq!(code, 0, "{}", last_error());
    assert_eq!(public, derived);
}
