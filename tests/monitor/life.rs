//! The life of a monitor: the order of drops, monitors that are not read, and the end of the events.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::{
    Context, ErrorKind, Monitor, MonitorEventKind, MonitorEvents, Pull, Push, Rep, Req, Result, Socket, SocketType,
};

use crate::common::{PATIENCE, context, dead_endpoint, eventually, in_child, in_time, this_test};

use MonitorEventKind::{Accepted, Closed, ConnectRetried, HandshakeSucceeded, Listening, MonitorStopped};

fn kinds(monitor: Monitor) -> Result<Vec<MonitorEventKind>> {
    in_time(move || monitor.map(|event| Ok(event?.kind())).collect())
}

fn monitored(context: &Context) -> Result<(Socket<Rep>, Monitor)> {
    let socket = context.socket(Rep)?;
    let monitor = socket.monitor(MonitorEvents::all())?;
    Ok((socket, monitor))
}

#[test]
fn the_monitor_can_be_dropped_first() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    drop(monitor);
    // In plain libzmq, each of these calls would wait for a reader of the event.
    server.bind("tcp://127.0.0.1:*")?;
    let client = context.socket(Req)?;
    client.connect_and_wait(&endpoint, PATIENCE)?;
    client.send("question")?;
    assert_eq!(server.recv_timeout(PATIENCE)?.as_deref(), Some(&b"question"[..]));
    drop(server);
    drop(client);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn the_socket_can_be_dropped_first_and_its_last_events_are_reported() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    server.bind("tcp://127.0.0.1:*")?;
    drop(server);
    assert_eq!(kinds(monitor)?, [Listening, Closed, MonitorStopped]);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn a_port_is_free_when_its_listener_is_reported_as_closed() -> Result<()> {
    let context = context()?;
    for _ in 0..20 {
        let (server, monitor) = monitored(&context)?;
        let endpoint = server.bind("tcp://127.0.0.1:*")?;
        drop(server);
        assert!(kinds(monitor)?.contains(&Closed));
        context.socket(Rep)?.bind(&endpoint)?;
    }
    Ok(())
}

#[test]
fn hazard_44_monitor_unconnected_an_event_during_the_start_blocks_nothing() -> Result<()> {
    let context = context()?;
    let server = context.socket(Pull)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let done = AtomicBool::new(false);
    let monitors = || {
        for _ in 0..500 {
            drop(server.monitor(MonitorEvents::all())?);
        }
        server.monitor(MonitorEvents::ACCEPTED)?.recv_timeout(PATIENCE)
    };
    thread::scope(|threads| {
        let peers = threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                context.socket(Push)?.connect_and_wait(&endpoint, PATIENCE)?;
            }
            Ok::<(), zmq::Error>(())
        });
        let event = monitors();
        done.store(true, Ordering::Relaxed);
        assert_eq!(event?.map(|event| event.kind()), Some(Accepted));
        assert!(peers.join().is_ok_and(|peers| peers.is_ok()));
        Ok(())
    })
}

#[test]
fn hazard_45_monitor_undrained_thousands_of_queued_events_block_nothing() -> Result<()> {
    const BINDS: usize = 3_000;
    in_time(|| {
        let context = context()?;
        let (server, monitor) = monitored(&context)?;
        for _ in 0..BINDS {
            let endpoint = server.bind("tcp://127.0.0.1:*")?;
            server.unbind(&endpoint)?;
        }
        drop(server);
        let kinds = kinds(monitor)?;
        assert_eq!(kinds.iter().filter(|&&kind| kind == Listening).count(), BINDS);
        assert_eq!(kinds.iter().filter(|&&kind| kind == Closed).count(), BINDS);
        assert_eq!(kinds.last(), Some(&MonitorStopped));
        assert_eq!(context.terminate(PATIENCE), Ok(()));
        Ok(())
    })
}

#[test]
fn hazard_46_monitor_receiver_first_does_not_stop_the_reaper() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    drop(monitor);
    drop(server);
    // The reaper frees the port. In plain libzmq it would hang, and no later socket would be closed.
    let next = context.socket(Rep)?;
    eventually("the port is free", || next.bind(&endpoint).is_ok());
    drop(next);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn hazard_47_monitor_addr_clash_monitors_of_many_sockets_coexist() -> Result<()> {
    let contexts = [context()?, context()?];
    let monitored: Vec<_> = (0..40).map(|index| monitored(&contexts[index % contexts.len()])).collect::<Result<_>>()?;
    for (server, monitor) in &monitored {
        let endpoint = server.bind("tcp://127.0.0.1:*")?;
        let event = monitor.recv_timeout(PATIENCE)?;
        assert_eq!(event.map(|event| event.endpoint().to_owned()), Some(endpoint.as_str().to_owned()));
    }
    Ok(())
}

#[test]
fn the_second_monitor_replaces_the_first() -> Result<()> {
    let context = context()?;
    let server = context.socket(Rep)?;
    let first = server.monitor(MonitorEvents::LISTENING)?;
    server.bind("tcp://127.0.0.1:*")?;
    let second = server.monitor(MonitorEvents::LISTENING)?;
    server.bind("tcp://127.0.0.1:*")?;
    assert_eq!(first.recv()?.kind(), Listening);
    assert_eq!(first.recv().unwrap_err().kind(), ErrorKind::Ended);
    // The drop of the first monitor does not affect the second one.
    drop(first);
    server.bind("tcp://127.0.0.1:*")?;
    assert_eq!([second.recv()?.kind(), second.recv()?.kind()], [Listening; 2]);
    drop(server);
    assert_eq!(kinds(second)?, []);
    Ok(())
}

#[test]
fn monitors_that_replace_each_other_leak_nothing() -> Result<()> {
    let context = Context::builder().linger(Duration::ZERO).max_sockets(8).build()?;
    let server = context.socket(Rep)?;
    let mut latest = server.monitor(MonitorEvents::all())?;
    for _ in 0..200 {
        // libzmq frees the slot of a socket a little after its close.
        let mut next = server.monitor(MonitorEvents::all());
        let start = Instant::now();
        while next.as_ref().is_err_and(|error| error.kind() == ErrorKind::LimitReached) {
            assert!(start.elapsed() < PATIENCE, "libzmq did not free the slots");
            next = server.monitor(MonitorEvents::all());
        }
        latest = next?;
    }
    server.bind("tcp://127.0.0.1:*")?;
    assert_eq!(latest.recv()?.kind(), Listening);
    Ok(())
}

#[test]
fn the_end_is_reported_on_every_receive() -> Result<()> {
    let (server, mut monitor) = monitored(&context()?)?;
    drop(server);
    assert_eq!(monitor.recv()?.kind(), MonitorStopped);
    for _ in 0..2 {
        let error = monitor.recv().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ended);
        let text = "cannot monitor the socket: the monitored socket was closed, or another monitor replaced this one \
                    (ENOTSOCK)";
        assert_eq!(error.to_string(), text);
        assert_eq!(monitor.try_recv().unwrap_err().kind(), ErrorKind::Ended);
        assert_eq!(monitor.recv_timeout(PATIENCE).unwrap_err().kind(), ErrorKind::Ended);
        assert!(monitor.next().is_none());
    }
    Ok(())
}

#[test]
fn a_shutdown_ends_a_blocked_monitor() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    let waiting = thread::spawn(move || monitor.count());
    let (other, idle) = monitored(&context)?;
    context.shutdown();
    assert_eq!(in_time(|| waiting.join()).ok(), Some(0));
    assert!(idle.recv().unwrap_err().is_terminated());
    assert!(idle.try_recv().unwrap_err().is_terminated());
    assert!(server.monitor(MonitorEvents::all()).unwrap_err().is_terminated());
    drop((idle, other, server));
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn a_termination_waits_for_monitors_and_counts_them() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    assert_eq!(context.open_sockets().len(), 1);
    let still_open = context.terminate(Duration::ZERO).unwrap_err();
    assert_eq!((still_open.sockets().len(), still_open.monitors()), (1, 1));
    assert_eq!(still_open.to_string(), "1 socket is still open: REP; and 1 monitor");
    drop(server);
    let still_open = context.terminate(Duration::ZERO).unwrap_err();
    assert_eq!(still_open.to_string(), "1 monitor is still open");
    let waiting = thread::spawn(move || context.terminate(PATIENCE));
    drop(monitor);
    assert_eq!(in_time(|| waiting.join()).ok(), Some(Ok(())));
    Ok(())
}

#[test]
fn a_monitor_keeps_the_context_open() -> Result<()> {
    let (server, monitor) = monitored(&context()?)?;
    server.bind("tcp://127.0.0.1:*")?;
    drop(server);
    assert_eq!(kinds(monitor)?, [Listening, Closed, MonitorStopped]);
    Ok(())
}

#[test]
fn a_monitor_counts_as_two_sockets_of_the_limit() -> Result<()> {
    let context = Context::builder().max_sockets(3).build()?;
    let (server, _monitor) = monitored(&context)?;
    let error = context.socket(Req).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    let error = server.monitor(MonitorEvents::all()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    let text = "cannot monitor the socket: 2 more sockets would exceed the 3 that max_sockets allows (EMFILE)";
    assert_eq!(error.to_string(), text);
    Ok(())
}

#[test]
fn a_socket_and_its_monitor_work_on_different_threads() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    let watching = thread::spawn(move || kinds(monitor));
    let serving = thread::spawn(move || {
        let endpoint = server.bind("tcp://127.0.0.1:*")?;
        context.socket(Req)?.connect_and_wait(&endpoint, PATIENCE)?;
        thread::spawn(move || drop(server)).join().map_err(drop).ok();
        Ok::<(), zmq::Error>(())
    });
    assert!(in_time(|| serving.join()).is_ok_and(|served| served.is_ok()));
    let reported = in_time(|| watching.join()).unwrap_or_else(|_| panic!("the watcher panicked"))?;
    for kind in [Listening, Accepted, HandshakeSucceeded, Closed, MonitorStopped] {
        assert!(reported.contains(&kind), "{kind} is missing in {reported:?}");
    }
    Ok(())
}

#[test]
fn a_monitor_can_be_stopped_while_its_socket_works_on_another_thread() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pull)?, context.socket(Push)?);
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    let (monitors, to_drop) = mpsc::sync_channel::<Monitor>(1);
    let dropping = thread::spawn(move || to_drop.into_iter().map(drop).count());
    client.connect(&endpoint)?;
    for number in 0..2_000_u32 {
        let monitor = server.monitor(MonitorEvents::all())?;
        assert!(monitors.send(monitor).is_ok());
        client.send(number.to_ne_bytes())?;
        assert_eq!(server.recv_timeout(PATIENCE)?.as_deref(), Some(&number.to_ne_bytes()[..]));
    }
    drop(monitors);
    assert_eq!(in_time(|| dropping.join()).ok(), Some(2_000));
    Ok(())
}

#[test]
fn a_lingering_socket_is_monitored_until_it_is_closed() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Push)?;
    socket.set_linger(Some(Duration::from_millis(200)))?.set_reconnect_interval(Some(Duration::from_millis(5)))?;
    let monitor = socket.monitor(MonitorEvents::CONNECT_RETRIED | MonitorEvents::MONITOR_STOPPED)?;
    socket.connect(dead_endpoint()?)?;
    socket.send("never delivered")?;
    drop(socket);
    let reported = kinds(monitor)?;
    assert!(reported.iter().filter(|&&kind| kind == ConnectRetried).count() > 3, "{reported:?}");
    assert_eq!(reported.last(), Some(&MonitorStopped));
    Ok(())
}

#[test]
fn a_monitor_does_not_wait_for_a_lingering_socket() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Push)?;
    socket.set_linger(None)?.set_reconnect_interval(Some(Duration::from_millis(1)))?;
    let monitor = socket.monitor(MonitorEvents::all())?;
    let endpoint = socket.connect(dead_endpoint()?)?;
    socket.send("delivered after all")?;
    drop(socket);
    in_time(move || drop(monitor));
    // libzmq continues to send events, and the socket is not blocked by them.
    let sink = context.socket(Pull)?;
    sink.bind(&endpoint)?;
    assert_eq!(sink.recv_timeout(PATIENCE)?.as_deref(), Some(&b"delivered after all"[..]));
    drop(sink);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn the_release_of_a_socket_to_c_code_ends_its_monitor() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    let handle = server.into_raw();
    assert_eq!(kinds(monitor)?, [MonitorStopped]);
    // SAFETY: the socket was just released by `into_raw`, and nothing else closes it.
    assert_eq!(unsafe { zmq::sys::zmq_close(handle) }, 0);
    Ok(())
}

#[test]
fn a_monitored_socket_can_be_erased() -> Result<()> {
    let context = context()?;
    let (server, monitor) = monitored(&context)?;
    let server = server.erase();
    assert_eq!(server.socket_type(), SocketType::Rep);
    server.bind("tcp://127.0.0.1:*")?;
    assert_eq!(monitor.recv()?.kind(), Listening);
    Ok(())
}

#[test]
fn a_monitor_is_send() {
    fn assert_send<T: Send>() {}
    assert_send::<Monitor>();
}

#[cfg(target_os = "linux")]
fn descriptors_and_threads() -> (usize, usize) {
    let count = |directory| fs::read_dir(directory).map(Iterator::count).unwrap_or(0);
    (count("/proc/self/fd"), count("/proc/self/task"))
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_monitors_leak_no_descriptor_and_no_thread() {
    const CYCLES: usize = 10_000;
    in_child(this_test!(), || {
        let cycle = |context: &Context, number: usize| -> Result<()> {
            let (server, monitor) = monitored(context)?;
            server.bind("tcp://127.0.0.1:*")?;
            match number % 4 {
                0 => drop((server, monitor)),
                1 => drop((monitor, server)),
                2 => drop((monitor.recv()?, server, monitor)),
                _ => {
                    drop(server);
                    assert_eq!(monitor.last().transpose()?.map(|event| event.kind()), Some(MonitorStopped));
                }
            }
            Ok(())
        };
        let run = || -> Result<()> {
            let context = context()?;
            cycle(&context, 0)?;
            // libzmq closes descriptors a little after their socket.
            let mut before = (0, 0);
            eventually("the first cycle's descriptors are closed", || {
                let now = descriptors_and_threads();
                now == std::mem::replace(&mut before, now)
            });
            for number in 0..CYCLES {
                cycle(&context, number)?;
            }
            eventually("the descriptors and threads are released", || descriptors_and_threads() <= before);
            assert_eq!(context.terminate(PATIENCE), Ok(()));
            Ok(())
        };
        assert_eq!(run().map_err(|error| error.to_string()), Ok(()));
    });
}
