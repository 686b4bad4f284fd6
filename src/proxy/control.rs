//! The control socket of a proxy.

use super::statistics::ProxyStatistics;
use crate::error::{Errno, ErrorKind, Failure};
use crate::message::Message;
use crate::raw::RawSocket;
use crate::socket::Socket;
use crate::socket::kinds::{Ability, Any, Fact, SocketType};

/// The maximum number of bytes of an unknown command that the reply quotes.
const MOST_QUOTED: usize = 32;

/// The socket that receives commands.
#[derive(Clone, Copy)]
pub(super) struct Control<'a>(&'a Socket<Any>);

/// The effect of a command on the proxy, apart from the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Pause,
    Resume,
    Terminate,
}

impl<'a> Control<'a> {
    pub(super) fn new(socket: &'a Socket<Any>) -> Self {
        Self(socket)
    }

    pub(super) fn raw(self) -> &'a RawSocket {
        self.0.raw()
    }

    /// Attempts to receive a command without blocking, and replies to it. Returns the effect of the command.
    pub(super) fn serve(self, statistics: &ProxyStatistics) -> Result<Option<Command>, Failure> {
        let received = match self.0.try_recv_multipart() {
            Ok(received) => received,
            // The peer disconnected in the middle of the command.
            Err(error) if error.kind() == ErrorKind::PeerLost => None,
            Err(error) => return Err(error.errno().into()),
        };
        let Some(mut message) = received else { return Ok(None) };
        let word = message.pop_back().unwrap_or_default();
        let (command, reply) = read(&word, statistics);
        if self.0.socket_type().can(Ability::Sends) {
            // The frames before the word are the routing IDs for the reply.
            message.extend(reply);
            match self.0.try_send_multipart(message) {
                Err(refused) if refused.error.is_terminated() => return Err(Errno::ETERM.into()),
                // The peer does not read replies or has disconnected. The command is executed nevertheless.
                _ => {}
            }
        }
        Ok(command)
    }
}

fn read(word: &Message, statistics: &ProxyStatistics) -> (Option<Command>, Vec<Message>) {
    let done = || vec![Message::new()];
    match word.as_bytes() {
        b"PAUSE" => (Some(Command::Pause), done()),
        b"RESUME" => (Some(Command::Resume), done()),
        b"TERMINATE" => (Some(Command::Terminate), done()),
        b"STATISTICS" => (None, statistics.to_frames().map(Message::from).into()),
        other => {
            let quoted = match other.get(..MOST_QUOTED) {
                Some(start) if other.len() > MOST_QUOTED => {
                    format!("\"{}\"... of {} bytes", start.escape_ascii(), other.len())
                }
                _ => format!("\"{}\"", other.escape_ascii()),
            };
            let reason = format!("unknown command {quoted}; send PAUSE, RESUME, STATISTICS or TERMINATE");
            (None, vec![Message::from(reason)])
        }
    }
}

/// Returns the reason why a socket of this type cannot be a control socket, or `None` if it can.
pub(super) fn refuse(socket_type: SocketType) -> Option<String> {
    if socket_type.has(Fact::Steers) {
        return None;
    }
    Some(format!("a {socket_type} socket cannot receive commands; use a REP, ROUTER, DEALER, PAIR, PULL or SUB socket"))
}
