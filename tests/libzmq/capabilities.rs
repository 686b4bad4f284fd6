//! What a libzmq was built with. Origin: test_capabilities.cpp.

use zmq::{Capability, Errno, Pair, Result};

use crate::support::*;

#[test]
fn what_the_library_says_of_itself_is_so() -> Result<()> {
    let socket = context()?.socket(Pair)?;
    let transports = [
        (Capability::Ipc, free("ipc")),
        (Capability::Tipc, "tipc://{5560,0,0}".to_owned()),
        (Capability::Ws, "ws://127.0.0.1:*".to_owned()),
    ];
    for (capability, endpoint) in transports {
        // The system may lack it, or have it in another way: that has another number.
        let known = socket.bind(endpoint).map_err(|error| error.errno()) != Err(Errno::EPROTONOSUPPORT);
        assert_eq!(known, zmq::has(capability), "{capability:?}");
    }
    assert_eq!(socket.set_gssapi_server(false).is_ok(), zmq::has(Capability::Gssapi));
    Ok(())
}
