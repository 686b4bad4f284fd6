//! The grammar of the protocols: ZMTP 1.0 to 3.1 (RFC 13, 15, 23 and 37), their mechanisms, and WebSocket (RFC 45).

/// The flag of a frame that is followed by another frame of its message.
pub(crate) const MORE: u8 = 1;
/// The flag of a frame with an 8-byte length.
pub(crate) const LONG: u8 = 2;
pub(crate) const COMMAND: u8 = 4;

/// A step of a peer.
#[derive(Clone, Debug)]
pub(crate) enum Unit {
    /// Sends raw bytes.
    Raw(Vec<u8>),
    /// Sends a frame. `len` overrides the stated length.
    Frame { flags: u8, body: Vec<u8>, len: Option<u64> },
    /// Sends a WebSocket frame that carries no ZMTP frame.
    Control { opcode: u8, body: Vec<u8> },
    /// Waits for this many additional bytes.
    Await(usize),
}

/// The encoding of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// ZMTP 1.0, whose length includes the flags.
    V1,
    /// ZMTP 2.0 and later.
    V2,
    /// WebSocket. Clients mask their frames.
    Ws { masked: bool },
}

impl Unit {
    /// Returns a frame of a message.
    pub(crate) fn message(body: impl Into<Vec<u8>>, more: bool) -> Self {
        Self::Frame { flags: if more { MORE } else { 0 }, body: body.into(), len: None }
    }

    /// Returns a command.
    pub(crate) fn command(name: &str, body: &[u8]) -> Self {
        let body = [&[name.len() as u8], name.as_bytes(), body].concat();
        Self::Frame { flags: COMMAND, body, len: None }
    }

    /// Appends the encoded bytes to `bytes`.
    pub(crate) fn encode(&self, framing: Framing, bytes: &mut Vec<u8>) {
        match (self, framing) {
            (Self::Raw(raw), _) => bytes.extend(raw),
            (Self::Await(_), _) => {}
            (Self::Frame { flags, body, len }, Framing::V1) => {
                let len = len.unwrap_or(body.len() as u64).wrapping_add(1);
                match u8::try_from(len) {
                    Ok(len @ 0..=254) => bytes.push(len),
                    _ => bytes.extend([&[0xFF][..], &len.to_be_bytes()].concat()),
                }
                bytes.push(flags & MORE);
                bytes.extend(body);
            }
            (Self::Frame { flags, body, len }, Framing::V2) => {
                let len = len.unwrap_or(body.len() as u64);
                match u8::try_from(len) {
                    Ok(len) if flags & LONG == 0 => bytes.extend([*flags, len]),
                    _ => bytes.extend([&[flags | LONG][..], &len.to_be_bytes()].concat()),
                }
                bytes.extend(body);
            }
            (Self::Frame { flags, body, len }, Framing::Ws { masked }) => {
                // Commands have another flag on WebSocket.
                let first = (flags & MORE) | if flags & COMMAND == 0 { 0 } else { 2 };
                let len = len.map(|len| len.wrapping_add(1));
                websocket(2, &[&[first][..], body].concat(), len, masked, bytes);
            }
            (Self::Control { opcode, body }, Framing::Ws { masked }) => {
                websocket(*opcode, body, None, masked, bytes);
            }
            (Self::Control { opcode, body }, _) => {
                let flags = *opcode;
                Self::Frame { flags, body: body.clone(), len: None }.encode(Framing::V2, bytes);
            }
        }
    }
}

fn websocket(opcode: u8, body: &[u8], len: Option<u64>, masked: bool, bytes: &mut Vec<u8>) {
    const MASK: [u8; 4] = [0x5A, 0x00, 0xC3, 0x7E];
    let mask_bit = if masked { 0x80 } else { 0 };
    bytes.push(0x80 | opcode);
    match len.unwrap_or(body.len() as u64) {
        len @ 0..=125 => bytes.push(mask_bit | len as u8),
        len @ 126..=0xFFFF => bytes.extend([&[mask_bit | 126][..], &(len as u16).to_be_bytes()].concat()),
        len => bytes.extend([&[mask_bit | 127][..], &len.to_be_bytes()].concat()),
    }
    if masked {
        bytes.extend(MASK);
        bytes.extend(body.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    } else {
        bytes.extend(body);
    }
}

/// Returns the greeting of ZMTP 3.
pub(crate) fn greeting(major: u8, minor: u8, mechanism: &[u8], as_server: bool) -> Vec<u8> {
    let mut greeting = vec![0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, major, minor];
    greeting.extend(mechanism);
    greeting.resize(32, 0);
    greeting.push(as_server.into());
    greeting.resize(64, 0);
    greeting
}

/// Returns the greeting of ZMTP 1 or 2, which contains the number of a socket type.
pub(crate) fn old_greeting(revision: u8, socket_type: u8) -> Vec<u8> {
    vec![0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, revision, socket_type]
}

pub(crate) fn property(name: &str, value: &[u8]) -> Vec<u8> {
    [&[name.len() as u8], name.as_bytes(), &(value.len() as u32).to_be_bytes(), value].concat()
}

/// Returns the properties of READY and INITIATE.
pub(crate) fn properties(socket_type: &str, routing_id: Option<&[u8]>) -> Vec<u8> {
    let mut all = property("Socket-Type", socket_type.as_bytes());
    all.extend(routing_id.map(|id| property("Identity", id)).unwrap_or_default());
    all
}

/// Returns the HELLO of PLAIN.
pub(crate) fn hello(username: &[u8], password: &[u8]) -> Unit {
    let body = [&[username.len() as u8], username, &[password.len() as u8], password].concat();
    Unit::command("HELLO", &body)
}

pub(crate) fn ping(time_to_live: u16, context: &[u8]) -> Unit {
    Unit::command("PING", &[&time_to_live.to_be_bytes(), context].concat())
}

pub(crate) fn error(reason: &[u8]) -> Unit {
    Unit::command("ERROR", &[&[reason.len() as u8], reason].concat())
}

/// Returns the request of a WebSocket client.
pub(crate) fn upgrade(protocols: &str) -> Vec<u8> {
    format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Protocol: {protocols}\r\n\
         Sec-WebSocket-Version: 13\r\n\r\n"
    )
    .into_bytes()
}

/// Returns the response of a WebSocket server.
pub(crate) fn upgraded(protocol: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: aGVsbG8sIHdvcmxkIGhlbGxv\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
    )
    .into_bytes()
}
