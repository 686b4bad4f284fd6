//! Tests of errors.

use super::*;

#[test]
fn an_error_is_a_pointer_and_an_errno_wide() {
    assert_eq!(size_of::<Error>(), size_of::<*const ()>() + 8);
    assert_eq!(size_of::<Option<Error>>(), size_of::<Error>());
}

#[test]
fn an_unknown_errno_survives_and_prints_as_the_system_names_it() {
    let errno = Errno::from_raw(libc::ELOOP);
    assert_eq!(errno.to_raw(), libc::ELOOP);
    assert_eq!(errno.kind(), ErrorKind::Other);
    assert_eq!(errno.to_string(), io::Error::from_raw_os_error(libc::ELOOP).to_string());
    let errno = Errno::from_raw(999_999);
    assert!(errno.to_string().contains("999999"), "{errno}");
    assert_eq!(format!("{errno:?}"), "Errno(999999)");
}

#[test]
fn a_sentence_names_operation_subject_and_errno() {
    let error = Error::on(Operation::Bind, "tcp://127.0.0.1:5555", Errno::EADDRINUSE);
    let text = r#"cannot bind "tcp://127.0.0.1:5555": the address is already in use (EADDRINUSE)"#;
    assert_eq!(error.to_string(), text);
    assert_eq!(error.subject(), Some("tcp://127.0.0.1:5555"));
    let error = Error::new(Operation::Send, Errno::EFSM).on_socket(Some(SocketType::Req));
    assert_eq!(error.to_string(), "cannot send on a REQ socket: receive the pending reply first (EFSM)");
    let error = Error::on(Operation::SetOption, "send_hwm", Errno::EINVAL).with_value("-3").because("too small");
    assert_eq!(error.to_string(), "cannot set send_hwm to -3: too small");
}

#[test]
fn an_expired_timeout_reads_as_one() {
    let expired = |timeout| Error::timed_out(Operation::Receive, Errno::EAGAIN, timeout).to_string();
    assert_eq!(expired(Duration::ZERO), "receive timed out after 0 ms (EAGAIN)");
    assert_eq!(expired(Duration::from_micros(300)), "receive timed out after 300 µs (EAGAIN)");
    assert_eq!(expired(Duration::from_millis(1500)), "receive timed out after 1500 ms (EAGAIN)");
    assert_eq!(expired(Duration::from_secs(60)), "receive timed out after 60 s (EAGAIN)");
    let error = Error::timed_out(Operation::WaitConnected, Errno::ETIMEDOUT, Duration::ZERO).because("why");
    assert_eq!(error.to_string(), "wait for a peer timed out after 0 ms: why (ETIMEDOUT)");
    // Without a timeout it is the network's.
    let error = Error::new(Operation::Connect, Errno::ETIMEDOUT);
    assert_eq!(error.to_string(), "cannot connect: timed out (ETIMEDOUT)");
}

#[test]
fn a_timeout_of_zero_allocates_nothing() {
    assert!(Error::timed_out(Operation::Receive, Errno::EAGAIN, Duration::ZERO).detail.is_none());
}

#[test]
fn an_io_error_keeps_kind_and_source() {
    let error = io::Error::from(Error::new(Operation::Receive, Errno::EAGAIN));
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    let source = error.get_ref().and_then(|source| source.downcast_ref::<Error>());
    assert_eq!(source.map(Error::errno), Some(Errno::EAGAIN));
}
