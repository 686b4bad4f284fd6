//! Connections from a chosen source address. Origin: test_bind_src_address.cpp.

use zmq::{Pub, Pull, Push, Result};

use crate::support::*;

#[test]
fn the_source_may_be_an_address_a_name_or_an_interface() -> Result<()> {
    let socket = context()?.socket(Pub)?;
    for source in ["127.0.0.1:0", "localhost:5555", if cfg!(target_os = "linux") { "lo:5555" } else { "lo0:5555" }] {
        let endpoint = format!("tcp://{source};localhost:1234");
        assert_eq!(socket.connect(&endpoint)?, endpoint.as_str());
        socket.disconnect(&endpoint)?;
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn the_peer_sees_the_source_address() -> Result<()> {
    let context = context()?;
    let (sink, source) = (context.socket(Pull)?, context.socket(Push)?);
    let bound = sink.bind(free("tcp"))?;
    source.connect(format!("tcp://127.9.8.7:0;{}", bound.address()))?;
    source.send("hello")?;
    assert_eq!(take(&sink)?.peer_address(), Some("127.9.8.7"));
    Ok(())
}
