//! A path that two sockets bind in turn. Origin: test_rebind_ipc.cpp.

use zmq::{Pull, Push, Result};

use crate::support::*;

#[test]
fn a_peer_finds_the_next_socket_at_the_same_path() -> Result<()> {
    let context = context()?;
    let endpoint = fixed("ipc");
    let sink = context.socket(Pull)?;
    sink.connect(&endpoint)?;
    for _ in 0..2 {
        let source = context.socket(Push)?;
        // The first socket closes in the background.
        eventually("the path is free", || source.bind(&endpoint).is_ok());
        source.send("42")?;
        expect(&sink, "42");
    }
    Ok(())
}
