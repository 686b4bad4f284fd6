//! Limits of the process at which libzmq aborts.
#![cfg(unix)]

use zmq::{Context, ErrorKind, Pair};

use crate::common::{in_child, this_test};

/// Lowers a limit of the process.
pub(crate) fn lower(resource: libc::__rlimit_resource_t, to: u64) {
    let limit = libc::rlimit { rlim_cur: to, rlim_max: to };
    // SAFETY: the pointer is to a variable that outlives the call.
    assert_eq!(unsafe { libc::setrlimit(resource, &raw const limit) }, 0, "{}", std::io::Error::last_os_error());
}

/// Changes the user of the process to one that limits apply to.
#[cfg(target_os = "linux")]
fn become_nobody() {
    // SAFETY: the call has no precondition.
    if unsafe { libc::geteuid() } != 0 {
        return;
    }
    // SAFETY: the argument is a number. The user with this number has no other processes.
    assert_eq!(unsafe { libc::setuid(3_999_999) }, 0, "{}", std::io::Error::last_os_error());
}

#[cfg(target_os = "linux")]
#[test]
fn threads_that_the_system_refuses_are_an_error() {
    in_child(this_test!(), || {
        let other = Context::new().unwrap();
        let _open = other.socket(Pair).unwrap();
        let threads = std::fs::read_dir("/proc/self/task").unwrap().count() as u64;
        become_nobody();
        for more in [0, 1] {
            lower(libc::RLIMIT_NPROC, threads + 1 - more);
            let context = Context::new().unwrap();
            let error = context.socket(Pair).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitReached, "{error}");
            assert!(error.to_string().contains("raise the limit (ulimit -u"), "{error}");
            // A context with running threads needs no more threads.
            drop(other.socket(Pair).unwrap());
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn threads_are_as_many_as_the_context_has() {
    in_child(this_test!(), || {
        let threads = std::fs::read_dir("/proc/self/task").unwrap().count() as u64;
        become_nobody();
        lower(libc::RLIMIT_NPROC, threads + 3);
        let context = Context::builder().io_threads(3).build().unwrap();
        assert_eq!(context.socket(Pair).unwrap_err().kind(), ErrorKind::LimitReached);
        let context = Context::builder().io_threads(2).build().unwrap();
        context.socket(Pair).unwrap().bind("tcp://127.0.0.1:*").unwrap();
    });
}
