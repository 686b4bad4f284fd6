//! The dialogue of a peer that follows the protocol: a whole connection, before its mutation.

use zmq::SocketType;

use crate::common::random::Random;
use crate::contents::{INTRUDER, VISITOR};
use crate::grammar::{
    Framing, Unit, error, greeting, hello, old_greeting, ping, properties, property, upgrade, upgraded,
};
use crate::left_out::{Part, is_left_out};
use crate::targets::{KINDS, Mechanism, PASSWORD, Target, Transport, USERNAME};

/// A connection from its first byte on.
#[derive(Clone, Debug)]
pub(crate) struct Dialogue {
    pub(crate) units: Vec<Unit>,
    pub(crate) framing: Framing,
}

/// Decides at random whether a peer has valid credentials.
pub(crate) fn has_right(target: &Target, random: &mut Random) -> bool {
    match target.mechanism {
        Mechanism::Plain if target.guards => random.chance(60),
        _ => !target.is_closed(),
    }
}

impl Dialogue {
    /// Returns the dialogue of a peer of `target`.
    pub(crate) fn new(target: &Target, has_right: bool, random: &mut Random) -> Self {
        let mark = if has_right { VISITOR } else { INTRUDER };
        let mut dialogue = Self { units: Vec::new(), framing: Framing::V2 };
        if target.kind == SocketType::Stream {
            dialogue.units = (0..random.below(4)).map(|_| Unit::Raw(mark.repeat(random.below(2000)))).collect();
            return dialogue;
        }
        let id = routing_id(random);
        let shakes_hands = match target.transport {
            Transport::Ws => dialogue.upgrade(target, id.as_deref(), random),
            Transport::Tcp | Transport::Ipc => dialogue.greet(target, id.as_deref(), random),
        };
        if shakes_hands {
            dialogue.shake_hands(target, id.as_deref(), has_right, random);
        }
        for _ in 0..random.below(7) {
            dialogue.units.extend(traffic(mark, random));
        }
        dialogue
    }

    /// Adds the beginning of a WebSocket connection. Returns `true` if a handshake follows.
    fn upgrade(&mut self, target: &Target, id: Option<&[u8]>, random: &mut Random) -> bool {
        self.framing = Framing::Ws { masked: target.binds };
        let protocols = ["ZWS2.0/NULL", "ZWS2.0", "ZWS2.0/NULL,ZWS2.0", "ZWS2.0/PLAIN", "ZWS2.0/CURVE", "ZWS3.0, ", ""];
        let right = match target.mechanism {
            Mechanism::Null | Mechanism::Judged => *random.pick(&protocols[..3]),
            Mechanism::Plain => protocols[3],
            Mechanism::Curve => protocols[4],
        };
        let protocol = if random.chance(90) { right } else { *random.pick(&protocols) };
        self.units.push(Unit::Raw(if target.binds { upgrade(protocol) } else { upgraded(protocol) }));
        self.units.push(Unit::Await(100));
        if protocol == "ZWS2.0" {
            self.units.push(Unit::message(id.unwrap_or_default(), false));
        }
        protocol != "ZWS2.0"
    }

    /// Adds a greeting. Returns `true` if a handshake follows.
    fn greet(&mut self, target: &Target, id: Option<&[u8]>, random: &mut Random) -> bool {
        let name: &[u8] = match target.mechanism {
            Mechanism::Null | Mechanism::Judged => b"NULL",
            Mechanism::Plain => b"PLAIN",
            Mechanism::Curve => b"CURVE",
        };
        let others: [&[u8]; 5] = [b"NULL", b"PLAIN", b"CURVE", b"GSSAPI", b"NULLxyz"];
        let name = if random.chance(95) { name } else { *random.pick(&others) };
        let is_old = random.chance(if target.mechanism == Mechanism::Null { 25 } else { 5 });
        let id = Unit::message(id.unwrap_or_default(), false);
        let old_type = random.below(12) as u8;
        match random.below(3) {
            0 if is_old => self.units.push(Unit::Raw(old_greeting(1, old_type))),
            1 if is_old => {
                self.framing = Framing::V1;
                self.units.push(Unit::Raw(old_greeting(0, old_type)));
            }
            _ if is_old => self.framing = Framing::V1,
            _ => {
                let (major, minor) =
                    *random.pick(&[(3, 1), (3, 1), (3, 1), (3, 0), (3, 0), (3, 255), (4, 0), (255, 255)]);
                self.units.push(Unit::Raw(greeting(major, minor, name, !target.guards)));
                self.units.push(Unit::Await(64));
                return true;
            }
        }
        self.units.push(id);
        false
    }

    fn shake_hands(&mut self, target: &Target, id: Option<&[u8]>, has_right: bool, random: &mut Random) {
        let mut about = properties(socket_type(target, random), id);
        if random.chance(20) {
            about.extend(property("X-Some", &random.bytes(9)));
        }
        let units = &mut self.units;
        match (target.mechanism, target.guards) {
            (Mechanism::Null | Mechanism::Judged, _) => {
                // A message before the peer's READY is an error.
                units.extend([Unit::command("READY", &about), Unit::Await(20)]);
            }
            (Mechanism::Plain, true) => {
                let (username, password) = credentials(has_right, random);
                units.extend([hello(&username, &password), Unit::Await(10), Unit::command("INITIATE", &about)]);
                units.push(Unit::Await(10));
            }
            (Mechanism::Plain, false) => {
                units.extend([Unit::Await(12), Unit::command("WELCOME", b""), Unit::Await(20)]);
                let ends = random.chance(20);
                units.push(if ends { error(reason(random)) } else { Unit::command("READY", &about) });
            }
            (Mechanism::Curve, true) => {
                let version = if random.chance(90) { [1, 0] } else { [random.next() as u8, 0] };
                let body = [&version[..], &[0; 72], &random.bytes(32 + 8 + 80)].concat();
                units.extend([Unit::command("HELLO", &body), Unit::Await(10)]);
                let len = 96 + 8 + random.below(300);
                units.push(Unit::command("INITIATE", &random.bytes(len)));
            }
            (Mechanism::Curve, false) => {
                units.extend([Unit::Await(200), Unit::command("WELCOME", &random.bytes(160))]);
                units.push(if random.chance(30) {
                    error(reason(random))
                } else {
                    Unit::command("READY", &random.bytes(60))
                });
            }
        }
    }
}

/// Reasons of an ERROR command: statuses of ZAP, and invalid ones.
const REASONS: [&[u8]; 6] = [b"300", b"400", b"500", b"", b"no such status", b"40"];

fn reason(random: &mut Random) -> &'static [u8] {
    random.pick::<&[u8]>(&REASONS)
}

fn credentials(has_right: bool, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let (right, long) = (PASSWORD.as_bytes().to_vec(), b"x".repeat(255));
    match (has_right, random.below(8)) {
        (true, 0) => (b"slow".to_vec(), right),
        (true, _) => (USERNAME.into(), right),
        (false, 0) => (b"later".to_vec(), right),
        (false, 1) => (b"broken".to_vec(), right),
        (false, 2) => (long.clone(), long),
        (false, 3) => (Vec::new(), Vec::new()),
        (false, _) => (USERNAME.into(), b"a guess".to_vec()),
    }
}

/// Returns `None`, a routing ID of random length, or one of the form that a ROUTER generates.
fn routing_id(random: &mut Random) -> Option<Vec<u8>> {
    let generated = !is_left_out(Part::GeneratedIds);
    match random.below(12) {
        0..=4 => None,
        5 => Some(Vec::new()),
        6 if generated => Some([&[0][..], &(random.below(50) as u32).to_be_bytes()].concat()),
        7 if generated => Some([&[0][..], &random.bytes(4)].concat()),
        8 => Some(random.bytes(255)),
        9 => Some(b"peer".to_vec()),
        10 => {
            let len = random.below(300);
            Some(b"i".repeat(len))
        }
        _ => Some(format!("peer-{}", random.below(30)).into_bytes()),
    }
}

/// Returns a socket type that matches the target's, or sometimes another one.
fn socket_type(target: &Target, random: &mut Random) -> &'static str {
    let peer = match target.kind {
        SocketType::Pub | SocketType::XPub if random.chance(50) => SocketType::XSub,
        SocketType::Sub | SocketType::XSub if random.chance(50) => SocketType::XPub,
        SocketType::Req | SocketType::Dealer if random.chance(50) => SocketType::Router,
        SocketType::Rep if random.chance(50) => SocketType::Dealer,
        _ => target.peer_kind(),
    };
    match random.below(20) {
        0 => random.pick(&KINDS).as_str(),
        1 => random.pick::<&str>(&["", "SERVER", "DISH", "PU", "PUSHY"]),
        _ => peer.as_str(),
    }
}

/// Returns a message, or a command that is valid after the handshake.
fn traffic(mark: &[u8], random: &mut Random) -> Vec<Unit> {
    let text = |random: &mut Random| [mark, format!(" {}", random.below(1000)).as_bytes()].concat();
    let topic = |random: &mut Random| random.pick(&[&b""[..], b"t", b"tick", b"tock", b"visitor"]).to_vec();
    let (first, second) = (text(random), text(random));
    match random.below(20) {
        0..=4 => vec![Unit::message(first, false)],
        5 => vec![Unit::message(first, true), Unit::message(second, false)],
        6 => {
            let count = 1 + random.below(5);
            let frames = (0..count).map(|index| Unit::message(text(random), index + 1 < count));
            frames.collect()
        }
        7 => vec![Unit::message("", true), Unit::message(first, false)],
        8 => vec![Unit::message(first, true), Unit::message("", true), Unit::message(second, false)],
        9 => vec![Unit::message("", false)],
        10 => vec![Unit::message([&[1][..], &topic(random)].concat(), false)],
        11 if is_left_out(Part::ControlFrames) => vec![Unit::message(first, false)],
        11 => {
            let control = [&[random.below(2) as u8][..], &topic(random)].concat();
            let more = random.chance(30);
            let mut frames = vec![Unit::message(first, true), Unit::message(control, more)];
            frames.extend(more.then(|| Unit::message(second, false)));
            frames
        }
        12 => vec![Unit::command("SUBSCRIBE", &topic(random))],
        13 => vec![Unit::command(random.pick::<&str>(&["CANCEL", "JOIN", "LEAVE"]), &topic(random))],
        14 | 15 => {
            let len = random.below(21);
            let body = random.bytes(len);
            let pings = [Unit::command("PING", &body), ping(1, &body), Unit::Control { opcode: 9, body: body.clone() }];
            vec![random.pick(&pings).clone()]
        }
        16 => {
            let len = random.below(21);
            let body = random.bytes(len);
            vec![Unit::command("PONG", &body), Unit::Control { opcode: 8 + random.below(3) as u8, body }]
        }
        17 => vec![error(reason(random))],
        18 => {
            // About the length of libzmq's buffers.
            let len = random.pick(&[29, 33, 255, 256, 8180, 8192, 8300, 19_999, 20_001, 70_000]);
            let more = random.chance(20);
            vec![Unit::message([mark, &b"x".repeat(*len)].concat(), more)]
        }
        _ => vec![Unit::message(first, true)],
    }
}
