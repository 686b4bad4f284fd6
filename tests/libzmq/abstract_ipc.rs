//! Abstract names of Unix sockets, a feature of Linux. Origin: test_abstract_ipc.cpp.

use zmq::{Dealer, ErrorKind, Result};

use crate::support::*;

#[test]
fn an_abstract_name_can_be_bound_and_connected_to() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let context = context()?;
    let (server, client) = (context.socket(Dealer)?, context.socket(Dealer)?);
    let endpoint = format!("ipc://@zmq-tester-{}", std::process::id());
    assert_eq!(server.bind(&endpoint)?, endpoint.as_str());
    client.connect(&endpoint)?;
    bounce(&server, &client);
    Ok(())
}

#[test]
fn an_empty_abstract_name_is_refused() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let error = context()?.socket(Dealer)?.bind("ipc://@").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidEndpoint | ErrorKind::InvalidInput), "{error}");
    Ok(())
}
