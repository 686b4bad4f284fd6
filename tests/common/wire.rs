//! The protocol by hand (RFC 23, ZMTP 3), for peers that libzmq does not provide: wrong, silent and old ones.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use socket2::SockRef;
use zmq::Endpoint;

use super::PATIENCE;

/// The flag of a frame that is followed by another frame of its message.
const MORE: u8 = 1;
/// The flag of a frame with an 8-byte length.
const LONG: u8 = 2;
pub(crate) const COMMAND: u8 = 4;

/// Returns the greeting of a peer without security, of version 3 and this minor version.
pub(crate) fn greeting(minor: u8) -> Vec<u8> {
    greeting_of("NULL", minor)
}

/// Returns the greeting of a client with this mechanism.
pub(crate) fn greeting_of(mechanism: &str, minor: u8) -> Vec<u8> {
    let mut greeting = vec![0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, minor];
    greeting.extend_from_slice(mechanism.as_bytes());
    greeting.resize(64, 0);
    greeting
}

pub(crate) fn frame(flags: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = match u8::try_from(body.len()) {
        Ok(len) => vec![flags, len],
        Err(_) => [&[flags | LONG][..], &(body.len() as u64).to_be_bytes()].concat(),
    };
    frame.extend_from_slice(body);
    frame
}

/// Returns a frame of a message.
pub(crate) fn message(body: &[u8], more: bool) -> Vec<u8> {
    frame(if more { MORE } else { 0 }, body)
}

/// Returns a command.
pub(crate) fn command(name: &str, body: &[u8]) -> Vec<u8> {
    frame(COMMAND, &[&[name.len() as u8], name.as_bytes(), body].concat())
}

fn property(name: &str, value: &[u8]) -> Vec<u8> {
    [&[name.len() as u8], name.as_bytes(), &(value.len() as u32).to_be_bytes(), value].concat()
}

/// Returns the command that ends the handshake. Some socket types include a routing ID.
pub(crate) fn ready(socket_type: &str, routing_id: Option<&[u8]>) -> Vec<u8> {
    let mut properties = property("Socket-Type", socket_type.as_bytes());
    properties.extend(routing_id.map(|id| property("Identity", id)).unwrap_or_default());
    command("READY", &properties)
}

/// A connection with one end that the test plays.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    pub(crate) fn connect(endpoint: &Endpoint) -> Self {
        Self::new(TcpStream::connect(endpoint.address()).unwrap())
    }

    /// Connects and goes through the handshake as a socket of this type. `minor` is the minor version of version 3.
    pub(crate) fn shake_hands(endpoint: &Endpoint, minor: u8, socket_type: &str, routing_id: Option<&[u8]>) -> Self {
        let mut wire = Self::connect(endpoint);
        wire.introduce(minor, socket_type, routing_id);
        wire
    }

    fn introduce(&mut self, minor: u8, socket_type: &str, routing_id: Option<&[u8]>) {
        self.send(&greeting(minor));
        let theirs = self.receive(64);
        assert_eq!((theirs[0], theirs[9], theirs[10]), (0xFF, 0x7F, 3));
        self.send(&ready(socket_type, routing_id));
        let (flags, command) = self.receive_frame();
        assert_eq!(flags, COMMAND);
        assert!(command.starts_with(b"\x05READY"), "{command:?}");
    }

    /// Accepts a connection and goes through the handshake as a socket of this type.
    pub(crate) fn accept(listener: &TcpListener, socket_type: &str) -> Self {
        let mut wire = Self::new(listener.accept().unwrap().0);
        wire.introduce(1, socket_type, None);
        wire
    }

    /// Answers heartbeats on a thread, until the connection ends.
    pub(crate) fn answer_heartbeats(&self) {
        let mut wire = Self(self.0.try_clone().unwrap());
        thread::spawn(move || {
            let mut received = Vec::new();
            let mut buffer = [0; 256];
            while let Ok(count @ 1..) = wire.0.read(&mut buffer) {
                received.extend_from_slice(&buffer[..count]);
                // A heartbeat may arrive in two pieces, and is then answered once it is complete.
                while let Some(at) = received.windows(5).position(|bytes| bytes == b"\x04PING") {
                    received.drain(..at + 5);
                    if wire.0.write_all(&command("PONG", b"")).is_err() {
                        return;
                    }
                }
            }
        });
    }

    /// Resets the connection, so that the other end sees it broken.
    pub(crate) fn reset(self) {
        // A close without linger resets the connection.
        SockRef::from(&self.0).set_linger(Some(Duration::ZERO)).unwrap();
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// Receives this many bytes.
    pub(crate) fn receive(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Returns `true` if bytes can be received.
    #[allow(dead_code, reason = "only some of the tests use it")]
    pub(crate) fn has_more(&self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let peeked = self.0.peek(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        peeked.is_ok_and(|len| len > 0)
    }

    /// Receives a frame, and returns its flags, without that of the length, and its body.
    pub(crate) fn receive_frame(&mut self) -> (u8, Vec<u8>) {
        let flags = self.receive(1)[0];
        let len = match flags & LONG {
            0 => self.receive(1)[0].into(),
            _ => u64::from_be_bytes(self.receive(8).try_into().unwrap()),
        };
        (flags & !LONG, self.receive(len.try_into().unwrap()))
    }

    /// Waits until the other end closes the connection, and discards its bytes.
    pub(crate) fn expect_end(&mut self) {
        self.receive_rest();
    }

    /// Receives all bytes until the other end closes the connection.
    pub(crate) fn receive_rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // The system reports a reset if the other end left bytes unread.
        if let Err(error) = self.0.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "the connection stays open");
        }
        rest
    }
}

/// Connects as a peer of version 1 of the protocol, with an empty routing ID, sends a message, and waits until the
/// other end closes the connection.
pub(crate) fn expect_unversioned_to_be_turned_away(endpoint: &Endpoint) {
    let mut wire = Wire::connect(endpoint);
    wire.send(&[1, 0]);
    // The length includes the flags.
    wire.send(b"\x07\0sneaky");
    wire.expect_end();
}
