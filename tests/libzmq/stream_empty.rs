//! An empty frame closes a raw connection. Origin: test_stream_empty.cpp.

use zmq::{Dealer, ErrorKind, Message, Result, Stream, StreamEvent};

use crate::support::*;

#[test]
fn an_empty_frame_closes_the_connection() -> Result<()> {
    let (stream, dealer) = pair(&context()?, "tcp", (Stream, Dealer))?;
    dealer.send("")?;
    let Some(StreamEvent::Connected { peer }) = stream.recv_stream_timeout(PATIENCE)? else { panic!("no connection") };
    stream.send_multipart((&peer, Message::from_static(b"")))?;
    eventually("the connection is closed", || {
        stream.send_stream(&peer, "x").map_err(|refused| refused.kind()) == Err(ErrorKind::HostUnreachable)
    });
    // The dealer reconnects.
    eventually("a new connection", || match stream.recv_stream_timeout(PATIENCE).unwrap() {
        Some(StreamEvent::Connected { peer: next }) => next != peer,
        _ => false,
    });
    Ok(())
}
