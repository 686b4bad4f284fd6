//! Sending: one frame, or a whole multipart message.

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

impl<K: Kind> Socket<K> {
    /// Sends a message, waiting for as long as the [send timeout](Self::set_send_timeout) allows, by default for ever.
    ///
    /// It returns when libzmq took the message, which is before the peer has it. Anything that makes a [`Message`] can
    /// be sent. PUB and ROUTER sockets do not wait: they drop what a peer cannot take.
    ///
    /// # Errors
    /// Every error hands the message back.
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): the send timeout expired.
    /// - [`InvalidInput`](crate::ErrorKind::InvalidInput): a single frame on a STREAM socket.
    /// - [`WrongState`](crate::ErrorKind::WrongState): a REQ socket waits for a reply, or a REP socket has no request to answer.
    /// - [`HostUnreachable`](crate::ErrorKind::HostUnreachable): the peer is not there, on STREAM sockets and on ROUTER sockets
    ///   that are mandatory.
    /// - [`NotSupported`](crate::ErrorKind::NotSupported): an untyped socket that only receives.
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
    /// Every error hands the message back.
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): no peer can take the message now.
    /// - Those of [`send`](Self::send) but for the timeout.
    ///
    /// Maps to `zmq_msg_send` with `ZMQ_DONTWAIT`.
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
    /// Every error hands the message back.
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): `timeout` expired, be it zero.
    /// - Those of [`send`](Self::send).
    ///
    /// Maps to `zmq_msg_send`.
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

    /// Sends a frame of a multipart message, of which `more` follow or not: [`send_more`](Self::send_more) and
    /// [`send`](Self::send) say it by their names.
    ///
    /// # Errors
    /// Those of [`send_more`](Self::send_more) and [`send`](Self::send).
    ///
    /// Maps to `zmq_msg_send`, with `ZMQ_SNDMORE` where more follow.
    #[doc(hidden)]
    #[deprecated = "call `send_more` where more frames follow, and `send` for the last one"]
    pub fn send_part(&self, message: impl IntoMessage, more: bool) -> Result<(), SendError<Message>>
    where
        K: SendsMultipart,
    {
        if more { self.send_more(message) } else { self.send(message) }
    }

    /// Sends a frame of a multipart message of which more follow; [`send`](Self::send) sends the last.
    ///
    /// [`send_multipart`](Self::send_multipart) is the simpler way. The peer gets nothing before the last frame is
    /// sent; a socket that is dropped before drops the frames. PAIR and REQ sockets keep the frames until then, so that
    /// a peer that comes in the middle gets the whole message or nothing. An installed libzmq never frees the frames of
    /// a PUSH or DEALER socket whose peer leaves in the middle.
    ///
    /// # Errors
    /// Every error hands the frame back.
    /// - [`PeerLost`](crate::ErrorKind::PeerLost): the peer went away since the first frame. It got nothing, and the next frame
    ///   begins a new message.
    /// - Those of [`send`](Self::send).
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
                // Bytes end the message, whatever the program says, as they do for libzmq.
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

    /// Sends a multipart message, waiting like [`send`](Self::send).
    ///
    /// The peer gets all frames or none.
    ///
    /// # Errors
    /// Those of [`send`](Self::send): nothing was sent then, and the message comes back whole.
    /// [`PeerLost`](crate::ErrorKind::PeerLost) where the peer went away in the middle: nothing was delivered either, the
    /// socket is ready for the next message, and the frames that libzmq had not taken come back.
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a message without frames.
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
    pub fn send_multipart(&self, message: impl Into<Multipart>) -> Result<(), SendError<Multipart>>
    where
        K: SendsMultipart,
    {
        self.core.send_frames(message.into(), Wait::Configured)
    }

    /// Attempts to send a multipart message without blocking.
    ///
    /// # Errors
    /// - [`WouldBlock`](crate::ErrorKind::WouldBlock): no peer can take the message now, which comes back whole.
    /// - Those of [`send_multipart`](Self::send_multipart) but for the timeout.
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
    /// - [`TimedOut`](crate::ErrorKind::TimedOut): `timeout` expired, be it zero; the message comes back whole.
    /// - Those of [`send_multipart`](Self::send_multipart).
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
    /// Sends a frame. What is copied takes the short way, which is small enough to become part of the caller.
    #[inline(always)]
    fn send_frame<M: IntoMessage>(&self, message: M, wait: Wait, more: c_int) -> Result<(), SendError<Message>> {
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
                // What was sent left an empty message behind, which holds nothing that a drop could free.
                mem::forget(message);
                Ok(())
            }
            Err(failure) => self.send_again(message, sending, failure),
        }
    }

    /// Sends a message after a first attempt that failed, and returns it with the error if it is not sent.
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
        sent.map_err(|error| SendError { error, message })
    }

    /// Ends the begun message for the crate, and sends the frames of it that were kept: `next` follows them.
    pub(super) fn end_begun(&self, next: &RawMessage) -> Result<(), Error> {
        if self.outgoing.subscribes() && is_swallowed(next.as_slice()) {
            return Err(self.swallow_error());
        }
        self.raw.end();
        self.give_parts()
    }

    pub(super) fn send_frames(&self, message: Multipart, wait: Wait) -> Result<(), SendError<Multipart>> {
        let mut frames = message.into_vec();
        let Some(last) = frames.len().checked_sub(1) else {
            let error = Error::new(Operation::Send, Errno::EINVAL).because("a multipart message has a frame at least");
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

    /// Whether libzmq would drop some of these frames, because what precedes them begins with a subscription.
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
            "libzmq takes a later frame that begins with a zero byte for an unsubscription, and may drop it: send the \
             subscription in a message of its own",
        )
    }

    /// Returns the error of a message that leaves libzmq expecting the rest of it, or of the next one.
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
        self.send_error(Errno::EINVAL).because("a socket that keeps the newest message alone sends single frames only")
    }
}

/// Whether a socket of this kind may be a STREAM socket.
const fn may_stream<K: Kind>() -> bool {
    may::<K>(Ability::Streams)
}
