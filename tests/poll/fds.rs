//! Waiting for file descriptors together with sockets, and interference by the system: signals, limits, forks.
#![cfg(unix)]

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use zmq::{ErrorKind, Events, MonitorEvents, PollItem, Poller, Pull, Push, Result, poll};

use crate::common::{PATIENCE, context, eventually, in_child, pair, take, this_test};

const READABLE: Events = Events::READABLE;
const WRITABLE: Events = Events::WRITABLE;

/// Creates a pipe, and returns its reading and its writing end. Returns `None` if no descriptors are left.
fn try_pipe() -> Option<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for two descriptors.
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the descriptor was just created, and nothing else owns it.
    let end = |fd| unsafe { File::from_raw_fd(fd) };
    Some((end(ends[0]), end(ends[1])))
}

fn new_pipe() -> (File, File) {
    try_pipe().expect("there is room for a pipe")
}

fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("the listener is bound"))
        .expect("the listener accepts connections");
    (listener.accept().expect("the client has connected").0, client)
}

/// Returns the readiness of a descriptor, on which `poll` and `Poller` must agree.
fn ready(fd: BorrowedFd<'_>, interest: Events, timeout: Duration) -> Result<Events> {
    let mut poller = Poller::new()?;
    poller.add_fd(fd, interest, ())?;
    let by_poller = poller.wait(timeout)?.next().map_or(Events::empty(), |ready| ready.events);
    let mut items = [PollItem::fd(fd, interest)];
    let count = poll(&mut items, timeout)?;
    assert_eq!(count, usize::from(!items[0].ready().is_empty()));
    assert_eq!(items[0].ready(), by_poller);
    Ok(by_poller)
}

#[test]
fn a_pipe_reports_the_requested_readiness() -> Result<()> {
    let (reader, mut writer) = new_pipe();
    assert_eq!(ready(reader.as_fd(), READABLE, Duration::ZERO)?, Events::empty());
    assert_eq!(ready(writer.as_fd(), READABLE | WRITABLE, PATIENCE)?, WRITABLE);
    writer.write_all(b"x").expect("the pipe has room");
    assert_eq!(ready(reader.as_fd(), READABLE, PATIENCE)?, READABLE);
    assert_eq!(ready(reader.as_fd(), Events::empty(), Duration::ZERO)?, Events::empty());
    Ok(())
}

#[test]
fn a_closed_peer_is_reported_as_an_error_without_a_request() -> Result<()> {
    let (reader, writer) = new_pipe();
    drop(writer);
    assert_eq!(ready(reader.as_fd(), READABLE, PATIENCE)?, Events::ERROR);
    let mut items = [PollItem::fd(reader.as_fd(), READABLE)];
    assert_eq!(poll(&mut items, PATIENCE)?, 1);
    assert!(items[0].is_error() && !items[0].is_readable());
    assert_eq!(ready(reader.as_fd(), Events::empty(), PATIENCE)?, Events::ERROR);
    let (reader, writer) = new_pipe();
    drop(reader);
    assert_eq!(ready(writer.as_fd(), WRITABLE, PATIENCE)?, WRITABLE | Events::ERROR);
    Ok(())
}

#[test]
fn a_file_is_always_ready() -> Result<()> {
    let file = File::open("/dev/null").expect("the file exists");
    let regular = File::open(std::env::current_exe().expect("the program has a path")).expect("the file exists");
    for fd in [file.as_fd(), regular.as_fd()] {
        for interest in [READABLE, WRITABLE, READABLE | WRITABLE] {
            assert_eq!(ready(fd, interest, PATIENCE)?, interest);
        }
        assert_eq!(ready(fd, Events::PRIORITY, Duration::ZERO)?, Events::empty());
    }
    let mut poller = Poller::new()?;
    poller.add_fd(regular.as_fd(), READABLE, "file")?;
    poller.modify_fd(&regular, WRITABLE)?;
    assert_eq!(poller.wait(None)?.next().map(|ready| ready.events), Some(WRITABLE));
    poller.modify_fd(&regular, Events::empty())?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert_eq!(poller.remove_fd(&regular)?, "file");
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    Ok(())
}

#[test]
fn urgent_data_has_priority() -> Result<()> {
    let (server, client) = tcp_pair();
    assert_eq!(ready(server.as_fd(), Events::PRIORITY, Duration::ZERO)?, Events::empty());
    // SAFETY: the descriptor is open, and the byte outlives the call.
    let sent = unsafe { libc::send(client.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
    assert_eq!(sent, 1);
    assert_eq!(ready(server.as_fd(), Events::PRIORITY, PATIENCE)?, Events::PRIORITY);
    Ok(())
}

#[test]
fn a_full_connection_is_not_writable_until_it_is_read() -> Result<()> {
    let (mut server, mut client) = tcp_pair();
    client.set_nonblocking(true).expect("the connection is open");
    let mut written = 0;
    // The buffers of the system take more data until they are full at both ends.
    let full = Instant::now();
    while full.elapsed() < Duration::from_millis(100) {
        written += client.write(&[0; 65_536]).unwrap_or(0);
    }
    let mut poller = Poller::new()?;
    poller.add_fd(client.as_fd(), WRITABLE, ())?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    server.read_exact(&mut vec![0; written]).expect("all bytes arrive");
    assert_eq!(poller.wait(PATIENCE)?.next().map(|ready| ready.events), Some(WRITABLE));
    Ok(())
}

#[test]
fn sockets_and_descriptors_are_waited_for_together() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    let (reader, mut writer) = new_pipe();
    let mut poller = Poller::new()?;
    poller.add(&sink, READABLE, "socket")?;
    poller.add_fd(reader.as_fd(), READABLE, "pipe")?;
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    let mut items = [PollItem::new(&sink, READABLE), PollItem::fd(reader.as_fd(), READABLE)];
    assert_eq!(poll(&mut items, Duration::ZERO)?, 0);
    writer.write_all(b"x").expect("the pipe has room");
    assert_eq!(poller.wait(PATIENCE)?.map(|ready| *ready.token).collect::<Vec<_>>(), ["pipe"]);
    assert_eq!(poll(&mut items, PATIENCE)?, 1);
    source.send("hello")?;
    // A ready item does not hide the others.
    let mut found: Vec<_> = poller.wait(PATIENCE)?.map(|ready| *ready.token).collect();
    found.sort_unstable();
    assert_eq!(found, ["pipe", "socket"]);
    assert_eq!(poll(&mut items, PATIENCE)?, 2);
    assert!(items.iter().all(PollItem::is_readable));
    Ok(())
}

#[test]
fn a_descriptor_can_be_in_a_set_only_once_and_be_added_after_a_removal() -> Result<()> {
    let (reader, mut writer) = new_pipe();
    let again = reader.try_clone().expect("the limit of descriptors allows another");
    let mut poller = Poller::new()?;
    poller.add_fd(reader.as_fd(), READABLE, 1)?;
    assert_eq!(poller.add_fd(reader.as_fd(), READABLE, 2).unwrap_err().kind(), ErrorKind::InvalidInput);
    writer.write_all(b"x").expect("the pipe has room");
    assert_eq!(poller.remove_fd(&reader)?, 1);
    assert!(poller.wait(Duration::ZERO)?.is_empty());
    assert_eq!(poller.remove_fd(&reader).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(poller.modify_fd(&reader, READABLE).unwrap_err().kind(), ErrorKind::NotFound);
    poller.add_fd(reader.as_fd(), READABLE, 3)?;
    // A duplicate of the descriptor counts as another descriptor.
    poller.add_fd(again.as_fd(), READABLE, 4)?;
    assert_eq!(poller.wait(PATIENCE)?.len(), 2);
    Ok(())
}

/// The number of signals that the tests caught.
static CAUGHT: AtomicUsize = AtomicUsize::new(0);

/// Interrupts the calling thread with signals while `work` runs.
fn under_signals<T>(work: impl FnOnce() -> T) -> T {
    extern "C" fn catch(_: libc::c_int) {
        CAUGHT.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: all zeros are a valid action, without SA_RESTART.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = catch as extern "C" fn(libc::c_int) as usize;
    // SAFETY: the handler only counts in an atomic, which is async-signal-safe, and the action outlives the call.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) }, 0);
    // SAFETY: the call takes no arguments.
    let target = unsafe { libc::pthread_self() };
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                // SAFETY: the thread is alive as long as the scope, which waits for this thread.
                unsafe { libc::pthread_kill(target, libc::SIGUSR1) };
                thread::sleep(Duration::from_millis(1));
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        assert!(CAUGHT.load(Ordering::Relaxed) > 0, "no signal arrived");
        result
    })
}

#[test]
fn a_storm_of_signals_does_not_change_the_duration_of_a_wait() -> Result<()> {
    const TIMEOUT: Duration = Duration::from_millis(200);
    let socket = context()?.socket(Pull)?;
    let (reader, _writer) = new_pipe();
    let mut poller = Poller::new()?;
    poller.add(&socket, READABLE, ())?;
    under_signals(|| {
        let waits: [&mut dyn FnMut() -> Result<usize>; 3] = [
            &mut || poll(&mut [PollItem::new(&socket, READABLE)], TIMEOUT),
            &mut || poll(&mut [PollItem::fd(reader.as_fd(), READABLE)], TIMEOUT),
            &mut || poller.wait(TIMEOUT).map(|ready| ready.len()),
        ];
        for wait in waits {
            let start = Instant::now();
            assert_eq!(wait()?, 0);
            let elapsed = start.elapsed();
            assert!(elapsed >= TIMEOUT && elapsed < TIMEOUT + PATIENCE, "{elapsed:?}");
        }
        Ok(())
    })
}

#[test]
fn a_wait_without_a_timeout_outlasts_a_storm_of_signals() -> Result<()> {
    let (sink, source) = pair(&context()?, "tcp", (Pull, Push))?;
    let mut poller = Poller::new()?;
    poller.add(&sink, READABLE, ())?;
    let sender = thread::spawn(move || {
        // The wait ends after many interruptions.
        let before = CAUGHT.load(Ordering::Relaxed);
        eventually("many signals are caught", || CAUGHT.load(Ordering::Relaxed) >= before + 50);
        source.send("late").map(|()| source)
    });
    under_signals(|| {
        assert_eq!(poller.wait(None)?.len(), 1);
        assert_eq!(poll(&mut [PollItem::new(&sink, READABLE)], None)?, 1);
        assert_eq!(take(&sink)?, "late");
        Ok::<_, zmq::Error>(())
    })?;
    drop(sender.join().expect("the thread does not panic")?);
    Ok(())
}

#[test]
fn an_event_loop_can_own_a_socket_or_a_monitor_as_a_descriptor() -> Result<()> {
    /// Returns `true` if an event loop that owns the source sees it become readable.
    fn waits<F: AsFd + AsRawFd>(source: &F, timeout: Duration) -> Result<bool> {
        assert_eq!(source.as_fd().as_raw_fd(), source.as_raw_fd());
        Ok(ready(source.as_fd(), READABLE, timeout)?.is_readable())
    }
    let context = context()?;
    let (sink, source) = pair(&context, "inproc", (Pull, Push))?;
    let sink = sink.with_fd()?;
    while sink.events()?.is_readable() || waits(&sink, Duration::ZERO)? {}
    source.send("hello")?;
    assert!(waits(&sink, PATIENCE)?);
    assert_eq!(sink.try_recv()?, Some("hello".into()));
    let sink = sink.into_inner();
    source.send("again")?;
    assert_eq!(take(&sink)?, "again");

    let monitor = sink.monitor(MonitorEvents::LISTENING)?.with_fd()?;
    assert_eq!(monitor.try_recv()?, None);
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    assert!(waits(&monitor, PATIENCE)?);
    assert_eq!(monitor.try_recv()?.map(|event| event.endpoint().to_owned()), Some(endpoint.to_string()));

    let late = context.socket(Pull)?;
    context.shutdown();
    assert!(late.with_fd().unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn hazard_poll_nofile_more_items_than_descriptors_are_an_error() {
    in_child(this_test!(), || {
        let (sink, source) = pair(&context().unwrap(), "inproc", (Pull, Push)).unwrap();
        let limit = libc::rlimit { rlim_cur: 40, rlim_max: 40 };
        // SAFETY: the structure outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let items = |count: usize| (0..count).map(|_| PollItem::new(&sink, READABLE)).collect::<Vec<_>>();
        let error = poll(&mut items(41), Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitReached);
        let text = "cannot wait: 41 items are more than the process may have file descriptors (EMFILE)";
        assert_eq!(error.to_string(), text);
        assert_eq!(poll(&mut items(40), Duration::ZERO).unwrap(), 0);
        let mut poller = Poller::new().unwrap();
        poller.add(&sink, READABLE, ()).unwrap();
        source.send("hello").unwrap();
        assert_eq!(poller.wait(PATIENCE).unwrap().len(), 1);
        // If no descriptor is left, a new poller that needs one is an error instead of an abort.
        let mut pipes = Vec::new();
        while let Some(pipe) = try_pipe() {
            pipes.push(pipe);
        }
        // A pipe takes two descriptors. This file takes the last one, if the pipes have left it.
        let last = File::open("/dev/null");
        if cfg!(all(target_os = "linux", not(zmq_portable_engine))) {
            let error = Poller::<()>::new().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::LimitReached);
            let text = "cannot create a poller: the limit of sockets or file descriptors is reached (EMFILE)";
            assert_eq!(error.to_string(), text);
        }
        drop(last);
    });
}

#[cfg(feature = "draft")]
#[test]
fn a_wait_for_a_shared_socket_without_a_descriptor_left_says_so() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let gather = context.socket(zmq::Gather).unwrap();
        let limit = libc::rlimit { rlim_cur: 40, rlim_max: 40 };
        // SAFETY: the structure outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let files: Vec<_> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
        let error = gather.poll(READABLE, PATIENCE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitReached);
        assert_eq!(error.to_string(), "cannot wait: the limit of sockets or file descriptors is reached (EMFILE)");
        drop(files);
        assert!(gather.poll(READABLE, Duration::from_millis(1)).unwrap().is_empty());
    });
}

#[test]
fn hazard_fork_a_poller_belongs_to_the_parent() {
    in_child(this_test!(), || {
        let (sink, source) = pair(&context().unwrap(), "inproc", (Pull, Push)).unwrap();
        let (reader, mut writer) = new_pipe();
        let mut poller = Poller::new().unwrap();
        poller.add(&sink, READABLE, "socket").unwrap();
        poller.add_fd(reader.as_fd(), READABLE, "pipe").unwrap();
        poller.wait(Duration::ZERO).unwrap();
        // SAFETY: the child makes only a few calls and ends with `_exit`.
        match unsafe { libc::fork() } {
            0 => {
                let forked = |error: zmq::Error| error.kind() == ErrorKind::Forked;
                let fine = poller.wait(None).map(drop).is_err_and(forked)
                    && poller.wait(Duration::ZERO).map(drop).is_err_and(forked)
                    && poller.modify_fd(&reader, WRITABLE).is_err_and(forked)
                    && poll(&mut [PollItem::new(&sink, READABLE)], Duration::ZERO).is_err_and(forked)
                    // A removal in the child does not affect the parent's poller.
                    && poller.remove(&sink).is_ok()
                    && poller.remove_fd(&reader).is_ok()
                    && poller.add(&sink, READABLE, "again").is_err_and(forked);
                drop(poller);
                // SAFETY: the call ends the process.
                unsafe { libc::_exit(if fine { 7 } else { 1 }) }
            }
            child => {
                let mut status = 0;
                // SAFETY: the status outlives the call.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 7, "the child ended with {status}");
            }
        }
        source.send("hello").unwrap();
        writer.write_all(b"x").unwrap();
        let mut found: Vec<_> = poller.wait(PATIENCE).unwrap().map(|ready| *ready.token).collect();
        found.sort_unstable();
        assert_eq!(found, ["pipe", "socket"]);
        assert_eq!(take(&sink).unwrap(), "hello");
    });
}
