//! Requests and replies over `inproc`. Origin: test_reqrep_inproc.cpp.

use zmq::{Rep, Req, Result};

use crate::support::*;

#[test]
fn a_request_is_answered() -> Result<()> {
    let (server, client) = pair(&context()?, "inproc", (Rep, Req))?;
    bounce(&server, &client);
    Ok(())
}
