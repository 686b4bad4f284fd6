//! Raw data that is larger than a buffer of libzmq. Origin: test_stream_exceeds_buffer.cpp.

use std::io::Write;

use zmq::{Result, Stream, StreamEvent};

use crate::support::*;

#[test]
fn bytes_beyond_the_buffer_arrive_unchanged() -> Result<()> {
    let sent: Vec<u8> = [0xDE, 0xAD, 0xBE, 0xEF].into_iter().cycle().take(3 * 8192 + 1).collect();
    let listener = listener();
    let stream = context()?.socket(Stream)?;
    stream.connect(format!("tcp://{}", listener.local_addr().unwrap()))?;
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(&sent).unwrap();

    let mut received = Vec::new();
    while received.len() < sent.len() {
        match stream.recv_stream_timeout(PATIENCE)? {
            Some(StreamEvent::Connected { .. }) => assert!(received.is_empty()),
            Some(StreamEvent::Data { bytes, .. }) => received.extend_from_slice(&bytes),
            other => panic!("{other:?}"),
        }
    }
    assert!(received == sent);
    Ok(())
}
