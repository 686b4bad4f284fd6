//! The capture socket of a proxy.

use std::fmt;

use super::socket::ProxySocket;
use crate::multipart::Multipart;
use crate::raw::RawMessage;
use crate::socket::kinds::Fact;

/// The direction in which a message passed a proxy.
///
/// A socket set with [`ProxyBuilder::capture_with_direction`](super::ProxyBuilder::capture_with_direction) sends the
/// direction as the first frame: `front` or `back`, the side from which the message came.
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
    /// Returns the text of the frame, the side from which the message came.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(zmq::proxy::ProxyDirection::FrontToBack.as_str(), "front");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FrontToBack => "front",
            Self::BackToFront => "back",
        }
    }

    /// Removes and returns the direction of a captured message. If the first frame is not a direction, returns `None`
    /// and leaves the message unchanged.
    ///
    /// # Examples
    /// ```
    /// use zmq::Multipart;
    /// use zmq::proxy::ProxyDirection;
    ///
    /// let mut captured = Multipart::from(["back", "reply"]);
    /// assert_eq!(ProxyDirection::take_from(&mut captured), Some(ProxyDirection::BackToFront));
    /// assert_eq!(ProxyDirection::take_from(&mut captured), None);
    /// assert_eq!(captured, Multipart::from("reply"));
    /// ```
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

/// The socket that receives copies. A copy is sent whole or not at all, and without blocking.
pub(super) struct Capture<'a> {
    pub(super) socket: ProxySocket<'a>,
    pub(super) with_direction: bool,
    /// `true` if the current message is copied.
    copies: bool,
}

impl<'a> Capture<'a> {
    pub(super) fn new(socket: ProxySocket<'a>, with_direction: bool) -> Self {
        Self { socket, with_direction, copies: false }
    }

    /// Returns `true` if the last message was copied.
    pub(super) fn was_copied(&self) -> bool {
        self.copies
    }

    /// Sends the first frame of a copy.
    pub(super) fn begin(&mut self, first: RawMessage, more: bool, direction: ProxyDirection) {
        // libzmq would abort on a multipart message.
        self.copies = !(more && self.socket.conflates);
        if self.copies && self.with_direction {
            let mut word = RawMessage::constant(direction.as_str().as_bytes());
            self.copies = self.socket.send(&mut word, true).is_ok();
        }
        let has_begun = self.copies && self.with_direction;
        self.send(first, more, has_begun);
    }

    /// Sends a later frame of the copy.
    pub(super) fn send_next(&mut self, frame: RawMessage, more: bool) {
        self.send(frame, more, true);
    }

    fn send(&mut self, mut frame: RawMessage, more: bool, has_begun: bool) {
        if self.copies && self.socket.send(&mut frame, more).is_err() {
            self.copies = false;
            if has_begun {
                self.socket.break_off(more);
            }
        }
    }

    /// Returns the reason why the socket cannot capture, or `None` if it can.
    pub(super) fn refuse(&self) -> Option<String> {
        let socket_type = self.socket.socket_type;
        if !socket_type.has(Fact::Captures) {
            return Some(format!(
                "a {socket_type} socket cannot capture; use a PUB, XPUB, PUSH, DEALER or PAIR socket"
            ));
        }
        let reason =
            "a conflating capture socket only keeps messages with a single frame, and the direction adds a frame";
        (self.with_direction && self.socket.conflates).then(|| reason.to_owned())
    }
}
