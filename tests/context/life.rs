//! The life of a context: the order of drops, the effects of a shutdown, and the waits of a termination.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq::{Context, Dealer, ErrorKind, Pair, Pull, Push, Result, Socket, SocketType, Sub};

use crate::common::{PATIENCE, context, dead_endpoint, eventually, free, in_time, pair, take};

#[test]
fn a_context_can_be_dropped_before_its_sockets() -> Result<()> {
    let context = context()?;
    let (sink, source) = pair(&context, "tcp", (Pull, Push))?;
    drop(context);
    source.send("still here")?;
    assert_eq!(take(&sink)?, "still here");
    Ok(())
}

#[test]
fn a_socket_that_outlives_every_other_handle_can_access_its_context() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pair)?;
    drop(context);
    let other = socket.context().socket(Pair)?;
    other.connect(socket.bind("inproc://late")?)?;
    other.send("late")?;
    assert_eq!(take(&socket)?, "late");
    Ok(())
}

#[test]
fn a_shutdown_before_the_first_socket_refuses_it() -> Result<()> {
    let context = context()?;
    context.shutdown();
    assert!(context.is_shut_down());
    let error = context.socket(Push).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContextTerminated);
    assert_eq!(error.to_string(), "cannot open a socket of type PUSH: the context was terminated (ETERM)");
    Ok(())
}

#[test]
fn a_shutdown_can_be_repeated_and_followed_by_a_termination() -> Result<()> {
    let context = context()?;
    drop(context.socket(Push)?);
    for _ in 0..3 {
        context.shutdown();
        assert!(context.is_shut_down());
    }
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    context.shutdown();
    assert!(context.socket(Push).unwrap_err().is_terminated());
    Ok(())
}

#[test]
fn a_shutdown_on_one_handle_is_seen_by_its_clones() -> Result<()> {
    let context = context()?;
    let clone = context.clone();
    context.shutdown();
    assert!(clone.is_shut_down());
    assert!(clone.socket(Push).unwrap_err().is_terminated());
    Ok(())
}

/// Shuts the context down while another thread is in `call`, and returns the error of the call.
fn shut_down_during(
    context: &Context,
    socket: Socket<zmq::Any>,
    call: impl FnOnce(&Socket<zmq::Any>) -> Option<ErrorKind> + Send + 'static,
) -> Option<ErrorKind> {
    let (sender, started) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = sender.send(task_id());
        call(&socket)
    });
    let task = started.recv_timeout(PATIENCE).unwrap_or_default();
    eventually("the other thread waits", || is_asleep(task));
    context.shutdown();
    in_time(|| worker.join().ok().flatten())
}

#[cfg(target_os = "linux")]
fn task_id() -> u32 {
    let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    link.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or_default()
}

/// Returns `true` if a thread sleeps in the kernel, which means that its call waits.
#[cfg(target_os = "linux")]
fn is_asleep(task: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{task}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with('S'))
}

#[cfg(not(target_os = "linux"))]
fn task_id() -> u32 {
    0
}

/// This system offers no check. The outcome is the same if the call has not begun to wait.
#[cfg(not(target_os = "linux"))]
fn is_asleep(_task: u32) -> bool {
    true
}

#[test]
fn a_shutdown_ends_a_blocked_receive() -> Result<()> {
    let context = context()?;
    let socket = context.socket(SocketType::Pull)?;
    let kind = shut_down_during(&context, socket, |socket| socket.recv().err().map(|error| error.kind()));
    assert_eq!(kind, Some(ErrorKind::ContextTerminated));
    Ok(())
}

#[test]
fn a_shutdown_ends_a_blocked_receive_with_a_timeout() -> Result<()> {
    let context = context()?;
    let socket = context.socket(SocketType::Pull)?;
    let kind = shut_down_during(&context, socket, |socket| {
        socket.recv_timeout(Duration::from_secs(3600)).err().map(|error| error.kind())
    });
    assert_eq!(kind, Some(ErrorKind::ContextTerminated));
    Ok(())
}

#[test]
fn a_shutdown_ends_a_blocked_send_which_returns_the_message() -> Result<()> {
    let context = context()?;
    let socket = context.socket(SocketType::Push)?;
    let kind = shut_down_during(&context, socket, |socket| {
        let refused = socket.send("nobody listens").err()?;
        assert_eq!(refused.message, "nobody listens");
        Some(refused.kind())
    });
    assert_eq!(kind, Some(ErrorKind::ContextTerminated));
    Ok(())
}

#[test]
fn every_call_after_a_shutdown_fails_immediately() -> Result<()> {
    type Call = fn(&Socket<Dealer>) -> Result<()>;
    let calls: &[(&str, Call)] = &[
        ("send", |socket| Ok(socket.send("x")?)),
        ("try_send", |socket| Ok(socket.try_send("x")?)),
        ("send_timeout", |socket| Ok(socket.send_timeout("x", PATIENCE)?)),
        ("send_more", |socket| Ok(socket.send_more("x")?)),
        ("send_multipart", |socket| Ok(socket.send_multipart(["x", "y"])?)),
        ("try_send_multipart", |socket| Ok(socket.try_send_multipart(["x", "y"])?)),
        ("send_multipart_timeout", |socket| Ok(socket.send_multipart_timeout(["x", "y"], PATIENCE)?)),
        ("recv", |socket| socket.recv().map(drop)),
        ("try_recv", |socket| socket.try_recv().map(drop)),
        ("recv_timeout", |socket| socket.recv_timeout(PATIENCE).map(drop)),
        ("recv_into", |socket| socket.recv_into(&mut zmq::Message::new())),
        ("recv_slice", |socket| socket.recv_slice(&mut [0; 8]).map(drop)),
        ("recv_many", |socket| socket.recv_many(&mut Vec::new(), 8).map(drop)),
        ("recv_multipart", |socket| socket.recv_multipart().map(drop)),
        ("try_recv_multipart", |socket| socket.try_recv_multipart().map(drop)),
        ("recv_multipart_timeout", |socket| socket.recv_multipart_timeout(PATIENCE).map(drop)),
        ("set_recv_timeout", |socket| socket.set_recv_timeout(None).map(drop)),
        ("send_hwm", |socket| socket.send_hwm().map(drop)),
        ("set_linger", |socket| socket.set_linger(None).map(drop)),
        ("bind", |socket| socket.bind("inproc://other").map(drop)),
        ("connect", |socket| socket.connect("inproc://other").map(drop)),
        ("unbind", |socket| socket.unbind("inproc://calls")),
        ("disconnect", |socket| socket.disconnect("inproc://calls")),
        ("socket", |socket| socket.context().socket(Push).map(drop)),
        ("io_threads", |socket| socket.context().io_threads().map(drop)),
    ];
    for (name, call) in calls {
        let context = context()?;
        let socket = context.socket(Dealer)?;
        let peer = context.socket(Dealer)?;
        peer.connect(socket.bind("inproc://calls")?)?;
        // Messages to receive and room to send make no difference.
        peer.send("waiting")?;
        context.shutdown();
        let error = call(&socket).err().unwrap_or_else(|| panic!("{name} succeeded after a shutdown"));
        assert_eq!(error.kind(), ErrorKind::ContextTerminated, "{name}");
        assert!(error.to_string().ends_with("the context was terminated (ETERM)"), "{name}: {error}");
    }
    Ok(())
}

#[test]
fn a_termination_names_the_open_sockets() -> Result<()> {
    let context = context()?;
    let push = context.socket(Push)?;
    let bound = push.bind("tcp://127.0.0.1:*")?;
    let sub = context.socket(Sub)?;
    sub.connect(&bound)?;
    sub.connect("inproc://elsewhere")?;
    let still_open = context.terminate(Duration::ZERO).unwrap_err();
    assert_eq!(
        still_open.to_string(),
        format!("2 sockets are still open: PUSH at {bound}; SUB at {bound}, inproc://elsewhere")
    );
    let [first, second] = still_open.sockets() else { panic!("{still_open:?}") };
    assert_eq!((first.socket_type(), second.socket_type()), (SocketType::Push, SocketType::Sub));
    assert_eq!((first.bound(), first.connected()), (&[bound][..], &[][..]));
    assert_eq!(second.connected()[1], "inproc://elsewhere");
    drop(push);
    let still_open = context.terminate(Duration::from_millis(1)).unwrap_err();
    assert_eq!(still_open.sockets().len(), 1);
    drop(sub);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    assert_eq!(context.terminate(None), Ok(()));
    assert!(context.as_ptr().is_null());
    Ok(())
}

#[test]
fn the_list_of_open_sockets_follows_opens_binds_disconnects_and_drops() -> Result<()> {
    let context = context()?;
    assert_eq!(context.open_sockets(), []);
    let socket = context.socket(Pull)?;
    let endpoint = socket.bind("tcp://127.0.0.1:*")?;
    assert_eq!(context.open_sockets()[0].to_string(), format!("PULL at {endpoint}"));
    socket.unbind(&endpoint)?;
    socket.connect("inproc://there")?;
    assert_eq!(context.open_sockets()[0].to_string(), "PULL at inproc://there");
    socket.disconnect("inproc://there")?;
    assert_eq!(context.open_sockets()[0].to_string(), "PULL");
    drop(socket);
    assert_eq!(context.open_sockets(), []);
    Ok(())
}

#[test]
fn a_termination_waits_for_a_socket_on_another_thread() -> Result<()> {
    let context = context()?;
    let socket = context.socket(Pull)?;
    let worker = thread::spawn(move || socket.recv().map_err(|error| error.kind()));
    let terminating = context.clone();
    assert_eq!(in_time(move || terminating.terminate(None)), Ok(()));
    assert_eq!(worker.join().ok(), Some(Err(ErrorKind::ContextTerminated)));
    Ok(())
}

#[test]
fn a_termination_waits_for_lingering_messages() -> Result<()> {
    let (ours, theirs) = (Context::new()?, context()?);
    let sink = theirs.socket(Pull)?;
    let source = ours.socket(Push)?;
    source.connect(sink.bind("tcp://127.0.0.1:*")?)?;
    for number in 0..500_u32 {
        source.send([&number.to_le_bytes()[..], &[7; 20_000]].concat())?;
    }
    drop(source);
    assert_eq!(ours.terminate(PATIENCE), Ok(()));
    for number in 0..500_u32 {
        let message = take(&sink)?;
        assert_eq!((&message[..4], message.len()), (&number.to_le_bytes()[..], 20_004));
    }
    Ok(())
}

#[test]
fn a_termination_reports_lingering_messages_and_succeeds_after_the_linger_period() -> Result<()> {
    let context = Context::builder().linger(Duration::from_secs(1)).build()?;
    let socket = context.socket(Push)?;
    socket.connect(dead_endpoint()?)?;
    socket.send("undelivered")?;
    drop(socket);
    let still_open = context.terminate(Duration::ZERO).unwrap_err();
    assert_eq!(still_open.sockets(), []);
    assert_eq!(
        still_open.to_string(),
        "every socket is dropped, but unsent messages linger; set a finite linger period"
    );
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn the_drop_of_a_context_without_a_peer_ends_with_the_linger_period() -> Result<()> {
    let context = Context::builder().linger(Duration::from_millis(300)).build()?;
    let socket = context.socket(Push)?;
    socket.connect(dead_endpoint()?)?;
    socket.send("undelivered")?;
    drop(socket);
    let start = Instant::now();
    in_time(move || drop(context));
    // libzmq's clock counts whole milliseconds and may be some milliseconds ahead.
    assert!(start.elapsed() >= Duration::from_millis(250), "the drop took {:?}", start.elapsed());
    Ok(())
}

#[test]
fn the_drop_of_a_context_waits_until_the_last_message_is_sent() -> Result<()> {
    let theirs = context()?;
    let sink = theirs.socket(Pull)?;
    let endpoint = sink.bind("tcp://127.0.0.1:*")?;
    let ours = Context::new()?;
    let source = ours.socket(Push)?;
    source.connect(&endpoint)?;
    source.send(vec![9; 5_000_000])?;
    drop(source);
    drop(ours);
    assert_eq!(take(&sink)?, vec![9; 5_000_000]);
    Ok(())
}

#[test]
fn a_hundred_pairs_of_sockets_transfer_a_message_each() -> Result<()> {
    let context = context()?;
    let pairs = (0..100).map(|_| pair(&context, "inproc", (Pair, Pair))).collect::<Result<Vec<_>>>()?;
    assert_eq!(context.open_sockets().len(), 200);
    for (number, (_, sender)) in pairs.iter().enumerate() {
        sender.send(number.to_string())?;
    }
    for (number, (receiver, _)) in pairs.iter().enumerate() {
        assert_eq!(take(receiver)?, number.to_string());
    }
    Ok(())
}

#[test]
fn a_socket_may_be_opened_on_one_thread_used_on_a_second_and_dropped_on_a_third() -> Result<()> {
    let context = context()?;
    let opened = context.clone();
    let (sink, source) = in_time(move || pair(&opened, "tcp", (Pull, Push)))?;
    let source = in_time(move || source.send("moved").map(|()| source))?;
    assert_eq!(take(&sink)?, "moved");
    in_time(move || drop((sink, source)));
    assert_eq!(context.open_sockets(), []);
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn threads_may_open_sockets_shut_down_and_terminate_all_at_once() -> Result<()> {
    for round in 0..20 {
        let context = context()?;
        thread::scope(|threads| {
            for number in 0..6 {
                let context = &context;
                threads.spawn(move || {
                    loop {
                        match pair(context, "inproc", (Pair, Pair)).and_then(|(one, other)| Ok((one.send("x")?, other)))
                        {
                            Ok(_) if number < 2 => context.shutdown(),
                            Ok(_) => {}
                            Err(error) => break assert!(error.is_terminated(), "round {round}: {error}"),
                        }
                    }
                    assert_eq!(context.terminate(PATIENCE), Ok(()));
                });
            }
        });
        assert_eq!(context.open_sockets(), []);
    }
    Ok(())
}

#[test]
fn the_global_context_is_the_same_in_the_whole_process() -> Result<()> {
    let here = Context::global()?;
    let there = in_time(Context::global)?;
    assert_eq!(here, there);
    let (one, other) = pair(here, "inproc", (Pair, Pair))?;
    other.send("global")?;
    assert_eq!(take(&one)?, "global");
    Ok(())
}

#[test]
fn handles_are_equal_if_they_belong_to_the_same_context() -> Result<()> {
    let (one, other) = (context()?, context()?);
    assert_eq!(one, one.clone());
    assert_eq!(one.socket(Push)?.context(), &one);
    assert_ne!(one, other);
    Ok(())
}

#[test]
fn a_name_belongs_to_its_context() -> Result<()> {
    let (one, other) = (context()?, context()?);
    let name = free("inproc");
    let first = one.socket(Pull)?;
    let second = other.socket(Pull)?;
    first.bind(&name)?;
    second.bind(&name)?;
    let source = other.socket(Push)?;
    source.connect(&name)?;
    source.send("for the second")?;
    assert_eq!(take(&second)?, "for the second");
    assert_eq!(first.try_recv()?, None);
    Ok(())
}
