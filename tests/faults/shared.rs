//! Sockets that several threads use at the same time.

use std::fs::File;
use std::iter;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use zmq::{Channel, Client, Dealer, ErrorKind, Gather, Message, Result, Scatter, Server, Socket, sys};

use crate::common::{PATIENCE, context, free, in_child, in_time, pair, take, this_test};
use crate::limits::lower;

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn shared_attach_a_connect_wakes_a_send_on_another_thread() -> Result<()> {
    for transport in ["inproc", "tcp"] {
        let context = context()?;
        let (server, client) = (context.socket(Server)?, context.socket(Client)?);
        let endpoint = server.bind(free(transport))?;
        thread::scope(|scope| {
            let (starting, started) = mpsc::channel();
            let client = &client;
            let sender = scope.spawn(move || {
                starting.send(()).expect("a receiver");
                // The crate's own send never waits in a libzmq that has the fault.
                // SAFETY: libzmq locks the socket, which stays open, and the bytes outlive the call.
                unsafe { sys::zmq_send(client.as_ptr(), b"waits for a peer".as_ptr().cast(), 16, 0) }
            });
            started.recv().expect("a sender");
            // By the end of this, the thread waits.
            assert_eq!(server.recv_timeout(Duration::from_millis(50))?, None, "{transport}");
            client.connect(&endpoint)?;
            assert_eq!(sender.join().expect("no panic"), 16, "{transport}");
            assert_eq!(server.recv_timeout(PATIENCE)?, Some(Message::from("waits for a peer")), "{transport}");
            Ok::<_, zmq::Error>(())
        })?;
    }
    Ok(())
}

/// Two threads that only send to each other, each through a socket of its own, without a timeout.
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn shared_deadlock_sockets_that_send_to_each_other_over_inproc_do_not_wait_for_each_other() {
    in_time(|| {
        let context = context()?;
        let (one, other) = (context.socket(Channel)?, context.socket(Channel)?);
        // With such short queues, each message needs a command in both directions.
        for socket in [&one, &other] {
            socket.set_send_hwm(1)?.set_recv_hwm(1)?;
        }
        other.connect(one.bind(free("inproc"))?)?;
        // Without the fix, the threads stop within a fraction of this. A sanitizer makes them much slower.
        let start = Instant::now();
        let exchange = |socket: &Socket<Channel>| {
            for _ in 0..1_000 {
                for _ in 0..1_000 {
                    let _ = socket.try_send("x");
                    let _ = socket.try_recv();
                }
                if start.elapsed() > Duration::from_secs(4) {
                    break;
                }
            }
        };
        thread::scope(|threads| {
            for socket in [&one, &one, &other] {
                threads.spawn(move || exchange(socket));
            }
            exchange(&other);
        });
        Result::Ok(())
    })
    .expect("an exchange");
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn server_peer_left_before_its_messages_are_read_and_a_reply_fails() -> Result<()> {
    for transport in ["inproc", "tcp", "ipc"] {
        let (server, client) = pair(&context()?, transport, (Server, Client))?;
        for request in ["first", "second"] {
            client.set_linger(None)?.send(request)?;
        }
        let request = take(&server)?;
        drop(client);
        let start = Instant::now();
        let refused = loop {
            if let Err(refused) = server.send_to_timeout(request.routing_id().expect("an id"), "reply", PATIENCE) {
                break refused;
            }
            assert!(start.elapsed() < PATIENCE, "{transport}: the peer has not left");
        };
        assert_eq!(refused.kind(), ErrorKind::HostUnreachable, "{transport}");
        assert_eq!((&refused.message[..], refused.message.routing_id()), (&b"reply"[..], request.routing_id()));
        assert_eq!(take(&server)?, "second", "{transport}");
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn shared_close_descriptor_is_there_when_all_others_are_in_use() {
    in_child(this_test!(), || {
        let (context, other) = (context().expect("a context"), context().expect("a context"));
        let sockets = (context.socket(Client).expect("a socket"), other.socket(Client).expect("a socket"));
        lower(libc::RLIMIT_NOFILE, 64);
        let files: Vec<_> = iter::from_fn(|| File::open("/dev/null").ok()).collect();
        drop(sockets.0);
        assert_eq!(context.terminate(PATIENCE), Ok(()));
        // A socket that could not close does not open.
        let more: Vec<_> = iter::from_fn(|| File::open("/dev/null").ok()).collect();
        assert!(other.socket(Client).is_err_and(|error| error.kind() == ErrorKind::LimitReached));
        drop((files, more));
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn poller_signals_of_processed_commands_are_taken_at_once() -> Result<()> {
    let (gather, scatter) = pair(&context()?, "inproc", (Gather, Scatter))?;
    // SAFETY: it takes nothing.
    let mut poller = unsafe { sys::zmq_poller_new() };
    let mut fd = 0;
    // SAFETY: both are live. libzmq does not use the null pointer.
    assert_eq!(unsafe { sys::zmq_poller_add(poller, gather.as_ptr(), ptr::null_mut(), sys::ZMQ_POLLIN as i16) }, 0);
    // SAFETY: the poller is live, and the variable outlives the call.
    assert_eq!(unsafe { sys::zmq_poller_fd(poller, &raw mut fd) }, 0);
    let is_readable = || {
        let mut item = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // SAFETY: the variable is one item, which outlives the call.
        unsafe { libc::poll(&raw mut item, 1, 0) == 1 }
    };
    for _ in 0..100 {
        scatter.send("x")?;
        assert_eq!(take(&gather)?, "x");
    }
    assert!(is_readable());
    let mut event = MaybeUninit::uninit();
    // SAFETY: the poller is live, and the variable outlives the call.
    assert_eq!(unsafe { sys::zmq_poller_wait(poller, event.as_mut_ptr(), 0) }, -1);
    assert!(!is_readable());
    scatter.send("x")?;
    assert!(is_readable());
    // SAFETY: nothing uses the poller afterwards.
    assert_eq!(unsafe { sys::zmq_poller_destroy(&raw mut poller) }, 0);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn channel_multipart_messages_of_a_peer_are_freed() -> Result<()> {
    struct Frame(Vec<u8>, #[expect(dead_code, reason = "counted")] Arc<()>);
    impl AsRef<[u8]> for Frame {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    // Over inproc, any socket can be the peer.
    let (channel, dealer) = pair(&context()?, "inproc", (Channel, Dealer))?;
    let alive = Arc::new(());
    let frame = || Message::from_owner(Frame(vec![b'x'; 1000], Arc::clone(&alive)));
    dealer.send_multipart([frame(), frame()])?;
    dealer.send_multipart([frame(), frame(), frame()])?;
    dealer.send("hello")?;
    assert_eq!(take(&channel)?, "hello");
    dealer.send_multipart([frame(), frame()])?;
    assert_eq!(channel.try_recv()?, None);
    assert_eq!(Arc::strong_count(&alive), 1);
    Ok(())
}
