//! Names of the inproc transport that are never bound, and sockets that are dropped faster than libzmq closes them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use zmq::{Any, Context, ErrorKind, Pair, Pull, Push, Result, Socket, SocketType};

use crate::common::{context, eventually, free, in_child, in_time, take, this_test};

/// Many times the number of sockets that a context of [`few`] can hold.
const ROUNDS: usize = 300;

fn few(linger: Option<Duration>) -> Result<Context> {
    Context::builder().max_sockets(10).linger(linger).build()
}

fn connected(context: &Context, socket_type: SocketType, name: &str) -> Result<Socket<Any>> {
    let socket = context.socket(socket_type)?;
    socket.connect(name)?;
    Ok(socket)
}

#[test]
fn inproc_names_that_are_never_bound_keep_no_dropped_socket() -> Result<()> {
    let stable = SocketType::ALL.iter().filter(|kind| !kind.is_draft() && **kind != SocketType::Stream);
    for &socket_type in stable {
        let context = few(Some(Duration::ZERO))?;
        for round in 0..ROUNDS {
            let socket = connected(&context, socket_type, "inproc://never")?;
            if round % 3 == 1 {
                // Only some kinds have a peer to send to already.
                let _ = socket.try_send("lost");
            }
            // A PAIR does not accept a second peer, see `inproc-refused`.
            if round % 3 == 2 && socket_type != SocketType::Pair {
                socket.connect("inproc://never-either")?;
                // A routing ID waits to be sent when the name is bound.
                let left = socket.disconnect("inproc://never");
                let refused = matches!(socket_type, SocketType::Router | SocketType::Rep);
                assert_eq!(
                    left.map_err(|error| error.kind()),
                    if refused { Err(ErrorKind::WrongState) } else { Ok(()) }
                );
            }
        }
    }
    Ok(())
}

#[test]
fn inproc_names_keep_no_socket_that_sent_nothing_however_long_it_lingers() -> Result<()> {
    for socket_type in [SocketType::Push, SocketType::Dealer, SocketType::Pair, SocketType::Pull] {
        let context = few(None)?;
        for _ in 0..ROUNDS {
            drop(connected(&context, socket_type, "inproc://never")?);
        }
        // The context has nothing to wait for.
        assert!(context.terminate(Duration::from_secs(20)).is_ok());
    }
    Ok(())
}

#[test]
fn inproc_names_keep_messages_for_as_long_as_they_linger() -> Result<()> {
    let context = few(None)?;
    let name = "inproc://later";
    for text in ["one", "two"] {
        let source = context.socket(Push)?;
        source.connect(name)?;
        source.send(text)?;
    }
    // This socket leaves nothing behind, while the messages of the others remain.
    drop(connected(&context, SocketType::Push, name)?);
    let sink = context.socket(Pull)?;
    sink.bind(name)?;
    let mut received = [take(&sink)?, take(&sink)?];
    received.sort_by(|one, other| one.cmp(other));
    assert_eq!(received, ["one", "two"]);
    Ok(())
}

#[test]
fn inproc_names_free_sockets_once_they_lingered() -> Result<()> {
    let context = few(Some(Duration::from_millis(1)))?;
    for _ in 0..ROUNDS {
        let source = context.socket(Push)?;
        source.connect("inproc://never")?;
        source.send("lost")?;
    }
    Ok(())
}

#[test]
fn inproc_names_stay_those_of_sockets_that_still_wait() -> Result<()> {
    let context = few(Some(Duration::ZERO))?;
    let name = free("inproc");
    let waiting = context.socket(Push)?;
    waiting.connect(&name)?;
    waiting.send("patience")?;
    for _ in 0..3 {
        drop(connected(&context, SocketType::Push, &name)?);
    }
    let sink = context.socket(Pull)?;
    sink.bind(&name)?;
    assert_eq!(take(&sink)?, "patience");
    // The name is usable afterwards.
    drop((sink, waiting));
    let sink = context.socket(Pull)?;
    eventually("the name can be bound", || sink.bind(&name).is_ok());
    let source = context.socket(Push)?;
    source.connect(&name)?;
    source.send("again")?;
    assert_eq!(take(&sink)?, "again");
    Ok(())
}

#[test]
fn inproc_names_are_bound_by_the_program_at_any_time() -> Result<()> {
    in_time(|| {
        let context = context()?;
        let name = free("inproc");
        let over = AtomicBool::new(false);
        thread::scope(|threads| {
            let dropping = threads.spawn(|| -> Result<()> {
                while !over.load(Ordering::Relaxed) {
                    for socket_type in [SocketType::Push, SocketType::Router, SocketType::Pair] {
                        drop(connected(&context, socket_type, &name)?);
                    }
                }
                Ok(())
            });
            let bound = (0..300).try_for_each(|_| -> Result<()> {
                let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
                source.connect(&name)?;
                sink.bind(&name)?;
                source.send("hello")?;
                assert_eq!(take(&sink)?, "hello");
                sink.unbind(&name)
            });
            over.store(true, Ordering::Relaxed);
            dropping.join().unwrap().and(bound)
        })
    })
}

#[test]
fn inproc_names_of_a_socket_that_c_code_took_stay_its_own() -> Result<()> {
    let context = few(Some(Duration::ZERO))?;
    let name = free("inproc");
    let waiting = context.socket(Push)?;
    waiting.connect(&name)?;
    let socket = std::ptr::NonNull::new(waiting.into_raw()).unwrap();
    drop(connected(&context, SocketType::Push, &name)?);
    let sink = context.socket(Pull)?;
    sink.bind(&name)?;
    // SAFETY: the socket comes from `into_raw`, and no other owner exists.
    let waiting = unsafe { Socket::from_raw(socket, &context)? }.downcast::<Push>().unwrap();
    waiting.send("still mine")?;
    assert_eq!(take(&sink)?, "still mine");
    Ok(())
}

fn open_and_drop(context: &Context, rounds: usize) -> Result<()> {
    for round in 0..rounds {
        let socket = context.socket(Pair)?;
        if round % 2 == 0 {
            socket.bind(free("inproc"))?;
        }
    }
    Ok(())
}

#[test]
fn open_and_drop_at_full_speed_finds_room() -> Result<()> {
    open_and_drop(&context()?, 10_000)?;
    open_and_drop(&Context::builder().max_sockets(1).build()?, 1000)
}

#[test]
fn open_and_drop_on_many_threads_finds_room() -> Result<()> {
    let context = Context::builder().max_sockets(8).build()?;
    thread::scope(|threads| {
        let workers: Vec<_> = (0..4).map(|_| threads.spawn(|| open_and_drop(&context, 500))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap())
    })
}

#[cfg(unix)]
#[test]
fn open_and_drop_with_few_descriptors_finds_room() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let _first = context.socket(Pair).unwrap();
        crate::limits::lower(libc::RLIMIT_NOFILE, 40);
        open_and_drop(&context, 3000).unwrap();
        // The number of open sockets is still limited.
        let mut open = Vec::new();
        let error = loop {
            match context.socket(Pair) {
                Ok(socket) => open.push(socket),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::LimitReached);
        assert!(open.len() > 10, "{}", open.len());
    });
}

#[test]
fn open_and_drop_is_not_waited_for_where_sockets_are_open() -> Result<()> {
    let context = few(None)?;
    let open: Vec<_> = (0..10).map(|_| context.socket(Pair)).collect::<Result<_>>()?;
    let start = std::time::Instant::now();
    assert_eq!(context.socket(Pair).unwrap_err().kind(), ErrorKind::LimitReached);
    assert!(start.elapsed() < Duration::from_secs(1));
    drop(open);
    Ok(())
}

#[cfg(feature = "draft")]
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn join_elsewhere_a_join_is_an_empty_message_for_other_kinds() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let dish = context.socket(zmq::Dish).unwrap();
        dish.join("before").unwrap();
        let (pull, channel) = (context.socket(zmq::Pull).unwrap(), context.socket(zmq::Channel).unwrap());
        dish.connect(pull.bind(free("inproc")).unwrap()).unwrap();
        let late = dish.connect(free("inproc")).unwrap();
        channel.bind(late).unwrap();
        dish.join("after").unwrap().leave("before").unwrap();
        for _ in 0..3 {
            assert_eq!(take(&pull).unwrap(), "");
            assert_eq!(take(&channel).unwrap(), "");
        }
    });
}
