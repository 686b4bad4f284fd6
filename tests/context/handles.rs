//! Contexts and sockets that are passed to C code and received from it.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::time::Duration;

use zmq::{Any, Context, Dealer, ErrorKind, Pair, Result, Socket, SocketType, sys};

use crate::common::{PATIENCE, context, pair, take};

/// Creates a context as C code does.
fn context_of_c() -> NonNull<c_void> {
    // SAFETY: the call takes no arguments.
    NonNull::new(unsafe { sys::zmq_ctx_new() }).expect("a context")
}

/// Opens a socket as C code does.
fn socket_of_c(context: NonNull<c_void>, kind: i32) -> NonNull<c_void> {
    // SAFETY: the context is live.
    NonNull::new(unsafe { sys::zmq_socket(context.as_ptr(), kind) }).expect("a socket")
}

fn released(socket: Socket<Dealer>) -> NonNull<c_void> {
    NonNull::new(socket.into_raw()).expect("a socket")
}

#[test]
fn a_context_taken_over_from_c_code_works_like_others() -> Result<()> {
    // SAFETY: the context was just created, and nothing else terminates it.
    let context = unsafe { Context::from_raw(context_of_c()) };
    assert_eq!((context.max_sockets(), context.io_threads()?), (1023, 1));
    let (one, other) = pair(&context, "tcp", (Pair, Pair))?;
    one.send("hello")?;
    assert_eq!(take(&other)?, "hello");
    assert_eq!(context.open_sockets().len(), 2);
    drop((one, other));
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    assert!(context.as_ptr().is_null());
    Ok(())
}

#[test]
fn a_borrowed_context_is_unchanged_after_the_drop_of_the_last_handle() -> Result<()> {
    let raw = context_of_c();
    let before = socket_of_c(raw, sys::ZMQ_PAIR);
    // SAFETY: the context is live, and terminated at the end of the test.
    let context = unsafe { Context::borrow_raw(raw) };
    assert_eq!(context.as_ptr(), raw.as_ptr());
    let (one, other) = pair(&context, "inproc", (Pair, Pair))?;
    one.send("hello")?;
    assert_eq!(take(&other)?, "hello");
    drop((context, one, other));

    let after = socket_of_c(raw, sys::ZMQ_PAIR);
    // SAFETY: the socket is open and the text NUL-terminated.
    assert_eq!(unsafe { sys::zmq_bind(before.as_ptr(), c"inproc://of-c".as_ptr()) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { sys::zmq_connect(after.as_ptr(), c"inproc://of-c".as_ptr()) }, 0);
    for socket in [before, after] {
        // SAFETY: the socket is open, and not used afterwards.
        assert_eq!(unsafe { sys::zmq_close(socket.as_ptr()) }, 0);
    }
    // SAFETY: the context is live, and not used afterwards.
    assert_eq!(unsafe { sys::zmq_ctx_term(raw.as_ptr()) }, 0);
    Ok(())
}

#[test]
fn the_end_of_a_borrowed_context_leaves_the_termination_to_c_code() {
    let raw = context_of_c();
    // SAFETY: the context is live, and terminated at the end of the test.
    let context = unsafe { Context::borrow_raw(raw) };
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    // SAFETY: the context is live.
    assert!(unsafe { sys::zmq_socket(raw.as_ptr(), sys::ZMQ_PAIR) }.is_null());
    drop(context);
    // SAFETY: the context is live, and not used afterwards.
    assert_eq!(unsafe { sys::zmq_ctx_term(raw.as_ptr()) }, 0);
}

#[test]
fn a_socket_passed_to_c_code_and_back_keeps_its_connections() -> Result<()> {
    let context = context()?;
    let (one, other) = pair(&context, "tcp", (Dealer, Dealer))?;
    other.send("before")?;
    let raw = released(one);
    assert_eq!(context.open_sockets().len(), 1);
    // SAFETY: the socket belongs to this context and was just released.
    let back = unsafe { Socket::<Any>::from_raw(raw, &context) }?;
    assert_eq!(context.open_sockets().len(), 2);
    assert_eq!(back.socket_type(), SocketType::Dealer);
    let back = back.downcast::<Dealer>().expect("a dealer");
    assert_eq!(take(&back)?, "before");
    back.send("after")?;
    assert_eq!(take(&other)?, "after");
    Ok(())
}

#[test]
fn the_end_of_a_context_waits_for_a_socket_held_by_c_code() -> Result<()> {
    let context = context()?;
    let raw = released(context.socket(Dealer)?);
    let unfinished = context.terminate(Duration::ZERO).expect_err("the socket is open");
    assert!(unfinished.sockets().is_empty());
    // SAFETY: the socket belongs to this context and was just released.
    let error = unsafe { Socket::<Any>::from_raw(raw, &context) }.expect_err("the context has ended");
    assert_eq!(error.kind(), ErrorKind::ContextTerminated);
    // The failed call has closed the socket.
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
#[cfg_attr(feature = "draft", ignore = "with the feature, the crate takes sockets of these types")]
fn a_socket_of_a_draft_type_is_refused_and_closed() -> Result<()> {
    let context = context()?;
    let live = NonNull::new(context.as_ptr()).expect("a context");
    let raw = socket_of_c(live, sys::ZMQ_CLIENT);
    // SAFETY: the socket belongs to this context, and nothing else uses it.
    let error = unsafe { Socket::<Any>::from_raw(raw, &context) }.expect_err("it is a draft");
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}
