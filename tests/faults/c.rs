//! Calls of the C API, for what the safe API refuses before libzmq sees it.

use std::ffi::CString;

use zmq::{Context, Kind, Socket, sys};

/// Returns the errno of a call that failed.
fn checked(code: i32) -> Result<(), i32> {
    // SAFETY: the call takes nothing and reads a number of this thread.
    if code == 0 { Ok(()) } else { Err(unsafe { sys::zmq_errno() }) }
}

pub(crate) fn bind<K: Kind>(socket: &Socket<K>, endpoint: &str) -> Result<(), i32> {
    let endpoint = CString::new(endpoint).unwrap();
    // SAFETY: the socket is open and used by this thread alone; the text ends with a zero and outlives the call.
    checked(unsafe { sys::zmq_bind(socket.as_ptr(), endpoint.as_ptr()) })
}

pub(crate) fn connect<K: Kind>(socket: &Socket<K>, endpoint: &str) -> Result<(), i32> {
    let endpoint = CString::new(endpoint).unwrap();
    // SAFETY: the socket is open and used by this thread alone; the text ends with a zero and outlives the call.
    checked(unsafe { sys::zmq_connect(socket.as_ptr(), endpoint.as_ptr()) })
}

/// Opens a socket, connects it and closes it at once. An error is that of the opening.
pub(crate) fn connect_and_close(context: &Context, socket_type: i32, endpoint: &str) -> Result<(), i32> {
    let endpoint = CString::new(endpoint).unwrap();
    // SAFETY: the context is live.
    let socket = unsafe { sys::zmq_socket(context.as_ptr(), socket_type) };
    checked(if socket.is_null() { -1 } else { 0 })?;
    // SAFETY: the socket is open and used by this thread alone; the text ends with a zero and outlives the call.
    assert_eq!(checked(unsafe { sys::zmq_connect(socket, endpoint.as_ptr()) }), Ok(()));
    // SAFETY: the socket is open, and nothing uses it afterwards.
    checked(unsafe { sys::zmq_close(socket) })
}

/// Opens a socket and closes it at once. An error is that of the opening.
pub(crate) fn open_and_close(context: &Context, socket_type: i32) -> Result<(), i32> {
    // SAFETY: the context is live.
    let socket = unsafe { sys::zmq_socket(context.as_ptr(), socket_type) };
    checked(if socket.is_null() { -1 } else { 0 })?;
    // SAFETY: the socket is open, and nothing uses it afterwards.
    checked(unsafe { sys::zmq_close(socket) })
}
