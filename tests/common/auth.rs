//! What the tests of authentication share: a server that tells what became of its peers, and its clients.

use zmq::auth::Rules;
use zmq::{Context, Endpoint, Monitor, MonitorEvent, MonitorEvents, Pull, Push, Result, Security, Socket};

use super::{PATIENCE, context};

/// What a server says of a peer once the handshake is over, one way or the other.
pub(crate) const OUTCOMES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL);

/// A server at a wildcard port, with a monitor.
pub(crate) fn server(context: &Context, security: &Security) -> Result<(Socket<Pull>, Monitor, Endpoint)> {
    let socket = context.socket(Pull)?;
    let monitor = socket.monitor(OUTCOMES)?;
    let endpoint = socket.set_security(security)?.bind("tcp://127.0.0.1:*")?;
    Ok((socket, monitor, endpoint))
}

/// A client of that server; the context goes with it.
pub(crate) fn client(endpoint: &Endpoint, security: &Security) -> Result<Socket<Push>> {
    let socket = context()?.socket(Push)?;
    socket.set_security(security)?.connect(endpoint)?;
    Ok(socket)
}

/// What became of the peer that came next.
pub(crate) fn outcome(monitor: &Monitor) -> Result<MonitorEvent> {
    Ok(monitor.recv_timeout(PATIENCE)?.expect("nothing is told of the peer"))
}

/// A client whom [`admins`] let in.
pub(crate) fn admin() -> Security {
    Security::plain_client("admin", "secret")
}

pub(crate) fn admins() -> Rules {
    Rules::new().plain_user("admin", "secret")
}
