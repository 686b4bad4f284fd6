//! What a proxy copies for a third socket to look at.

use std::fmt;

use super::socket::ProxySocket;
use crate::multipart::Multipart;
use crate::raw::RawMessage;
use crate::socket::kinds::Fact;

/// The direction in which a message passed a proxy.
///
/// It is the first frame of what a socket captures that was given with
/// [`ProxyBuilder::capture_with_direction`](super::ProxyBuilder::capture_with_direction): `front` or `back`, the side that the message
/// came from.
///
/// # Examples
/// ```
/// use zmq::Multipart;
/// use zmq::proxy::ProxyDirection;
///
/// let mut captured = Multipart::from(["front", "request"]);
/// assert_eq!(ProxyDirection::take_from(&mut captured), Some(ProxyDirection::FrontToBack));
/// assert_eq!(captured, Multipart::from("request"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyDirection {
    /// The message came from the front and went to the back.
    FrontToBack,
    /// The message came from the back and went to the front.
    BackToFront,
}

impl ProxyDirection {
    /// Returns the frame's text: the side that the message came from.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FrontToBack => "front",
            Self::BackToFront => "back",
        }
    }

    /// Takes the direction off a captured message. `None` leaves the message as it is: the first frame is no direction.
    pub fn take_from(captured: &mut Multipart) -> Option<Self> {
        let first = captured.first()?;
        let directions = [Self::FrontToBack, Self::BackToFront];
        let direction = directions.into_iter().find(|direction| *first == *direction.as_str())?;
        captured.pop_front();
        Some(direction)
    }
}

impl fmt::Display for ProxyDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The socket that gets copies: whole messages or nothing, and never such that it holds anything up.
pub(super) struct Capture<'a> {
    pub(super) socket: ProxySocket<'a>,
    pub(super) tells_direction: bool,
    /// Whether the message that passes goes on to it.
    takes: bool,
}

impl<'a> Capture<'a> {
    pub(super) fn new(socket: ProxySocket<'a>, tells_direction: bool) -> Self {
        Self { socket, tells_direction, takes: false }
    }

    /// Returns whether the message that passed went on to it.
    pub(super) fn took(&self) -> bool {
        self.takes
    }

    /// Sends the first frame of a message that passes.
    pub(super) fn begin(&mut self, first: RawMessage, more: bool, direction: ProxyDirection) {
        // libzmq would abort.
        self.takes = !(more && self.socket.conflates);
        if self.takes && self.tells_direction {
            let mut told = RawMessage::constant(direction.as_str().as_bytes());
            self.takes = self.socket.send(&mut told, true).is_ok();
        }
        let has_begun = self.takes && self.tells_direction;
        self.send(first, more, has_begun);
    }

    /// Sends a later frame of the message.
    pub(super) fn go_on(&mut self, frame: RawMessage, more: bool) {
        self.send(frame, more, true);
    }

    fn send(&mut self, mut frame: RawMessage, more: bool, has_begun: bool) {
        if self.takes && self.socket.send(&mut frame, more).is_err() {
            self.takes = false;
            if has_begun {
                self.socket.break_off(more);
            }
        }
    }

    /// Returns why the socket cannot capture; `None` if it can.
    pub(super) fn refuse(&self) -> Option<String> {
        let socket_type = self.socket.socket_type;
        if !socket_type.has(Fact::Captures) {
            return Some(format!(
                "a {socket_type} socket cannot capture: take a PUB, XPUB, PUSH, DEALER or PAIR socket"
            ));
        }
        let tells = "a capture socket that conflates keeps single frames alone, and the direction is one more";
        (self.tells_direction && self.socket.conflates).then(|| tells.to_owned())
    }
}
