//! Sending single frames and multipart messages.

use std::ffi::c_int;
use std::mem;
use std::time::Duration;

use super::kinds::{Ability, Fact, Kind, Sends, SendsMultipart, may};
use super::sending::Sending;
use super::subscribe::{LONGEST_PREFIX, is_command, is_dangerous, is_swallowed};
use super::wait::Wait;
use super::{Core, Socket};
use crate::error::{Errno, Error, Failure, Operation, SendError};
use crate::message::{IntoMessage, Message};
use crate::multipart::Multipart;
use crate::raw::RawMessage;
use crate::{raw, sys};

/// # Sending
///
/// Sends return as soon as libzmq has queued the message; success does not mean that a peer has received it. Any value that
/// converts into a [`Message`] can be sent. By default, PUB, XPUB, XSUB, REP and ROUTER sockets never block, and drop messages
/// for peers that have no room.
impl<K: Kind> Socket<K> {
    /// Sends a message, blocking until libzmq accepts it.
    ///
    /// Returns as soon as the message is queued; success does not mean that a peer has received it. The call blocks while
    /// no peer has room, for at most the [send timeout](Self::set_send_timeout). Default: no timeout.
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`], so you can retry.
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the send timeout expired.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a REQ socket is waiting for a reply, or a REP socket has no request to
    ///   answer.
    /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): the peer is not connected, on STREAM sockets and on ROUTER
    ///   sockets with [`set_mandatory`](Self::set_mandatory); or the message has no routing ID of a connected peer, on SERVER
    ///   and PEER sockets.
    /// - [`PeerLost`](crate::ErrorKind::PeerLost): the frame ends a message that [`send_more`](Self::send_more) began, and the
    ///   peer has left since.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the message is a single frame, on STREAM sockets; or an XSUB socket
    ///   would send a frame that libzmq takes for an unsubscription, or a subscription that is too long for it.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): the type of an untyped socket cannot send.
    /// - [`ContextTerminated`](crate::ErrorKind::ContextTerminated): the context was shut down.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, socket) = (context.socket(Pull)?, context.socket(Push)?);
    /// # socket.connect(sink.bind("inproc://send")?)?;
    /// socket.send("text")?;
    /// socket.send(vec![0; 1_000_000])?;
    /// socket.send(&[1, 2, 3])?;
    /// # assert_eq!(sink.recv()?, "text");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    #[doc(alias("zmq_msg_send", "zmq_send", "zmq_send_const", "zmq_sendmsg", "send_str"))]
    #[inline]
    pub fn send(&self, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: Sends,
    {
        self.send_frame(message, Wait::Configured, 0)
    }

    /// Attempts to send a message without blocking.
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`], so you can retry.
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): no peer has room for the message.
    /// - all errors of [`send`](Self::send), except `TimedOut`.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let error = socket.try_send("no peer is connected").unwrap_err();
    /// assert!(error.is_would_block());
    /// assert_eq!(error.message, "no peer is connected");
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_DONTWAIT`.
    #[doc(alias("zmq_msg_send", "ZMQ_DONTWAIT", "DONTWAIT"))]
    #[inline]
    pub fn try_send(&self, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: Sends,
    {
        self.send_frame(message, Wait::Never, 0)
    }

    /// Sends a message, blocking for at most `timeout`, or forever if it is `None`.
    ///
    /// The socket's own send timeout is ignored.
    ///
    /// # Errors
    /// Every error returns the message in [`SendError::message`], so you can retry.
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): `timeout` expired, even if it is zero.
    /// - all errors of [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let error = socket.send_timeout("no peer is connected", Duration::from_millis(1)).unwrap_err();
    /// assert!(error.is_timed_out());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send`.
    #[doc(alias = "zmq_msg_send")]
    pub fn send_timeout(
        &self,
        message: impl IntoMessage,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), SendError<Message>>
    where
        K: Sends,
    {
        self.send_frame(message, Wait::For(timeout.into()), 0)
    }

    /// Sends a frame of a multipart message. If `more` is `true`, further frames follow. Call [`send_more`](Self::send_more)
    /// and [`send`](Self::send) instead.
    ///
    /// # Errors
    /// - all errors of [`send_more`](Self::send_more) and [`send`](Self::send).
    ///
    /// Maps to `zmq_msg_send`, with `ZMQ_SNDMORE` if `more` is `true`.
    #[doc(hidden)]
    #[deprecated = "call `send_more` if more frames follow, and `send` for the last frame"]
    pub fn send_part(&self, message: impl IntoMessage, more: bool) -> Result<(), SendError<Message>>
    where
        K: SendsMultipart,
    {
        if more { self.send_more(message) } else { self.send(message) }
    }

    /// Sends a frame of a multipart message, which further frames follow. Send the last frame with [`send`](Self::send).
    ///
    /// [`send_multipart`](Self::send_multipart) is simpler. The peer receives nothing before the last frame is sent. If the
    /// socket is dropped before, the frames are dropped. PAIR and REQ sockets keep the frames until the last one, so that a
    /// peer that connects in between receives the whole message or nothing. If the peer of a PUSH or DEALER socket leaves in the
    /// middle of a message, installed builds of libzmq never free the frames, and may drop the rest without an error.
    ///
    /// # Errors
    /// Every error returns the frame in [`SendError::message`].
    /// - [`PeerLost`](crate::ErrorKind::PeerLost): the peer has left since the first frame, and has received nothing. The next
    ///   frame begins a new message.
    /// - all errors of [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, socket) = (context.socket(Pull)?, context.socket(Push)?);
    /// # socket.connect(sink.bind("inproc://send-more")?)?;
    /// socket.send_more("head")?;
    /// socket.send("body")?;
    /// assert_eq!(sink.recv_multipart()?.len(), 2);
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    #[doc(alias("zmq_msg_send", "ZMQ_SNDMORE", "SNDMORE"))]
    #[inline]
    pub fn send_more(&self, message: impl IntoMessage) -> Result<(), SendError<Message>>
    where
        K: SendsMultipart,
    {
        if self.core.outgoing.conflates() {
            return Err(SendError { error: self.core.conflate_error(), message: message.into() });
        }
        if K::TYPE.unwrap_or(self.socket_type()).has(Fact::SendsSubscriptionsAsMessages) {
            let message = message.into();
            let begins = !self.core.raw.has_begun();
            let subscribes = begins && is_command(&message);
            self.send_frame(message, Wait::Configured, sys::ZMQ_SNDMORE)?;
            if begins {
                self.core.outgoing.set_subscribes(subscribes);
            }
            return Ok(());
        }
        if self.core.socket_type.has(Fact::KeepsParts) {
            #[cfg(feature = "draft")]
            if let Err(error) = self.core.check_address() {
                return Err(SendError { error, message: message.into() });
            }
            return match self.core.keep_part(message.into())? {
                Some(message) => self.send_frame(message, Wait::Configured, sys::ZMQ_SNDMORE),
                None => Ok(()),
            };
        }
        self.send_frame(message, Wait::Configured, sys::ZMQ_SNDMORE)
    }

    #[inline(always)]
    fn send_frame(&self, message: impl IntoMessage, wait: Wait, mut more: c_int) -> Result<(), SendError<Message>> {
        if may_stream::<K>() && self.core.socket_type.can(Ability::Streams) {
            more = match (self.core.raw.has_begun(), more) {
                (false, 0) => return Err(SendError { error: self.core.lone_frame_error(1), message: message.into() }),
                // For libzmq, bytes end the message regardless of the flag.
                (true, _) => 0,
                (false, more) => more,
            };
        }
        self.core.send_frame(message, wait, more)?;
        if more != 0 {
            self.core.raw.begin();
        }
        Ok(())
    }

    /// Sends a multipart message, blocking as [`send`](Self::send) does.
    ///
    /// The peer receives all frames or none.
    ///
    /// # Errors
    /// No error delivers a part of the message, and the socket is ready for the next message.
    /// - [`PeerLost`](crate::ErrorKind::PeerLost): the peer left in the middle of the message. The error returns the frames
    ///   that libzmq had not accepted.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): the message has no frames.
    /// - all errors of [`send`](Self::send), which return the whole message.
    ///
    /// # Examples
    /// ```
    /// # use zmq::{Context, Pull, Push};
    /// # let context = Context::new()?;
    /// # let (sink, socket) = (context.socket(Pull)?, context.socket(Push)?);
    /// # socket.connect(sink.bind("inproc://send-multipart")?)?;
    /// socket.send_multipart(["head", "body"])?;
    /// socket.send_multipart(("head", vec![0; 1_000_000]))?;
    /// # assert_eq!(sink.recv_multipart()?, zmq::Multipart::from(["head", "body"]));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    #[doc(alias("zmq_msg_send", "ZMQ_SNDMORE", "zmq_sendiov"))]
    pub fn send_multipart(&self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>>
    where
        K: SendsMultipart,
    {
        self.core.send_frames(message.into(), Wait::Configured)
    }

    /// Attempts to send a multipart message without blocking.
    ///
    /// # Errors
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): no peer has room for the message. The error returns the whole message.
    /// - all errors of [`send_multipart`](Self::send_multipart), except `TimedOut`.
    ///
    /// # Examples
    /// ```
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let error = socket.try_send_multipart(["head", "body"]).unwrap_err();
    /// assert!(error.is_would_block());
    /// assert_eq!(error.message, zmq::Multipart::from(["head", "body"]));
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE` and `ZMQ_DONTWAIT`.
    pub fn try_send_multipart(&self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>>
    where
        K: SendsMultipart,
    {
        self.core.send_frames(message.into(), Wait::Never)
    }

    /// Sends a multipart message, blocking for at most `timeout` as [`send_timeout`](Self::send_timeout) does.
    ///
    /// # Errors
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): `timeout` expired, even if it is zero. The error returns the whole message.
    /// - all errors of [`send_multipart`](Self::send_multipart).
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    ///
    /// let socket = zmq::Context::new()?.socket(zmq::Push)?;
    /// let error = socket.send_multipart_timeout(["head", "body"], Duration::from_millis(1)).unwrap_err();
    /// assert!(error.is_timed_out());
    /// # Ok::<(), zmq::Error>(())
    /// ```
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_SNDMORE`.
    pub fn send_multipart_timeout(
        &self,
        message: impl Into<Multipart>,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<(), SendError<Multipart>>
    where
        K: SendsMultipart,
    {
        self.core.send_frames(message.into(), Wait::For(timeout.into()))
    }
}

impl Core {
    /// Sends a frame. The path for copied frames is small enough to be inlined into the caller.
    #[inline(always)]
    pub(super) fn send_frame<M: IntoMessage>(
        &self,
        message: M,
        wait: Wait,
        more: c_int,
    ) -> Result<(), SendError<Message>> {
        let Some(bytes) = raw::bytes_to_copy::<_, Message>(&message, Message::COPY_MAX) else {
            return self.send_message(message.into(), wait, more);
        };
        if is_dangerous(self.socket_type, || bytes) {
            return Err(SendError { error: self.too_long_a_prefix(bytes.len()), message: message.into() });
        }
        let sending = Sending::first(wait, more);
        match self.raw.send_copy(bytes, || sending.flags(&self.raw)) {
            Ok(()) => Ok(()),
            Err(failure) => self.send_again(message, sending, failure),
        }
    }

    fn send_message(&self, mut message: Message, wait: Wait, more: c_int) -> Result<(), SendError<Message>> {
        if is_dangerous(self.socket_type, || &message) {
            return Err(SendError { error: self.too_long_a_prefix(message.len()), message });
        }
        let sending = Sending::first(wait, more);
        match self.raw.send(message.raw_mut(), || sending.flags(&self.raw)) {
            Ok(()) => {
                // A sent message is empty, so dropping it would free nothing.
                mem::forget(message);
                Ok(())
            }
            Err(failure) => self.send_again(message, sending, failure),
        }
    }

    /// Sends a message after a failed first attempt. An error returns the message.
    #[cold]
    #[inline(never)]
    fn send_again<M: IntoMessage>(
        &self,
        message: M,
        sending: Sending,
        failure: Failure,
    ) -> Result<(), SendError<Message>> {
        let mut message = message.into();
        let sent = self.send_raw_again(message.raw_mut(), sending, failure);
        #[cfg(feature = "draft")]
        let sent = sent.map_err(|error| self.name_the_number(error, &message));
        sent.map_err(|error| SendError { error, message })
    }

    /// Ends the begun message and sends its kept frames, which `next` follows.
    pub(super) fn end_begun(&self, next: &RawMessage) -> Result<(), Error> {
        if self.outgoing.subscribes() && is_swallowed(next.as_slice()) {
            return Err(self.swallow_error());
        }
        #[cfg(feature = "draft")]
        self.check_body(next.len())?;
        self.raw.end();
        self.give_parts()
    }

    pub(super) fn send_frames(&self, message: Multipart, wait: Wait) -> Result<(), SendError<Multipart>> {
        let mut frames = message.into_vec();
        let Some(last) = frames.len().checked_sub(1) else {
            let error =
                Error::new(Operation::Send, Errno::EINVAL).because("a multipart message must have at least one frame");
            return Err(SendError { error: error.on_socket(Some(self.socket_type)), message: frames.into() });
        };
        if last > 0 && self.outgoing.conflates() {
            return Err(SendError { error: self.conflate_error(), message: frames.into() });
        }
        if let Some(frame) = frames.iter().find(|frame| is_dangerous(self.socket_type, || frame)) {
            return Err(SendError { error: self.too_long_a_prefix(frame.len()), message: frames.into() });
        }
        if self.would_swallow(&frames) {
            return Err(SendError { error: self.swallow_error(), message: frames.into() });
        }
        #[cfg(feature = "draft")]
        if let Err(error) = self.check_datagram(&frames) {
            return Err(SendError { error, message: frames.into() });
        }
        let begun = self.raw.end();
        if self.socket_type.can(Ability::Streams) && frames.len() != 2 - usize::from(begun) {
            return Err(SendError { error: self.lone_frame_error(frames.len()), message: frames.into() });
        }
        if begun {
            if let Err(error) = self.give_parts() {
                return Err(SendError { error, message: frames.into() });
            }
        }
        for index in 0..=last {
            let more = if index < last { sys::ZMQ_SNDMORE } else { 0 };
            let sending = if begun || index > 0 { Sending::rest(more) } else { Sending::first(wait, more) };
            if let Err(error) = self.send_raw(frames[index].raw_mut(), sending) {
                frames.drain(..index);
                return Err(SendError { error, message: frames.into() });
            }
        }
        Ok(())
    }

    /// Returns `true` if libzmq would drop some of these frames, because the message begins with a subscription.
    #[inline]
    fn would_swallow(&self, frames: &[Message]) -> bool {
        self.socket_type.has(Fact::SendsSubscriptionsAsMessages)
            && if self.raw.has_begun() {
                self.outgoing.subscribes() && frames.iter().any(|frame| is_swallowed(frame))
            } else {
                is_command(&frames[0]) && frames[1..].iter().any(|frame| is_swallowed(frame))
            }
    }

    #[cold]
    fn swallow_error(&self) -> Error {
        self.send_error(Errno::EINVAL).because(
            "libzmq mistakes a later frame that begins with a zero byte for an unsubscription, and may drop it; send the \
             subscription in a message of its own",
        )
    }

    /// Returns the error of a message with a wrong number of frames, after which libzmq would misread the next message.
    #[cold]
    fn lone_frame_error(&self, frames: usize) -> Error {
        let reason = format!("a message is two frames, a routing id and bytes, and this one would have {frames}");
        self.send_error(Errno::EINVAL).because(reason)
    }

    #[cold]
    fn too_long_a_prefix(&self, len: usize) -> Error {
        let len = len - 1;
        let reason = format!("its prefix has {len} bytes, and libzmq before 4.3.5 takes at most {LONGEST_PREFIX}");
        self.send_error(Errno::EINVAL).because(reason)
    }

    #[cold]
    fn conflate_error(&self) -> Error {
        self.send_error(Errno::EINVAL).because("a socket that keeps only the newest message sends single frames only")
    }
}

/// Returns `true` if a socket of this kind may be a STREAM socket.
const fn may_stream<K: Kind>() -> bool {
    may::<K>(Ability::Streams)
}
