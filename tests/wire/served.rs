//! A socket under attack, which receives, answers, sends, and checks the messages that it receives.

use zmq::auth::{Answer, Authenticate, Credentials, Request, Verdict};
use zmq::{
    Any, Context, Endpoint, ErrorKind, Message, Monitor, MonitorEvents, Multipart, Result, SendError, Socket,
    SocketType,
};

use crate::contents::{HONEST, INTRUDER, VISITOR, contains, is_whole, sealed};
use crate::left_out::{Part, is_left_out};
use crate::targets::{Mechanism, PASSWORD, Target, USERNAME, keys};

/// The numbers of messages of each sort, and of events.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) visitors: usize,
    pub(crate) whole: usize,
    pub(crate) other: usize,
    pub(crate) events: usize,
}

pub(crate) struct Served {
    pub(crate) target: Target,
    socket: Socket<Any>,
    monitor: Option<Monitor>,
    number: u64,
    pub(crate) counts: Counts,
}

impl Served {
    pub(crate) fn open(context: &Context, target: Target) -> Result<Self> {
        let socket = context.socket(target.kind)?;
        target.set_options(&socket)?;
        if target.mechanism != Mechanism::Null {
            socket.set_security(&target.security(false))?;
        }
        let monitored = target.mechanism != Mechanism::Curve || !is_left_out(Part::CurveMonitors);
        let monitor = monitored.then(|| socket.monitor(MonitorEvents::all())).transpose()?;
        Ok(Self { target, socket, monitor, number: 0, counts: Counts::default() })
    }

    pub(crate) fn bind(&self, endpoint: &str) -> Result<Endpoint> {
        self.socket.bind(endpoint)
    }

    pub(crate) fn connect(&self, endpoint: &str) -> Result<Endpoint> {
        self.socket.connect(endpoint)
    }

    /// Receives and answers some of the queued messages. Returns `true` if a message was queued.
    pub(crate) fn receive(&mut self, drains: bool) -> bool {
        let monitor = self.monitor.as_ref();
        self.counts.events += std::iter::from_fn(|| monitor?.try_recv().unwrap_or_default()).take(100).count();
        if matches!(self.target.kind, SocketType::Pub | SocketType::Push) {
            // Reading the events makes libzmq process the commands of peers and connections.
            let _ = self.socket.events();
            return false;
        }
        let most = if self.target.is_slow && !drains { usize::from(self.number % 4 == 0) } else { 20 };
        for received in 0..most {
            match self.socket.try_recv_multipart() {
                Ok(Some(message)) => self.took(message),
                Ok(None) => return received > 0,
                // The request was abandoned, or no reply may follow.
                Err(error) if error.kind() == ErrorKind::WrongState => return false,
                Err(error) if self.may_be_torn() && error.is_would_block() => return false,
                Err(error) => panic!("{}: {error}", self.target),
            }
        }
        most > 0
    }

    fn may_be_torn(&self) -> bool {
        matches!(self.target.kind, SocketType::XPub | SocketType::XSub) && is_left_out(Part::ControlFrames)
    }

    fn took(&mut self, message: Multipart) {
        let target = self.target;
        let routed = matches!(target.kind, SocketType::Router | SocketType::Stream);
        // The frames start with a routing ID and the delimiter of a REQ socket.
        let frames = &message[usize::from(routed)..];
        let delimiter = frames.iter().take(2).position(|frame| frame.is_empty()).filter(|_| routed);
        let body: Vec<Message> =
            frames[delimiter.unwrap_or_default()..].iter().filter(|frame| !frame.is_empty()).cloned().collect();
        if contains(&body, INTRUDER) && target.is_closed() {
            panic!("{target}: a message of an intruder arrived: {message:?}");
        }
        if let Some(nonce) = body.last().and_then(|frame| frame.strip_prefix(HONEST)) {
            println!("honest {} {}", target.index, String::from_utf8_lossy(nonce));
        } else if is_whole(&body) {
            self.counts.whole += 1;
        } else if contains(&body, VISITOR) {
            self.counts.visitors += 1;
        } else {
            self.counts.other += 1;
            // Subscriptions, greetings, and messages with only a routing ID.
            let told = body.is_empty() || (body.len() == 1 && matches!(body[0].first(), Some(0 | 1)));
            let told = told || body.first().is_some_and(|frame| *frame == "tick: welcome");
            let checked = target.mechanism == Mechanism::Curve && !is_left_out(Part::WholeOverCurve);
            assert!(!checked || told, "{target}: a changed message: {message:?}");
        }
        let answers = matches!(
            target.kind,
            SocketType::Pair | SocketType::Dealer | SocketType::Rep | SocketType::Router | SocketType::Stream
        );
        // An empty frame would close the connection of a STREAM socket.
        if answers && !(target.kind == SocketType::Stream && body.is_empty()) {
            self.sent(self.socket.try_send_multipart(message));
        }
    }

    /// Sends a message that is not an answer.
    pub(crate) fn tick(&mut self) {
        self.number += 1;
        let message = match self.target.kind {
            SocketType::Pub | SocketType::XPub | SocketType::Push => self.next(),
            // A new request abandons the one before, whose reply takes some time.
            SocketType::Req if self.number % 32 == 1 => self.next(),
            SocketType::Pair | SocketType::Dealer if self.number % 8 == 0 => self.next(),
            SocketType::XSub if self.number % 8 == 0 => Multipart::from(vec![vec![(self.number / 8 % 2) as u8; 1]]),
            SocketType::Sub if self.number % 8 == 0 => {
                let _ = self.socket.subscribe("again").and_then(|socket| socket.unsubscribe("again"));
                return;
            }
            _ => return,
        };
        self.sent(self.socket.try_send_multipart(message));
    }

    fn next(&self) -> Multipart {
        sealed(self.number, 1 + self.number as usize % 3)
    }

    fn sent(&self, result: std::result::Result<(), SendError<Multipart>>) {
        use ErrorKind::{HostUnreachable, InvalidInput, WouldBlock, WrongState};
        let Err(refused) = result else { return };
        let usual = [HostUnreachable, InvalidInput, WouldBlock, WrongState].contains(&refused.kind());
        assert!(usual, "{}: {} ({:?}), {:?}", self.target, refused.error, refused.kind(), refused.message);
    }
}

/// A policy that accepts the clients of the test: at once, later, or never.
#[derive(Default)]
pub(crate) struct Policy {
    kept: Vec<Answer>,
}

impl Authenticate for Policy {
    fn authenticate(&mut self, request: Request, answer: Answer) {
        let verdict = match request.credentials() {
            Credentials::Null if request.domain() == "honest" => Verdict::accept("anonymous"),
            Credentials::Null => match request.address() {
                address if address == "127.0.0.2" || address.starts_with("localhost:") => Verdict::accept("anonymous"),
                _ => Verdict::refuse("the address"),
            },
            Credentials::Plain { username, password } if *password == *PASSWORD => match username.as_str() {
                USERNAME => Verdict::accept("admin"),
                "later" => Verdict::postpone("not now"),
                "broken" => Verdict::fail("the database is down"),
                "slow" => return self.kept.push(answer),
                _ => Verdict::refuse("the user"),
            },
            Credentials::Curve { public_key } if *public_key == keys(false).public_key() => Verdict::accept("key"),
            _ => Verdict::refuse("unknown"),
        };
        answer.give(verdict);
        // The kept answers wait for later requests.
        if self.kept.len() > 3 {
            drop(self.kept.pop());
            self.kept.drain(..).for_each(|answer| answer.give(Verdict::accept("slow")));
        }
    }
}
