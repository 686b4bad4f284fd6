//! The connections of a STREAM socket.

use std::collections::HashSet;
use std::mem;

use crate::message::Message;
use crate::multipart::Multipart;

/// What a STREAM socket receives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamEvent {
    /// A connection was made, by either end.
    Connected {
        /// The routing id of the connection.
        peer: Message,
    },
    /// Bytes arrived, in whatever pieces TCP brought them.
    Data {
        /// The routing id of the connection.
        peer: Message,
        /// The bytes, at least one.
        bytes: Message,
    },
    /// A connection ended.
    Disconnected {
        /// The routing id that the connection had.
        peer: Message,
    },
    /// Something that is not two frames: no libzmq is known to send it.
    Other(Multipart),
}

/// The connections whose beginning was received.
#[derive(Debug, Default)]
pub(super) struct Connections {
    open: HashSet<Box<[u8]>>,
    /// Those that this end closed since the last receive, for which libzmq may have fetched a message before.
    closed: HashSet<Box<[u8]>>,
}

impl Connections {
    /// Reads what was received: an empty frame is a beginning the first time and an end the second.
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
