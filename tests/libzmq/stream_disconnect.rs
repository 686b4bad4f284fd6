//! The end of a raw connection. Origin: test_stream_disconnect.cpp.

use zmq::{Message, Result, Socket, Stream, StreamEvent};

use crate::stream::expect_end;
use crate::support::*;

fn next(stream: &Socket<Stream>) -> Result<StreamEvent> {
    Ok(stream.recv_stream_timeout(PATIENCE)?.expect("something comes"))
}

/// Returns the event of a text that is short enough to arrive in one piece.
fn data(peer: &Message, text: &str) -> StreamEvent {
    StreamEvent::Data { peer: peer.clone(), bytes: text.into() }
}

#[test]
fn the_server_receives_a_disconnect_when_the_client_closes() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Stream)?, context.socket(Stream)?);
    client.connect(server.bind(free("tcp"))?)?;
    let StreamEvent::Connected { peer: client_id } = next(&server)? else { panic!("expected a connection") };
    let StreamEvent::Connected { peer: server_id } = next(&client)? else { panic!("expected a connection") };

    client.send_stream(&server_id, "a question")?;
    assert_eq!(next(&server)?, data(&client_id, "a question"));
    server.send_stream(&client_id, "an answer")?;
    assert_eq!(next(&client)?, data(&server_id, "an answer"));
    client.close_stream(&server_id)?;
    expect_end(&client, &server, client_id);
    Ok(())
}
