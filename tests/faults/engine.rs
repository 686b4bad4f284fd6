//! Connections with heartbeats whose reader is slow, or whose peer breaks the protocol.

use std::time::Duration;

use zmq::{Heartbeat, Kind, Pull, Result, Socket, Sub};

use crate::common::wire::{COMMAND, Wire, command, frame, message};
use crate::common::{PATIENCE, context, in_child, pass_through_the_io_thread, take, this_test};

const BEAT: Duration = Duration::from_millis(20);

/// Receives frames until this many heartbeats have arrived.
fn expect_heartbeats(peer: &mut Wire, count: usize) {
    let mut heartbeats = 0;
    while heartbeats < count {
        let (flags, body) = peer.receive_frame();
        heartbeats += usize::from(flags == COMMAND && body.starts_with(b"\x04PING"));
    }
}

/// Sets heartbeats whose timeout never expires during a test.
fn beat<K: Kind>(socket: &Socket<K>) -> Result<()> {
    socket.set_heartbeat(Heartbeat { timeout: Some(PATIENCE), ..Heartbeat::every(BEAT) })?;
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn heartbeat_io_error_a_client_that_leaves_a_full_server_ends_nothing() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let server = context.socket(Pull).unwrap();
        server.set_recv_hwm(1).unwrap();
        beat(&server).unwrap();
        let endpoint = server.bind("tcp://127.0.0.1:*").unwrap();
        let mut witness = Wire::shake_hands(&endpoint, 1, "PUSH", None);

        let mut client = Wire::shake_hands(&endpoint, 1, "PUSH", None);
        for number in 0..100_u8 {
            client.send(&message(&[number], false));
        }
        // Both peers get heartbeats. By then the client's bytes are read, up to the high-water mark.
        expect_heartbeats(&mut client, 2);
        client.reset();
        expect_heartbeats(&mut witness, 4);

        assert_eq!(take(&server).unwrap(), [0]);
        witness.send(&message(b"still there", false));
        while take(&server).unwrap() != "still there" {}
    });
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn heartbeat_restart_input_a_slow_reader_survives_a_reconnection() {
    in_child(this_test!(), || {
        let context = context().unwrap();
        let subscriber = context.socket(Sub).unwrap();
        subscriber.set_recv_hwm(1).unwrap().subscribe("").unwrap();
        subscriber.set_reconnect_interval(Some(Duration::from_millis(1))).unwrap();
        let heartbeat = Heartbeat { timeout: Some(Duration::from_millis(200)), ..Heartbeat::every(BEAT) };
        subscriber.set_heartbeat(heartbeat).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        subscriber.connect(format!("tcp://{}", listener.local_addr().unwrap())).unwrap();

        let mut publisher = Wire::accept(&listener, "XPUB");
        for number in 0..100_u8 {
            publisher.send(&message(&[number], false));
        }
        // The queue of the reader is full. Its heartbeats are not answered, so it reconnects.
        let mut publisher = Wire::accept(&listener, "XPUB");
        publisher.answer_heartbeats();
        assert_eq!(take(&subscriber).unwrap(), [0]);
        pass_through_the_io_thread(&context).unwrap();
        publisher.send(&message(b"again", false));
        while take(&subscriber).unwrap() != "again" {}
    });
}

/// Returns a server with heartbeats and a peer after its handshake.
fn served(context: &zmq::Context) -> Result<(Socket<Pull>, Wire)> {
    let server = context.socket(Pull)?;
    beat(&server)?;
    let endpoint = server.bind("tcp://127.0.0.1:*")?;
    Ok((server, Wire::shake_hands(&endpoint, 1, "PUSH", None)))
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ping_stale_a_short_heartbeat_ends_the_connection() -> Result<()> {
    for malformed in [command("PING", b""), command("PING", b"\0"), frame(COMMAND, b"\x20PING")] {
        let context = context()?;
        let (_server, mut peer) = served(&context)?;
        peer.send(&malformed);
        let rest = peer.receive_rest();
        assert!(!rest.windows(4).any(|bytes| bytes == b"PONG"), "{malformed:?} is answered: {rest:?}");
    }
    Ok(())
}

#[test]
#[cfg_attr(not(zmq_patched), ignore = "the fault is in this libzmq")]
fn ping_ttl_of_more_than_a_minute_is_kept() -> Result<()> {
    let context = context()?;
    let (server, mut peer) = served(&context)?;
    // 65.6 seconds are 64 milliseconds more than 16 bits can hold.
    peer.send(&command("PING", &656_u16.to_be_bytes()));
    expect_heartbeats(&mut peer, 10);
    peer.send(&message(b"after a silence", false));
    assert_eq!(take(&server)?, "after a silence");
    Ok(())
}
