//! Valid and invalid addresses of a connect. Origin: test_connect_resolve.cpp.

use zmq::{ErrorKind, Pub, Result};

use crate::support::*;

#[test]
fn names_and_addresses_are_resolved_in_the_background() -> Result<()> {
    let socket = context()?.socket(Pub)?;
    socket.connect("tcp://localhost:1234")?;
    socket.set_ipv6(true)?.connect("tcp://[::1]:1234")?;
    Ok(())
}

#[test]
fn an_invalid_address_is_refused() -> Result<()> {
    let socket = context()?.socket(Pub)?;
    for wrong in ["tcp://localhost:invalid", "tcp://", "tcp://192.168.0.200:*", "tcp://localhost", "localhost:1234"] {
        let error = socket.connect(wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidEndpoint, "{error}");
        assert_eq!(error.subject(), Some(wrong));
    }
    let error = socket.connect("tcp://in val id:1234").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidEndpoint | ErrorKind::InvalidInput), "{error}");
    let error = socket.connect("invalid://localhost:1234").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedProtocol, "{error}");
    Ok(())
}
