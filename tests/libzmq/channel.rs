//! The round trip between two CHANNEL sockets. Origin: test_channel.cpp.

use zmq::{Channel, Result, SocketType};

use crate::support::*;

over! {
    inproc:
        messages_travel_both_ways;
    tcp:
        messages_travel_both_ways;
}

fn messages_travel_both_ways(transport: &str) -> Result<()> {
    let (bound, connected) = pair(&context()?, transport, (Channel, Channel))?;
    bound.send("HELLO")?;
    assert_eq!(take(&connected)?, "HELLO");
    connected.send("WORLD")?;
    assert_eq!(take(&bound)?, "WORLD");
    Ok(())
}

#[test]
fn a_message_has_one_frame() -> Result<()> {
    let (_bound, connected) = pair(&context()?, "inproc", (SocketType::Channel, SocketType::Channel))?;
    refuses_more_frames(&connected);
    Ok(())
}
