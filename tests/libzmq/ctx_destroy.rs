//! The end of a context. Origin: test_ctx_destroy.cpp.

use std::sync::mpsc;
use std::thread;

use zmq::abilities::Open;
use zmq::{Context, Dealer, ErrorKind, Events, Poller, Pull, Result};

use crate::support::*;

#[test]
fn a_context_ends_once_its_sockets_are_closed() -> Result<()> {
    let context = Context::new()?;
    drop(context.socket(Pull)?);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn a_shutdown_ends_a_blocked_receive_on_another_thread() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pull)?;
    let (started, starting) = mpsc::channel();
    let receiver = thread::spawn(move || {
        started.send(()).unwrap();
        // The receive ends even if it has not started to wait yet.
        socket.recv().map_err(|error| error.kind())
    });
    starting.recv().unwrap();
    context.shutdown();
    assert_eq!(receiver.join().unwrap(), Err(ErrorKind::ContextTerminated));
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn no_socket_is_opened_after_a_shutdown() -> Result<()> {
    for with_a_socket_before in [true, false] {
        let context = context()?;
        if with_a_socket_before {
            drop(context.socket(Pull)?);
        }
        context.shutdown();
        assert_eq!(context.socket(Pull).unwrap_err().kind(), ErrorKind::ContextTerminated);
        assert_eq!(context.terminate(PATIENCE), Ok(()));
    }
    Ok(())
}

#[test]
fn a_shutdown_ends_the_wait_of_a_poller_on_another_thread() -> Result<()> {
    ends_the_wait_of_a_poller(Dealer)
}

#[cfg(feature = "draft")]
#[test]
fn a_shutdown_ends_the_wait_of_a_poller_for_a_thread_safe_socket() -> Result<()> {
    ends_the_wait_of_a_poller(zmq::Client)
}

fn ends_the_wait_of_a_poller(kind: impl Open) -> Result<()> {
    let context = context()?;
    let socket = context.socket(kind)?;
    let (started, starting) = mpsc::channel();
    let poller = thread::spawn(move || {
        let mut poller = Poller::new().unwrap();
        poller.add(&socket, Events::READABLE, ()).unwrap();
        started.send(()).unwrap();
        poller.wait(None).map(|ready| ready.len()).map_err(|error| error.kind())
    });
    starting.recv().unwrap();
    assert_eq!(context.terminate(PATIENCE), Ok(()), "the context waits until the thread has dropped its socket");
    assert_eq!(poller.join().unwrap(), Err(ErrorKind::ContextTerminated));
    Ok(())
}
