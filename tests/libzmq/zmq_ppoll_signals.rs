//! Waits that a signal ends. Origin: test_zmq_ppoll_signals.cpp.

use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use zmq::poll::{SignalMask, poll_masked};
use zmq::{Error, ErrorKind, Events, PollItem, Poller, Pull, Push, Result};

use crate::support::*;

/// The number of handled signals, by the signal.
static HANDLED: [AtomicUsize; 65] = [const { AtomicUsize::new(0) }; 65];

extern "C" fn handle(signal: c_int) {
    HANDLED[signal as usize].fetch_add(1, Ordering::Relaxed);
}

/// A signal that only one test uses, with a handler.
struct Signal(c_int);

impl Signal {
    fn new() -> Self {
        static USED: AtomicUsize = AtomicUsize::new(0);
        let signal = libc::SIGRTMIN() + USED.fetch_add(1, Ordering::Relaxed) as c_int;
        let handler: extern "C" fn(c_int) = handle;
        // SAFETY: a `sigaction` is plain data, for which all zeros are valid.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handler as libc::sighandler_t;
        // SAFETY: the handler is async-signal-safe, and the pointers are to a variable that outlives the call, or null.
        assert_eq!(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }, 0);
        Self(signal)
    }

    /// Blocks the signal on the calling thread.
    fn block(&self) {
        // SAFETY: a set of signals is plain data, for which all zeros are valid.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is to a set that outlives the call.
        unsafe { libc::sigaddset(&raw mut set, self.0) };
        // SAFETY: the pointers are to a set that outlives the call, or null.
        assert_eq!(unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) }, 0);
    }

    /// Sends the signal to the calling thread from another one, which then runs `work`.
    fn send<T: Send>(&self, work: impl FnOnce() -> T + Send) -> impl FnOnce() -> T + Send {
        let signal = self.0;
        // SAFETY: the call takes no arguments.
        let target = unsafe { libc::pthread_self() };
        move || {
            // SAFETY: the target waits for this thread, so it is alive.
            assert_eq!(unsafe { libc::pthread_kill(target, signal) }, 0);
            work()
        }
    }

    fn handled(&self) -> usize {
        HANDLED[self.0 as usize].load(Ordering::Relaxed)
    }
}

fn assert_interrupted<T: std::fmt::Debug>(result: Result<T>) {
    let error: Error = result.unwrap_err();
    let text = "cannot wait: interrupted by a signal (EINTR)";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Interrupted, text));
}

#[test]
fn a_signal_is_handled_only_during_the_wait_and_ends_it() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let signal = Signal::new();
    signal.block();
    let mask = SignalMask::current();
    assert!(mask.is_blocked(signal.0));
    let mask = mask.unblock(signal.0)?;
    let mut poller = Poller::new()?;
    poller.add(&socket, Events::READABLE, ())?;
    for round in 0..4 {
        thread::scope(|threads| threads.spawn(signal.send(|| ())).join().unwrap());
        assert_eq!(signal.handled(), round);
        match round % 2 {
            0 => assert_interrupted(poll_masked(&mut [PollItem::new(&socket, Events::READABLE)], PATIENCE, &mask)),
            _ => assert_interrupted(poller.wait_masked(PATIENCE, &mask)),
        }
        assert_eq!(signal.handled(), round + 1);
    }
    // Without a signal, the timeouts expire.
    let timeout = Duration::from_millis(1);
    assert_eq!(poll_masked(&mut [PollItem::new(&socket, Events::READABLE)], timeout, &mask)?, 0);
    assert!(poller.wait_masked(timeout, &mask)?.is_empty());
    Ok(())
}

#[test]
fn a_signal_that_arrives_during_the_wait_ends_it() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    let signal = Signal::new();
    signal.block();
    let mask = SignalMask::current().unblock(signal.0)?;
    // Whether the signal arrives before the wait or during it, it is handled during the wait.
    thread::scope(|threads| {
        threads.spawn(signal.send(|| ()));
        assert_interrupted(poll_masked(&mut [PollItem::new(&socket, Events::READABLE)], PATIENCE, &mask));
    });
    assert_eq!(signal.handled(), 1);
    Ok(())
}

#[test]
fn a_signal_in_the_mask_does_not_end_the_wait() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind(free("tcp"))?)?;
    let signal = Signal::new();
    let mask = SignalMask::current().block(signal.0)?;
    thread::scope(|threads| {
        // The socket must outlive the wait, because its drop would discard the message.
        let sent = threads.spawn(signal.send(move || source.send("hello").map(|()| source)));
        let mut items = [PollItem::new(&sink, Events::READABLE)];
        assert_eq!(poll_masked(&mut items, PATIENCE, &mask)?, 1);
        assert!(items[0].is_readable());
        drop(sent.join().unwrap()?);
        zmq::Result::Ok(())
    })?;
    // If the thread did not handle the signal before the wait, it did so after the wait.
    assert_eq!(signal.handled(), 1);
    assert_eq!(take(&sink)?, "hello");
    Ok(())
}

#[test]
fn ready_sockets_do_not_delay_a_signal_forever() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind(free("inproc"))?)?;
    source.send("hello")?;
    let signal = Signal::new();
    signal.block();
    let mask = SignalMask::current().unblock(signal.0)?;
    let mut poller = Poller::new()?;
    poller.add(&sink, Events::READABLE, "sink")?;
    let mut items = [PollItem::new(&sink, Events::READABLE)];
    assert_eq!(poll_masked(&mut items, PATIENCE, &mask)?, 1);
    for round in 1..=2 {
        thread::scope(|threads| threads.spawn(signal.send(|| ())).join().unwrap());
        eventually("the signal is handled", || {
            match round {
                1 => poll_masked(&mut items, PATIENCE, &mask).is_ok(),
                _ => poller.wait_masked(PATIENCE, &mask).is_ok(),
            };
            signal.handled() == round
        });
    }
    let ready = poller.wait_masked(PATIENCE, &mask)?.next().map(|ready| *ready.token);
    assert_eq!(ready, Some("sink"));
    Ok(())
}
