//! Helpers of the tests of reactors.

use zmq::reactor::{SocketId, Turn};
use zmq::{Context, Events, Pull, Push, Reactor, Result, Socket};

use super::pair;

/// The notes of handlers, in order.
pub(crate) type Notes = Vec<String>;

pub(crate) fn note(notes: &mut Notes, socket: &Socket<Pull>, _turn: &mut Turn<'_, Notes>) -> Result<()> {
    notes.push(socket.recv()?.to_str()?.to_owned());
    Ok(())
}

/// Returns a reactor with one PULL socket that notes its messages, the socket's ID, and the connected PUSH socket.
pub(crate) fn noting(context: &Context) -> Result<(Reactor<Notes>, SocketId<Pull>, Socket<Push>)> {
    let (sink, source) = pair(context, "inproc", (Pull, Push))?;
    let mut reactor = Reactor::new()?;
    let id = reactor.add(sink, Events::READABLE, note)?;
    Ok((reactor, id, source))
}
