//! A proxy with the same socket at both ends. Origin: test_proxy_single_socket.cpp.

use std::thread;

use zmq::{Rep, Req, Result};

use crate::support::*;

#[test]
fn a_request_is_returned_as_its_reply() -> Result<()> {
    let context = context()?;
    let (server, client) = pair(&context, "tcp", (Rep, Req))?;
    let proxy = thread::spawn(move || zmq::proxy(&server, &server));
    for text in ["msg1", "msg22"] {
        client.send(text)?;
        expect(&client, text);
    }
    client.send_multipart(["two", "frames"])?;
    expect(&client, ["two", "frames"]);
    context.shutdown();
    proxy.join().unwrap()
}
