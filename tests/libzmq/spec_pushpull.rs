//! The requirements of RFC 30 for PUSH and PULL sockets. Origin: test_spec_pushpull.cpp.

use std::time::Duration;

use zmq::{ErrorKind, Multipart, Pull, Push, Result};

use crate::support::*;

over! {
    inproc:
        each_peer_gets_a_message_in_turn
        messages_are_received_from_each_peer_in_turn
        a_multipart_message_arrives_whole_or_not_at_all;
    tcp:
        each_peer_gets_a_message_in_turn
        messages_are_received_from_each_peer_in_turn
        a_multipart_message_arrives_whole_or_not_at_all;
}

fn each_peer_gets_a_message_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let source = context.socket(Push)?;
    let sinks = connected(&context, Pull, 5, source.bind(free(transport))?)?;
    meet(&sinks, || Ok(source.send("meet")?), |_| Ok(()))?;
    for text in ["ABC", "DEF"] {
        for _ in &sinks {
            source.send(text)?;
        }
    }
    for sink in &sinks {
        expect(sink, "ABC");
        expect(sink, "DEF");
        expect_nothing(sink);
    }
    Ok(())
}

fn messages_are_received_from_each_peer_in_turn(transport: &str) -> Result<()> {
    let context = context()?;
    let sink = context.socket(Pull)?;
    let sources = connected(&context, Push, 5, sink.bind(free(transport))?)?;
    takes_turns(&sources, &sink)
}

#[test]
fn a_send_without_a_peer_blocks_until_its_timeout() -> Result<()> {
    let socket = context()?.socket(Push)?;
    assert!(socket.try_send("nobody").unwrap_err().error.is_would_block());
    socket.set_send_timeout(Some(Duration::from_millis(50)))?;
    assert!(socket.send("nobody").unwrap_err().error.is_timed_out());
    Ok(())
}

/// The peer leaves while both queues are full, and reconnects. The first frame that it then receives starts a message.
fn a_multipart_message_arrives_whole_or_not_at_all(transport: &str) -> Result<()> {
    // The last frame is larger than the buffers of the system.
    let message = |name: &str, byte: u8| -> Multipart { (name, name, vec![byte; 16 << 20], name).into() };
    let context = context()?;
    let (source, sink) = (context.socket(Push)?, context.socket(Pull)?);
    let endpoint = source.set_send_hwm(1)?.bind(free(transport))?;
    sink.set_recv_hwm(1)?.connect(&endpoint)?;
    source.send_multipart(message("0", b'a'))?;
    expect(&sink, message("0", b'a'));

    source.send("1")?;
    source.send_multipart(message("2", b'b'))?;
    sink.disconnect(&endpoint)?;
    sink.connect(&endpoint)?;
    let mut received = Vec::new();
    for (name, byte) in [("3", b'c'), ("5", b'd')] {
        let mut waiting = message(name, byte);
        eventually("the socket accepts the message, or loses its peer", || {
            received.extend(sink.try_recv_multipart().unwrap());
            let Err(refused) = source.try_send_multipart(std::mem::take(&mut waiting)) else { return true };
            let lost = refused.kind() == ErrorKind::PeerLost;
            assert!(lost || refused.error.is_would_block(), "{refused}");
            waiting = refused.into_message();
            lost && name == "3"
        });
    }
    while received.last() != Some(&message("5", b'd')) {
        received.push(take_all(&sink)?);
    }
    received.pop();
    assert!(received.iter().all(|early| *early == message("3", b'c')), "a torn message arrived");
    Ok(())
}
