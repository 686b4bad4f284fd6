//! The connections of a STREAM socket.

use std::collections::HashSet;
use std::mem;

use crate::message::Message;
use crate::multipart::Multipart;

/// An event of a STREAM socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamEvent {
    /// A connection was established by this end or by the peer.
    Connected {
        /// The routing ID of the connection.
        peer: Message,
    },
    /// Bytes arrived. TCP does not preserve the boundaries of the pieces that the peer sent.
    Data {
        /// The routing ID of the connection.
        peer: Message,
        /// The bytes. There is at least one.
        bytes: Message,
    },
    /// A connection ended.
    Disconnected {
        /// The routing ID of the closed connection.
        peer: Message,
    },
    /// A message that does not have two frames. No known version of libzmq sends such messages.
    Other(Multipart),
}

/// The connections of a STREAM socket, as far as the program has received their events.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: HashSet<Box<[u8]>>,
    /// The connections that this end closed since the last receive. libzmq may have fetched a message of them before.
    closed: HashSet<Box<[u8]>>,
}

impl Connections {
    /// Interprets a received message. The first empty frame of a connection marks its beginning, the second its end.
    pub(super) fn read(&mut self, received: Multipart) -> StreamEvent {
        let closed = mem::take(&mut self.closed);
        match received.into_array() {
            Ok([peer, bytes]) if !bytes.is_empty() => StreamEvent::Data { peer, bytes },
            Ok([peer, _]) if self.open.remove(&*peer) || closed.contains(&*peer) => StreamEvent::Disconnected { peer },
            Ok([peer, _]) => {
                self.open.insert(peer.as_bytes().into());
                StreamEvent::Connected { peer }
            }
            Err(received) => StreamEvent::Other(received),
        }
    }

    pub(super) fn close(&mut self, peer: &[u8]) {
        self.open.remove(peer);
        self.closed.insert(peer.into());
    }
}
