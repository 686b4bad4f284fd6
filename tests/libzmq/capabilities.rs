//! The capabilities that a libzmq was built with. Origin: test_capabilities.cpp.

use zmq::{Capability, Errno, Pair, Result};

use crate::support::*;

#[test]
fn the_library_supports_the_capabilities_that_it_reports() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let transports = [
        (Capability::Ipc, free("ipc")),
        (Capability::Tipc, "tipc://{5560,0,0}".to_owned()),
        (Capability::Ws, "ws://127.0.0.1:*".to_owned()),
    ];
    for (capability, endpoint) in transports {
        // An operating system without the transport fails with another errno.
        let known = socket.bind(endpoint).map_err(|error| error.errno()) != Err(Errno::EPROTONOSUPPORT);
        assert_eq!(known, zmq::has(capability), "{capability:?}");
    }
    assert_eq!(socket.set_gssapi_server(false).is_ok(), zmq::has(Capability::Gssapi));
    Ok(())
}
