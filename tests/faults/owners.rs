//! Owners of bytes in libzmq. Each is dropped, regardless of how the connection ends.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use zmq::{Any, Context, Message, MonitorEvents, Push, Result, Socket, SocketType, Stream, StreamEvent};

use crate::common::{PATIENCE, context, eventually, free, in_time, process_commands, take};

/// Bytes that are counted until they are dropped.
struct Counted(Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &[b'x'; 1000]
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Living(Arc<AtomicUsize>);

impl Living {
    fn message(&self) -> Message {
        self.0.fetch_add(1, Ordering::Relaxed);
        Message::from_owner(Counted(Arc::clone(&self.0)))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends the context, and asserts that all messages are freed.
    fn none_is_left(&self, context: Context, what: &str) {
        context.shutdown();
        in_time(move || drop(context));
        assert_eq!(self.count(), 0, "{what}");
    }
}

fn peers(context: &Context, transport: &str, types: (SocketType, SocketType)) -> Result<(Socket<Any>, Socket<Any>)> {
    let (one, other) = (context.socket(types.0)?, context.socket(types.1)?);
    if types.0 == SocketType::Router {
        other.set_routing_id("peer")?;
    }
    if types.1 == SocketType::Sub {
        other.subscribe("")?;
    }
    other.connect(one.bind(free(transport))?)?;
    let greet =
        |socket: &Socket<Any>, frames: &[&str]| socket.send_multipart_timeout(frames.to_vec(), PATIENCE).is_ok();
    match types.0 {
        SocketType::Router => {
            assert!(greet(&other, &["hello"]));
            take(&one)?;
            take(&one)?;
        }
        SocketType::Pub | SocketType::XPub => eventually("the subscription arrives", || {
            greet(&one, &["hello"]) && other.try_recv().is_ok_and(|received| received.is_some())
        }),
        _ => {
            assert!(greet(&one, &["hello"]));
            take(&other)?;
        }
    }
    Ok((one, other))
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn begun_leak_frames_are_freed_when_the_peer_leaves() -> Result<()> {
    use SocketType::{Dealer, Pair, Pub, Pull, Push, Router, Sub, XPub};
    for types in [(Push, Pull), (Dealer, Dealer), (Router, Dealer), (Pub, Sub), (XPub, Sub), (Pair, Pair)] {
        for transport in ["inproc", "tcp", "ipc"] {
            for look in [false, true] {
                let living = Living::default();
                let context = context()?;
                let (one, other) = peers(&context, transport, types)?;
                if types.0 == Router {
                    one.send_more("peer")?;
                }
                for _ in 0..3 {
                    one.send_more(living.message())?;
                }
                drop(other);
                for _ in 0..if look { 1000 } else { 0 } {
                    process_commands(&one);
                }
                // This continues the message or starts another one, because libzmq may or may not have noticed the
                // loss.
                one.set_send_timeout(Some(Duration::ZERO))?;
                let _ = one.send_more(living.message());
                let _ = one.send(living.message());
                drop(one);
                living.none_is_left(context, &format!("{types:?} over {transport}, look: {look}"));
            }
        }
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn begun_leak_a_pushers_frames_are_freed_every_time() -> Result<()> {
    let context = context()?;
    let living = Living::default();
    let source = context.socket(Push)?;
    let endpoint = source.bind(free("inproc"))?;
    for _ in 0..100 {
        let sink = context.socket(zmq::Pull)?;
        sink.connect(&endpoint)?;
        source.send_timeout("hello", PATIENCE)?;
        take(&sink)?;
        source.send_more(living.message())?;
        drop(sink);
        // libzmq reports the loss, or drops the rest of the message.
        let noticed = (0..1000).any(|_| source.send_more(living.message()).is_err());
        if !noticed {
            let _ = source.send(living.message());
        }
        eventually("the peer is disconnected", || !process_commands(&source).0);
    }
    drop(source);
    living.none_is_left(context, "PUSH");
    Ok(())
}

// On Linux all of 127.0.0.0/8 is loopback.
#[cfg(target_os = "linux")]
#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn stream_leak_bytes_are_freed_when_the_connection_ends() -> Result<()> {
    let context = context()?;
    let living = Living::default();
    let socket = context.socket(Stream)?;
    // Sockets of other tests may still try to reconnect to the same port of 127.0.0.1.
    let endpoint = socket.bind("tcp://127.0.0.2:*")?;
    let monitor = socket.monitor(MonitorEvents::DISCONNECTED)?;
    for _ in 0..20 {
        let peer = TcpStream::connect(endpoint.address()).expect("a listener");
        let connected = socket.recv_stream_timeout(PATIENCE)?;
        let Some(StreamEvent::Connected { peer: id }) = connected else { panic!("{connected:?}") };
        socket.send_more(id)?;
        drop(peer);
        monitor.recv_timeout(PATIENCE)?.expect("the end of the connection");
        eventually("libzmq notices the end", || process_commands(&socket).1);
        for _ in 0..100 {
            process_commands(&socket);
        }
        socket.send(living.message())?;
        let ended = socket.recv_stream_timeout(PATIENCE)?;
        assert!(matches!(ended, Some(StreamEvent::Disconnected { .. })), "{ended:?}");
    }
    drop((monitor, socket));
    living.none_is_left(context, "STREAM");
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn conflate_newest_overwritten_messages_are_freed() -> Result<()> {
    let context = context()?;
    let living = Living::default();
    let sink = context.socket(zmq::Pull)?;
    let source = context.socket(Push)?;
    source.set_conflate(true)?.connect(sink.bind(free("inproc"))?)?;
    let receiving = std::thread::spawn(move || while sink.recv().is_ok_and(|message| message != "end") {});
    for _ in 0..100_000 {
        source.send(living.message())?;
    }
    eventually("the receiver ends", || {
        // Without a peer a blocking send would never return.
        let _ = source.try_send("end");
        receiving.is_finished()
    });
    drop(source);
    living.none_is_left(context, "a conflating PUSH");
    Ok(())
}
