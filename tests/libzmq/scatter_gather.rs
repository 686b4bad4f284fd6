//! Messages of SCATTER sockets for GATHER sockets. Origin: test_scatter_gather.cpp.

use zmq::{Gather, Result, Scatter, SocketType};

use crate::support::*;

#[test]
fn each_peer_gets_a_message_in_turn() -> Result<()> {
    let context = context()?;
    let scatter = context.socket(Scatter)?;
    let gathers = connected(&context, Gather, 2, scatter.bind(free("inproc"))?)?;
    scatter.send("1")?;
    scatter.send("2")?;
    assert_eq!(take(&gathers[0])?, "1");
    assert_eq!(take(&gathers[1])?, "2");
    for gather in &gathers {
        assert_eq!(gather.try_recv()?, None);
    }
    Ok(())
}

#[test]
fn a_message_has_one_frame() -> Result<()> {
    let (scatter, _gather) = pair(&context()?, "inproc", (SocketType::Scatter, SocketType::Gather))?;
    refuses_more_frames(&scatter);
    Ok(())
}
