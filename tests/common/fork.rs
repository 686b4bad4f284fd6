//! What the tests of forks share: a child that says which of its steps failed.

use zmq::{Error, ErrorKind};

/// Runs `child` in a fork of this process and returns what that returned: 0 is for a success by the convention of the
/// tests, and every other number says which step failed. One that hangs is ended by the system.
pub(crate) fn fork(child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child calls nothing but the closure, which takes no lock that another thread may hold, and ends.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: it takes a number; the default of its signal ends the process.
            unsafe { libc::alarm(20) };
            let step = child();
            // SAFETY: it does not return, and runs nothing of the parent's.
            unsafe { libc::_exit(step) }
        }
        process => {
            assert!(process > 0, "no fork");
            let mut status = 0;
            // SAFETY: the process is a child of this one, and the pointer is to a variable that outlives the call.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            assert!(libc::WIFEXITED(status), "the child was ended by signal {}", libc::WTERMSIG(status));
            libc::WEXITSTATUS(status)
        }
    }
}

/// Returns the number of the first step that is false, counted from 1, or 0.
pub(crate) fn first_false(steps: impl IntoIterator<Item = bool>) -> i32 {
    steps.into_iter().zip(1..).find_map(|(holds, step)| (!holds).then_some(step)).unwrap_or(0)
}

/// Whether the call was refused because what it is on belongs to the parent.
pub(crate) fn is_forked<T>(result: Result<T, impl Into<Error>>) -> bool {
    result.is_err_and(|error| error.into().kind() == ErrorKind::Forked)
}
