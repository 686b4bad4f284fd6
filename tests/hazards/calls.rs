//! Uses of libzmq that abort, hang or corrupt memory, attempted through the safe API: each is an error or harmless.
//!
//! A test runs in a child process if its hazard would end the whole process. The tests of options, signals and forks
//! contain the hazards of their areas.

use std::thread;
use std::time::{Duration, Instant};

use zmq::{Context, ErrorKind, Pair, Pub, Pull, Push, Rep, Result, Router, Socket, SocketType, Sub};

use crate::common::{PATIENCE, context, dead_endpoint, eventually, in_child, in_time, pair, take, this_test};

fn fine<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// When a context ends, libzmq binds the names of pending connections, and aborts without a free slot.
#[test]
fn ctx_term_pending_inproc_with_all_sockets_in_use() {
    in_child(this_test!(), || {
        let ends: [fn(&Context); 3] = [|_| {}, Context::shutdown, |context| drop(context.terminate(Duration::ZERO))];
        for end in ends {
            let context = fine(Context::builder().max_sockets(3).build());
            let sockets: Vec<Socket<Push>> = (0..3).map(|_| fine(context.socket(Push))).collect();
            for (index, socket) in sockets.iter().enumerate() {
                fine(socket.connect("inproc://never-bound"));
                fine(socket.connect(format!("inproc://never-bound-{index}")));
                fine(socket.send("undelivered").map_err(Into::into));
            }
            end(&context);
            drop(context);
            drop(sockets);
        }
    });
}

#[test]
fn ctx_term_pending_inproc_with_the_most_sockets_of_libzmq() {
    in_child(this_test!(), || {
        let context = fine(Context::builder().max_sockets(65_534).build());
        let socket = fine(context.socket(Push));
        for name in 0..1000 {
            fine(socket.connect(format!("inproc://never-bound-{name}")));
        }
        drop(socket);
        assert_eq!(context.terminate(PATIENCE), Ok(()));
    });
}

#[test]
fn ctx_term_pending_inproc_while_other_threads_connect() {
    in_child(this_test!(), || {
        for _ in 0..50 {
            let context = fine(Context::builder().max_sockets(4).build());
            let connecting: Vec<_> = (0..4)
                .map(|number| {
                    let socket = fine(context.socket(Push));
                    thread::spawn(move || {
                        (0..).map(|name| socket.connect(format!("inproc://{number}-{name}"))).find_map(Result::err)
                    })
                })
                .collect();
            context.shutdown();
            for thread in connecting {
                assert!(thread.join().is_ok_and(|error| error.is_some_and(|error| error.is_terminated())));
            }
            drop(context);
        }
    });
}

/// A handshake that looks for the authenticator aborts if it finds any other type of socket.
#[test]
fn zap_wrong_type_is_refused_at_the_address_of_the_authenticator() -> Result<()> {
    let context = context()?;
    for socket_type in SocketType::ALL.iter().filter(|socket_type| !socket_type.is_draft()) {
        let socket = context.socket(*socket_type)?;
        let bound = socket.bind("inproc://zeromq.zap.01");
        if matches!(socket_type, SocketType::Rep | SocketType::Router) {
            assert_eq!(bound?, "inproc://zeromq.zap.01");
            socket.unbind("inproc://zeromq.zap.01")?;
            continue;
        }
        let error = bound.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.to_string(),
            format!(
                "cannot bind \"inproc://zeromq.zap.01\": authenticators are REP or ROUTER sockets; libzmq aborts \
                 with a {socket_type}"
            )
        );
    }
    Ok(())
}

#[test]
fn zap_wrong_type_is_not_caused_by_the_end_of_a_context() {
    in_child(this_test!(), || {
        for _ in 0..150 {
            let (ours, theirs) = (fine(context()), fine(context()));
            let awaiting = fine(ours.socket(Pair));
            fine(awaiting.connect("inproc://zeromq.zap.01"));
            let server = fine(ours.socket(Pull));
            // Without an authenticator, the crate would refuse to bind with an enforced domain.
            fine(server.set_zap_domain("global").and_then(|server| server.set_zap_enforce_domain(false)).map(drop));
            let endpoint = fine(server.bind("tcp://127.0.0.1:*"));
            let clients: Vec<_> = (0..20).map(|_| fine(theirs.socket(Push))).collect();
            for client in &clients {
                fine(client.connect(&endpoint));
            }
            // Some of the handshakes are in progress now and find the name bound.
            ours.shutdown();
        }
    });
}

#[test]
fn max_sockets_huge_is_refused_and_the_maximum_works() {
    in_child(this_test!(), || {
        for count in [65_535, i32::MAX.unsigned_abs() as usize, usize::MAX] {
            assert_eq!(Context::builder().max_sockets(count).build().unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        let context = fine(Context::builder().max_sockets(65_534).build());
        let (one, other) = fine(pair(&context, "tcp", (Pair, Pair)));
        fine(other.send("x").map_err(Into::into));
        assert_eq!(fine(take(&one)), "x");
    });
}

#[test]
fn io_threads_huge_are_refused_and_the_maximum_works() {
    in_child(this_test!(), || {
        for count in [257, u32::MAX] {
            assert_eq!(Context::builder().io_threads(count).build().unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        // If the process may not have so many descriptors, the builder returns an error.
        let Ok(context) = Context::builder().io_threads(256).build() else { return };
        let (one, other) = fine(pair(&context, "tcp", (Pair, Pair)));
        fine(other.send("x").map_err(Into::into));
        assert_eq!(fine(take(&one)), "x");
    });
}

#[cfg(target_os = "linux")]
mod threads {
    use super::*;
    use zmq::context::SchedulingPolicy;

    /// Builds contexts with every scheduling policy; each context that can be built must work.
    fn every_scheduling() {
        let policies =
            [None, Some(SchedulingPolicy::Other), Some(SchedulingPolicy::Fifo), Some(SchedulingPolicy::RoundRobin)];
        for policy in policies {
            for priority in [None, Some(0), Some(1), Some(99), Some(100), Some(u32::MAX)] {
                let builder = policy.map_or(Context::builder(), |policy| Context::builder().thread_scheduling(policy));
                let builder = priority.map_or(builder.clone(), |priority| builder.thread_priority(priority));
                match builder.build() {
                    Ok(context) => works(&context),
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::PermissionDenied),
                        "{policy:?} {priority:?}: {error}"
                    ),
                }
            }
        }
    }

    fn works(context: &Context) {
        let (one, other) = fine(pair(context, "tcp", (Pair, Pair)));
        fine(other.send("x").map_err(Into::into));
        assert_eq!(fine(take(&one)), "x");
    }

    #[test]
    fn sched_params_are_refused_or_work() {
        in_child(this_test!(), every_scheduling);
    }

    /// libzmq mistakes the lowest nice value below 19, which is -1, for a failure.
    #[test]
    fn sched_params_are_refused_or_work_at_the_highest_nice_value() {
        in_child(this_test!(), || {
            // SAFETY: the call takes a number.
            unsafe { libc::nice(19) };
            every_scheduling();
        });
    }

    #[test]
    fn sched_params_are_refused_or_work_without_privileges() {
        in_child(this_test!(), || {
            // SAFETY: the call takes a number; it fails in a process without privileges.
            unsafe { libc::setuid(65_534) };
            every_scheduling();
        });
    }

    #[test]
    fn cpu_affinity_is_refused_or_works() {
        in_child(this_test!(), || {
            let mut built = 0;
            for processor in (0..70).chain([1022, 1023, 1024, 1 << 31, u32::MAX]) {
                match Context::builder().thread_affinity([processor]).build() {
                    Ok(context) => {
                        works(&context);
                        built += 1;
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}"),
                }
            }
            assert!(built > 0);
        });
    }
}

#[test]
fn ctx_term_deadlock_is_not_caused_by_a_context_dropped_before_its_sockets() -> Result<()> {
    in_time(|| {
        let context = context()?;
        let (sink, source) = pair(&context, "tcp", (Pull, Push))?;
        drop(context);
        drop(sink);
        source.send("undelivered")?;
        Ok(())
    })
}

#[test]
fn ctx_term_deadlock_of_infinite_linger_is_reported_by_terminate() -> Result<()> {
    let context = Context::new()?;
    let socket = context.socket(Push)?;
    socket.connect(dead_endpoint()?)?;
    socket.send("undelivered")?;
    drop(socket);
    let still_open = context.terminate(Duration::from_millis(50)).unwrap_err();
    assert!(still_open.to_string().contains("unsent messages linger"), "{still_open}");
    // A background thread of the crate waits for the termination, so the drop of the last handle does not.
    in_time(move || drop(context));
    Ok(())
}

#[test]
fn ctx_term_twice_is_harmless() -> Result<()> {
    let context = context()?;
    drop(context.socket(Push)?);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let context = context.clone();
            thread::spawn(move || (context.terminate(PATIENCE), context.terminate(None), context.shutdown()))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().ok(), Some((Ok(()), Ok(()), ())));
    }
    assert!(context.as_ptr().is_null());
    Ok(())
}

/// libzmq aborts in several functions if no descriptor is left. Opening contexts and sockets must return errors.
#[cfg(target_os = "linux")]
#[test]
fn fd_exhaustion_is_an_error_of_opening() {
    in_child(this_test!(), || {
        let context = fine(context());
        let (one, other) = fine(pair(&context, "inproc", (Pair, Pair)));
        let limit = libc::rlimit { rlim_cur: 64, rlim_max: 64 };
        // SAFETY: the pointer is to a variable that outlives the call.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
        let hog: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
        assert!(hog.len() > 20);
        for error in [context.socket(Push).map(drop).unwrap_err(), Context::new().map(drop).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::LimitReached, "{error}");
        }
        // Open sockets continue to work.
        fine(other.send("x").map_err(Into::into));
        assert_eq!(fine(take(&one)), "x");
        drop(hog);
        assert!(context.socket(Push).is_ok() && Context::new().is_ok());
    });
}

#[test]
fn handle_uaf_is_not_caused_by_any_order_of_drops() -> Result<()> {
    for order in 0..6 {
        let context = context()?;
        let (one, other) = pair(&context, "inproc", (Pair, Pair))?;
        other.send(vec![1; 1000])?;
        let message = take(&one)?;
        match order {
            0 => drop((context, one, other, message)),
            1 => drop((message, other, one, context)),
            2 => drop((one, context, message, other)),
            3 => drop((other, message, context, one)),
            4 => drop((context, message, one, other)),
            _ => {
                drop((one, other));
                drop(context);
                // A received message outlives its socket and its context.
                assert_eq!(message, vec![1; 1000]);
            }
        }
    }
    Ok(())
}

#[test]
fn draft_sockets_on_stable_are_refused_without_the_feature() -> Result<()> {
    for socket_type in SocketType::ALL.iter().filter(|socket_type| socket_type.is_draft()) {
        let refused = context()?.socket(*socket_type).err().map(|error| error.kind());
        let expected = (!cfg!(feature = "draft")).then_some(ErrorKind::NotSupported);
        assert_eq!(refused, expected, "{socket_type}");
    }
    Ok(())
}

#[test]
fn null_addr_and_names_with_a_nul_are_refused() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    for text in ["", "\0", "inproc://\0", "inproc://a\0b", "tcp://127.0.0.1:*\0"] {
        assert_eq!(socket.bind(text).unwrap_err().kind(), ErrorKind::InvalidEndpoint);
        assert_eq!(socket.connect(text).unwrap_err().kind(), ErrorKind::InvalidEndpoint);
    }
    Ok(())
}

#[test]
fn hwm_change_inactive_pipe_is_refused_once_a_pipe_may_end() -> Result<()> {
    let (sink, source) = pair(&context()?, "inproc", (Pull, Push))?;
    for error in [sink.set_recv_hwm(1).map(drop).unwrap_err(), source.set_send_hwm(1).map(drop).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::WrongState);
    }
    Ok(())
}

#[test]
fn socket_opts_after_term_are_errors_and_the_close_succeeds() -> Result<()> {
    let context = context()?;
    let (socket, other) = (context.socket(Rep)?, context.socket(Sub)?);
    context.shutdown();
    assert!(socket.set_linger(None).is_err_and(|error| error.is_terminated()));
    assert!(other.subscribe("x").is_err_and(|error| error.is_terminated()));
    drop((socket, other));
    assert_eq!(context.terminate(PATIENCE), Ok(()));
    Ok(())
}

#[test]
fn socket_mt_a_socket_moved_from_thread_to_thread_loses_nothing() -> Result<()> {
    let (sink, mut source) = pair(&context()?, "tcp", (Pull, Push))?;
    let start = Instant::now();
    for number in 0..200 {
        source = in_time(move || source.send(number.to_string()).map(|()| source))?;
    }
    for number in 0..200 {
        assert_eq!(take(&sink)?, number.to_string());
    }
    assert!(start.elapsed() < PATIENCE);
    Ok(())
}

#[test]
fn null_optval_an_empty_subscription_matches_every_message() -> Result<()> {
    let context = context()?;
    let (publisher, subscriber) = (context.socket(Pub)?, context.socket(Sub)?);
    subscriber.subscribe("")?;
    subscriber.connect(publisher.bind("inproc://everything")?)?;
    eventually("a message arrives", || {
        publisher.send("anything").is_ok() && subscriber.try_recv().is_ok_and(|got| got.is_some())
    });
    // An empty routing ID is invalid.
    assert!(context.socket(Router)?.set_routing_id(b"").is_err());
    Ok(())
}
