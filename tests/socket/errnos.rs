//! The errnos that a real libzmq can be made to return: the kind, the number and the text of each.

use std::io;
use std::thread;
use std::time::Duration;

use zmq::{
    Capability, Context, Dealer, Errno, Error, ErrorKind, Message, Operation, Pull, Push, Rep, Req, Result, Router,
    SocketType,
};

use crate::common::{context, free, in_child, in_time, pair, take, this_test};

fn assert_error(error: impl Into<Error>, kind: ErrorKind, errno: Errno, text: &str) {
    let error = error.into();
    assert_eq!((error.kind(), error.errno(), error.to_string().as_str()), (kind, errno, text));
}

#[test]
fn eagain_if_no_message_is_queued() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    socket.set_recv_timeout(Some(Duration::ZERO))?;
    let text = "receive on a PULL socket timed out after 0 ms (EAGAIN)";
    assert_error(socket.recv().unwrap_err(), ErrorKind::TimedOut, Errno::EAGAIN, text);
    socket.set_recv_timeout(Some(Duration::from_millis(2)))?;
    let text = "receive on a PULL socket timed out after 2 ms (EAGAIN)";
    assert_error(socket.recv_multipart().unwrap_err(), ErrorKind::TimedOut, Errno::EAGAIN, text);
    Ok(())
}

#[test]
fn eagain_if_no_peer_can_take_a_message() -> Result<()> {
    let socket = context()?.socket(Push)?;
    let text = "cannot send on a PUSH socket: no peer can take the message now (EAGAIN)";
    assert_error(socket.try_send("x").unwrap_err(), ErrorKind::WouldBlock, Errno::EAGAIN, text);
    let refused = socket.send_timeout("x", Duration::from_millis(2)).unwrap_err();
    let text = "send on a PUSH socket timed out after 2 ms: no peer could take the message (EAGAIN)";
    assert_error(refused, ErrorKind::TimedOut, Errno::EAGAIN, text);
    Ok(())
}

#[test]
fn eagain_if_the_peer_of_a_mandatory_router_is_full() -> Result<()> {
    let context = context()?;
    let (router, dealer) = (context.socket(Router)?, context.socket(Dealer)?);
    router.set_send_hwm(1)?.set_mandatory(true)?;
    dealer.set_recv_hwm(1)?.set_routing_id(b"full")?;
    dealer.connect(router.bind(free("inproc"))?)?;
    dealer.send("hello")?;
    assert_eq!(crate::common::take_all(&router)?[1], "hello");
    let refused = (0..10).find_map(|_| router.try_send_multipart(["full", "x"]).err());
    let refused = refused.unwrap_or_else(|| panic!("the router accepts everything"));
    assert_eq!(refused.message, zmq::Multipart::from(["full", "x"]));
    let text = "cannot send on a ROUTER socket: no peer can take the message now (EAGAIN)";
    assert_error(refused, ErrorKind::WouldBlock, Errno::EAGAIN, text);
    Ok(())
}

#[test]
fn ehostunreach_if_a_mandatory_router_has_no_such_peer() -> Result<()> {
    let router = context()?.socket(Router)?;
    router.set_mandatory(true)?;
    let refused = router.send_multipart(["nobody", "x"]).unwrap_err();
    assert_eq!(refused.message, zmq::Multipart::from(["nobody", "x"]));
    let text = "cannot send on a ROUTER socket: no peer has the routing id in the first frame (EHOSTUNREACH)";
    assert_error(refused, ErrorKind::HostUnreachable, Errno::EHOSTUNREACH, text);
    Ok(())
}

#[test]
fn efsm_if_a_socket_sends_or_receives_out_of_turn() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Rep, Req))?;
    let wrong = |error: Error, text| assert_error(error, ErrorKind::WrongState, Errno::EFSM, text);
    wrong(client.recv().unwrap_err(), "cannot receive on a REQ socket: send a request first (EFSM)");
    let refused = server.send("x").unwrap_err();
    wrong(refused.into(), "cannot send on a REP socket: receive a request first (EFSM)");
    client.send("question")?;
    let refused = client.send("x").unwrap_err();
    wrong(refused.into(), "cannot send on a REQ socket: receive the pending reply first (EFSM)");
    assert_eq!(take(&server)?, "question");
    wrong(server.recv().unwrap_err(), "cannot receive on a REP socket: send the pending reply first (EFSM)");
    Ok(())
}

#[test]
fn enotsup_if_the_type_lacks_the_direction() -> Result<()> {
    let context = context()?;
    let refused = context.socket(SocketType::Pull)?.send("x").unwrap_err();
    let text = "cannot send on a PULL socket: sockets of this type only receive (ENOTSUP)";
    assert_error(refused, ErrorKind::NotSupported, Errno::ENOTSUP, text);
    let error = context.socket(SocketType::Push)?.recv().unwrap_err();
    let text = "cannot receive on a PUSH socket: sockets of this type only send (ENOTSUP)";
    assert_error(error, ErrorKind::NotSupported, Errno::ENOTSUP, text);
    Ok(())
}

/// Asserts the error of a bind of a PULL socket to an endpoint.
fn assert_bind(endpoint: &str, kind: ErrorKind, errno: Errno, reason: &str) -> Result<()> {
    let error = context()?.socket(Pull)?.bind(endpoint).unwrap_err();
    assert_eq!((error.operation(), error.subject()), (Operation::Bind, Some(endpoint)));
    assert_error(error, kind, errno, &format!("cannot bind {endpoint:?}: {reason}"));
    Ok(())
}

#[test]
fn eaddrinuse_if_another_socket_is_bound() -> Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, _listener) = taken.unwrap_or_else(|error| panic!("{error}"));
    let reason = "the address is already in use (EADDRINUSE)";
    assert_bind(&format!("tcp://{address}"), ErrorKind::AddressInUse, Errno::EADDRINUSE, reason)
}

#[test]
fn eaddrnotavail_if_the_machine_lacks_the_address() -> Result<()> {
    let reason = "the address is not available on this machine (EADDRNOTAVAIL)";
    assert_bind("tcp://192.0.2.1:*", ErrorKind::AddressNotAvailable, Errno::EADDRNOTAVAIL, reason)
}

#[test]
fn enodev_if_the_interface_does_not_exist() -> Result<()> {
    let reason = "no such interface or device (ENODEV)";
    assert_bind("tcp://nosuchif0:*", ErrorKind::NoSuchDevice, Errno::ENODEV, reason)
}

#[cfg(unix)]
#[test]
fn enoent_if_the_directory_is_missing() -> Result<()> {
    assert_bind("ipc:///nowhere/at/all", ErrorKind::NotFound, Errno::ENOENT, "no such endpoint or file (ENOENT)")
}

#[test]
fn enoent_if_an_endpoint_is_not_in_use() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    for (word, error) in [
        ("unbind", socket.unbind("tcp://127.0.0.1:1").unwrap_err()),
        ("disconnect", socket.disconnect("tcp://127.0.0.1:1").unwrap_err()),
    ] {
        let text = format!("cannot {word} \"tcp://127.0.0.1:1\": no such endpoint or file (ENOENT)");
        assert_error(error, ErrorKind::NotFound, Errno::ENOENT, &text);
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn enametoolong_if_a_path_is_too_long() -> Result<()> {
    let endpoint = format!("ipc:///{}", "x".repeat(199));
    let reason = "the path has 200 bytes, but at most 107 fit a socket address (ENAMETOOLONG)";
    assert_bind(&endpoint, ErrorKind::NameTooLong, Errno::ENAMETOOLONG, reason)
}

/// Root has all permissions, so the test runs in a child process of another user.
#[cfg(target_os = "linux")]
#[test]
fn eacces_if_the_path_is_not_writable() {
    in_child(this_test!(), || {
        // SAFETY: the call takes a number. It fails if the process does not run as root, which is fine.
        unsafe { libc::setuid(65_534) };
        // A directory in which only root may write.
        let refused = assert_bind(
            "ipc:///usr/zmq-is-not-to-write-here",
            ErrorKind::PermissionDenied,
            Errno::EACCES,
            "permission denied (EACCES)",
        );
        assert!(refused.is_ok());
    });
}

#[test]
fn eprotonosupport_if_libzmq_lacks_the_transport() -> Result<()> {
    let reason = "this libzmq does not know the transport (EPROTONOSUPPORT)";
    assert_bind("bogus://x", ErrorKind::UnsupportedProtocol, Errno::EPROTONOSUPPORT, reason)?;
    for (capability, endpoint) in [
        (Capability::Vmci, "vmci://1:1"),
        (Capability::Tipc, "tipc://{1,1,1}"),
        (Capability::Wss, "wss://127.0.0.1:1"),
        (Capability::Ws, "ws://127.0.0.1:1"),
    ] {
        if !zmq::has(capability) {
            assert_bind(endpoint, ErrorKind::UnsupportedProtocol, Errno::EPROTONOSUPPORT, reason)?;
        }
    }
    Ok(())
}

#[test]
fn enocompatproto_if_the_transport_cannot_carry_the_type() -> Result<()> {
    let error = context()?.socket(Req)?.connect("udp://127.0.0.1:5555").unwrap_err();
    let text =
        "cannot connect \"udp://127.0.0.1:5555\": the transport cannot carry this type of socket (ENOCOMPATPROTO)";
    assert_error(error, ErrorKind::IncompatibleProtocol, Errno::ENOCOMPATPROTO, text);
    Ok(())
}

#[test]
fn einval_if_a_value_is_invalid() -> Result<()> {
    let socket = context()?.socket(Dealer)?;
    let error = socket.set_routing_id([7; 256]).unwrap_err();
    assert_eq!((error.kind(), error.errno()), (ErrorKind::InvalidInput, Errno::EINVAL));
    assert!(error.to_string().starts_with("cannot set routing_id to "), "{error}");
    let error = socket.bind("tcp://127.0.0.1:12ab").unwrap_err();
    let text = "cannot bind \"tcp://127.0.0.1:12ab\": port \"12ab\" is not a number";
    assert_error(error, ErrorKind::InvalidEndpoint, Errno::EINVAL, text);
    let error = socket.send_multipart(Vec::<Message>::new()).unwrap_err();
    let text = "cannot send on a DEALER socket: a multipart message must have at least one frame";
    assert_error(error, ErrorKind::InvalidInput, Errno::EINVAL, text);
    Ok(())
}

#[test]
fn emthread_if_the_context_has_no_io_thread() -> Result<()> {
    let error = Context::builder().io_threads(0).build()?.socket(Pull)?.bind("tcp://127.0.0.1:*").unwrap_err();
    let text = "cannot bind \"tcp://127.0.0.1:*\": the context has no I/O thread for it (EMTHREAD)";
    assert_error(error, ErrorKind::NoIoThread, Errno::EMTHREAD, text);
    Ok(())
}

#[test]
fn emfile_if_the_context_is_at_its_limit() -> Result<()> {
    let context = Context::builder().max_sockets(2).build()?;
    let _open = (context.socket(Push)?, context.socket(Push)?);
    let error = context.socket(Push).unwrap_err();
    let text =
        "cannot open a socket of type PUSH: 2 sockets are open, which is the maximum that max_sockets allows (EMFILE)";
    assert_error(error, ErrorKind::LimitReached, Errno::EMFILE, text);
    Ok(())
}

#[test]
fn eterm_if_the_context_is_shut_down_meanwhile() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pull)?;
    let receiver = thread::spawn(move || socket.recv());
    context.shutdown();
    let error = in_time(move || receiver.join().unwrap_or_else(|_| panic!("the receiver panicked"))).unwrap_err();
    assert!(error.is_terminated());
    let text = "cannot receive on a PULL socket: the context was terminated (ETERM)";
    assert_error(error, ErrorKind::ContextTerminated, Errno::ETERM, text);
    Ok(())
}

#[test]
fn enomem_if_a_message_is_larger_than_memory() {
    let error = Message::zeroed(1 << 62).unwrap_err();
    let text = "cannot create a message of 4611686018427387904 bytes: out of memory (ENOMEM)";
    assert_error(error, ErrorKind::OutOfMemory, Errno::ENOMEM, text);
}

/// Returns libzmq's errno after a call that failed with `code`.
fn left_by(code: i32) -> Errno {
    assert_eq!(code, -1);
    // SAFETY: the call takes no arguments.
    Errno::from_raw(unsafe { zmq::sys::zmq_errno() })
}

#[test]
fn enotsock_and_efault_if_c_code_passes_null() {
    // SAFETY: libzmq checks for a null pointer first.
    let errno = left_by(unsafe { zmq::sys::zmq_close(std::ptr::null_mut()) });
    assert_eq!((errno, errno.kind()), (Errno::ENOTSOCK, ErrorKind::InvalidHandle));
    // SAFETY: as above.
    let errno = left_by(unsafe { zmq::sys::zmq_ctx_term(std::ptr::null_mut()) });
    assert_eq!((errno, errno.kind()), (Errno::EFAULT, ErrorKind::InvalidHandle));
    assert_eq!(errno.to_string(), "not a valid handle (EFAULT)");
}

#[test]
fn every_errno_has_a_name_a_text_and_its_number() {
    let errnos = [
        (Errno::EAGAIN, "EAGAIN"),
        (Errno::ETERM, "ETERM"),
        (Errno::EINTR, "EINTR"),
        (Errno::EFSM, "EFSM"),
        (Errno::ENOTSUP, "ENOTSUP"),
        (Errno::EINVAL, "EINVAL"),
        (Errno::EADDRINUSE, "EADDRINUSE"),
        (Errno::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
        (Errno::ENODEV, "ENODEV"),
        (Errno::EHOSTUNREACH, "EHOSTUNREACH"),
        (Errno::ECONNREFUSED, "ECONNREFUSED"),
        (Errno::ETIMEDOUT, "ETIMEDOUT"),
        (Errno::ENOENT, "ENOENT"),
        (Errno::ENAMETOOLONG, "ENAMETOOLONG"),
        (Errno::EPROTONOSUPPORT, "EPROTONOSUPPORT"),
        (Errno::ENOCOMPATPROTO, "ENOCOMPATPROTO"),
        (Errno::EACCES, "EACCES"),
        (Errno::EMFILE, "EMFILE"),
        (Errno::ENOMEM, "ENOMEM"),
        (Errno::EMTHREAD, "EMTHREAD"),
        (Errno::ENOTSOCK, "ENOTSOCK"),
        (Errno::EPROTO, "EPROTO"),
        (Errno::EFAULT, "EFAULT"),
        (Errno::EBADF, "EBADF"),
        (Errno::EPERM, "EPERM"),
        (Errno::ENFILE, "ENFILE"),
        (Errno::ENOBUFS, "ENOBUFS"),
        (Errno::EMSGSIZE, "EMSGSIZE"),
        (Errno::EAFNOSUPPORT, "EAFNOSUPPORT"),
        (Errno::ENETDOWN, "ENETDOWN"),
        (Errno::ENETUNREACH, "ENETUNREACH"),
        (Errno::ENETRESET, "ENETRESET"),
        (Errno::ECONNABORTED, "ECONNABORTED"),
        (Errno::ECONNRESET, "ECONNRESET"),
        (Errno::ENOTCONN, "ENOTCONN"),
        (Errno::EPIPE, "EPIPE"),
        (Errno::EINPROGRESS, "EINPROGRESS"),
        (Errno::EBUSY, "EBUSY"),
    ];
    for (errno, name) in errnos {
        assert_eq!((errno.name(), format!("{errno:?}").as_str()), (Some(name), name));
        assert_eq!(
            (Errno::from_raw(errno.to_raw()), errno.to_string().ends_with(&format!(" ({name})"))),
            (errno, true)
        );
        assert!(errno.kind() != ErrorKind::Other || [Errno::EINPROGRESS, Errno::EBUSY].contains(&errno), "{name}");
    }
}

#[test]
fn a_refused_send_has_the_methods_of_its_error() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Push)?;
    let refused = socket.try_send("x").unwrap_err();
    assert_eq!((refused.kind(), refused.errno()), (ErrorKind::WouldBlock, Errno::EAGAIN));
    assert!(refused.is_would_block() && !refused.is_timed_out() && !refused.is_terminated());
    assert!(socket.send_timeout("x", Duration::ZERO).unwrap_err().is_timed_out());
    assert_eq!(io::Error::from(refused.clone()).kind(), io::ErrorKind::WouldBlock);
    assert_eq!(refused.clone().into_message(), "x");
    let error: Error = refused.into_error();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    context.shutdown();
    assert!(socket.try_send_multipart(["x", "y"]).unwrap_err().is_terminated());
    Ok(())
}

/// An error type of a program that derives common traits.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum AppError {
    #[error(transparent)]
    Zmq(#[from] Error),
    #[error("out of luck")]
    Luck,
}

impl<M> From<zmq::SendError<M>> for AppError {
    fn from(refused: zmq::SendError<M>) -> Self {
        refused.into_error().into()
    }
}

#[test]
fn errors_can_be_in_an_enum_that_derives_clone_and_comparison() -> Result<()> {
    let socket = context()?.socket(Push)?;
    let send = || -> std::result::Result<(), AppError> {
        socket.try_send("x")?;
        Err(AppError::Luck)
    };
    let error = send().unwrap_err();
    assert_eq!(error, error.clone());
    let equal = |error: &Error| matches!(socket.try_send("y"), Err(other) if other.error == *error);
    assert!(matches!(&error, AppError::Zmq(error) if equal(error)));
    assert_ne!(error, AppError::from(Error::from(Errno::EAGAIN)));
    assert_ne!(error, AppError::from(socket.send_timeout("x", Duration::ZERO).unwrap_err()));
    Ok(())
}

#[test]
fn an_errno_of_c_code_converts_to_an_error() {
    let error = Error::from(Errno::EADDRINUSE);
    let text = "cannot call libzmq: the address is already in use (EADDRINUSE)";
    assert_eq!(error.operation(), Operation::CallLibrary);
    assert_error(error, ErrorKind::AddressInUse, Errno::EADDRINUSE, text);
}

#[test]
fn the_result_alias_determines_the_error_type_of_a_block() {
    fn run<T>(block: impl FnOnce() -> T) -> T {
        block()
    }
    // Only the annotation determines the type of the error.
    let opened = run(|| {
        let socket = context()?.socket(Push)?;
        zmq::Result::Ok(socket.socket_type())
    });
    assert_eq!(opened.ok(), Some(SocketType::Push));
}

#[test]
fn an_error_converts_to_an_io_error() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pull)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    let (untyped, request) = (context.socket(SocketType::Push)?, context.socket(Req)?);
    let cases: [(Error, io::ErrorKind); 9] = [
        (untyped.try_send("x").unwrap_err().into(), io::ErrorKind::WouldBlock),
        (untyped.recv().unwrap_err(), io::ErrorKind::Unsupported),
        (untyped.bind(&endpoint).unwrap_err(), io::ErrorKind::AddrInUse),
        (untyped.bind("tcp://192.0.2.1:*").unwrap_err(), io::ErrorKind::AddrNotAvailable),
        (untyped.bind("bogus://x").unwrap_err(), io::ErrorKind::Unsupported),
        (untyped.bind("tcp://x").unwrap_err(), io::ErrorKind::InvalidInput),
        (untyped.unbind("tcp://127.0.0.1:1").unwrap_err(), io::ErrorKind::NotFound),
        (Message::zeroed(1 << 62).unwrap_err(), io::ErrorKind::OutOfMemory),
        (request.recv().unwrap_err(), io::ErrorKind::Other),
    ];
    for (error, kind) in cases {
        let text = error.to_string();
        let converted = io::Error::from(error);
        assert_eq!((converted.kind(), converted.to_string()), (kind, text));
        assert!(converted.get_ref().is_some_and(|source| source.is::<Error>()));
    }
    Ok(())
}

#[test]
#[cfg_attr(feature = "draft", ignore = "with the feature, sockets of these types open")]
fn a_draft_type_is_refused_and_the_error_names_the_feature() -> Result<()> {
    let context = context()?;
    for socket_type in SocketType::ALL.iter().filter(|socket_type| socket_type.is_draft()) {
        let error = context.socket(*socket_type).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        assert_eq!(
            error.to_string(),
            format!(
                "cannot open a socket of type {socket_type}: it belongs to libzmq's draft API: enable the feature \"draft\" (ENOTSUP)"
            )
        );
    }
    assert_eq!(context.open_sockets(), []);
    Ok(())
}
