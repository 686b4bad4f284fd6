//! Signals: a thousand a second change neither the deadline nor the result of a call.
#![cfg(unix)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use zmq::{Context, Pair, Pull, Push, Req, Result, Router};

use crate::common::{PATIENCE, context, dead_endpoint, free, pair, take, take_all};

/// The number of handled signals.
static HANDLED: AtomicU64 = AtomicU64::new(0);

extern "C" fn handle(_signal: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Sends a thousand signals a second to the thread that created it, until it is dropped.
struct Storm {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    before: u64,
}

impl Storm {
    fn new() -> Self {
        let handler: extern "C" fn(libc::c_int) = handle;
        // SAFETY: a `sigaction` is plain data, for which all zeros are valid.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // Without SA_RESTART, the system reports each interruption to libzmq.
        action.sa_sigaction = handler as libc::sighandler_t;
        // SAFETY: the handler is async-signal-safe, and the pointers are to a variable that outlives the call, or null.
        let code = unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) };
        assert_eq!(code, 0);
        // SAFETY: the call takes no arguments.
        let disturbed = unsafe { libc::pthread_self() } as usize;
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
                // SAFETY: the disturbed thread is alive, because it joins this thread before it ends.
                unsafe { libc::pthread_kill(disturbed as libc::pthread_t, libc::SIGUSR1) };
            }
        });
        Self { stop: Some(stop), thread: Some(thread), before: HANDLED.load(Ordering::Relaxed) }
    }

    /// Asserts that at least one signal arrived.
    fn raged(&self) {
        assert!(HANDLED.load(Ordering::Relaxed) > self.before, "no signal arrived");
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Runs `call` in a storm of signals and asserts that it takes `time`.
fn keeps<T>(time: Duration, call: impl FnOnce() -> T) -> T {
    let storm = Storm::new();
    let start = Instant::now();
    let result = call();
    let elapsed = start.elapsed();
    storm.raged();
    assert!(elapsed + Duration::from_millis(1) >= time, "the call took {elapsed:?} instead of {time:?}");
    assert!(elapsed < time + PATIENCE / 3, "the call took {elapsed:?} instead of {time:?}");
    result
}

const TIME: Duration = Duration::from_millis(100);

#[test]
fn receives_keep_their_deadlines() -> Result<()> {
    let socket = context()?.socket(Pull)?;
    assert_eq!(keeps(TIME, || socket.recv_timeout(TIME))?, None);
    assert_eq!(keeps(TIME, || socket.recv_multipart_timeout(TIME))?, None);
    socket.set_recv_timeout(Some(TIME))?;
    assert!(keeps(TIME, || socket.recv()).unwrap_err().is_timed_out());
    assert!(keeps(TIME, || socket.recv_many(&mut Vec::new(), 3)).unwrap_err().is_timed_out());
    assert_eq!(socket.configured_recv_timeout()?, Some(TIME));
    Ok(())
}

#[test]
fn sends_keep_their_deadlines_without_a_peer() -> Result<()> {
    let socket = context()?.socket(Push)?;
    assert!(keeps(TIME, || socket.send_timeout("x", TIME)).unwrap_err().error.is_timed_out());
    assert!(keeps(TIME, || socket.send_multipart_timeout(["x", "y"], TIME)).unwrap_err().error.is_timed_out());
    socket.set_send_timeout(Some(TIME))?;
    let refused = keeps(TIME, || socket.send("x")).unwrap_err();
    assert!(refused.error.is_timed_out() && refused.message == "x");
    Ok(())
}

#[test]
fn sends_keep_their_deadlines_at_the_high_water_mark() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    sink.set_recv_hwm(1)?;
    source.set_send_hwm(1)?;
    source.connect(sink.bind(free("inproc"))?)?;
    source.send("one")?;
    source.send("two")?;
    assert!(keeps(TIME, || source.send_timeout("three", TIME)).unwrap_err().error.is_timed_out());
    assert_eq!([take(&sink)?, take(&sink)?], ["one", "two"]);
    Ok(())
}

#[test]
fn a_receive_without_a_deadline_waits_for_its_message() -> Result<()> {
    let (sink, source) = pair(&context()?, "tcp", (Pull, Push))?;
    let storm = Storm::new();
    let sender = thread::spawn(move || {
        // A receive that a signal ends early would return long before this time.
        let (_sender, never) = mpsc::channel::<()>();
        let _ = never.recv_timeout(TIME);
        source.send("at last").map(|()| source)
    });
    assert_eq!(sink.recv()?, "at last");
    storm.raged();
    assert!(sender.join().is_ok_and(|sent| sent.is_ok()));
    Ok(())
}

#[test]
fn no_message_is_lost_reordered_or_broken() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    // With these limits, both sides wait often.
    sink.set_recv_hwm(2)?;
    source.set_send_hwm(2)?;
    source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    let storm = Storm::new();
    let sender = thread::spawn(move || {
        let storm = Storm::new();
        for number in 0..20_000_u32 {
            source.send_multipart([&number.to_le_bytes()[..], b"", &[7; 100]])?;
        }
        storm.raged();
        Ok::<_, zmq::Error>(source)
    });
    for number in 0..20_000_u32 {
        let message = take_all(&sink)?;
        assert_eq!((message.len(), &message[0][..], message[2].len()), (3, &number.to_le_bytes()[..], 100));
    }
    storm.raged();
    assert!(sender.join().is_ok_and(|sent| sent.is_ok()));
    Ok(())
}

#[test]
fn sockets_are_opened_bound_connected_disconnected_and_dropped() -> Result<()> {
    let storm = Storm::new();
    let start = Instant::now();
    while start.elapsed() < TIME * 3 {
        for transport in ["inproc", "tcp", "ipc"] {
            let context = context()?;
            let (server, client) = (context.socket(Router)?, context.socket(Req)?);
            let endpoint = server.bind(free(transport))?;
            client.set_send_timeout(Some(PATIENCE))?.connect(&endpoint)?;
            client.send("x")?;
            assert_eq!(take_all(&server)?[2], "x");
            client.disconnect(&endpoint)?;
            server.unbind(&endpoint)?;
        }
    }
    storm.raged();
    Ok(())
}

#[test]
fn hazard_ctx_term_eintr_a_context_ends_with_its_linger_period() -> Result<()> {
    let linger = Duration::from_millis(300);
    // libzmq's clock may be some milliseconds ahead.
    let least = Duration::from_millis(250);
    let lingering = || -> Result<Context> {
        let context = Context::builder().linger(linger).build()?;
        let socket = context.socket(Push)?;
        socket.connect(dead_endpoint()?)?;
        socket.send("undelivered")?;
        Ok(context)
    };
    let context = lingering()?;
    keeps(least, || drop(context));
    let context = lingering()?;
    assert_eq!(keeps(least, || context.terminate(PATIENCE)), Ok(()));
    Ok(())
}

#[test]
fn a_shutdown_ends_a_blocked_receive_in_a_storm() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pair)?;
    let waits = Arc::new(AtomicBool::new(false));
    let waiting = Arc::clone(&waits);
    let receiver = thread::spawn(move || {
        let storm = Storm::new();
        waiting.store(true, Ordering::Release);
        let error = socket.recv_timeout(PATIENCE).unwrap_err();
        drop(storm);
        error.is_terminated()
    });
    crate::common::eventually("the receiver waits", || waits.load(Ordering::Acquire));
    context.shutdown();
    assert_eq!(receiver.join().ok(), Some(true));
    Ok(())
}
