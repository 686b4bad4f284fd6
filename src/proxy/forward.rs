//! Passing messages on: what `zmq_proxy` does, without what makes it lose messages or hang.
//!
//! `zmq_proxy` sends with calls that wait, to the capture socket too: one peer that does not read stops both directions,
//! and no order is heard any more. A signal ends it in the middle of a message, whose rest the next call would take for
//! a message. Here no call waits but the one for all sockets together; a message whose way is blocked is held until
//! there is room, in its direction alone.

use std::collections::VecDeque;
use std::time::Duration;

use super::capture::{Capture, ProxyDirection};
use super::socket::{ProxySocket, more_flag};
use super::statistics::{ProxyStatistics, Traffic};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::{Asked, Bell, RawMessage, RawSocket, wait_for_any};
use crate::sys;

/// How many messages pass in one direction before the other has its turn, as in libzmq.
const BURST: usize = 1000;

/// How long a message waits for a peer of its own that has no room, where the socket says that it could send: so orders
/// are heard in between.
const PATIENCE: Duration = Duration::from_millis(20);

/// The sockets of a proxy, and what is on its way between them.
pub(super) struct Forwarder<'a> {
    front: ProxySocket<'a>,
    back: ProxySocket<'a>,
    capture: Option<Capture<'a>>,
    forth: Way,
    /// Closed where both ends are the same socket.
    reply: Way,
    statistics: ProxyStatistics,
    /// Reused for every frame.
    frame: RawMessage,
    /// The rest of a message of which nothing was sent yet.
    rest: VecDeque<RawMessage>,
}

/// How it stands in one direction.
enum Way {
    /// Nothing can go this way: the one socket does not receive, or the other does not send.
    Closed,
    /// Waits for a message.
    Open,
    /// Messages wait, and there is no room where they go.
    Full,
    /// The first frame of a message was received, and found no room.
    Held(RawMessage),
}

/// One direction together with what it needs.
struct Passing<'p, 'a> {
    direction: ProxyDirection,
    way: &'p mut Way,
    from: ProxySocket<'a>,
    to: ProxySocket<'a>,
    received: &'p mut Traffic,
    sent: &'p mut Traffic,
    dropped: &'p mut Traffic,
    capture: Option<&'p mut Capture<'a>>,
    captured: &'p mut Traffic,
    uncaptured: &'p mut Traffic,
    frame: &'p mut RawMessage,
    rest: &'p mut VecDeque<RawMessage>,
}

/// What a wait found.
struct Readiness {
    forth: bool,
    reply: bool,
    called: Called,
}

/// What ends a wait, besides the sockets between which messages pass.
#[derive(Clone, Copy, Default)]
pub(super) struct Callers<'a> {
    pub(super) bell: Option<&'a Bell>,
    pub(super) control: Option<&'a RawSocket>,
}

/// The [`Callers`] that ended it: the bell rings, and the socket has something to be received.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Called {
    pub(super) bell: bool,
    pub(super) control: bool,
}

/// What became of the first frame of a message.
enum Passed {
    Whole,
    Held,
}

impl Way {
    fn between(from: &ProxySocket<'_>, to: &ProxySocket<'_>) -> Self {
        if from.receives() && to.sends() { Self::Open } else { Self::Closed }
    }

    /// Takes the first frame that is held.
    fn take(&mut self) -> Option<RawMessage> {
        match self {
            Self::Held(first) => {
                let first = std::mem::replace(first, RawMessage::new());
                *self = Self::Open;
                Some(first)
            }
            _ => None,
        }
    }
}

impl<'a> Forwarder<'a> {
    /// Returns `None` where nothing could pass.
    pub(super) fn new(front: ProxySocket<'a>, back: ProxySocket<'a>, capture: Option<Capture<'a>>) -> Option<Self> {
        let forth = Way::between(&front, &back);
        let reply = if front.is(&back) { Way::Closed } else { Way::between(&back, &front) };
        if matches!((&forth, &reply), (Way::Closed, Way::Closed)) {
            return None;
        }
        Some(Self {
            front,
            back,
            capture,
            forth,
            reply,
            statistics: ProxyStatistics::default(),
            frame: RawMessage::new(),
            rest: VecDeque::new(),
        })
    }

    pub(super) fn statistics(&self) -> ProxyStatistics {
        self.statistics
    }

    /// Waits until something can pass or a caller has something, passes on what can, and returns who called.
    pub(super) fn run(&mut self, callers: Callers<'_>) -> Result<Called, Failure> {
        let ready = self.wait(callers, true)?;
        if ready.forth {
            self.passing(ProxyDirection::FrontToBack).advance()?;
        }
        if ready.reply {
            self.passing(ProxyDirection::BackToFront).advance()?;
        }
        Ok(ready.called)
    }

    /// Waits until a caller has something, and passes nothing on.
    pub(super) fn rest(&self, callers: Callers<'_>) -> Result<Called, Failure> {
        self.wait(callers, false).map(|ready| ready.called)
    }

    fn wait(&self, callers: Callers<'_>, passes: bool) -> Result<Readiness, Failure> {
        let mut asked = [Asked::new(self.front.raw); 3];
        let mut count = 1;
        let mut add = |socket| {
            asked[count] = Asked::new(socket);
            count += 1;
            count - 1
        };
        let (front, back) = (0, if self.front.is(&self.back) { 0 } else { add(self.back.raw) });
        let control = callers.control.map(&mut add);
        let ways = [(&self.forth, front, back), (&self.reply, back, front)];
        if passes {
            for (way, from, to) in ways {
                match way {
                    Way::Closed => {}
                    Way::Open => asked[from].interest |= sys::ZMQ_POLLIN,
                    Way::Full | Way::Held(_) => asked[to].interest |= sys::ZMQ_POLLOUT,
                }
            }
        }
        if let Some(control) = control {
            asked[control].interest = sys::ZMQ_POLLIN;
        }
        let bell = wait_for_any(&mut asked[..count], callers.bell)?;
        let ready = |(way, from, to): (&Way, usize, usize)| match way {
            Way::Closed => false,
            Way::Open => asked[from].is_readable(),
            Way::Full | Way::Held(_) => asked[to].is_writable(),
        };
        let [forth, reply] = ways.map(ready);
        let control = control.is_some_and(|control| asked[control].is_readable());
        Ok(Readiness { forth, reply, called: Called { bell, control } })
    }

    fn passing(&mut self, direction: ProxyDirection) -> Passing<'_, 'a> {
        let ProxyStatistics { front, back, captured, uncaptured } = &mut self.statistics;
        let (way, from, to, source, target) = match direction {
            ProxyDirection::FrontToBack => (&mut self.forth, self.front, self.back, front, back),
            ProxyDirection::BackToFront => (&mut self.reply, self.back, self.front, back, front),
        };
        Passing {
            direction,
            way,
            from,
            to,
            received: &mut source.received,
            sent: &mut target.sent,
            dropped: &mut target.dropped,
            capture: self.capture.as_mut(),
            captured,
            uncaptured,
            frame: &mut self.frame,
            rest: &mut self.rest,
        }
    }

    /// Delivers what is held, waiting for room until `deadline`, and returns what found none.
    pub(super) fn finish(&mut self, deadline: Deadline) -> Result<Vec<Multipart>, Failure> {
        let forth = self.passing(ProxyDirection::FrontToBack).finish(deadline)?;
        let reply = self.passing(ProxyDirection::BackToFront).finish(deadline)?;
        Ok(forth.into_iter().chain(reply).collect())
    }
}

impl Passing<'_, '_> {
    /// Passes a burst of messages on; the one side has some, or the other has room.
    fn advance(mut self) -> Result<(), Failure> {
        let mut passed = false;
        if let Some(first) = self.way.take() {
            *self.frame = first;
            if let Passed::Held = self.pass(Some(Deadline::after(PATIENCE)))? {
                return Ok(());
            }
            passed = true;
        } else if matches!(self.way, Way::Open) && !self.from.is(&self.to) && !self.to.has_room()? {
            *self.way = Way::Full;
            return Ok(());
        }
        *self.way = Way::Open;
        for _ in 0..BURST {
            match self.receive() {
                Ok(()) => {}
                Err(Failure::Errno(Errno::EAGAIN)) => return Ok(()),
                // A reply has to be sent first, or received.
                Err(Failure::Errno(Errno::EFSM)) if passed => return Ok(()),
                Err(failure) => return Err(failure),
            }
            if let Passed::Held = self.pass(None)? {
                return Ok(());
            }
            passed = true;
        }
        Ok(())
    }

    fn finish(mut self, deadline: Deadline) -> Result<Option<Multipart>, Failure> {
        let Some(first) = self.way.take() else { return Ok(None) };
        *self.frame = first;
        if let Passed::Whole = self.pass(Some(deadline))? {
            return Ok(None);
        }
        let Some(first) = self.way.take() else { return Ok(None) };
        let mut more = first.more();
        let mut message = Multipart::from(Message::from_raw(first));
        while more {
            self.next()?;
            more = self.frame.more();
            message.push_back(Message::from_raw(std::mem::replace(self.frame, RawMessage::new())));
        }
        Ok(Some(message))
    }

    /// Passes on the message whose first frame was received, waiting for room until `deadline`.
    fn pass(&mut self, deadline: Option<Deadline>) -> Result<Passed, Failure> {
        let mut more = self.frame.more();
        let mut bytes = self.frame.len() as u64;
        if more && self.to.conflates {
            // libzmq would abort.
            return self.drop_rest(bytes);
        }
        if more && self.from.is(&self.to) && self.rest.is_empty() {
            // A REP socket replies to what it has received whole.
            self.receive_rest()?;
        }
        let copy = self.capture.is_some().then(|| self.frame.share());
        match (self.send(more), deadline) {
            (Ok(()), _) => {}
            (Err(Failure::Errno(Errno::EAGAIN)), Some(deadline)) => {
                match self.to.raw.send_until(self.frame, deadline, more_flag(more)) {
                    Ok(()) => {}
                    Err(Failure::Errno(Errno::EAGAIN)) => return self.hold(),
                    Err(Failure::Errno(Errno::EHOSTUNREACH)) => return self.drop_rest(bytes),
                    Err(failure) => return Err(failure),
                }
            }
            (Err(Failure::Errno(Errno::EAGAIN)), None) => return self.hold(),
            (Err(Failure::Errno(Errno::EHOSTUNREACH)), _) => return self.drop_rest(bytes),
            (Err(failure), _) => return Err(failure),
        }
        if let (Some(capture), Some(copy)) = (self.capture.as_deref_mut(), copy) {
            capture.begin(copy, more, self.direction);
        }
        let mut lost = false;
        while more {
            self.next()?;
            more = self.frame.more();
            bytes += self.frame.len() as u64;
            let copy = self.capture.is_some().then(|| self.frame.share());
            if !lost {
                match self.send(more) {
                    Ok(()) => {}
                    Err(Failure::Errno(Errno::EAGAIN | Errno::EHOSTUNREACH)) => {
                        lost = true;
                        self.to.break_off(more);
                    }
                    Err(failure) => return Err(failure),
                }
            }
            if let (Some(capture), Some(copy)) = (self.capture.as_deref_mut(), copy) {
                capture.go_on(copy, more);
            }
        }
        self.received.count(bytes);
        if lost {
            self.dropped.count(bytes)
        } else {
            self.sent.count(bytes)
        }
        if let Some(capture) = &self.capture {
            if capture.took() { self.captured.count(bytes) } else { self.uncaptured.count(bytes) }
        }
        Ok(Passed::Whole)
    }

    fn hold(&mut self) -> Result<Passed, Failure> {
        *self.way = Way::Held(std::mem::replace(self.frame, RawMessage::new()));
        Ok(Passed::Held)
    }

    /// Drops the rest of a message of which nothing was sent.
    fn drop_rest(&mut self, mut bytes: u64) -> Result<Passed, Failure> {
        while self.frame.more() {
            self.next()?;
            bytes += self.frame.len() as u64;
        }
        self.received.count(bytes);
        self.dropped.count(bytes);
        Ok(Passed::Whole)
    }

    fn send(&mut self, more: bool) -> Result<(), Failure> {
        self.to.send(self.frame, more)
    }

    fn receive_rest(&mut self) -> Result<(), Failure> {
        let mut more = true;
        while more {
            let mut frame = RawMessage::new();
            self.from.receive(&mut frame)?;
            more = frame.more();
            self.rest.push_back(frame);
        }
        Ok(())
    }

    /// Takes the next frame of a message: libzmq has all of them when it hands out the first.
    fn next(&mut self) -> Result<(), Failure> {
        match self.rest.pop_front() {
            Some(frame) => *self.frame = frame,
            None => self.receive()?,
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<(), Failure> {
        self.from.receive(self.frame)
    }
}
