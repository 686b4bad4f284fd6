//! The fate of messages, and of blocked calls, when one end of a connection closes.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zmq::{Context, Message, MonitorEventKind, MonitorEvents, Pair, Pull, Push, Result};

use crate::common::wire::{Wire, message};
use crate::common::{
    PATIENCE, context, eventually, free, in_child, pair, pass_through_the_io_thread, process_commands, take, take_all,
    this_test,
};

/// Bytes whose drop blocks until the test opens the gate.
struct Gate {
    entered: mpsc::Sender<()>,
    open: mpsc::Receiver<()>,
}

/// The handle that opens a [`Gate`].
struct Keeper {
    enters: mpsc::Receiver<()>,
    opens: mpsc::Sender<()>,
}

impl Gate {
    fn closed() -> (Message, Keeper) {
        let ((entered, enters), (opens, open)) = (mpsc::channel(), mpsc::channel());
        (Message::from_owner(Self { entered, open }), Keeper { enters, opens })
    }
}

impl AsRef<[u8]> for Gate {
    fn as_ref(&self) -> &[u8] {
        &[0; 4096]
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.entered.send(());
        let _ = self.open.recv();
    }
}

impl Keeper {
    /// Waits until a thread is dropping the bytes.
    fn wait(&mut self) {
        self.enters.recv_timeout(PATIENCE).expect("a drop of the bytes");
    }

    fn entered(&mut self) -> bool {
        self.enters.try_recv().is_ok()
    }

    fn open(&mut self) {
        self.opens.send(()).expect("a waiting thread");
    }
}

/// Waits until libzmq has started to close the sockets that were dropped before.
fn pass_through_the_reaper(context: &Context) -> Result<()> {
    let name = free("inproc");
    context.socket(Pull)?.bind(&name)?;
    let next = context.socket(Pull)?;
    eventually("the name can be bound", || next.bind(&name).is_ok());
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn clean_pipes_a_close_meets_the_end_of_a_connection_in_mid_message() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = context.socket(Push).unwrap();
        source.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        let mut peer = Wire::accept(&listener, "PULL");
        source.send("first").unwrap();
        assert_eq!(peer.receive_frame().1, b"first");
        // The connection has nothing to write, so the I/O thread waits for the socket to announce the next message.
        pass_through_the_io_thread(&context).unwrap();

        // Blocks the I/O thread until the socket is closed and the connection broken, and the thread that closes
        // sockets until the I/O thread has noticed both.
        let (gate, mut io_thread) = Gate::closed();
        source.send(gate).unwrap();
        io_thread.wait();
        source.send_multipart([vec![1; 1_000_000], vec![2; 1_000_000]]).unwrap();
        drop(source);
        pass_through_the_reaper(&context).unwrap();
        let (unread, other) = pair(&context, "inproc", (Pair, Pair)).unwrap();
        let (gate, mut reaper) = Gate::closed();
        other.send(gate).unwrap();
        drop(unread);
        eventually("the other end is closed", || {
            process_commands(&other);
            reaper.entered()
        });
        peer.reset();
        io_thread.open();

        pass_through_the_io_thread(&context).unwrap();
        reaper.open();
    });
}

/// Reads the first frame of a message, waits until its sender has left, and reads the rest.
fn read_after_the_end(prepare: impl FnOnce(&zmq::Socket<Pull>) -> Result<()>) {
    let context = context().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sink = context.socket(Pull).unwrap();
    prepare(&sink).unwrap();
    let monitor = sink.monitor(MonitorEvents::DISCONNECTED).unwrap();
    sink.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    let mut peer = Wire::accept(&listener, "PUSH");
    for number in 0..150_u8 {
        peer.send(&message(&[number], true));
        peer.send(&message(b"rest", false));
    }
    let first = take(&sink).unwrap();
    assert_eq!((&first[..], first.more()), (&[0][..], true));
    drop((peer, listener));
    let ended = monitor.recv_timeout(PATIENCE).unwrap().expect("the end of the connection");
    assert_eq!(ended.kind(), MonitorEventKind::Disconnected);
    pass_through_the_io_thread(&context).unwrap();
    process_commands(&sink);

    assert_eq!(take(&sink).unwrap(), "rest");
    for number in 1..150_u8 {
        assert_eq!(take_all(&sink).unwrap(), [&[number][..], b"rest"]);
    }
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn fq_more_what_arrived_outlives_a_connection_that_is_not_made_again() {
    in_child(this_test!(), || {
        read_after_the_end(|sink| sink.set_reconnect_interval(None).map(drop));
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn fq_more_what_arrived_outlives_the_connection_of_an_immediate_socket() {
    in_child(this_test!(), || {
        read_after_the_end(|sink| sink.set_immediate(true).map(drop));
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn pipe_nothing_unread_frames_of_a_message_that_is_never_completed_are_freed() -> Result<()> {
    struct Counted(#[expect(dead_code, reason = "only its reference count matters")] Arc<()>);
    impl AsRef<[u8]> for Counted {
        fn as_ref(&self) -> &[u8] {
            &[0; 4096]
        }
    }
    let context = context()?;
    let source = context.socket(Push)?;
    let monitor = source.monitor(MonitorEvents::DISCONNECTED)?;
    let endpoint = source.bind("tcp://127.0.0.1:*")?;
    let peer = Wire::shake_hands(&endpoint, 0, "PULL", None);
    let count = Arc::new(());
    source.send_more(Message::from_owner(Counted(Arc::clone(&count))))?;
    drop(peer);
    monitor.recv_timeout(PATIENCE)?.expect("the end of the connection");
    pass_through_the_io_thread(&context)?;
    process_commands(&source);
    drop((source, monitor));
    drop(context);
    eventually("the frame is freed", || Arc::strong_count(&count) == 1);
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn pair_surplus_peers_that_are_refused_are_disconnected() -> Result<()> {
    let context = context()?;
    let (server, peer) = pair(&context, "tcp", (Pair, Pair))?;
    peer.send("first")?;
    assert_eq!(take(&server)?, "first");
    let endpoint = &server.bound_endpoints()[0];
    for minor in [0, 1] {
        let mut surplus = Wire::shake_hands(endpoint, minor, "PAIR", None);
        surplus.send(&message(b"surplus", false));
        let ended = thread::spawn(move || surplus.expect_end());
        // The socket refuses the peer during one of its calls.
        eventually("the connection is closed", || {
            assert_eq!(server.recv_timeout(Duration::from_millis(1)).unwrap(), None);
            ended.is_finished()
        });
        ended.join().expect("the end of the connection");
    }
    peer.send("second")?;
    assert_eq!(take(&server)?, "second");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn push_unread_messages_keep_no_connection() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let source = context.socket(Push).unwrap();
        source.set_recv_hwm(10).unwrap();
        let endpoint = source.bind("tcp://127.0.0.1:*").unwrap();
        drop(Wire::shake_hands(&endpoint, 0, "PULL", None));
        let descriptors = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let before = descriptors();
        for _ in 0..20 {
            let mut peer = Wire::shake_hands(&endpoint, 0, "PULL", None);
            peer.send(&message(b"to a PUSH socket", false).repeat(100));
        }
        eventually("the connections are closed", || descriptors() <= before);
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn pair_surplus_peers_that_leave_with_more_to_say_cost_no_descriptor() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let (server, client) = (context.socket(Pair).unwrap(), context.socket(Pair).unwrap());
        server.set_recv_hwm(1).unwrap();
        let endpoint = server.bind("tcp://127.0.0.1:*").unwrap();
        client.connect(&endpoint).unwrap();
        client.send("first").unwrap();
        assert_eq!(take(&server).unwrap(), "first");
        let descriptors = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        let before = descriptors();
        for _ in 0..20 {
            let mut surplus = Wire::shake_hands(&endpoint, 0, "PAIR", None);
            surplus.send(&message(b"surplus", false).repeat(100));
            surplus.reset();
        }
        eventually("the connections are closed", || {
            assert_eq!(server.try_recv().unwrap(), None);
            descriptors() <= before
        });
    });
}
