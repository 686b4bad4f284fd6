//! DGRAM sockets: a datagram and its answer. Origin: test_dgram.cpp.

use std::net::SocketAddr;
use std::time::Duration;

use zmq::{Dgram, ErrorKind, Result};

use crate::support::*;

#[test]
fn a_connect_fails() -> Result<()> {
    let socket = context()?.socket(Dgram)?;
    assert_eq!(socket.connect("udp://127.0.0.1:5556").unwrap_err().kind(), ErrorKind::IncompatibleProtocol);
    Ok(())
}

#[test]
fn a_question_is_answered() -> Result<()> {
    let context = context()?;
    let (sender, listener) = (context.socket(Dgram)?, context.socket(Dgram)?);
    let address = |endpoint: zmq::Endpoint| endpoint.address().parse::<SocketAddr>().unwrap();
    let (there, here) = (address(listener.bind("udp://127.0.0.1:*")?), address(sender.bind("udp://127.0.0.1:*")?));

    let mut question = None;
    eventually("the listener is bound, and receives the question", || {
        sender.send_datagram(there, "Is someone there ?").unwrap();
        question = listener.recv_datagram_timeout(Duration::from_millis(20)).unwrap();
        question.is_some()
    });
    let question = question.unwrap();
    assert_eq!((question.address, &*question.body), (here, &b"Is someone there ?"[..]));

    listener.send_datagram(question.address, "Yes, there is !")?;
    let answer = sender.recv_datagram_timeout(PATIENCE)?.unwrap();
    assert_eq!((answer.address, &*answer.body), (there, &b"Yes, there is !"[..]));
    Ok(())
}
