//! Forks while threads use a socket: calls in the child fail, even if a thread held a lock at the fork.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use zmq::{Client, ErrorKind, MonitorEvents, Peer, Result, RoutingId, Socket};

use crate::common::fork::{first_false, fork, is_forked};
use crate::common::{PATIENCE, context, in_child, pair, this_test};

/// Runs calls of every sort in a child, and returns the number of the first that did not report the fork.
fn calls_in_a_child(socket: &Socket<Peer>) -> i32 {
    let id = RoutingId::from(std::num::NonZeroU32::MIN);
    fork(|| {
        first_false([
            is_forked(socket.send("x")),
            is_forked(socket.try_send("x")),
            is_forked(socket.send_timeout("x", PATIENCE)),
            is_forked(socket.send_to(id, "x")),
            is_forked(socket.recv()),
            is_forked(socket.try_recv()),
            is_forked(socket.recv_timeout(PATIENCE)),
            is_forked(socket.bind("inproc://forked")),
            is_forked(socket.bind("tcp://127.0.0.1:*")),
            is_forked(socket.connect("inproc://forked")),
            is_forked(socket.connect_peer("inproc://forked")),
            is_forked(socket.unbind("inproc://forked")),
            is_forked(socket.disconnect("inproc://forked")),
            is_forked(socket.monitor(MonitorEvents::all())),
            is_forked(socket.wait_connected(PATIENCE)),
            is_forked(socket.set_linger(None)),
            is_forked(socket.set_send_hwm(7)),
            is_forked(socket.linger()),
            is_forked(socket.events()),
            socket.bound_endpoints().is_empty(),
        ])
    })
}

#[test]
fn a_fork_while_other_threads_use_a_socket_blocks_no_call() {
    in_child(this_test!(), || {
        let (socket, peer) = pair(&context().expect("a context"), "tcp", (Peer, Peer)).expect("a pair");
        let stop = AtomicBool::new(false);
        let repeat = |work: &(dyn Fn() -> Result<()> + Sync)| {
            while !stop.load(Ordering::Relaxed) {
                work().expect("a call in the parent");
            }
        };
        thread::scope(|threads| {
            // The locks are held most of the time.
            threads.spawn(|| repeat(&|| socket.unbind(socket.bind("inproc://bound")?)));
            threads.spawn(|| {
                repeat(&|| {
                    // libzmq closes the sockets of dropped monitors in the background.
                    let monitored = socket.monitor(MonitorEvents::all()).map(drop);
                    if monitored.as_ref().is_err_and(|error| error.kind() == ErrorKind::LimitReached) {
                        return Ok(());
                    }
                    monitored
                })
            });
            threads.spawn(|| repeat(&|| socket.disconnect(socket.connect("tcp://127.0.0.1:5555")?)));
            threads.spawn(|| repeat(&|| socket.recv_timeout(PATIENCE).map(drop)));
            let steps: Vec<_> = (0..50).map(|_| calls_in_a_child(&socket)).collect();
            stop.store(true, Ordering::Relaxed);
            assert_eq!(steps, [0; 50]);
            // The thread that receives ends with a message.
            let id = peer.connect_peer(&socket.bound_endpoints()[0]).expect("a connection");
            peer.send_to(id, "stop").expect("a send");
        });
    });
}

#[test]
fn a_child_drops_a_socket_that_threads_of_the_parent_use() {
    in_child(this_test!(), || {
        let (server, client) = pair(&context().expect("a context"), "tcp", (Client, Client)).expect("a pair");
        thread::scope(|threads| {
            let waiting = threads.spawn(|| server.recv());
            let step = fork(|| {
                // SAFETY: each process has its own copy of the socket, and drops its copy once.
                drop(unsafe { std::ptr::read(&raw const server) });
                0
            });
            assert_eq!(step, 0);
            server.context().shutdown();
            assert!(waiting.join().expect("no panic").is_err_and(|error| error.is_terminated()));
        });
        drop(client);
    });
}
