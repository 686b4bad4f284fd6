//! Faults that no program without `unsafe` may cause: aborts, hangs, panics, undefined behaviour.

#[cfg(unix)]
use std::os::fd::AsRawFd;
use std::sync::mpsc;
use std::time::Duration;

use zmq::{
    Context, Dealer, ErrorKind, Message, MonitorEventKind, MonitorEvents, Pair, Pull, Push, Rep, Result, Router,
    SocketType, Stream, Sub, Subscription, XPub, XSub,
};

use crate::common::{PATIENCE, context, eventually, free, in_child, in_time, lacks, process_commands, take, this_test};

/// The owner of a message, which calls a closure when it is dropped.
struct Owner {
    bytes: Vec<u8>,
    dropped: Option<Box<dyn FnOnce() + Send>>,
}

impl Owner {
    fn message(dropped: impl FnOnce() + Send + 'static) -> Message {
        Message::from_owner(Self { bytes: vec![7; 1000], dropped: Some(Box::new(dropped)) })
    }
}

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(dropped) = self.dropped.take() {
            dropped();
        }
    }
}

#[test]
fn a_router_does_not_disconnect_a_connection_that_waits_for_a_bind() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        for socket_type in [SocketType::Router, SocketType::Rep] {
            let name = free("inproc");
            let waiting = context.socket(socket_type).unwrap();
            waiting.connect(&name).unwrap();
            for leave in [zmq::Socket::disconnect, zmq::Socket::unbind] {
                let error = leave(&waiting, &name).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::WrongState);
                process_commands(&waiting);
            }
            let bound = context.socket(Dealer).unwrap();
            bound.bind(&name).unwrap();
            waiting.disconnect(&name).unwrap();
        }
    });
}

#[test]
fn other_sockets_disconnect_a_connection_that_waits_for_a_bind() -> Result<()> {
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let name = free("inproc");
    source.connect(&name)?;
    source.disconnect(&name)?;
    process_commands(&source);
    sink.bind(&name)?;
    source.connect(&name)?;
    source.send("again")?;
    assert_eq!(take(&sink)?, "again");
    Ok(())
}

#[test]
fn a_pair_socket_does_not_bind_a_name_for_which_routers_wait() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let name = free("inproc");
        let (one, other) = (context.socket(Router).unwrap(), context.socket(Rep).unwrap());
        one.connect(&name).unwrap();
        other.connect(&name).unwrap();
        let pair = context.socket(Pair).unwrap();
        assert_eq!(pair.bind(&name).unwrap_err().kind(), ErrorKind::WrongState);
        // Sockets that are compatible with a ROUTER can bind the name.
        context.socket(Dealer).unwrap().bind(&name).unwrap();
        // A PAIR socket can bind a name for which any number of PAIR sockets wait.
        let name = free("inproc");
        let waiting = [context.socket(Pair).unwrap(), context.socket(Pair).unwrap()];
        waiting.iter().for_each(|socket| drop(socket.connect(&name).unwrap()));
        pair.bind(&name).unwrap();
        waiting[0].send("hello").unwrap();
        assert_eq!(take(&pair).unwrap(), "hello");
    });
}

#[test]
fn a_subscriber_may_leave_before_a_publisher_with_a_welcome_message_binds() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let name = free("inproc");
        let gone = context.socket(Sub).unwrap();
        gone.connect(&name).unwrap();
        gone.disconnect(&name).unwrap();
        process_commands(&gone);
        let publisher = context.socket(XPub).unwrap();
        publisher.set_welcome_message("hello").unwrap().bind(&name).unwrap();
        // A later subscriber still receives the welcome message.
        let subscriber = context.socket(Sub).unwrap();
        subscriber.subscribe("").unwrap().connect(&name).unwrap();
        assert_eq!(publisher.recv_subscription().unwrap(), Subscription::Subscribe("".into()));
        assert_eq!(take(&subscriber).unwrap(), "hello");
    });
}

#[test]
fn a_conflating_socket_does_not_wait_for_a_bind() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let name = free("inproc");
        let source = context.socket(Push).unwrap();
        source.set_conflate(true).unwrap();
        assert_eq!(source.connect(&name).unwrap_err().kind(), ErrorKind::WrongState);
        let closed = context.open_sockets().len();
        drop(source);
        eventually("the socket is closed", || context.open_sockets().len() < closed);
        let sink = context.socket(Pull).unwrap();
        sink.bind(&name).unwrap();
        let source = context.socket(Push).unwrap();
        source.set_conflate(true).unwrap().connect(&name).unwrap();
        source.send("newest").unwrap();
        assert_eq!(take(&sink).unwrap(), "newest");
    });
}

#[test]
fn a_stream_socket_has_no_inproc_connections() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (stream, source) = (context.socket(Stream).unwrap(), context.socket(Push).unwrap());
        let name = free("inproc");
        assert_eq!(stream.bind(&name).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
        source.bind(&name).unwrap();
        assert_eq!(stream.connect(&name).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
        assert_eq!(stream.connect_as(&name, "peer").unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
    });
}

#[test]
fn a_websocket_cannot_use_gssapi() {
    in_child(this_test!(), || {
        if lacks(zmq::Capability::Ws) || lacks(zmq::Capability::Gssapi) {
            return;
        }
        let context = context().unwrap();
        let (source, sink) = (context.socket(Push).unwrap(), context.socket(Pull).unwrap());
        let endpoint = sink.bind("ws://127.0.0.1:*").unwrap();
        source.set_gssapi_principal("nobody").unwrap();
        assert_eq!(source.connect(&endpoint).unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
    });
}

#[test]
fn a_long_message_of_an_xsub_socket_does_not_overflow_the_stack() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (publisher, subscriber) = (context.socket(XPub).unwrap(), context.socket(XSub).unwrap());
        subscriber.connect(publisher.bind(free("inproc")).unwrap()).unwrap();
        let safe = zmq::version() >= zmq::Version { major: 4, minor: 3, patch: 5 };
        let long = vec![1; 1_000_000];
        let sent = subscriber.send(long.clone());
        assert_eq!(sent.is_ok(), safe);
        if let Err(refused) = sent {
            assert_eq!((refused.kind(), refused.message.len()), (ErrorKind::InvalidInput, 1_000_000));
        }
        assert_eq!(subscriber.send(&long[..]).is_ok(), safe);
        assert_eq!(subscriber.send_multipart([long]).is_ok(), safe);
        // A message that is not a subscription may have any length.
        subscriber.send(vec![2; 1_000_000]).unwrap();
        in_time(move || drop((publisher, subscriber)));
        context.terminate(PATIENCE).unwrap();
    });
}

#[test]
fn terminate_in_the_drop_of_an_owner_does_not_wait_for_its_own_thread() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind(free("tcp"))?)?;
    let (told, outcome) = mpsc::channel();
    let within = context.clone();
    // A thread of libzmq drops the owner when the message is on the network.
    source.send(Owner::message(move || told.send(within.terminate(None).is_err()).unwrap_or_default()))?;
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok(true));
    drop((sink, source));
    assert!(context.terminate(PATIENCE).is_ok());
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_context_without_descriptors_for_its_threads_is_an_error() {
    in_child(this_test!(), || {
        for left in 0..16 {
            let files = all_but(left);
            let context = Context::builder().io_threads(2).linger(Duration::ZERO).build();
            let opened = context.and_then(|context| context.socket(Push).map(drop));
            drop(files);
            match opened {
                Ok(()) => assert!(left > 6, "{left} descriptors are enough"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::LimitReached, "{error}"),
            }
        }
    });
}

#[test]
#[cfg(unix)]
fn a_bind_without_descriptors_is_an_error() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let socket = context.socket(Pull).unwrap();
        for left in 0..4 {
            for endpoint in ["tcp://127.0.0.1:*", "tcp://*:*", "tcp://lo:*", "ipc://*", "ws://127.0.0.1:*"] {
                let files = all_but(left);
                let bound = socket.bind(endpoint);
                drop(files);
                if let Err(error) = bound {
                    let kinds = [ErrorKind::LimitReached, ErrorKind::NoSuchDevice, ErrorKind::UnsupportedProtocol];
                    assert!(left < 3 || kinds[1..].contains(&error.kind()), "{left} descriptors are enough: {error}");
                    assert!(kinds.contains(&error.kind()), "{error}");
                }
            }
        }
    });
}

/// Opens files until only `left` descriptors are left.
#[cfg(unix)]
fn all_but(left: usize) -> Vec<std::fs::File> {
    let limit = libc::rlimit { rlim_cur: 128, rlim_max: 128 };
    // SAFETY: the pointer is to a limit that outlives the call.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
    let mut files: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    files.truncate(files.len() - left);
    files
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_cannot_be_spawned_is_an_error_of_the_builder() {
    in_child(this_test!(), || {
        let sizes = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = sizes.split(' ').next().unwrap().parse().unwrap();
        // The limit leaves less than the stack of a thread.
        let most = pages * 4096 + (1 << 20);
        let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: the pointer is to a limit that outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
        assert!(Context::builder().thread_priority(0).build().is_err());
    });
}

#[test]
#[cfg(target_os = "linux")]
fn hazard_fd_misuse_changes_of_the_event_descriptor_do_not_affect_libzmq() {
    in_child(this_test!(), || {
        use std::io::{Read, Write};

        let context = context().unwrap();
        let (sink, source) = (context.socket(Pull).unwrap(), context.socket(Push).unwrap());
        let mut file = std::fs::File::from(sink.event_fd().unwrap().try_clone_to_owned().unwrap());
        source.connect(sink.bind(free("inproc")).unwrap()).unwrap();
        for number in 0..3 {
            source.send([number]).unwrap();
            assert!(file.read(&mut [0; 8]).is_err() && file.write(&7_u64.to_ne_bytes()).is_err());
            assert_eq!(take(&sink).unwrap(), [number]);
        }
    });
}

#[test]
#[cfg(target_os = "linux")]
fn hazard_fd_misuse_changes_of_the_descriptor_of_a_monitor_do_not_affect_libzmq() {
    in_child(this_test!(), || {
        use std::io::{Read, Write};

        let context = context().unwrap();
        let socket = context.socket(Pull).unwrap();
        let monitor = socket.monitor(MonitorEvents::LISTENING).unwrap();
        let mut file = std::fs::File::from(monitor.event_fd().unwrap().try_clone_to_owned().unwrap());
        for _ in 0..3 {
            socket.bind("tcp://127.0.0.1:*").unwrap();
            assert!(file.read(&mut [0; 8]).is_err() && file.write(&7_u64.to_ne_bytes()).is_err());
            let event = monitor.recv_timeout(PATIENCE).unwrap();
            assert_eq!(event.map(|event| event.kind()), Some(MonitorEventKind::Listening));
        }
    });
}

#[test]
#[cfg(target_os = "linux")]
fn without_descriptors_a_reactor_and_event_descriptors_are_errors() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let socket = context.socket(Pull).unwrap();
        let monitor = socket.monitor(MonitorEvents::all()).unwrap();
        let make = || {
            let reactor = zmq::Reactor::<()>::new().map(drop);
            [reactor, socket.event_fd().map(drop), monitor.event_fd().map(drop)]
        };
        let files = all_but(0);
        let refused = make();
        drop(files);
        for result in refused {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::LimitReached);
        }
        assert!(make().iter().all(Result::is_ok));
    });
}

#[test]
#[cfg(unix)]
fn the_event_descriptor_is_readable_at_each_change() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    source.connect(sink.bind(free("inproc"))?)?;
    let mut polled = libc::pollfd { fd: sink.event_fd()?.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    for number in 0..3 {
        while sink.events()?.is_readable() || wait_readable(&mut polled, 0) {}
        source.send([number])?;
        assert!(wait_readable(&mut polled, 10_000), "message {number} is signalled");
        assert!(sink.events()?.is_readable());
        assert_eq!(sink.try_recv()?.as_deref(), Some(&[number][..]));
    }
    Ok(())
}

#[cfg(unix)]
fn wait_readable(polled: &mut libc::pollfd, milliseconds: i32) -> bool {
    // SAFETY: the pointer is to one item, which outlives the call.
    unsafe { libc::poll(polled, 1, milliseconds) == 1 }
}

#[test]
fn an_endpoint_that_could_not_be_read_back_is_refused() -> Result<()> {
    let context = context()?;
    let (bound, connected) = (context.socket(Pull)?, context.socket(Push)?);
    let name = |len: usize| format!("inproc://{}", "x".repeat(len - 9));
    assert_eq!(bound.bind(name(8192)).unwrap_err().kind(), ErrorKind::NameTooLong);
    assert_eq!(connected.connect(name(8192)).unwrap_err().kind(), ErrorKind::NameTooLong);
    connected.connect(bound.bind(name(8191))?)?;
    connected.send("hello")?;
    assert_eq!(take(&bound)?, "hello");
    Ok(())
}

#[test]
fn the_raw_message_does_not_print_uninitialised_memory() {
    let mut message = std::mem::MaybeUninit::<zmq::sys::zmq_msg_t>::uninit();
    // SAFETY: the call initialises the structure and cannot fail.
    unsafe { zmq::sys::zmq_msg_init(message.as_mut_ptr()) };
    // SAFETY: the structure was just initialised. The message is empty and needs no close.
    let message = unsafe { message.assume_init() };
    assert!(!format!("{message:?}").contains("0, "), "{message:?}");
}

#[test]
fn a_partly_received_message_is_completed_after_a_disconnect() {
    in_child(this_test!(), || {
        for transport in ["inproc", "tcp"] {
            let context = context().unwrap();
            let (sink, source, other) =
                (context.socket(Pull).unwrap(), context.socket(Push).unwrap(), context.socket(Push).unwrap());
            let endpoint = source.bind(free(transport)).unwrap();
            sink.connect(&endpoint).unwrap();
            sink.connect(other.bind(free("inproc")).unwrap()).unwrap();
            source.send_multipart(["one", "two", "three"]).unwrap();
            assert_eq!(take(&sink).unwrap(), "one");
            sink.disconnect(&endpoint).unwrap();
            assert!(sink.events().unwrap().is_readable() && sink.recv_more().unwrap());
            eventually("messages of the other connection pass", || other.try_send("after").is_ok());
            let frames = [take(&sink).unwrap(), take(&sink).unwrap()];
            assert_eq!((&frames[0], frames[0].more()), (&Message::from("two"), true));
            assert_eq!((&frames[1], frames[1].more()), (&Message::from("three"), false));
            assert!(!sink.recv_more().unwrap());
            assert_eq!(take(&sink).unwrap(), "after");
        }
    });
}

#[test]
fn a_message_fetched_by_a_check_for_readiness_is_whole_after_a_disconnect() {
    in_child(this_test!(), || {
        let cases = [
            (SocketType::Sub, SocketType::XPub),
            (SocketType::XSub, SocketType::XPub),
            (SocketType::Router, SocketType::Dealer),
        ];
        for (sink, source) in cases {
            let context = context().unwrap();
            let (sink, source) = (context.socket(sink).unwrap(), context.socket(source).unwrap());
            let endpoint = source.bind(free("tcp")).unwrap();
            sink.connect(&endpoint).unwrap();
            match sink.socket_type() {
                SocketType::Sub => drop(sink.subscribe("").unwrap()),
                SocketType::XSub => sink.send([1]).unwrap(),
                _ => {}
            }
            if source.socket_type() == SocketType::XPub {
                take(&source).unwrap();
            }
            source.send_multipart(["one", "two"]).unwrap();
            eventually("the message arrives", || sink.events().unwrap().is_readable());
            sink.disconnect(&endpoint).unwrap();
            assert_eq!(zmq::poll(&mut [zmq::PollItem::new(&sink, zmq::Events::READABLE)], PATIENCE).unwrap(), 1);
            let received = sink.recv_multipart().unwrap();
            assert_eq!(received[received.len() - 2..], [Message::from("one"), Message::from("two")]);
            assert_eq!(sink.try_recv().unwrap(), None);
        }
    });
}
