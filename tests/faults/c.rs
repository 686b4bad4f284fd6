//! Calls of the C API that the safe API refuses.

use std::ffi::CString;

use zmq::{Context, Kind, Socket, sys};

/// Returns the errno of a failed call.
fn checked(code: i32) -> Result<(), i32> {
    // SAFETY: the call has no precondition and reads a thread-local number.
    if code == 0 { Ok(()) } else { Err(unsafe { sys::zmq_errno() }) }
}

pub(crate) fn bind<K: Kind>(socket: &Socket<K>, endpoint: &str) -> Result<(), i32> {
    let endpoint = CString::new(endpoint).unwrap();
    // SAFETY: the socket is open and used by this thread only; the text is NUL-terminated and outlives the call.
    checked(unsafe { sys::zmq_bind(socket.as_ptr(), endpoint.as_ptr()) })
}

pub(crate) fn connect<K: Kind>(socket: &Socket<K>, endpoint: &str) -> Result<(), i32> {
    let endpoint = CString::new(endpoint).unwrap();
    // SAFETY: the socket is open and used by this thread only; the text is NUL-terminated and outlives the call.
    checked(unsafe { sys::zmq_connect(socket.as_ptr(), endpoint.as_ptr()) })
}

/// Opens a socket, connects it and closes it at once. Returns the error of the opening, if any.
pub(crate) fn connect_and_close(context: &Context, socket_type: i32, endpoint: &str) -> Result<(), i32> {
    let endpoint = CString::new(endpoint).unwrap();
    // SAFETY: the context is live.
    let socket = unsafe { sys::zmq_socket(context.as_ptr(), socket_type) };
    checked(if socket.is_null() { -1 } else { 0 })?;
    // SAFETY: the socket is open and used by this thread only; the text is NUL-terminated and outlives the call.
    assert_eq!(checked(unsafe { sys::zmq_connect(socket, endpoint.as_ptr()) }), Ok(()));
    // SAFETY: the socket is open, and nothing uses it afterwards.
    checked(unsafe { sys::zmq_close(socket) })
}

/// Opens a socket and closes it at once. Returns the error of the opening, if any.
pub(crate) fn open_and_close(context: &Context, socket_type: i32) -> Result<(), i32> {
    // SAFETY: the context is live.
    let socket = unsafe { sys::zmq_socket(context.as_ptr(), socket_type) };
    checked(if socket.is_null() { -1 } else { 0 })?;
    // SAFETY: the socket is open, and nothing uses it afterwards.
    checked(unsafe { sys::zmq_close(socket) })
}
