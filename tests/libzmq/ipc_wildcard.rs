//! IPC paths that libzmq chooses. Origin: test_ipc_wildcard.cpp.

use zmq::{Pair, Result};

use crate::support::*;

#[test]
fn a_wildcard_path_is_resolved() -> Result<()> {
    let context = context()?;
    let (server, client) = (context.socket(Pair)?, context.socket(Pair)?);
    let endpoint = server.bind("ipc://*")?;
    assert_eq!(endpoint.transport(), "ipc");
    assert_ne!(endpoint.address(), "*");
    client.connect(&endpoint)?;
    bounce(&server, &client);
    Ok(())
}
