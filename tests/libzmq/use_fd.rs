//! Listeners of the program. Origin: test_use_fd.cpp.

use std::net::TcpListener;

use zmq::abilities::Open;
use zmq::{ErrorKind, Pair, Rep, Req, Result};

use crate::support::*;

fn on_a_listener<A: Open, B: Open>(bound: A, connected: B) -> Result<Two<A, B>> {
    let context = context()?;
    let (server, client) = (context.socket(bound)?, context.socket(connected)?);
    let listener = listener();
    let address = listener.local_addr().unwrap();
    // SAFETY: this is the listener's only descriptor.
    let endpoint = unsafe { server.bind_listener(listener) }?;
    assert_eq!(endpoint, format!("tcp://{address}").as_str());
    client.connect(endpoint)?;
    Ok((server, client))
}

#[test]
fn requests_arrive_through_the_listener() -> Result<()> {
    let (server, client) = on_a_listener(Rep, Req)?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn pairs_exchange_messages_through_the_listener() -> Result<()> {
    let (server, client) = on_a_listener(Pair, Pair)?;
    bounce(&server, &client);
    Ok(())
}

/// Without the check, libzmq would abort the process.
#[test]
fn a_descriptor_that_does_not_listen_is_refused() -> Result<()> {
    use std::os::fd::OwnedFd;

    let socket = context()?.socket(Pair)?;
    let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    // SAFETY: this is the listener's only descriptor.
    let error = unsafe { socket.bind_listener(TcpListener::from(OwnedFd::from(udp))) }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}
