//! Monitors and proxies under forks and signals. Their threads do not exist in a forked child, and no call waits for
//! them there. A signal ends no call and loses no data.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::{Context, Error, MonitorEventKind, MonitorEvents, Multipart, Proxy, Pull, Push, Rep, Result, proxy};

use crate::common::fork::{first_false, fork, is_forked};
use crate::common::{PATIENCE, context, in_child, pair, take, take_all, this_test};

/// Runs `child` in a fork of this process. Returns the number of the first step that is `false`, counted from 1, or 0.
fn first_false_in_fork<const N: usize>(child: impl FnOnce() -> [bool; N]) -> i32 {
    fork(|| first_false(child()))
}

/// Runs the test in a separate process, which has no other threads.
fn alone(name: &str, test: impl FnOnce() -> Result<()>) {
    in_child(name, || assert_eq!(test().map_err(|error: Error| error.to_string()), Ok(())));
}

#[test]
fn a_monitor_fails_in_the_child_and_works_in_the_parent() {
    alone(this_test!(), || {
        let context = context()?;
        let server = context.socket(Rep)?;
        let mut monitor = server.monitor(MonitorEvents::all())?;
        let (lingering, gone) = (context.socket(Rep)?, context.socket(Rep)?);
        let (first, second) = (lingering.monitor(MonitorEvents::all())?, gone.monitor(MonitorEvents::all())?);
        drop(gone);
        let step = first_false_in_fork(|| {
            let steps = [
                is_forked(monitor.recv()),
                is_forked(monitor.try_recv()),
                is_forked(monitor.recv_timeout(PATIENCE)),
                is_forked(monitor.wait_connected(PATIENCE)),
                monitor.next().is_some_and(is_forked),
                monitor.next().is_none(),
                is_forked(server.monitor(MonitorEvents::all())),
                is_forked(server.connect_and_wait("tcp://127.0.0.1:1", PATIENCE)),
            ];
            drop((first, lingering, second, monitor, server));
            steps
        });
        assert_eq!(step, 0);
        Ok(())
    });
}

#[test]
fn a_monitor_in_the_parent_is_unaffected_by_a_fork() {
    alone(this_test!(), || {
        let context = context()?;
        let server = context.socket(Rep)?;
        let monitor = server.monitor(MonitorEvents::LISTENING)?;
        let (in_child_server, in_child_monitor) = (&server, &monitor);
        assert_eq!(first_false_in_fork(|| [is_forked(in_child_monitor.recv()), is_forked(in_child_server.recv())]), 0);
        server.bind("tcp://127.0.0.1:*")?;
        assert_eq!(monitor.recv()?.kind(), MonitorEventKind::Listening);
        Ok(())
    });
}

#[test]
fn a_proxy_fails_in_the_child_and_works_in_the_parent() {
    alone(this_test!(), || {
        let context = context()?;
        let (front, source) = pair(&context, "inproc", (Pull, Push))?;
        let (back, sink) = pair(&context, "inproc", (Push, Pull))?;
        let relay = Proxy::builder(front, back).spawn()?;
        source.send("before")?;
        assert_eq!(take(&sink)?, "before");
        let step = first_false_in_fork(|| {
            [
                is_forked(relay.pause()),
                is_forked(relay.resume()),
                relay.statistics().front.received.messages == 0,
                !relay.has_ended(),
            ]
        });
        assert_eq!(step, 0);
        source.send("after")?;
        assert_eq!(take(&sink)?, "after");
        assert_eq!(relay.stop()?.statistics.front.received.messages, 2);
        Ok(())
    });
}

#[test]
fn the_child_can_drop_or_stop_a_proxy() {
    alone(this_test!(), || {
        let context = context()?;
        let relay = |context| -> Result<_> {
            let (front, source) = pair(context, "inproc", (Pull, Push))?;
            let (back, sink) = pair(context, "inproc", (Push, Pull))?;
            Ok((source, Proxy::builder(front, back).spawn()?, sink))
        };
        let (_one, dropped, _sink) = relay(&context)?;
        let (_other, stopped, _second) = relay(&context)?;
        let step = first_false_in_fork(move || {
            drop(dropped);
            [is_forked(stopped.stop())]
        });
        assert_eq!(step, 0);
        Ok(())
    });
}

#[test]
fn a_thread_of_a_monitor_does_not_block_a_fork() {
    alone(this_test!(), || {
        let context = context()?;
        let server = context.socket(Rep)?;
        let monitor = server.monitor(MonitorEvents::all())?;
        let watching = thread::spawn(move || monitor.count());
        assert_eq!(first_false_in_fork(|| [is_forked(server.monitor(MonitorEvents::all()))]), 0);
        drop(server);
        assert_eq!(watching.join().ok(), Some(1));
        Ok(())
    });
}

/// The number of handled signals.
static HANDLED: AtomicU64 = AtomicU64::new(0);

extern "C" fn handle(_signal: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// Runs `work` on a thread that receives signals continuously, while `meanwhile` runs on this thread.
fn in_a_storm<T: Send, U>(work: impl FnOnce() -> T + Send, meanwhile: impl FnOnce() -> U) -> (T, U) {
    let handler: extern "C" fn(libc::c_int) = handle;
    // SAFETY: a `sigaction` is plain data, for which all zeros are valid.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // Without SA_RESTART, the system reports each interruption to libzmq.
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: the handler is async-signal-safe, and the pointers are to a variable that outlives the call, or null.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) }, 0);
    let (before, calm) = (HANDLED.load(Ordering::Relaxed), AtomicBool::new(false));
    let result = thread::scope(|threads| {
        let (to_storm, thread) = mpsc::channel();
        let calm = &calm;
        threads.spawn(move || {
            let Ok(disturbed) = thread.recv() else { return };
            while !calm.load(Ordering::Acquire) {
                // SAFETY: the disturbed thread is alive, because it waits for this thread to end.
                unsafe { libc::pthread_kill(disturbed as libc::pthread_t, libc::SIGUSR1) };
                thread::sleep(Duration::from_micros(100));
            }
            drop(thread);
        });
        let disturbed = threads.spawn(move || {
            // SAFETY: the call takes no arguments.
            let _ = to_storm.send(unsafe { libc::pthread_self() } as usize);
            let result = work();
            calm.store(true, Ordering::Release);
            // The signalling thread drops its end after its last signal.
            while to_storm.send(0).is_ok() {
                thread::yield_now();
            }
            result
        });
        let meanwhile = meanwhile();
        (disturbed.join().unwrap_or_else(|_| panic!("the work panicked")), meanwhile)
    });
    assert!(HANDLED.load(Ordering::Relaxed) > before, "no signal arrived");
    result
}

/// Shuts a context down at the end of a scope, even in a panic.
struct Shutdown<'a>(&'a Context);

impl Drop for Shutdown<'_> {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

#[test]
fn signals_end_no_proxy_and_break_no_message() -> Result<()> {
    let context = context()?;
    let (front, source) = pair(&context, "tcp", (Pull, Push))?;
    let (back, sink) = pair(&context, "tcp", (Push, Pull))?;
    let (ended, passed) = in_a_storm(
        move || proxy(&front, &back),
        || {
            let _end = Shutdown(&context);
            for number in 0..20_000_u32 {
                source.send_multipart((number.to_be_bytes().to_vec(), "and", "the rest"))?;
                if number % 2 == 1 {
                    for number in number - 1..=number {
                        let whole = Multipart::from((number.to_be_bytes().to_vec(), "and", "the rest"));
                        assert_eq!(take_all(&sink)?, whole);
                    }
                }
            }
            Ok::<(), Error>(())
        },
    );
    assert!(ended.is_ok());
    passed
}

#[test]
fn signals_end_no_wait_for_an_event() -> Result<()> {
    let context = context()?;
    let server = context.socket(Rep)?;
    let monitor = server.monitor(MonitorEvents::all())?;
    let wait = Duration::from_millis(100);
    let (to_main, waited_for) = mpsc::channel();
    let ((nothing, waited, event), bound) = in_a_storm(
        move || {
            let start = Instant::now();
            let nothing = monitor.recv_timeout(wait);
            let elapsed = start.elapsed();
            let _ = to_main.send(());
            (nothing, elapsed, monitor.recv())
        },
        || {
            let _ = waited_for.recv();
            server.bind("tcp://127.0.0.1:*")
        },
    );
    assert_eq!(nothing?, None);
    assert!(waited >= wait, "{waited:?}");
    assert_eq!(event?.endpoint(), bound?.as_str());
    Ok(())
}
