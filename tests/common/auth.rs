//! Helpers of the tests of authentication: a server whose monitor reports handshakes, and its clients.

use zmq::auth::Rules;
use zmq::{Context, Endpoint, Monitor, MonitorEvent, MonitorEvents, Pull, Push, Result, Security, Socket};

use super::{PATIENCE, context};

/// The events that end a handshake.
pub(crate) const OUTCOMES: MonitorEvents = MonitorEvents::HANDSHAKE_SUCCEEDED
    .union(MonitorEvents::HANDSHAKE_FAILED_AUTH)
    .union(MonitorEvents::HANDSHAKE_FAILED_PROTOCOL)
    .union(MonitorEvents::HANDSHAKE_FAILED_NO_DETAIL);

/// Opens a server with a wildcard port and a monitor.
pub(crate) fn server(context: &Context, security: &Security) -> Result<(Socket<Pull>, Monitor, Endpoint)> {
    let socket = context.socket(Pull)?;
    let monitor = socket.monitor(OUTCOMES)?;
    let endpoint = socket.set_security(security)?.bind("tcp://127.0.0.1:*")?;
    Ok((socket, monitor, endpoint))
}

/// Opens a client of that server in a context of its own.
pub(crate) fn client(endpoint: &Endpoint, security: &Security) -> Result<Socket<Push>> {
    let socket = context()?.socket(Push)?;
    socket.set_security(security)?.connect(endpoint)?;
    Ok(socket)
}

/// Returns the outcome of the next handshake.
pub(crate) fn outcome(monitor: &Monitor) -> Result<MonitorEvent> {
    Ok(monitor.recv_timeout(PATIENCE)?.expect("an event of the handshake"))
}

/// Returns the security of a client that [`admins`] accepts.
pub(crate) fn admin() -> Security {
    Security::plain_client("admin", "secret")
}

pub(crate) fn admins() -> Rules {
    Rules::new().plain_user("admin", "secret")
}
