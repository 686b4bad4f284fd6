//! The forwarding of messages. Replaces `zmq_proxy`, which can lose messages or hang.
//!
//! `zmq_proxy` sends with blocking calls, also to the capture socket. A single peer that does not read stops both
//! directions and all commands. A signal ends `zmq_proxy` in the middle of a message, whose rest the next call would
//! treat as a message. Here the only blocking call waits for all sockets at once. A message without room is held until
//! there is room, while the other direction continues.

use std::collections::VecDeque;
use std::time::Duration;

use super::capture::{Capture, ProxyDirection};
use super::socket::{ProxySocket, more_flag};
use super::statistics::{ProxyStatistics, Traffic};
use crate::deadline::Deadline;
use crate::error::{Errno, Failure};
use crate::message::Message;
use crate::multipart::Multipart;
use crate::raw::{Asked, Bell, RawMessage, RawSocket, SharedSignal, wait_for_any};
use crate::sys;

/// The maximum number of messages in one direction before the other direction is served, as in libzmq.
const BURST: usize = 1000;

/// The maximum time of a blocking send, if the socket is writable but the peer of the message has no room. Commands are
/// served between two attempts.
const RETRY_TIME: Duration = Duration::from_millis(20);

/// The sockets of a proxy and the messages in transit.
pub(super) struct Forwarder<'a> {
    /// The signals of a shared front and a shared back. SIGNAL FIRST: this borrows the sockets.
    signals: [Option<SharedSignal>; 2],
    front: ProxySocket<'a>,
    back: ProxySocket<'a>,
    capture: Option<Capture<'a>>,
    forth: Way,
    /// Closed if both ends are the same socket.
    reply: Way,
    statistics: ProxyStatistics,
    /// Reused for every frame.
    frame: RawMessage,
    /// The rest of a message whose first frame was not sent yet.
    rest: VecDeque<RawMessage>,
}

/// The state of a direction.
enum Way {
    /// No message can pass: the source does not receive, or the target does not send.
    Closed,
    /// Waits for a message from the source.
    Open,
    /// Waits until the target has room.
    Full,
    /// Holds the first frame of a message, for which the target had no room.
    Held(RawMessage),
}

/// A direction with the state that forwarding needs.
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

/// The result of a wait.
struct Readiness {
    forth: bool,
    reply: bool,
    called: Called,
}

/// Sources of commands, which end a wait in addition to the forwarding sockets.
#[derive(Clone, Copy, Default)]
pub(super) struct Callers<'a> {
    pub(super) bell: Option<&'a Bell>,
    pub(super) control: Option<&'a RawSocket>,
}

/// The [`Callers`] that ended a wait: `bell` if the bell rings, `control` if the socket is readable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Called {
    pub(super) bell: bool,
    pub(super) control: bool,
}

/// The outcome of forwarding a message.
enum Passed {
    Whole,
    Held,
}

impl Way {
    fn between(from: &ProxySocket<'_>, to: &ProxySocket<'_>) -> Self {
        if from.receives() && to.sends() { Self::Open } else { Self::Closed }
    }

    /// Removes and returns the held frame.
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
    /// Creates a forwarder. Returns `None` if no message can pass in any direction.
    ///
    /// # Errors
    /// No descriptor is left for the signal of a shared socket.
    pub(super) fn new(
        front: ProxySocket<'a>,
        back: ProxySocket<'a>,
        capture: Option<Capture<'a>>,
    ) -> Result<Option<Self>, Failure> {
        let forth = Way::between(&front, &back);
        let reply = if front.is(&back) { Way::Closed } else { Way::between(&back, &front) };
        if matches!((&forth, &reply), (Way::Closed, Way::Closed)) {
            return Ok(None);
        }
        let signals = [SharedSignal::of(front.raw)?, SharedSignal::of(back.raw)?];
        Ok(Some(Self {
            signals,
            front,
            back,
            capture,
            forth,
            reply,
            statistics: ProxyStatistics::default(),
            frame: RawMessage::new(),
            rest: VecDeque::new(),
        }))
    }

    pub(super) fn statistics(&self) -> ProxyStatistics {
        self.statistics
    }

    /// Waits for messages or callers, forwards the messages, and returns the callers.
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

    /// Waits for callers without forwarding messages.
    pub(super) fn rest(&self, callers: Callers<'_>) -> Result<Called, Failure> {
        self.wait(callers, false).map(|ready| ready.called)
    }

    fn wait(&self, callers: Callers<'_>, passes: bool) -> Result<Readiness, Failure> {
        let [front_signal, back_signal] = self.signals.each_ref().map(Option::as_ref);
        let mut asked = [Asked::new(self.front.raw).with_signal(front_signal); 3];
        let mut count = 1;
        let mut add = |added| {
            asked[count] = added;
            count += 1;
            count - 1
        };
        let back = || Asked::new(self.back.raw).with_signal(back_signal);
        let (front, back) = (0, if self.front.is(&self.back) { 0 } else { add(back()) });
        let control = callers.control.map(|control| add(Asked::new(control)));
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

    /// Sends the held messages, blocking until `deadline`, and returns the messages without room.
    pub(super) fn finish(&mut self, deadline: Deadline) -> Result<Vec<Multipart>, Failure> {
        let forth = self.passing(ProxyDirection::FrontToBack).finish(deadline)?;
        let reply = self.passing(ProxyDirection::BackToFront).finish(deadline)?;
        Ok(forth.into_iter().chain(reply).collect())
    }
}

impl Passing<'_, '_> {
    /// Forwards a burst of messages.
    fn advance(mut self) -> Result<(), Failure> {
        let mut passed = false;
        if let Some(first) = self.way.take() {
            *self.frame = first;
            if let Passed::Held = self.pass(Some(Deadline::after(RETRY_TIME)))? {
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
                // A REP or REQ socket must send or receive a reply first.
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

    /// Forwards the message whose first frame was received, blocking until `deadline`.
    fn pass(&mut self, deadline: Option<Deadline>) -> Result<Passed, Failure> {
        let mut more = self.frame.more();
        let mut bytes = self.frame.len() as u64;
        if more && self.to.conflates {
            // libzmq would abort on a multipart message.
            return self.drop_rest(bytes);
        }
        if more && self.from.is(&self.to) && self.rest.is_empty() {
            // A REP socket must receive the whole request before it replies.
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
                capture.send_next(copy, more);
            }
        }
        self.received.count(bytes);
        if lost {
            self.dropped.count(bytes)
        } else {
            self.sent.count(bytes)
        }
        if let Some(capture) = &self.capture {
            if capture.was_copied() { self.captured.count(bytes) } else { self.uncaptured.count(bytes) }
        }
        Ok(Passed::Whole)
    }

    fn hold(&mut self) -> Result<Passed, Failure> {
        *self.way = Way::Held(std::mem::replace(self.frame, RawMessage::new()));
        Ok(Passed::Held)
    }

    /// Drops a message whose first frame was not sent.
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

    /// Receives the next frame of a message. libzmq has all frames of a message when it returns the first.
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
