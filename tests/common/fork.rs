//! Helpers of the tests of forks: a child whose exit code names the failed step.

use zmq::{Error, ErrorKind};

/// Runs `child` in a fork of this process, and returns its result: 0 for success, or the number of the failed step by
/// the convention of the tests. An alarm ends a child that hangs.
pub(crate) fn fork(child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child only calls the closure, which takes no lock that another thread may hold, and exits.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: the call has no precondition; its signal ends the process by default.
            unsafe { libc::alarm(20) };
            let step = child();
            // SAFETY: the call does not return, and runs no code of the parent.
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

/// Returns the number of the first false step, counted from 1, or 0.
pub(crate) fn first_false(steps: impl IntoIterator<Item = bool>) -> i32 {
    steps.into_iter().zip(1..).find_map(|(holds, step)| (!holds).then_some(step)).unwrap_or(0)
}

/// Returns `true` if the call failed because its object belongs to the parent.
pub(crate) fn is_forked<T>(result: Result<T, impl Into<Error>>) -> bool {
    result.is_err_and(|error| error.into().kind() == ErrorKind::Forked)
}
