//! Contexts and sockets that go to C code, and those that come from there.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::time::Duration;

use zmq::{Any, Context, Dealer, ErrorKind, Pair, Result, Socket, SocketType, sys};

use crate::common::{PATIENCE, context, pair, take};

/// A context as C code makes it.
fn context_of_c() -> NonNull<c_void> {
    // SAFETY: it takes nothing.
    NonNull::new(unsafe { sys::zmq_ctx_new() }).expect("a context")
}

/// A socket as C code opens it.
fn socket_of_c(context: NonNull<c_void>, kind: i32) -> NonNull<c_void> {
    // SAFETY: the context is live.
    NonNull::new(unsafe { sys::zmq_socket(context.as_ptr(), kind) }).expect("a socket")
}

fn given_up(socket: Socket<Dealer>) -> NonNull<c_void> {
    NonNull::new(socket.into_raw()).expect("a socket")
}

#[test]
fn a_context_of_c_code_that_is_taken_over_is_one_like_others() -> Result<()> {
    // SAFETY: the context was just made, and nothing else terminates it.
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
fn a_context_that_was_borrowed_is_as_it_was_once_the_last_handle_is_gone() -> Result<()> {
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
fn the_end_of_a_context_that_was_borrowed_leaves_the_termination_to_c_code() {
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
fn a_socket_that_goes_to_c_code_comes_back_with_its_connections() -> Result<()> {
    let context = context()?;
    let (one, other) = pair(&context, "tcp", (Dealer, Dealer))?;
    other.send("before")?;
    let raw = given_up(one);
    assert_eq!(context.open_sockets().len(), 1);
    // SAFETY: the socket is of this context, and was just given up.
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
fn the_end_of_a_context_waits_for_a_socket_that_c_code_has() -> Result<()> {
    let context = context()?;
    let raw = given_up(context.socket(Dealer)?);
    let unfinished = context.terminate(Duration::ZERO).expect_err("the socket is open");
    assert!(unfinished.sockets().is_empty());
    // SAFETY: the socket is of this context, and was just given up.
    let error = unsafe { Socket::<Any>::from_raw(raw, &context) }.expect_err("the context has ended");
    assert_eq!(error.kind(), ErrorKind::ContextTerminated);
    // It was closed with that.
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn a_socket_of_a_draft_type_is_refused_and_closed() -> Result<()> {
    let context = context()?;
    let live = NonNull::new(context.as_ptr()).expect("a context");
    let raw = socket_of_c(live, sys::ZMQ_CLIENT);
    // SAFETY: the socket is of this context, and nothing else has it.
    let error = unsafe { Socket::<Any>::from_raw(raw, &context) }.expect_err("it is a draft");
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}
