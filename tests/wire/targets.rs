//! The sockets under attack: every kind, every mechanism, bound and connected.

use std::fmt;
use std::time::Duration;

use zmq::curve::{KeyPair, SecretKey};
use zmq::{Any, Capability, Heartbeat, Result, Security, Socket, SocketType};

use crate::left_out::{Part, is_left_out};

pub(crate) const KINDS: [SocketType; 12] = [
    SocketType::Pair,
    SocketType::Pub,
    SocketType::Sub,
    SocketType::Req,
    SocketType::Rep,
    SocketType::Dealer,
    SocketType::Router,
    SocketType::Pull,
    SocketType::Push,
    SocketType::XPub,
    SocketType::XSub,
    SocketType::Stream,
];

pub(crate) const USERNAME: &str = "admin";
pub(crate) const PASSWORD: &str = "open sesame";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    Null,
    /// NULL with an authenticator, which refuses the addresses of attackers.
    Judged,
    Plain,
    Curve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Tcp,
    Ipc,
    Ws,
}

/// A socket under attack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) index: usize,
    pub(crate) kind: SocketType,
    pub(crate) mechanism: Mechanism,
    pub(crate) transport: Transport,
    /// `true` if attackers connect to the target, `false` if the target connects to them.
    pub(crate) binds: bool,
    /// `true` if the target requires credentials. A connecting socket may also do so.
    pub(crate) guards: bool,
    /// `true` if the target leaves most messages in its queue.
    pub(crate) is_slow: bool,
}

/// Returns the targets of a transport.
pub(crate) fn targets(transport: Transport) -> Vec<Target> {
    let mut targets = Vec::new();
    for binds in [true, false] {
        for kind in KINDS {
            for mechanism in [Mechanism::Null, Mechanism::Judged, Mechanism::Plain, Mechanism::Curve] {
                let index = targets.len();
                let guards = binds || index % 3 == 0;
                let target = Target { index, kind, mechanism, transport, binds, guards, is_slow: index % 5 == 2 };
                if target.exists() {
                    targets.push(target);
                }
            }
        }
    }
    targets
}

/// Returns the keys of the servers, or those of the clients.
pub(crate) fn keys(server: bool) -> KeyPair {
    let secret = SecretKey::from_bytes(&[if server { 17 } else { 18 }; 32]);
    KeyPair::from_secret(secret).expect("CURVE for a target that uses it")
}

impl Target {
    fn exists(&self) -> bool {
        let transport = match self.transport {
            // NULL has no domains on ws.
            Transport::Ws => self.kind != SocketType::Stream && self.mechanism != Mechanism::Judged,
            Transport::Tcp | Transport::Ipc => true,
        };
        let mechanism = match self.mechanism {
            Mechanism::Null => true,
            Mechanism::Curve => zmq::has(Capability::Curve) && self.kind != SocketType::Stream,
            Mechanism::Judged | Mechanism::Plain => self.kind != SocketType::Stream,
        };
        let asks = self.guards && self.mechanism != Mechanism::Null;
        let left_out = (!self.binds && asks && is_left_out(Part::GuardsThatConnect))
            || (asks && self.kind == SocketType::Req && is_left_out(Part::GuardedReq))
            || (!self.binds && self.tells_routing_ids() && is_left_out(Part::OldPeers))
            || (self.subscribes_over_ws_with_curve() && is_left_out(Part::WsCurveSubscriptions));
        transport && mechanism && !left_out
    }

    /// Returns `true` if a peer without a handshake adds a message to the target's queue.
    fn tells_routing_ids(&self) -> bool {
        let kinds = [SocketType::Pub, SocketType::XPub, SocketType::Rep, SocketType::Router];
        matches!(self.mechanism, Mechanism::Null | Mechanism::Judged) && kinds.contains(&self.kind)
    }

    fn subscribes_over_ws_with_curve(&self) -> bool {
        let kinds = [SocketType::Pub, SocketType::XPub, SocketType::Sub, SocketType::XSub];
        self.transport == Transport::Ws && self.mechanism == Mechanism::Curve && kinds.contains(&self.kind)
    }

    /// Returns `true` if no message of a peer without credentials may arrive.
    pub(crate) fn is_closed(&self) -> bool {
        match self.mechanism {
            Mechanism::Null => false,
            // All ipc peers have the same address.
            Mechanism::Judged => self.goes_by_address(),
            // A PLAIN client cannot authenticate its server.
            Mechanism::Plain => self.guards,
            Mechanism::Curve => true,
        }
    }

    /// Returns the socket type of the target's peers.
    pub(crate) fn peer_kind(&self) -> SocketType {
        match self.kind {
            SocketType::Pair => SocketType::Pair,
            SocketType::Pub | SocketType::XPub => SocketType::Sub,
            SocketType::Sub | SocketType::XSub => SocketType::Pub,
            SocketType::Req => SocketType::Rep,
            SocketType::Rep if self.guards || !is_left_out(Part::GuardedReq) => SocketType::Req,
            SocketType::Rep => SocketType::Dealer,
            SocketType::Dealer | SocketType::Router => SocketType::Dealer,
            SocketType::Pull => SocketType::Push,
            SocketType::Push => SocketType::Pull,
            _ => SocketType::Stream,
        }
    }

    /// Returns `true` if the address tells honest peers from attackers.
    pub(crate) fn goes_by_address(&self) -> bool {
        self.mechanism == Mechanism::Judged && self.transport == Transport::Tcp && self.guards
    }

    /// Returns `true` if the two targets can be connected to each other.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        use SocketType::{Dealer, Pair, Pub, Pull, Push, Rep, Req, Router, Sub, XPub, XSub};
        let kinds = [
            (Pair, Pair),
            (Pub, Sub),
            (Pub, XSub),
            (XPub, Sub),
            (XPub, XSub),
            (Req, Rep),
            (Req, Router),
            (Dealer, Rep),
            (Dealer, Router),
            (Dealer, Dealer),
            (Router, Router),
            (Push, Pull),
        ];
        let fit = kinds.iter().any(|&pair| pair == (self.kind, other.kind) || pair == (other.kind, self.kind));
        fit && self.mechanism == other.mechanism && self.guards != other.guards && self.binds != other.binds
    }

    /// Returns the security of the target, or that of its peers.
    pub(crate) fn security(&self, of_peer: bool) -> Security {
        let guards = self.guards != of_peer;
        match (self.mechanism, guards) {
            (Mechanism::Judged, true) => Security::null().domain(if of_peer { "honest" } else { "judged" }),
            (Mechanism::Null | Mechanism::Judged, _) => Security::null(),
            (Mechanism::Plain, true) => Security::plain_server(),
            (Mechanism::Plain, false) => Security::plain_client(USERNAME, PASSWORD),
            (Mechanism::Curve, true) => Security::curve_server(&keys(true)),
            (Mechanism::Curve, false) => Security::curve_client(&keys(false), keys(true).public_key()),
        }
    }

    /// Sets the options of the target, such as heartbeats, marks and limits, which differ between targets.
    pub(crate) fn set_options(&self, socket: &Socket<Any>) -> Result<()> {
        let number = self.index;
        socket
            .set_linger(Some(Duration::ZERO))?
            .set_handshake_interval(Duration::from_millis(150))?
            .set_immediate(number % 3 == 1)?;
        let is_plain_ws = self.transport == Transport::Ws && self.mechanism == Mechanism::Null;
        let left_out = is_left_out(Part::Heartbeats) || is_plain_ws && is_left_out(Part::WsHeartbeats);
        if number % 4 != 0 && !left_out {
            let heartbeat = Heartbeat {
                interval: Duration::from_millis(10),
                timeout: Some(Duration::from_millis(30 + 10 * (number as u64 % 3))),
                time_to_live: Some(Duration::from_millis(100)),
            };
            socket.set_heartbeat(heartbeat)?;
        }
        let leaks = matches!(self.kind, SocketType::Push | SocketType::Router | SocketType::Rep);
        if is_left_out(Part::ReceiveMarks) {
            socket.set_recv_hwm(0)?;
        } else if number % 2 == 1 && !(leaks && is_left_out(Part::Unread)) {
            socket.set_recv_hwm(1 + number as u32 % 4)?;
        }
        if number % 2 == 1 {
            socket.set_send_hwm(2)?;
        }
        if number % 3 == 0 {
            socket.set_max_message_size(Some(20_000))?;
        }
        if !self.binds {
            socket
                .set_reconnect_interval(Some(Duration::from_millis(2)))?
                .set_reconnect_interval_max(Duration::from_millis(8))?;
        }
        match self.kind {
            SocketType::Sub => drop(socket.subscribe("")?.subscribe("tick")?),
            SocketType::Req => drop(socket.set_relaxed(true)?.set_correlate(true)?),
            SocketType::Router => drop(socket.set_handover(number % 2 == 0)?.set_mandatory(number % 4 > 1)?),
            SocketType::XPub => drop(socket.set_verboser(number % 2 == 0)?.set_welcome_message("tick: welcome")?),
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, kind, mechanism, transport, .. } = self;
        let (role, way) =
            (if self.guards { "server" } else { "client" }, if self.binds { "bound" } else { "connected" });
        write!(f, "{index} ({kind} {way} over {transport:?}, {mechanism:?} {role})")
    }
}
