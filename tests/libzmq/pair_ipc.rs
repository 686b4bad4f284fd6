//! PAIR sockets over IPC. Origin: test_pair_ipc.cpp.

use zmq::{ErrorKind, Pair, Result};

use crate::support::*;

#[test]
fn messages_go_there_and_back() -> Result<()> {
    let (server, client) = pair(&context()?, "ipc", (Pair, Pair))?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn a_path_that_is_too_long_for_a_socket_address_is_refused() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let error = socket.bind(format!("ipc://{}", "a".repeat(108))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTooLong);
    assert!(error.to_string().contains("the path has 108 bytes"), "{error}");
    Ok(())
}
