//! An actor: a socket, its sent and received messages, and its possible next actions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zmq::{
    Any, Context, Endpoint, ErrorKind, Events, Heartbeat, Message, Monitor, MonitorEvents, Multipart, PollItem, Poller,
    Result, SendError, Socket, SocketType,
};

use crate::common::random::Random;
use crate::contents::{Seen, compose};
use crate::left_out::{Part, is_left_out};
use crate::owners::Owners;

/// The connections of a group of sockets.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) endpoint: String,
    /// No connection or socket is closed before the end.
    pub(crate) is_steady: bool,
    /// Connections may be lost: heartbeats may be late, and requests may be abandoned.
    pub(crate) is_restless: bool,
    /// The maximum number of frames in a message.
    pub(crate) most: usize,
    /// The group contains a REP or REQ socket, which receives only messages with an empty frame before the body.
    pub(crate) is_delimited: bool,
}

pub(crate) struct Actor {
    number: u64,
    pub(crate) socket: Socket<Any>,
    link: Link,
    /// The endpoint that the socket has bound.
    bound: Option<Endpoint>,
    /// The endpoint to which the socket connects.
    connected: Option<Endpoint>,
    is_connected: bool,
    sent: u64,
    seen: Seen,
    /// The envelopes of known peers, for answers.
    peers: Vec<Vec<Message>>,
    monitor: Option<Monitor>,
}

impl Actor {
    pub(crate) fn open(context: &Context, kind: SocketType, link: &Link, random: &mut Random) -> Result<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let socket = context.socket(kind)?;
        set_options(&socket, link, random)?;
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let monitor = random.chance(30).then(|| socket.monitor(MonitorEvents::all())).transpose()?;
        let (seen, peers) = (Seen::default(), Vec::new());
        let (link, bound, connected) = (link.clone(), None, None);
        Ok(Self { number, socket, link, bound, connected, is_connected: false, sent: 0, seen, peers, monitor })
    }

    pub(crate) fn bind(&mut self) -> Result<Endpoint> {
        let endpoint = self.socket.bind(&self.link.endpoint)?;
        self.link.endpoint = endpoint.to_string();
        self.bound = Some(endpoint.clone());
        Ok(endpoint)
    }

    pub(crate) fn connect(&mut self, endpoint: &Endpoint) -> Result<()> {
        self.connected = Some(self.socket.connect(endpoint)?);
        self.is_connected = true;
        Ok(())
    }

    pub(crate) fn is_steady(&self) -> bool {
        self.link.is_steady
    }

    /// Performs a random action, and returns its name.
    pub(crate) fn act(&mut self, owners: &Owners, random: &mut Random) -> &'static str {
        match random.below(40) {
            0..=15 => self.send(owners, random),
            16..=31 => self.receive(random),
            32 => self.poll(random),
            33 => self.watch(random),
            34 if !self.link.is_steady => self.leave(),
            35 if !self.link.is_steady => self.come_back(),
            36 => self.change_options(random),
            _ => {
                let _ = self.socket.events();
                "looks"
            }
        }
    }

    fn send(&mut self, owners: &Owners, random: &mut Random) -> &'static str {
        let kind = self.socket.socket_type();
        if matches!(kind, SocketType::Pull | SocketType::Sub | SocketType::XSub) {
            return "sends nothing";
        }
        self.sent += 1;
        let count = 1 + random.below(self.link.most);
        let mut message = compose(self.number, self.sent, count, owners, random);
        if kind == SocketType::Router {
            match self.peers.is_empty() {
                true => return "knows no peer",
                false => message = message.wrap(random.pick(&self.peers).clone()),
            }
        }
        if self.link.is_delimited && kind == SocketType::Dealer {
            message.push_front("");
        }
        let sent: std::result::Result<(), SendError<Multipart>> = match random.below(3) {
            0 => self.socket.send_multipart_timeout(message, Duration::from_millis(2)),
            _ => self.socket.try_send_multipart(message),
        };
        self.usual(sent.map_err(Into::into));
        "sends"
    }

    fn receive(&mut self, random: &mut Random) -> &'static str {
        let kind = self.socket.socket_type();
        if matches!(kind, SocketType::Push | SocketType::Pub) {
            return "receives nothing";
        }
        for _ in 0..1 + random.below(12) {
            let received = match random.below(4) {
                0 => self.socket.recv_multipart_timeout(Duration::from_millis(1)),
                _ => self.socket.try_recv_multipart(),
            };
            match received {
                Ok(Some(message)) => self.took(&message),
                Ok(None) => break,
                Err(error) => {
                    self.usual(Err(error));
                    break;
                }
            }
        }
        "receives"
    }

    fn took(&mut self, message: &Multipart) {
        let kind = self.socket.socket_type();
        // The body starts after the routing IDs and the delimiter of a REQ socket.
        let body = message.iter().position(|frame| frame.starts_with(b"m:")).unwrap_or_default();
        let (envelope, frames) = message.split_at(body);
        if kind == SocketType::Router && self.peers.len() < 8 && !self.peers.iter().any(|peer| peer[..] == *envelope) {
            self.peers.push(envelope.to_vec());
        }
        if kind == SocketType::XPub && frames.len() == 1 && matches!(frames[0].first(), Some(0 | 1)) {
            return;
        }
        if let Err(wrong) = self.seen.note(frames, self.link.is_steady && !self.link.is_restless) {
            let Self { number, socket, link, .. } = self;
            panic!("{number}, {socket:?} of {link:?}, received {message:?}: {wrong}");
        }
    }

    fn poll(&self, random: &mut Random) -> &'static str {
        let timeout = Duration::from_millis(random.below(3) as u64);
        if random.chance(50) {
            let mut items = [PollItem::new(&self.socket, Events::READABLE | Events::WRITABLE)];
            self.usual(zmq::poll(&mut items, timeout).map(drop));
        } else {
            let polled = Poller::new().and_then(|mut poller| {
                poller.add(&self.socket, Events::READABLE, 1)?;
                poller.wait(timeout).map(drop)
            });
            self.usual(polled);
        }
        "polls"
    }

    fn watch(&mut self, random: &mut Random) -> &'static str {
        if let Some(monitor) = &self.monitor {
            while let Ok(Some(_)) = monitor.try_recv() {}
        }
        if random.chance(40) {
            self.monitor = self.socket.monitor(MonitorEvents::all()).ok();
        } else if random.chance(20) {
            self.monitor = None;
        }
        "watches"
    }

    fn leave(&mut self) -> &'static str {
        if let Some(endpoint) = self.bound.take() {
            self.usual(self.socket.unbind(&endpoint));
        } else if let Some(endpoint) = self.connected.as_ref().filter(|_| self.is_connected) {
            let left = self.socket.disconnect(endpoint);
            self.is_connected = left.is_err();
            self.usual(left);
        }
        "leaves"
    }

    fn come_back(&mut self) -> &'static str {
        let came = match (&self.bound, &self.connected) {
            (None, None) => self.socket.bind(&self.link.endpoint).map(|endpoint| self.bound = Some(endpoint)),
            // A second connection would deliver each message twice.
            (_, Some(endpoint)) if !self.is_connected => {
                self.is_connected = true;
                self.socket.connect(endpoint).map(drop)
            }
            _ => Ok(()),
        };
        self.usual(came);
        "comes back"
    }

    fn change_options(&self, random: &mut Random) -> &'static str {
        let changed = match random.below(5) {
            0 => self.socket.set_linger(Some(Duration::from_millis(random.below(20) as u64))),
            1 => self.socket.set_send_hwm(random.below(5) as u32),
            2 => self.socket.set_recv_hwm(random.below(5) as u32),
            3 if self.socket.socket_type() == SocketType::Sub => {
                self.socket.subscribe("m:").and_then(|socket| socket.unsubscribe("m:"))
            }
            _ => self.socket.set_reconnect_interval(Some(Duration::from_millis(1))),
        };
        self.usual(changed.map(drop));
        "changes options"
    }

    /// Panics if the result is an unexpected error.
    fn usual(&self, result: Result<()>) {
        use ErrorKind::{
            AddressInUse, ContextTerminated, HostUnreachable, NotFound, PeerLost, Reentered, TimedOut, WouldBlock,
            WrongState,
        };
        let usual = [
            AddressInUse,
            ContextTerminated,
            HostUnreachable,
            NotFound,
            PeerLost,
            Reentered,
            TimedOut,
            WouldBlock,
            WrongState,
        ];
        if let Err(error) = result {
            assert!(usual.contains(&error.kind()), "{} of {:?}: {error} ({:?})", self.number, self.link, error.kind());
        }
    }
}

fn set_options(socket: &Socket<Any>, link: &Link, random: &mut Random) -> Result<()> {
    socket.set_linger(Some(Duration::from_millis(*random.pick(&[0, 0, 5, 50]))))?;
    socket.set_reconnect_interval(Some(Duration::from_millis(2)))?;
    if random.chance(40) {
        socket.set_send_hwm(1 + random.below(4) as u32)?.set_recv_hwm(1 + random.below(4) as u32)?;
    }
    if random.chance(30) && !is_left_out(Part::Immediate) {
        socket.set_immediate(true)?;
    }
    if link.is_restless && random.chance(70) && !is_left_out(Part::Heartbeats) {
        socket.set_heartbeat(Heartbeat::every(Duration::from_millis(3)))?;
    }
    match socket.socket_type() {
        SocketType::Sub => drop(socket.subscribe("")?),
        SocketType::Req if link.is_restless => drop(socket.set_relaxed(true)?.set_correlate(true)?),
        SocketType::Router => {
            socket.set_mandatory(random.chance(50))?.set_handover(random.chance(50))?;
        }
        SocketType::XPub => drop(socket.set_verbose(random.chance(50))?.set_no_drop(random.chance(30))?),
        _ => {}
    }
    Ok(())
}
