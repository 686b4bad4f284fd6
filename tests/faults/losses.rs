//! Messages that libzmq accepted and then lost.

use std::net::TcpStream;
use std::time::Duration;

use zmq::{Context, Pair, Pull, Push, Result};

use crate::common::wire::Wire;
use crate::common::{PATIENCE, context, eventually, free, in_time};

/// The number of messages in the buffers of the system after the sender has ended: more than libzmq reads at once, and
/// less than the buffers hold. A Unix socket on Linux is not writable again before three quarters of its buffer are free,
/// and the kernel's own data for each write count too. With more messages, the sender would wait for the receiver.
const COUNT: u32 = 5;

/// The time limit for a message that has arrived already.
const SOON: Duration = Duration::from_secs(5);

fn numbered(number: u32) -> Vec<u8> {
    number.to_be_bytes().repeat(1792)
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ipc_tail_what_a_peer_sent_before_it_left_arrives() -> Result<()> {
    for transport in ["ipc", "tcp"] {
        for _ in 0..5 {
            let sink = context()?.socket(Pull)?;
            // The address is unique, because a socket of another test may still try to reconnect to the same port.
            let address = if transport == "tcp" { "tcp://127.0.0.3:*".to_owned() } else { free(transport) };
            let endpoint = sink.set_recv_hwm(1)?.bind(address)?;
            in_time(move || -> Result<()> {
                // The end of the context ends the connection.
                let source = Context::builder().linger(None).build()?.socket(Push)?;
                source.connect(&endpoint)?;
                (0..COUNT).try_for_each(|number| Ok(source.send(numbered(number))?))
            })?;
            for number in 0..COUNT {
                let message = sink.recv_timeout(SOON)?;
                let message = message.unwrap_or_else(|| panic!("message {number} over {transport} does not arrive"));
                assert!(*message == *numbered(number), "message {number} over {transport} has other bytes");
            }
        }
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ipc_tail_a_pair_that_is_slow_receives_all() -> Result<()> {
    for linger in [None, Some(2 * PATIENCE)] {
        let context = Context::builder().linger(linger).build()?;
        let socket = context.socket(Pair)?;
        let endpoint = socket.bind(free("ipc"))?;
        let receiving = std::thread::spawn(move || -> Result<u32> {
            let socket = crate::common::context()?.socket(Pair)?;
            socket.set_recv_hwm(1)?.connect(&endpoint)?;
            let mut received = 0;
            while received < 10 && socket.recv_timeout(PATIENCE)?.is_some() {
                received += 1;
                // This sleep makes the reader slow; the test does not wait for it.
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(received)
        });
        for number in 0..10_u8 {
            socket.send([number])?;
        }
        drop((socket, context));
        assert_eq!(receiving.join().expect("a receiver that does not panic")?, 10);
    }
    Ok(())
}

/// A libzmq without fixes behaves in this way, and no fix may change it.
#[test]
fn a_partly_sent_message_outlives_its_socket() -> Result<()> {
    // Larger than the buffers of the system.
    const SIZE: usize = 50_000_000;
    let source = Context::builder().linger(None).build()?.socket(Push)?;
    let endpoint = source.bind(free("tcp"))?;
    let mut peer = Wire::shake_hands(&endpoint, 0, "PULL", None);
    source.send(vec![b'x'; SIZE])?;
    // The header: flags, and an 8-byte length.
    peer.receive(9);
    let ending = std::thread::spawn(move || drop(source));
    eventually("the socket closes", || TcpStream::connect(endpoint.address()).is_err());
    assert_eq!(peer.receive(SIZE), vec![b'x'; SIZE]);
    ending.join().expect("a drop that does not panic");
    Ok(())
}
