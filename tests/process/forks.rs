//! Forks: objects created before the fork are unusable and harmless in the child, and the parent is unaffected.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use zmq::auth::{Authenticator, Rules};
use zmq::{Context, Dealer, ErrorKind, Message, Pair, Pull, Push, Result, Socket};

use crate::common::fork::{first_false, fork, is_forked};
use crate::common::{PATIENCE, context, in_child, pair, take, this_test};

#[test]
fn hazard_eintr_retry_loop_every_call_on_an_inherited_socket_reports_the_fork() {
    in_child(this_test!(), || {
        let (socket, other) = connected().unwrap_or_else(|error| panic!("{error}"));
        other.send("waits to be received").unwrap_or_else(|error| panic!("{error}"));
        let step = fork(|| {
            first_false([
                is_forked(socket.send("x")),
                is_forked(socket.try_send("x")),
                is_forked(socket.send_timeout("x", PATIENCE)),
                is_forked(socket.send_multipart(["x", "y"])),
                is_forked(socket.recv()),
                is_forked(socket.try_recv()),
                is_forked(socket.recv_timeout(PATIENCE)),
                is_forked(socket.recv_multipart()),
                is_forked(socket.recv_many(&mut Vec::new(), 3)),
                is_forked(socket.set_linger(None)),
                is_forked(socket.linger()),
                is_forked(socket.bind("inproc://forked")),
                is_forked(socket.connect("inproc://forked")),
                is_forked(socket.unbind("inproc://forked")),
                is_forked(socket.context().socket(Pair)),
                is_forked(socket.context().io_threads()),
                is_forked(other.try_recv()),
            ])
        });
        assert_eq!(step, 0);
        assert_eq!(take(&socket).ok().as_deref(), Some(&b"waits to be received"[..]));
    });
}

fn connected() -> Result<(Socket<Dealer>, Socket<Dealer>)> {
    pair(&context()?, "tcp", (Dealer, Dealer))
}

#[test]
fn the_error_names_the_fork() {
    in_child(this_test!(), || {
        let (socket, _other) = connected().unwrap_or_else(|error| panic!("{error}"));
        let step = fork(|| {
            let Err(refused) = socket.send("kept") else { return 1 };
            let expected = "cannot send on a DEALER socket: the process was forked, and everything created before the fork belongs to the parent (EINTR)";
            first_false([true, refused.to_string() == expected, refused.message == "kept"])
        });
        assert_eq!(step, 0);
    });
}

#[test]
fn inherited_objects_can_be_shut_down_and_dropped() {
    in_child(this_test!(), || {
        let (socket, other) = connected().unwrap_or_else(|error| panic!("{error}"));
        let context = socket.context().clone();
        let kept = Some((socket, other));
        let step = fork(|| {
            context.shutdown();
            let steps = [
                context.open_sockets().is_empty(),
                context.terminate(None).is_ok(),
                context.terminate(Duration::ZERO).is_ok(),
                context.as_ptr().is_null(),
                format!("{context:?}").starts_with("Context"),
                context == context.clone(),
            ];
            // SAFETY: each process has its own copy of the sockets, and drops its copy once.
            drop(unsafe { std::ptr::read(&raw const kept) });
            // SAFETY: as above.
            drop(unsafe { std::ptr::read(&raw const context) });
            first_false(steps)
        });
        assert_eq!(step, 0);
        let Some((socket, other)) = kept else { return };
        socket.send("still here").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(take(&other).ok().as_deref(), Some(&b"still here"[..]));
        assert_eq!(context.open_sockets().len(), 2);
    });
}

/// Sends and receives a message over TCP in a new context. Returns `true` on success.
fn passes_a_message() -> bool {
    let passed = context().and_then(|context| pair(&context, "tcp", (Pull, Push))).and_then(|(sink, source)| {
        source.send(vec![7; 100_000])?;
        take(&sink)
    });
    passed.is_ok_and(|message| message == vec![7; 100_000])
}

#[test]
fn a_child_can_create_its_own_context_and_so_can_its_child() {
    in_child(this_test!(), || {
        assert!(passes_a_message());
        let step = fork(|| {
            let Ok((socket, other)) = connected() else { return 1 };
            let grandchild = fork(|| first_false([is_forked(socket.try_recv()), passes_a_message()]));
            let sent = socket.send("not disturbed").is_ok() && take(&other).is_ok_and(|got| got == "not disturbed");
            first_false([true, grandchild == 0, sent, passes_a_message()])
        });
        assert_eq!(step, 0);
        assert!(passes_a_message());
    });
}

#[test]
fn messages_can_be_used_in_the_child() {
    in_child(this_test!(), || {
        let (socket, other) = connected().unwrap_or_else(|error| panic!("{error}"));
        other.send(vec![7; 100_000]).unwrap_or_else(|error| panic!("{error}"));
        let received = take(&socket).unwrap_or_default();
        let made = Message::from_owner(vec![8; 100_000]);
        let step = fork(|| {
            let copied = received.clone() == vec![7; 100_000] && made.clone() == vec![8; 100_000];
            let resent = connected().and_then(|(socket, other)| {
                socket.send(&received)?;
                take(&other)
            });
            first_false([copied, resent.is_ok_and(|message| message == received)])
        });
        assert_eq!(step, 0);
        assert_eq!((received.len(), made.len()), (100_000, 100_000));
    });
}

/// Sends and receives a message in the global context. Returns `true` on success.
fn passes_a_message_globally() -> bool {
    let pass = || {
        let (one, other) = pair(Context::global()?, "inproc", (Pair, Pair))?;
        one.send("hello")?;
        other.recv()
    };
    pass().is_ok_and(|message| message == "hello")
}

#[test]
fn every_process_has_its_own_global_context() {
    in_child(this_test!(), || {
        let context = Context::global().unwrap_or_else(|error| panic!("{error}"));
        let step = fork(|| {
            let own = Context::global();
            first_false([
                is_forked(context.socket(Pair)),
                own.as_ref().is_ok_and(|own| *own != context),
                passes_a_message_globally(),
                own.is_ok_and(|own| Context::global().is_ok_and(|same| same == own)),
                fork(|| first_false([passes_a_message_globally()])) == 0,
                passes_a_message_globally(),
            ])
        });
        assert_eq!(step, 0);
        assert!(passes_a_message_globally());
        assert!(Context::global().is_ok_and(|same| same == context));
    });
}

#[test]
fn a_fork_while_other_threads_use_the_context_blocks_no_call() {
    in_child(this_test!(), || {
        let context = context().unwrap_or_else(|error| panic!("{error}"));
        let stop = AtomicBool::new(false);
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        // The locks of the context are held most of the time.
                        let opened = context.socket(Pair);
                        assert!(opened.is_ok() || opened.is_err_and(|error| error.kind() == ErrorKind::LimitReached));
                        assert!(context.open_sockets().len() <= 2);
                    }
                });
            }
            for _ in 0..100 {
                let step = fork(|| {
                    context.shutdown();
                    let steps = [is_forked(context.socket(Pair)), context.open_sockets().is_empty()];
                    first_false(steps.into_iter().chain([context.terminate(None).is_ok()]))
                });
                assert_eq!(step, 0);
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(!context.is_shut_down());
    });
}

#[test]
fn a_fork_while_another_thread_changes_the_rules_of_an_authenticator_blocks_no_call() {
    in_child(this_test!(), || {
        let context = context().unwrap_or_else(|error| panic!("{error}"));
        let authenticator = Authenticator::builder(&context).spawn().unwrap_or_else(|error| panic!("{error}"));
        let stop = AtomicBool::new(false);
        thread::scope(|threads| {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    // The lock of the rules is held most of the time.
                    authenticator.set_rules(Rules::new());
                }
            });
            for _ in 0..100 {
                let step = fork(|| {
                    authenticator.set_rules(Rules::new());
                    authenticator.replace_all(Rules::new(), [("domain", Rules::new())]);
                    first_false([!authenticator.is_running()])
                });
                assert_eq!(step, 0);
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(authenticator.is_running());
    });
}
