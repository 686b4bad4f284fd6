//! What becomes of messages, and of those who wait for them, when one end of a connection goes.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zmq::{Context, Message, MonitorEventKind, MonitorEvents, Pair, Pull, Push, Result};

use crate::common::wire::{Wire, message};
use crate::common::{PATIENCE, context, eventually, free, in_child, pair, process_commands, take, take_all};

/// Bytes whose drop waits for the test.
struct Gate {
    entered: mpsc::Sender<()>,
    open: mpsc::Receiver<()>,
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

/// Waits until the I/O thread has done what it was told before: it passes a message on.
fn pass_through_the_io_thread(context: &Context) -> Result<()> {
    let (sink, source) = pair(context, "tcp", (Pull, Push))?;
    source.send("through")?;
    assert_eq!(take(&sink)?, "through");
    Ok(())
}

/// Waits until the sockets that were dropped before are being closed.
fn pass_through_the_reaper(context: &Context) -> Result<()> {
    let name = free("inproc");
    context.socket(Pull)?.bind(&name)?;
    let next = context.socket(Pull)?;
    eventually("the name is free", || next.bind(&name).is_ok());
    Ok(())
}

#[test]
fn clean_pipes_a_close_meets_the_end_of_a_connection_in_mid_message() {
    in_child("pipes::clean_pipes_a_close_meets_the_end_of_a_connection_in_mid_message", || {
        let context = context().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = context.socket(Push).unwrap();
        source.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        let peer = Wire::accept(&listener, "PULL");

        // Holds the I/O thread up until the socket is closed and the connection broken.
        let ((entered, enters), (opens, open)) = (mpsc::channel(), mpsc::channel());
        source.send(Message::from_owner(Gate { entered, open })).unwrap();
        enters.recv_timeout(PATIENCE).unwrap();
        source.send_multipart([vec![1; 1_000_000], vec![2; 1_000_000]]).unwrap();
        drop(source);
        pass_through_the_reaper(&context).unwrap();
        peer.reset();
        opens.send(()).unwrap();

        pass_through_the_io_thread(&context).unwrap();
    });
}

/// A receiver reads the first frame of what a peer sent that has left, and then the rest.
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
        assert_eq!(take_all(&sink).unwrap(), [&[number][..], b"rest"].into());
    }
}

#[test]
fn fq_more_what_arrived_outlives_a_connection_that_is_not_made_again() {
    in_child("pipes::fq_more_what_arrived_outlives_a_connection_that_is_not_made_again", || {
        read_after_the_end(|sink| sink.set_reconnect_interval(None).map(drop));
    });
}

#[test]
fn fq_more_what_arrived_outlives_the_connection_of_an_immediate_socket() {
    in_child("pipes::fq_more_what_arrived_outlives_the_connection_of_an_immediate_socket", || {
        read_after_the_end(|sink| sink.set_immediate(true).map(drop));
    });
}

#[test]
fn pipe_nothing_unread_frames_of_a_message_that_is_never_completed_are_freed() -> Result<()> {
    struct Counted(#[expect(dead_code, reason = "its count is what matters")] Arc<()>);
    impl AsRef<[u8]> for Counted {
        fn as_ref(&self) -> &[u8] {
            &[0; 4096]
        }
    }
    let context = context()?;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = context.socket(Push)?;
    let monitor = source.monitor(MonitorEvents::DISCONNECTED)?;
    source.set_immediate(true)?.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
    let peer = Wire::accept(&listener, "PULL");
    let count = Arc::new(());
    source.send_part(Message::from_owner(Counted(Arc::clone(&count))), true)?;
    drop((peer, listener));
    monitor.recv_timeout(PATIENCE)?.expect("the end of the connection");
    pass_through_the_io_thread(&context)?;
    drop((source, monitor));
    drop(context);
    eventually("the frame is freed", || Arc::strong_count(&count) == 1);
    Ok(())
}

#[test]
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
        // The socket refuses the peer in one of its calls.
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
