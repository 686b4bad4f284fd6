//! PAIR sockets over `inproc`. Origin: test_pair_inproc.cpp.

use zmq::{Message, Pair, Result};

use crate::support::*;

#[test]
fn messages_go_there_and_back() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Pair, Pair))?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn constant_bytes_are_sent_without_a_copy() -> Result<()> {
    static PAGE: [u8; 4096] = [b'x'; 4096];
    let (server, client) = pair(&context()?, "inproc", (Pair, Pair))?;
    server.send_multipart([Message::from_static(b"foo"), Message::from_static(&PAGE)])?;
    let [foo, page] = take_all(&client)?.into_array().unwrap();
    assert_eq!(foo, "foo");
    assert_eq!(page.as_ptr(), PAGE.as_ptr());
    Ok(())
}
