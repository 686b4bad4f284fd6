//! Waiting for sockets that several threads use at the same time.
#![cfg(all(unix, feature = "draft"))]

use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::{
    Channel, Client, Error, ErrorKind, Events, Gather, MonitorEvents, PollItem, Poller, Pull, Push, Reactor, Result,
    Scatter, Server, poll,
};

use crate::common::fork::{first_false, fork, is_forked};
use crate::common::{PATIENCE, context, eventually, free, in_child, in_time, pair, take, this_test};

const READABLE: Events = Events::READABLE;
const WRITABLE: Events = Events::WRITABLE;

/// Returns the ready tokens of a poller with their events, sorted.
fn ready<T: Clone + Ord>(poller: &mut Poller<'_, T>, timeout: Duration) -> Result<Vec<(T, Events)>> {
    let mut found: Vec<_> = poller.wait(timeout)?.map(|ready| (ready.token.clone(), ready.events)).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

#[test]
fn a_shared_socket_is_ready_as_long_as_it_has_a_message() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let (gather, scatter) = pair(&context()?, transport, (Gather, Scatter))?;
        let mut poller = Poller::new()?;
        poller.add(&gather, READABLE, ())?;
        assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
        assert_eq!(gather.poll(READABLE, Duration::ZERO)?, Events::empty());
        scatter.send("hello")?;
        for _ in 0..3 {
            assert_eq!(ready(&mut poller, PATIENCE)?, [((), READABLE)]);
            assert_eq!(gather.poll(READABLE, PATIENCE)?, READABLE);
        }
        assert_eq!(take(&gather)?, "hello");
        assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
        assert_eq!(gather.poll(READABLE, Duration::from_millis(1))?, Events::empty());
    }
    Ok(())
}

#[test]
fn a_wait_for_a_shared_socket_ends_at_its_timeout_and_not_before() -> Result<()> {
    crate::sockets::expect_waits_of_the_right_length(&context()?.socket(Client)?)
}

#[test]
fn one_wait_takes_shared_sockets_other_sockets_monitors_and_descriptors() -> Result<()> {
    let context = context()?;
    let (server, client) = pair(&context, "tcp", (Server, Client))?;
    let (pull, push) = pair(&context, "inproc", (Pull, Push))?;
    let monitored = context.socket(Gather)?;
    let monitor = monitored.monitor(MonitorEvents::LISTENING)?;
    let (stream, mut writer) = UnixStream::pair().expect("a stream");
    let mut poller = Poller::new()?;
    poller.add(&server, READABLE, "server")?;
    poller.add(&pull, READABLE, "pull")?;
    poller.add_monitor(&monitor, "monitor")?;
    poller.add_fd(stream.as_fd(), READABLE, "stream")?;
    let items = || {
        [
            PollItem::new(&server, READABLE),
            PollItem::new(&pull, READABLE),
            PollItem::monitor(&monitor),
            PollItem::fd(stream.as_fd(), READABLE),
        ]
    };
    assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
    assert_eq!(poll(&mut items(), Duration::from_millis(1))?, 0);
    let causes: [(&str, &mut dyn FnMut() -> Result<()>); 4] = [
        ("server", &mut || Ok(client.send("hello")?)),
        ("pull", &mut || Ok(push.send("hello")?)),
        ("monitor", &mut || monitored.bind(free("tcp")).map(drop)),
        ("stream", &mut || {
            writer.write_all(b"hello").expect("an open stream");
            Ok(())
        }),
    ];
    let mut expected = Vec::new();
    for (name, cause) in causes {
        cause()?;
        expected.push((name, READABLE));
        expected.sort_by_key(|(name, _)| *name);
        let start = Instant::now();
        while ready(&mut poller, PATIENCE)? != expected {
            assert!(start.elapsed() < PATIENCE, "{name}");
        }
        assert_eq!(poll(&mut items(), PATIENCE)?, expected.len());
    }
    Ok(())
}

#[test]
fn a_wait_notices_calls_of_other_threads() -> Result<()> {
    let context = context()?;
    let (channel, peer) = (context.socket(Channel)?, context.socket(Channel)?);
    let endpoint = channel.bind(free("inproc"))?;
    thread::scope(|scope| {
        let (waiting, waits) = mpsc::channel();
        let watcher = scope.spawn({
            let channel = &channel;
            move || {
                let mut poller = Poller::new()?;
                poller.add(channel, WRITABLE, ())?;
                assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
                waiting.send(()).expect("a receiver");
                assert_eq!(ready(&mut poller, PATIENCE)?, [((), WRITABLE)]);
                poller.modify(channel, READABLE)?;
                waiting.send(()).expect("a receiver");
                assert_eq!(ready(&mut poller, PATIENCE)?, [((), READABLE)]);
                channel.recv()
            }
        });
        waits.recv().expect("a sender");
        peer.connect(&endpoint)?;
        waits.recv().expect("a sender");
        peer.send("hello")?;
        assert_eq!(watcher.join().expect("no panic")?, "hello");
        Ok(())
    })
}

#[test]
fn pollers_of_several_threads_together_receive_all_messages_of_one_socket() -> Result<()> {
    const MESSAGES: u32 = 4000;
    for transport in ["inproc", "tcp"] {
        let (gather, scatter) = pair(&context()?, transport, (Gather, Scatter))?;
        let received: Vec<AtomicU32> = (0..MESSAGES).map(|_| AtomicU32::new(0)).collect();
        let left = AtomicU32::new(MESSAGES);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let (wakes, woken) = pair(gather.context(), "inproc", (Pull, Push))?;
                        woken.send("the poller also waits for another socket")?;
                        let mut pollers = (0..4).map(|_| Poller::new()).collect::<Result<Vec<_>>>()?;
                        for poller in &mut pollers {
                            poller.add(&gather, READABLE, "shared")?;
                            poller.add(&wakes, READABLE, "own")?;
                        }
                        while left.load(Ordering::Relaxed) > 0 {
                            for poller in &mut pollers {
                                let found = ready(poller, Duration::from_millis(20))?;
                                if found.contains(&("own", READABLE)) {
                                    take(&wakes)?;
                                }
                                // Another thread may receive the message first.
                                while let Some(message) = gather.try_recv()? {
                                    let number: [u8; 4] = message.as_bytes().try_into().expect("a number");
                                    received[u32::from_be_bytes(number) as usize].fetch_add(1, Ordering::Relaxed);
                                    left.fetch_sub(1, Ordering::Relaxed);
                                }
                            }
                        }
                        Ok::<_, Error>(())
                    })
                })
                .collect();
            for number in 0..MESSAGES {
                scatter.send(number.to_be_bytes())?;
            }
            let start = Instant::now();
            while left.load(Ordering::Relaxed) > 0 {
                assert!(start.elapsed() < PATIENCE, "{} messages are left", left.load(Ordering::Relaxed));
                thread::yield_now();
            }
            threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
        })?;
        assert!(received.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    }
    Ok(())
}

#[test]
fn each_poller_of_a_shared_socket_is_woken() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "tcp", (Gather, Scatter))?;
    thread::scope(|scope| {
        let (waiting, waits) = mpsc::channel();
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (gather, waiting) = (&gather, waiting.clone());
                scope.spawn(move || {
                    let mut poller = Poller::new()?;
                    poller.add(gather, READABLE, number)?;
                    assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
                    waiting.send(()).expect("a receiver");
                    ready(&mut poller, PATIENCE)
                })
            })
            .collect();
        for _ in &threads {
            waits.recv().expect("a sender");
        }
        // No thread receives the message, so that each wait has to report it.
        scatter.send("hello")?;
        for (number, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().expect("no panic")?, [(number, READABLE)]);
        }
        Ok(())
    })
}

#[cfg(target_os = "linux")]
#[test]
fn a_wait_with_a_mask_of_signals_notices_a_shared_socket() -> Result<()> {
    use zmq::poll::{SignalMask, poll_masked};

    let (gather, scatter) = pair(&context()?, "tcp", (Gather, Scatter))?;
    let mask = SignalMask::current();
    for round in 0..20 {
        assert_eq!(poll_masked(&mut [PollItem::new(&gather, READABLE)], Duration::ZERO, &mask)?, 0);
        scatter.send("hello")?;
        assert_eq!(poll_masked(&mut [PollItem::new(&gather, READABLE)], PATIENCE, &mask)?, 1);
        #[cfg(not(zmq_portable_engine))]
        {
            let mut poller = Poller::new()?;
            poller.add(&gather, READABLE, round)?;
            assert_eq!(poller.wait_masked(PATIENCE, &mask)?.map(|ready| *ready.token).collect::<Vec<_>>(), [round]);
            take(&gather)?;
            assert!(poller.wait_masked(Duration::from_millis(1), &mask)?.is_empty());
            scatter.send("again")?;
            assert_eq!(poller.wait_masked(PATIENCE, &mask)?.len(), 1);
        }
        assert_eq!(take(&gather)?, if cfg!(zmq_portable_engine) { "hello" } else { "again" }, "round {round}");
    }
    Ok(())
}

#[test]
fn a_wait_after_many_changes_blocks_again() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    let mut poller = Poller::new()?;
    poller.add(&gather, READABLE, ())?;
    for _ in 0..1000 {
        scatter.send("hello")?;
        assert_eq!(take(&gather)?, "hello");
    }
    assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
    // Each change has raised the signal. A wait that took one of them at a time would take CPU time meanwhile.
    let start = processor_time();
    assert_eq!(ready(&mut poller, Duration::from_millis(200))?, []);
    assert!(processor_time() - start < Duration::from_millis(100));
    Ok(())
}

/// Returns the CPU time of this thread.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the variable outlives the call.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn a_shared_socket_leaves_a_poller_and_returns() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    let mut poller = Poller::new()?;
    for round in 0..3 {
        poller.add(&gather, READABLE, round)?;
        assert_eq!(poller.add(&gather, READABLE, round).unwrap_err().kind(), ErrorKind::InvalidInput);
        scatter.send("hello")?;
        assert_eq!(ready(&mut poller, PATIENCE)?, [(round, READABLE)]);
        poller.modify(&gather, WRITABLE)?;
        assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
        assert_eq!(poller.remove(&gather)?, round);
        assert_eq!(poller.remove(&gather).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(ready(&mut poller, Duration::ZERO)?, []);
        take(&gather)?;
    }
    Ok(())
}

#[test]
fn hazard_poller_dead_socket_a_poller_leaves_before_its_socket_closes() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    {
        let mut poller = Poller::new()?;
        poller.add(&gather, READABLE, ())?;
        poller.wait(Duration::ZERO)?;
    }
    let mut leaked = Poller::new()?;
    leaked.add(&gather, READABLE, ())?;
    std::mem::forget(leaked);
    let mut reactor = Reactor::<()>::new()?;
    let id = reactor.add(gather, READABLE, |(), _, _| Ok(()))?;
    reactor.run_once(&mut (), Duration::ZERO)?;
    let gather = reactor.remove(id)?;
    scatter.send("hello")?;
    assert_eq!(take(&gather)?, "hello");
    reactor.add(gather, READABLE, |(), _, _| Ok(()))?;
    drop(reactor);
    eventually("the peer has closed", || !scatter.events().is_ok_and(|events| events.is_writable()));
    Ok(())
}

#[test]
fn hazard_poller_ctx_shutdown_a_wait_with_a_shared_socket_is_an_error() -> Result<()> {
    let context = context()?;
    let (client, pull) = (context.socket(Client)?, context.socket(Pull)?);
    let mut poller = Poller::new()?;
    poller.add(&client, READABLE, "client")?;
    poller.add(&pull, READABLE, "pull")?;
    context.shutdown();
    for _ in 0..3 {
        assert!(poller.wait(Duration::ZERO).map(drop).unwrap_err().is_terminated());
        assert!(client.poll(READABLE, Duration::ZERO).unwrap_err().is_terminated());
        assert!(client.recv().unwrap_err().is_terminated());
        // libzmq's own poller would abort at a change of the set.
        poller.modify(&client, WRITABLE)?;
    }
    assert_eq!(poller.remove(&client)?, "client");
    assert!(poller.add(&client, READABLE, "again").unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn a_shutdown_ends_the_waits_of_all_threads() -> Result<()> {
    let context = context()?;
    let client = context.socket(Client)?;
    in_time(move || {
        thread::scope(|scope| {
            let (waiting, waits) = mpsc::channel();
            let threads: Vec<_> = (0..4)
                .map(|number| {
                    let (client, waiting) = (&client, waiting.clone());
                    scope.spawn(move || {
                        let mut poller = Poller::new()?;
                        poller.add(client, READABLE, ())?;
                        waiting.send(()).expect("a receiver");
                        match number % 2 {
                            0 => poller.wait(None).map(drop),
                            _ => client.poll(READABLE, None).map(drop),
                        }
                    })
                })
                .collect();
            for _ in &threads {
                waits.recv().expect("a sender");
            }
            context.shutdown();
            for thread in threads {
                assert!(thread.join().expect("no panic").unwrap_err().is_terminated());
            }
            Ok(())
        })
    })
}

#[test]
fn hazard_poll_nofile_a_signal_without_a_descriptor_is_an_error() {
    in_child(this_test!(), || {
        let gather = context().unwrap().socket(Gather).unwrap();
        let mut poller = Poller::new().unwrap();
        poller.add(&gather, READABLE, ()).unwrap();
        let mut another = Poller::new().unwrap();
        let limit = libc::rlimit { rlim_cur: 40, rlim_max: 40 };
        // SAFETY: the structure outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let mut files = Vec::new();
        while let Ok(file) = std::fs::File::open("/dev/null") {
            files.push(file);
        }
        assert_eq!(another.add(&gather, READABLE, ()).unwrap_err().kind(), ErrorKind::LimitReached);
        let error = gather.poll(READABLE, Duration::from_millis(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitReached);
        // A call with a timeout needs a signal of its own, if it has to wait.
        assert_eq!(gather.recv_timeout(PATIENCE).unwrap_err().kind(), ErrorKind::LimitReached);
        assert_eq!(gather.recv_timeout(Duration::ZERO).unwrap(), None);
        // A poller that has its signal needs no further descriptor.
        assert!(poller.wait(Duration::from_millis(1)).unwrap().is_empty());
        drop(files);
        another.add(&gather, READABLE, ()).unwrap();
    });
}

#[test]
fn hazard_ppoll_fdsetsize_a_descriptor_above_the_limit_of_a_set_is_waited_for() {
    in_child(this_test!(), || {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the structure outlives the call.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) }, 0);
        limit.rlim_cur = limit.rlim_max.min(4 * libc::FD_SETSIZE as libc::rlim_t);
        // SAFETY: the structure outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let (stream, mut writer) = UnixStream::pair().unwrap();
        let lowest = libc::FD_SETSIZE as libc::c_int;
        // SAFETY: the descriptor is open, and the call closes nothing.
        let number = unsafe { libc::fcntl(stream.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) };
        assert!(number >= lowest, "the process may have more than {lowest} descriptors");
        // SAFETY: the descriptor was just opened, and nothing else owns it.
        let above = unsafe { OwnedFd::from_raw_fd(number) };

        let (gather, scatter) = pair(&context().unwrap(), "inproc", (Gather, Scatter)).unwrap();
        let mut poller = Poller::new().unwrap();
        poller.add(&gather, READABLE, "socket").unwrap();
        poller.add_fd(above.as_fd(), READABLE, "descriptor").unwrap();
        assert_eq!(ready(&mut poller, Duration::ZERO).unwrap(), []);
        scatter.send("hello").unwrap();
        writer.write_all(b"hello").unwrap();
        assert_eq!(ready(&mut poller, PATIENCE).unwrap(), [("descriptor", READABLE), ("socket", READABLE)]);
        let mut items = [PollItem::fd(above.as_fd(), READABLE), PollItem::new(&gather, READABLE)];
        assert_eq!(poll(&mut items, PATIENCE).unwrap(), 2);
    });
}

#[test]
fn hazard_fork_a_poller_with_a_shared_socket_belongs_to_the_parent() {
    in_child(this_test!(), || {
        let (gather, scatter) = pair(&context().unwrap(), "inproc", (Gather, Scatter)).unwrap();
        let mut poller = Poller::new().unwrap();
        poller.add(&gather, READABLE, ()).unwrap();
        scatter.send("hello").unwrap();
        let poller = std::cell::RefCell::new(poller);
        let failed = fork(|| {
            let mut poller = poller.borrow_mut();
            let refused = [is_forked(poller.wait(None)), is_forked(gather.poll(READABLE, None))];
            first_false(refused.into_iter().chain([poller.remove(&gather).is_ok()]))
        });
        assert_eq!(failed, 0, "this step failed in the child");
        assert_eq!(ready(&mut poller.borrow_mut(), PATIENCE).unwrap(), [((), READABLE)]);
        assert_eq!(take(&gather).unwrap(), "hello");
    });
}

#[test]
fn a_shared_socket_has_no_descriptor_of_its_own() -> Result<()> {
    let client = context()?.socket(Client)?;
    let error = client.event_fd().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(error.to_string().contains("add the descriptors of the program to a Poller with the socket"), "{error}");
    Ok(())
}
